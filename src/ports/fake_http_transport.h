#pragma once

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "ports/http_transport.h"

namespace almanac::ports {

// Answers by script and remembers what was asked. Without `handler` each request takes the next of `answers`; when they
// run out it is unavailable.
class FakeHttpTransport final : public HttpTransport {
 public:
  Result<HttpResponse> send(const HttpRequest& request) override {
    requests.push_back(request);
    if (handler) return handler(request);
    if (answers.empty()) return fail(ErrorCode::unavailable, "the script has no further answer");
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }

  std::function<Result<HttpResponse>(const HttpRequest&)> handler;
  std::deque<Result<HttpResponse>> answers;
  std::vector<HttpRequest> requests;
};

}  // namespace almanac::ports
