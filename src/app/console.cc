#include "app/console.h"

namespace almanac::app {

ExitCode exit_code_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid_input:
    case ErrorCode::not_found:
    case ErrorCode::corrupt:
    case ErrorCode::unsupported:
      return kData;
    case ErrorCode::conflict:
    case ErrorCode::unavailable:
    case ErrorCode::timed_out:
    case ErrorCode::throttled:
      return kUnavailable;
    case ErrorCode::permission_denied:
    case ErrorCode::storage_full:
      return kDenied;
  }
  return kData;
}

ExitCode exit_code_before_work(const Error& error) {
  const bool usage = error.code == ErrorCode::invalid_input || error.code == ErrorCode::not_found;
  return usage ? kUsage : exit_code_of(error);
}

}  // namespace almanac::app
