#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "adapters/prometheus/access.h"
#include "adapters/prometheus/answer.h"
#include "core/result.h"
#include "core/time.h"
#include "ports/http_transport.h"

namespace almanac::adapters::prometheus {

struct ServerOptions {
  std::string url;  // of what stands before /api/v1, without a slash at its end
  Access access;
  std::chrono::milliseconds timeout{30'000};  // of one query, told to the server too
  int attempts = 3;
  std::chrono::milliseconds first_pause{250};  // doubles
  // Waits between attempts; empty: really.
  std::function<void(std::chrono::milliseconds)> pause;
};

// The HTTP API v1 of Prometheus and of what speaks as it does.
//
// Repeats what may succeed at once: a server that cannot be reached or answers 429 or 5xx, as often as `attempts` says,
// and once an exchange that broke (a kept connection that the server closed). Errors of answer.h, of access.h and of
// the transport, with the url in front; corrupt for an answer over 8 MB, which is one of very many series.
class Server {
 public:
  Server(std::shared_ptr<ports::HttpTransport> transport, ServerOptions options)
      : transport_(std::move(transport)), options_(std::move(options)) {}

  // The values of `query` at first, first + step, ... up to `last`. What the server keeps in a cache is not used: late
  // samples would not be in it.
  Result<Answer> query_range(const std::string& query, Timestamp first, Timestamp last, Duration step) const;

  // What it says of itself: "version 2.42.0, keeps 15d"; as much of it as it says.
  Result<std::string> describe() const;

  const std::string& url() const { return options_.url; }

 private:
  Result<ports::HttpResponse> send(ports::HttpRequest request) const;
  Result<ports::HttpResponse> get(const std::string& path) const;

  std::shared_ptr<ports::HttpTransport> transport_;
  ServerOptions options_;
};

}  // namespace almanac::adapters::prometheus
