#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "serving/http/api.h"
#include "serving/http/connection.h"
#include "serving/http/feed.h"
#include "serving/http/guard.h"
#include "serving/http/router.h"

namespace almanac::serving {

// One answer that went out, for the access log and the metrics. No query, no header and no body: secrets may stand
// there.
struct Access {
  std::string method;
  std::string path;   // decoded, control characters removed, cut off after 200 bytes
  std::string route;  // the pattern; empty for what is no route
  Parts parts;        // what stood for the braces of the pattern
  std::string client;
  int status = 0;
  double duration_seconds = 0;  // until the answer was handed to the system; of a stream, until it ended
  std::size_t bytes = 0;        // of the body; 0 for a stream
};

struct ServerOptions {
  Endpoint listen{"127.0.0.1", 8080};
  std::string token;                          // empty: read-only, and only on a loopback address
  std::vector<std::string> allowed_hosts;     // further names in Host headers: those of a proxy in front
  std::function<void(const Access&)> access;  // called from many threads
  Limits limits;
};

// HTTP/1.1 in front of a router's routes; those that answer a stream are fed from the feed. A thread a connection, as
// many as Limits say: an open event stream takes one of its own and none from the others.
class Server {
 public:
  // Takes the address, so that nobody else can have it; clients may connect, and wait until begin(). What the
  // handlers of `router` refer to, and `feed`, must outlive the server. Errors: invalid_input where the options would
  // leave the server open to everybody or the address is none; unavailable where it is taken (the message says so).
  static Result<std::unique_ptr<Server>> bind(Router router, Feed& feed, ServerOptions options);
  // Answers from now on. Once.
  void begin();
  // bind() and begin().
  static Result<std::unique_ptr<Server>> start(Router router, Feed& feed, ServerOptions options);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  std::string url() const;  // "http://127.0.0.1:8080"
  std::size_t viewers() const;

  // Accepts nothing more, ends the streams at once, lets answers under way go out (Limits::write at most) and returns
  // when every thread has ended. A second call does nothing.
  void stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace almanac::serving
