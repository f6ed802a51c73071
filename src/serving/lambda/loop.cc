#include "serving/lambda/loop.h"

#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <variant>

namespace almanac::serving::lambda {
namespace {

using Answer = std::variant<std::string, Failure>;

Answer run(const Handler& handler, const Invocation& invocation) {
  if (invocation.payload.size() > kLargestPayload) {
    return Failure{"almanac.invalid_input", fmt::format("the event has {} bytes; expected at most {}",
                                                        invocation.payload.size(), kLargestPayload)};
  }
  try {
    auto result = handler(invocation);
    if (!result) return to_failure(result.error());
    if (result->size() > kLargestPayload) {
      return Failure{"almanac.invalid_input",
                     fmt::format("the result has {} bytes; Lambda takes at most {}", result->size(), kLargestPayload)};
    }
    return std::move(*result);
  } catch (const std::exception& exception) {
    return Failure{"almanac.exception", exception.what()};
  } catch (...) {
    return Failure{"almanac.exception", "the handler threw something that is no std::exception"};
  }
}

void export_trace(const std::string& trace_id) {
  if (trace_id.empty()) {
    unsetenv("_X_AMZN_TRACE_ID");
  } else {
    setenv("_X_AMZN_TRACE_ID", trace_id.c_str(), 1);
  }
}

}  // namespace

Error serve(RuntimeApi& api, const Handler& handler, const std::function<void(const std::string&)>& log) {
  while (true) {
    const auto invocation = api.next();
    if (!invocation) return with_context(invocation.error(), "waiting for an invocation");
    export_trace(invocation->trace_id);
    const Answer answer = run(handler, *invocation);
    const auto sent = std::holds_alternative<Failure>(answer)
                          ? api.report(invocation->request_id, std::get<Failure>(answer))
                          : api.respond(invocation->request_id, std::get<std::string>(answer));
    if (sent) continue;
    if (sent.error().code == ErrorCode::unavailable) return with_context(sent.error(), "answering an invocation");
    log(sent.error().message);
  }
}

}  // namespace almanac::serving::lambda
