#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace almanac {

// A small closed set: the code decides what the caller does next (retry, hold, give up), the message tells a person.
enum class ErrorCode {
  invalid_input,      // a file, a setting or an argument is wrong; the message names the place and what was expected
  not_found,          // the object, group or file does not exist
  conflict,           // a conditional write met a newer version; read again and merge
  unavailable,        // the other side cannot be reached or answered with a fault; retry later
  timed_out,          // no answer came; whether it took effect is unknown: look before repeating
  throttled,          // the other side asks for fewer calls; retry with back-off
  permission_denied,  // credentials or file permissions forbid it; retrying is useless
  storage_full,       // no space left
  corrupt,            // stored bytes are damaged or not of the expected format
  unsupported,        // well-formed, but of a kind this version cannot use
};

std::string_view to_string(ErrorCode code);

// True where the same call may succeed later without anyone mending anything.
bool is_retryable(ErrorCode code);

struct Error {
  ErrorCode code;
  std::string message;
};

// Puts `context` (a file name, an operation) in front of the message: "business_calendar.json: entry 3: ...".
Error with_context(Error error, std::string_view context);

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace almanac
