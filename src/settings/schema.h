#pragma once

#include <string>

#include "settings/key.h"

namespace almanac::settings {

// The JSON Schema (draft 2020-12) of a file of these keys, for editors that complete and check: indented JSON that ends
// with a line end.
std::string json_schema(const Keys& keys, const std::string& title, const std::string& description);

// The same keys as a Markdown table "| key | value | what it says |": blocks and lists are walked through
// ("groups[].scaling.min"); of a variant only its own line stands in it, its kinds have tables of their own.
std::string key_table(const Keys& keys);

}  // namespace almanac::settings
