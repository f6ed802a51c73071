#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "adapters/http/curl_transport.h"
#include "adapters/http/loopback_server.h"

namespace almanac::adapters::http {

// A transport that sees only these variables, so that the tests' own environment does not matter.
inline std::shared_ptr<ports::HttpTransport> transport(const std::map<std::string, std::string>& environment = {},
                                                       CurlOptions options = {}) {
  options.user_agent = "almanac/test";
  options.environment = [environment](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
  return make_curl_transport(options);
}

inline LoopbackReply text(std::string body) {
  LoopbackReply reply;
  reply.body = std::move(body);
  return reply;
}

inline ports::HttpRequest request(std::string method, std::string url, std::string body = "") {
  ports::HttpRequest r;
  r.method = std::move(method);
  r.url = std::move(url);
  r.body = std::move(body);
  return r;
}

}  // namespace almanac::adapters::http
