#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "serving/http/message.h"

namespace almanac::serving {

// Where to listen.
struct Endpoint {
  std::string host;  // an address or a name, IPv6 without brackets
  int port = 0;      // 0: any free one
};

// Reads "127.0.0.1:8080", "[::1]:8080", "localhost:8080". invalid_input says what was expected.
Result<Endpoint> parse_endpoint(std::string_view text);

// "localhost", 127.0.0.0/8 or ::1: nobody but this machine can reach it.
bool is_loopback(std::string_view host);

// invalid_input where everybody could reach the server and no token protects it, or where the token could not be sent
// as `Authorization: Bearer` or be guessed: it must be 16 to 256 characters of [A-Za-z0-9._~+/=-]. An empty token is
// none.
Result<void> check_exposure(const Endpoint& endpoint, std::string_view token);

// Whether a request comes the way it should: exactly one Host header, and on a loopback server one that names this
// machine or `allowed`, so that a page whose name was pointed at 127.0.0.1 (DNS rebinding) reads nothing; and whatever
// changes something not from a page of another origin. An answer is the refusal.
std::optional<Answer> check_origin(const Request& request, bool is_loopback, const std::vector<std::string>& allowed);

// Whether the request may write: 403 while there is no token, 401 with a challenge for none or another. Takes the same
// time for every wrong token.
std::optional<Answer> check_token(const Request& request, std::string_view token);

// What goes out with every answer, whatever it is.
const std::vector<std::pair<std::string, std::string>>& security_headers();

}  // namespace almanac::serving
