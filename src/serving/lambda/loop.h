#pragma once

#include <functional>
#include <string>

#include "core/result.h"
#include "serving/lambda/runtime_api.h"

namespace almanac::serving::lambda {

// Answers one invocation with JSON. An Error (or an exception, which a handler should not let out) fails the invocation
// and is counted by CloudWatch; the process lives on.
using Handler = std::function<Result<std::string>(const Invocation&)>;

// Takes one invocation after another until the API no longer answers, and returns why it ended; Lambda then starts a
// new process. The trace header of each invocation is in $_X_AMZN_TRACE_ID while its handler runs. Answers that Lambda
// does not take go to `log`.
Error serve(RuntimeApi& api, const Handler& handler, const std::function<void(const std::string&)>& log);

}  // namespace almanac::serving::lambda
