#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "ports/http_transport.h"

namespace almanac::adapters::prometheus {

using Points = std::map<Timestamp, double>;  // also NaN and infinities, as the server says them

struct Series {
  std::string labels;  // {job="shop", pod="a"}, fit for a message
  Points points;
  bool histograms = false;  // it has samples that are no numbers (native histograms)
};

// What the server answers to a range query, where it answers.
struct Answer {
  std::vector<Series> series;
  // Why series or samples may be missing: Thanos, Mimir and remote reads say it in `warnings`, VictoriaMetrics in
  // `isPartial`. Empty: the answer is whole. Remarks about the query itself ("PromQL warning: ...", "PromQL info: ...")
  // do not count, they are true of whole answers too.
  std::vector<std::string> partial;
  std::vector<std::string> remarks;  // of the first sort of those, fit for a message
};

// Reads the envelope of the HTTP API v1 (https://prometheus.io/docs/prometheus/latest/querying/api/). Errors:
// invalid_input for what the server cannot use (bad_data, execution: its own words), permission_denied (401, 403),
// not_found, throttled, timed_out (its own time-out), unavailable (5xx), corrupt (no answer of this API).
Result<Answer> read_answer(const ports::HttpResponse& response);

// The value at a path of `data`, of the answers that say one thing of the server: "version" of status/buildinfo. Empty
// where there is no such text. Errors as above.
Result<std::string> read_text(const ports::HttpResponse& response, std::string_view name);

}  // namespace almanac::adapters::prometheus
