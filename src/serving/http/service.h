#pragma once

#include <optional>
#include <string>

#include "core/query.h"
#include "core/result.h"
#include "core/time.h"

namespace almanac::serving {

using PageQuery = almanac::PageQuery;
using Range = RangeQuery;

enum class ActionKind { pause, resume, floor, clear_floor, mode, clear_mode, train };

// What an operator asks of a group. The server has checked the token and the form (docs/openapi.yaml), not the sense.
struct Action {
  ActionKind kind = ActionKind::pause;
  std::string group;
  std::string who, why;            // as the operator wrote them, control characters removed; may be empty
  std::optional<Timestamp> until;  // nothing: until it is taken back, where the kind allows that
  int capacity = 0;                // of floor, in instances, at least 0
  std::string mode;                // of mode: "observe", "floor", "own"
};

// What the HTTP server asks of the process behind it. Each method returns the JSON body of the answer (UTF-8), in the
// form of docs/openapi.yaml. Group names come from URLs and may be anything: a name that is no group is not_found.
//
// Errors become statuses, their messages reach the client: invalid_input 400, permission_denied 403, not_found 404,
// conflict 409, unsupported 422, throttled 429, unavailable 503, timed_out 504, storage_full 507, corrupt 500.
//
// Thread-safe: the server calls from many threads at once, and no call may wait for a tick to end. Must outlive the
// server.
class Service {
 public:
  virtual ~Service() = default;

  virtual Result<std::string> status() = 0;
  virtual Result<std::string> groups(const PageQuery& page) = 0;
  virtual Result<std::string> group(const std::string& name) = 0;
  // `step` in whole seconds, positive; nothing: the group's interval, or what keeps the answer of a reasonable size.
  virtual Result<std::string> series(const std::string& name, Range range, std::optional<Duration> step) = 0;
  // What will be needed from now until now + `ahead`.
  virtual Result<std::string> forecast(const std::string& name, Duration ahead) = 0;
  virtual Result<std::string> decisions(const std::string& name, Range range, const PageQuery& page) = 0;
  // not_found when there was no decision at exactly that time.
  virtual Result<std::string> decision(const std::string& name, Timestamp time) = 0;
  virtual Result<std::string> calendar(const std::string& name, Range range) = 0;
  virtual Result<std::string> savings(const std::string& name, int days) = 0;
  // What the next `days` would need with this calendar instead of the group's own. Changes nothing. `calendar_text` is
  // JSON or iCalendar; `file_name` tells which, and names the file in messages.
  virtual Result<std::string> plan(const std::string& name, const std::string& calendar_text,
                                   const std::string& file_name, int days) = 0;
  // Returns at once with {"id": ...}; conflict while another one runs.
  virtual Result<std::string> start_backtest(const std::string& name, int days) = 0;
  virtual Result<std::string> backtest(const std::string& id) = 0;
  // Cancelling what has ended succeeds.
  virtual Result<void> cancel_backtest(const std::string& id) = 0;
  // Recorded in the ledger before it takes effect. Returns the group's overrides afterwards.
  virtual Result<std::string> act(const Action& action) = 0;
  // {"ready": true} when groups are being served; unavailable with the reason in words while they are not.
  virtual Result<std::string> readiness() = 0;
};

}  // namespace almanac::serving
