#include "adapters/http/proxy.h"

#include <initializer_list>

namespace almanac::adapters::http {

ProxySettings read_proxies(const std::function<std::optional<std::string>(const std::string&)>& environment) {
  const auto first = [&](std::initializer_list<const char*> names) -> std::string {
    for (const char* name : names) {
      const auto value = environment(name);
      if (value && !value->empty()) return *value;
    }
    return {};
  };
  ProxySettings settings;
  settings.https = first({"https_proxy", "HTTPS_PROXY"});
  const bool in_cgi = environment("REQUEST_METHOD").has_value();  // a "Proxy:" header of its client is HTTP_PROXY there
  settings.http = in_cgi ? first({"http_proxy"}) : first({"http_proxy", "HTTP_PROXY"});
  settings.no_proxy = first({"no_proxy", "NO_PROXY"});
  return settings;
}

std::string proxy_for(const ProxySettings& settings, const Url& url) {
  if (is_loopback(url.host) || is_metadata_host(url.host)) return {};
  return url.scheme == "https" ? settings.https : settings.http;
}

}  // namespace almanac::adapters::http
