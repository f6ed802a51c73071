#pragma once

#include <functional>
#include <optional>
#include <string>

#include "adapters/http/url.h"

namespace almanac::adapters::http {

// What the environment says about proxies (see curl_transport.h). The URLs may hold a password.
struct ProxySettings {
  std::string http;      // for http URLs; empty: none
  std::string https;     // for https URLs
  std::string no_proxy;  // hosts to reach directly, as NO_PROXY lists them
};

ProxySettings read_proxies(const std::function<std::optional<std::string>(const std::string&)>& environment);

// The proxy for `url`; empty where it must be reached directly: loopback and metadata addresses, whatever the settings.
// Does not look at no_proxy, which libcurl knows how to read.
std::string proxy_for(const ProxySettings& settings, const Url& url);

}  // namespace almanac::adapters::http
