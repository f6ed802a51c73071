#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/aws/client/aws_client.h"

namespace almanac::adapters::aws {

// Answers by script and remembers what was asked. Without `handler` each call takes the next of `answers`; when they
// run out it is unavailable. For tests of one thread.
class FakeAwsClient final : public AwsClient {
 public:
  explicit FakeAwsClient(std::string region = "eu-central-1") : region_(std::move(region)) {}

  Result<AwsAnswer> call(const AwsCall& call) override {
    calls.push_back(call);
    if (handler) return handler(call);
    if (answers.empty()) return fail(ErrorCode::unavailable, call.operation + ": the script has no further answer");
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
  const std::string& region() const override { return region_; }

  void will_answer(std::string body, int status = 200) {
    answers.push_back(AwsAnswer{status, {}, std::move(body), {}});
  }
  void will_fail(ErrorCode code, std::string message) { answers.push_back(fail(code, std::move(message))); }

  std::function<Result<AwsAnswer>(const AwsCall&)> handler;
  std::deque<Result<AwsAnswer>> answers;
  std::vector<AwsCall> calls;

 private:
  std::string region_;
};

}  // namespace almanac::adapters::aws
