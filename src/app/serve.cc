#include "app/serve.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "app/routes.h"

namespace almanac::app {

Result<std::string> read_token(const wiring::ServeSettings& settings) {
  if (settings.token_file) {
    const std::string file = settings.token_file->string();
    std::error_code error;
    if (!std::filesystem::exists(*settings.token_file, error) && !error) {
      return fail(ErrorCode::invalid_input,
                  fmt::format("token_file: {} is missing; expected a file with a token in its first line", file));
    }
    errno = 0;
    std::ifstream in(*settings.token_file);  // or a pipe: <(pass show almanac)
    std::string token;
    if (error || !in || (!std::getline(in, token) && !in.eof())) {
      const std::string why = error ? error.message() : std::generic_category().message(errno != 0 ? errno : EIO);
      return fail(ErrorCode::invalid_input, fmt::format("token_file: {} cannot be read: {}", file, why));
    }
    if (!token.empty() && token.back() == '\r') token.pop_back();
    if (token.empty()) {
      return fail(ErrorCode::invalid_input,
                  fmt::format("token_file: expected a token in the first line of {}, found nothing", file));
    }
    return token;
  }
  const char* variable = std::getenv("ALMANAC_TOKEN");
  return variable == nullptr ? "" : variable;
}

Result<void> check_serving(const wiring::ServeSettings& settings, const std::string& token) {
  if (!settings.listen) return {};
  const auto endpoint = serving::parse_endpoint(*settings.listen);
  if (!endpoint) return tl::unexpected(with_context(endpoint.error(), "listen"));
  return serving::check_exposure(*endpoint, token);
}

Result<std::unique_ptr<serving::Server>> bind_server(Process& process, const std::string& listen,
                                                     const wiring::ServeSettings& settings, const std::string& token,
                                                     const daemon::Log& log) {
  const auto endpoint = serving::parse_endpoint(listen);
  if (!endpoint) return tl::unexpected(with_context(endpoint.error(), "listen"));
  serving::ServerOptions options;
  options.listen = *endpoint;
  options.token = token;
  options.allowed_hosts = settings.hosts;
  options.access = [&process, log](const serving::Access& access) {
    process.metrics().http_answered({access.route, access.method, access.status, access.duration_seconds});
    const auto group = access.parts.find("group");
    log({daemon::Level::debug,
         fmt::format("{} {} {} {} bytes for {}", access.method, access.path, access.status, access.bytes,
                     access.client),
         group == access.parts.end() ? "" : group->second, std::nullopt, access.duration_seconds});
  };
  return serving::Server::bind(all_routes(process), process.feed(), std::move(options));
}

}  // namespace almanac::app
