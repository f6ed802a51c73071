#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "adapters/http/curl_transport.h"
#include "adapters/local/system_clock.h"
#include "app/lambda/function.h"
#include "app/lambda/function_config.h"
#include "app/lambda/function_log.h"
#include "serving/lambda/loop.h"
#include "serving/lambda/runtime_api.h"

namespace {

using namespace almanac;
using adapters::http::environment_variable;

// What the zip brings along (ROOT/bin/almanac-lambda, ROOT/certificates, ROOT/zoneinfo), unless the user names other.
void use_bundled_files(const std::filesystem::path& program) {
  const auto root = program.parent_path().parent_path();
  const std::pair<const char*, std::filesystem::path> files[] = {
      {"SSL_CERT_FILE", root / "certificates/ca-certificates.crt"}, {"TZDIR", root / "zoneinfo"}};
  for (const auto& [name, path] : files) {
    std::error_code error;
    if (std::filesystem::exists(path, error)) setenv(name, path.c_str(), 0);
  }
}

void log(const std::string& level, const std::string& message) {
  app::write_log(
      {adapters::SystemClock().now(), level, environment_variable("_HANDLER").value_or(""), "", "", message});
}

int run() {
  const std::string host = environment_variable("AWS_LAMBDA_RUNTIME_API").value_or("");
  if (host.empty()) {
    log("ERROR",
        "AWS_LAMBDA_RUNTIME_API is not set; almanac-lambda runs as an AWS Lambda function: see docs/lambda.md");
    return 2;
  }
  const auto transport = adapters::http::make_curl_transport();
  serving::lambda::RuntimeApi api(*transport, host);
  const auto refuse_to_start = [&](const Error& error) {
    log("ERROR", error.message);
    if (const auto told = api.report_init(serving::lambda::to_failure(error)); !told)
      log("ERROR", told.error().message);
    return 1;
  };
  const auto work = app::function_work(environment_variable);
  if (!work) return refuse_to_start(work.error());
  auto config = app::function_config(environment_variable);
  if (!config) return refuse_to_start(config.error());

  app::Function function(std::move(*config), *work, std::make_shared<adapters::SystemClock>(), app::write_log);
  const Error end = serving::lambda::serve(
      api, [&](const serving::lambda::Invocation& invocation) { return function.handle(invocation); },
      [](const std::string& message) { log("ERROR", message); });
  log("ERROR", end.message);
  return 1;
}

}  // namespace

int main(int, char** argv) {
  use_bundled_files(argv[0]);
  return run();
}
