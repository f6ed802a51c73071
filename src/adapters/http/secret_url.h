#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace almanac::adapters::http {

// Webhooks and private calendar links are URLs whose path is the password. Messages about them say the host only.

// The URL's host when it may be used: https, or http to this machine. Error invalid_input, without the URL.
Result<std::string> host_of_secret_url(std::string_view url);

// The same failure in words that hold nothing of the URL: a transport's own message names the path.
Error without_path(const Error& transport_error, std::string_view host);

}  // namespace almanac::adapters::http
