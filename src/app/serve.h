#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/process.h"
#include "core/result.h"
#include "daemon/log.h"
#include "serving/http/server.h"
#include "wiring/config.h"

namespace almanac::app {

// The token that changes need: the first line of the file, else $ALMANAC_TOKEN; empty where there is neither. It is
// never on a command line, where every user of the machine could read it. invalid_input names the file: it is not
// there, it cannot be read, or its first line is empty.
Result<std::string> read_token(const wiring::ServeSettings& settings);

// Whether what is to be served may be. invalid_input: an address that others reach without a token, or none.
Result<void> check_serving(const wiring::ServeSettings& settings, const std::string& token);

// Takes `listen` for dashboard, API and metrics of the process, which Server::begin() then serves. Errors as of
// serving::Server::bind.
Result<std::unique_ptr<serving::Server>> bind_server(Process& process, const std::string& listen,
                                                     const wiring::ServeSettings& settings, const std::string& token,
                                                     const daemon::Log& log);

}  // namespace almanac::app
