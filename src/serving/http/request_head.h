#pragma once

#include <optional>
#include <string_view>

#include "serving/http/message.h"

namespace almanac::serving {

// Reads the head of a request, its empty line included, by the grammar of RFC 9112 (2.2, 3, 5) with RFC 9110's tokens
// and field values (5.6.2, 5.5). Nothing where `bytes` are anything else. What a server may forgive is refused, because
// whoever stands in front may read it in another way: a bare LF, blanks around a field's name, a folded line, an empty
// line before the request, control characters. Whether there is such a method is not asked.
std::optional<Request> parse_request_head(std::string_view bytes);

}  // namespace almanac::serving
