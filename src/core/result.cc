#include "core/result.h"

namespace almanac {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_input:
      return "invalid_input";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::timed_out:
      return "timed_out";
    case ErrorCode::throttled:
      return "throttled";
    case ErrorCode::permission_denied:
      return "permission_denied";
    case ErrorCode::storage_full:
      return "storage_full";
    case ErrorCode::corrupt:
      return "corrupt";
    case ErrorCode::unsupported:
      return "unsupported";
  }
  return "unknown";
}

bool is_retryable(ErrorCode code) {
  return code == ErrorCode::conflict || code == ErrorCode::unavailable || code == ErrorCode::timed_out ||
         code == ErrorCode::throttled;
}

Error with_context(Error error, std::string_view context) {
  error.message.insert(0, std::string(context) + ": ");
  return error;
}

}  // namespace almanac
