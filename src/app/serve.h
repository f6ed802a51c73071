#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/process_service.h"
#include "core/result.h"
#include "daemon/log.h"
#include "serving/http/server.h"
#include "wiring/config.h"

namespace almanac::app {

// The token that changes need: the first line of the file, else $ALMANAC_TOKEN; empty where there is neither. It is
// never on a command line, where every user of the machine could read it. Errors name the file.
Result<std::string> read_token(const wiring::ServeSettings& settings);

// Whether what is to be served may be. invalid_input: an address that others reach without a token, or none.
Result<void> check_serving(const wiring::ServeSettings& settings, const std::string& token);

// Serves dashboard, API and metrics of the process at `listen`. Errors as of serving::Server::start.
Result<std::unique_ptr<serving::Server>> serve(ProcessService& process, const std::string& listen,
                                               const wiring::ServeSettings& settings, const std::string& token,
                                               const daemon::Log& log);

}  // namespace almanac::app
