#pragma once

#include <string>
#include <string_view>

#include "serving/http/message.h"

namespace almanac::serving {

// How the body of an answer ends.
enum class Framing { length, chunks, close };

// The bytes of an answer up to its body (RFC 9112, 4 and 6), security_headers() included. An answer to HEAD has those
// of one to GET.
std::string answer_head(const Answer& answer, Framing framing);

// 204 and 304 have none, whatever is in the answer.
bool may_have_body(const Answer& answer);

// A chunk of a body in chunks; of nothing, the last one.
std::string chunk_of(std::string_view bytes);

}  // namespace almanac::serving
