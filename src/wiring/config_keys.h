#pragma once

#include <string>

#include "kinds/kind.h"
#include "settings/key.h"

namespace almanac::wiring {

// Every key of almanac.yaml where those kinds may be named: what the parser reads, and all that is written about it.
settings::Keys config_keys(const kinds::Kinds& kinds);

// docs/almanac.schema.json.
std::string config_schema(const kinds::Kinds& kinds);

// The keys as Markdown, for docs/formats.md: a table of almanac.yaml and one of each kind.
std::string config_key_tables(const kinds::Kinds& kinds);

// Whether a calendar or notification is named by a URL.
bool is_web_address(const std::string& text);

}  // namespace almanac::wiring
