#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/http_transport.h"

namespace almanac::adapters::http {

// One request as it came over the wire.
struct LoopbackRequest {
  std::string method;
  std::string target;          // "/path?query"; a whole URL or "host:port" when the server stands in for a proxy
  ports::HttpHeaders headers;  // names in lower case, in the order of arrival
  std::string body;
  int connection = 0;  // counted from 1: equal numbers, equal connection

  std::optional<std::string_view> header(std::string_view name) const;
};

// What the server does with one request.
struct LoopbackReply {
  int status = 200;
  ports::HttpHeaders headers;  // Content-Length is added
  std::string body;
  std::chrono::milliseconds delay{0};    // before the first byte; ends early when the server is destroyed
  std::optional<std::size_t> cut_after;  // closes after that many bytes of the body, though the whole was promised
  bool hang_up = false;                  // closes without a byte of answer
  bool close = false;                    // closes after the answer
  std::optional<std::string> raw;        // exactly these bytes instead of an answer, then closes
  std::optional<int> tunnel_to;          // after the answer, passes bytes to and from that local port (CONNECT)
};

struct LoopbackOptions {
  bool tls = false;  // with a certificate of its own making, signed by itself
  // The names that certificate is for, as OpenSSL writes them.
  std::string certificate_names = "DNS:localhost,IP:127.0.0.1";
  bool certificate_expired = false;
  // PEM file of the authority of clients' certificates, without which no one is served. Empty: nobody is asked.
  std::string client_authority;
};

// For tests: a real HTTP/1.1 server on a free port of 127.0.0.1, a thread a connection. The handler runs on those
// threads. Stops and joins everything when destroyed.
class LoopbackServer {
 public:
  using Handler = std::function<LoopbackReply(const LoopbackRequest&)>;

  explicit LoopbackServer(Handler handler, const LoopbackOptions& options = {});
  // Gives these answers one after another and the last one for ever.
  explicit LoopbackServer(std::vector<LoopbackReply> script, const LoopbackOptions& options = {});
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  int port() const;
  std::string url(std::string_view path = "/") const;  // "http://127.0.0.1:port/path", https with TLS
  int connections() const;                             // accepted so far
  std::vector<LoopbackRequest> requests() const;       // read whole so far
  std::string certificate_file() const;                // PEM with its key, for clients; removed with the server

  struct State;  // shared with the connections' threads

 private:
  std::unique_ptr<State> state_;
};

// A port of 127.0.0.1 where nothing listens (nothing did a moment ago).
int closed_port();

}  // namespace almanac::adapters::http
