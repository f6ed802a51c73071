#include "serving/http/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <httplib.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <set>
#include <thread>

#include "core/mutex.h"
#include "serving/http/event_stream.h"
#include "serving/http/text.h"
#include "serving/http/workers.h"

// cpp-httplib accepts connections, parses heads and writes answers. Everything that keeps a client within its limits is
// ours: its sockets are read through Connection, which counts bytes and time, and all routing happens before the
// library would read a body (it has no limit for the size of a head, none for the whole time, and reads on what it
// refused).

namespace almanac::serving {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// Threads beyond the number of connections, which tell further ones that there are too many.
constexpr std::size_t kRefusers = 4;
constexpr int kBacklog = 512;

class Stream final : public httplib::Stream {
 public:
  explicit Stream(Connection& connection) : connection_(connection) {}
  bool is_readable() const override { return true; }
  bool is_writable() const override { return !connection_.is_spent() && !connection_.is_gone(); }
  ssize_t read(char* to, size_t size) override { return connection_.read(to, size); }
  ssize_t write(const char* from, size_t size) override { return connection_.write(from, size); }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = connection_.client();
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  // The library only asks in order to refuse sockets that select() cannot take; nothing here uses select().
  socket_t socket() const override { return 0; }

 private:
  Connection& connection_;
};

class Queue final : public httplib::TaskQueue {
 public:
  explicit Queue(std::size_t most) : workers_(most) {}
  void enqueue(std::function<void()> work) override { workers_.run(std::move(work)); }
  void shutdown() override { workers_.finish(); }

 private:
  Workers workers_;
};

// What a thread is answering.
struct Exchange {
  explicit Exchange(Connection& c) : connection(c) {}
  Connection& connection;
  Clock::time_point started = Clock::now();
  bool is_last = false;  // of its connection, by the limits
  bool routed = false;   // false: the library refused it before anybody looked
  bool close = false;
  Access access;
};

thread_local Exchange* current = nullptr;

Request to_request(const httplib::Request& from, const std::string& client) {
  Request request;
  request.method = from.method;
  request.target = from.target;
  request.client = client;
  for (const auto& [name, value] : from.headers) request.headers.emplace_back(lower_case(name), value);
  return request;
}

bool is_method(std::string_view name) {
  static const std::set<std::string_view> known = {"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
                                                   "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI"};
  return known.contains(name);
}

// The length of the body that follows, or why it is not read.
tl::expected<std::size_t, Answer> body_length(const Request& request, std::size_t most) {
  if (request.header("transfer-encoding")) {
    return tl::unexpected(error_answer(411, "length_required", "send the body with a Content-Length, not in chunks"));
  }
  if (request.header("content-encoding")) {
    return tl::unexpected(error_answer(415, "unsupported_media_type", "send the body as it is, not compressed"));
  }
  const auto given = request.header("content-length");
  if (!given) return 0;
  const bool digits = !given->empty() && given->find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || request.count("content-length") != 1) {
    return tl::unexpected(error_answer(400, "invalid_input", "Content-Length is no number"));
  }
  const bool too_long = given->size() > 18 || std::stoull(std::string(*given)) > most;
  if (too_long) {
    return tl::unexpected(
        error_answer(413, "payload_too_large", fmt::format("the body may have at most {} bytes", most)));
  }
  return std::stoull(std::string(*given));
}

tl::expected<std::string, Answer> read_body(Connection& connection, std::size_t length) {
  std::string body(length, '\0');
  std::size_t got = 0;
  while (got < length) {
    const long n = connection.read(body.data() + got, length - got);
    if (n <= 0) return tl::unexpected(error_answer(400, "invalid_input", "the body ended early"));
    got += static_cast<std::size_t>(n);
  }
  return body;
}

}  // namespace

struct Server::State final : public httplib::Server {
  State(Service& service, Feed& f, ServerOptions o)
      : options(std::move(o)),
        feed(f),
        api(service, {options.token, is_loopback(options.listen.host), options.allowed_hosts, std::move(options.assets),
                      options.metrics}) {
    set_keep_alive_timeout(std::chrono::ceil<std::chrono::seconds>(options.limits.keep_alive).count());
    set_keep_alive_max_count(static_cast<size_t>(options.limits.requests_per_connection));
    set_socket_options([](socket_t socket) {
      // Not SO_REUSEPORT, the library's own choice: a second process would share the port without a word.
      const int on = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
      fcntl(socket, F_SETFD, FD_CLOEXEC);
    });
    new_task_queue = [this] { return new Queue(static_cast<std::size_t>(options.limits.connections) + kRefusers); };
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      handle(request, response);
      return HandlerResponse::Handled;
    });
    // A client that asks before it sends a body is spared sending one that would be refused.
    set_expect_100_continue_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (body_length(to_request(request, ""), options.limits.body_bytes)) return 100;
      handle(request, response);
      return response.status;
    });
    set_error_handler([](const httplib::Request& request, httplib::Response& response) { explain(request, response); });
    set_post_routing_handler([](const httplib::Request&, httplib::Response& response) { decorate(response); });
  }

  // The library gives up listening when the system could not hand over a connection (no memory, too many files); a
  // server that is to run for months does not.
  void accept_connections() {
    while (!stopping) {
      listen_after_bind();
      while (!stopping) {
        std::this_thread::sleep_for(200ms);
        if (!stopping && bind_to_port(options.listen.host, port)) break;
      }
    }
    finished = true;
  }

  bool process_and_close_socket(socket_t socket) override {
    Connection connection(socket, options.limits);
    if (++open > options.limits.connections) {
      const std::string bytes = raw_refusal(503);
      connection.write(bytes.data(), bytes.size());
    } else {
      {
        const MutexLock lock(mutex);
        connections.insert(&connection);
        if (stopping) connection.interrupt();
      }
      serve(connection);
      const MutexLock lock(mutex);
      connections.erase(&connection);
    }
    --open;
    return true;
  }

  void serve(Connection& connection) {
    Stream stream(connection);
    for (int left = options.limits.requests_per_connection; left > 0; --left) {
      if (!connection.wait_for_request()) return;
      Exchange exchange(connection);
      // Where connections become scarce nobody keeps one for a request that may never come.
      exchange.is_last = left == 1 || stopping || open > options.limits.connections * 3 / 4;
      current = &exchange;
      connection.begin_head();
      bool closed_by_client = false;
      const bool written = process_request(stream, exchange.is_last, closed_by_client, [](httplib::Request& request) {
        // No parts of answers and no compression: an entity tag stands for the whole answer as it is.
        request.ranges.clear();
        request.headers.erase("Range");
        request.headers.erase("Accept-Encoding");
      });
      current = nullptr;
      report(exchange);
      // What we end while the client may still be sending is ended gently, or it would never read our answer.
      const bool ended_by_us = exchange.is_last || exchange.close || !exchange.routed;
      if (written && ended_by_us && !connection.is_spent()) connection.linger();
      if (!written || closed_by_client || ended_by_us || connection.is_spent()) return;
    }
  }

  void report(Exchange& exchange) {
    if (!exchange.routed || !options.access) return;
    exchange.access.client = exchange.connection.client();
    exchange.access.duration_seconds = std::chrono::duration<double>(Clock::now() - exchange.started).count();
    options.access(exchange.access);
  }

  void handle(const httplib::Request& from, httplib::Response& response) {
    Exchange& exchange = *current;
    Connection& connection = exchange.connection;
    const Request request = to_request(from, connection.client());
    Answer answer;
    auto length = body_length(request, options.limits.body_bytes);
    if (!length) {
      answer = std::move(length.error());
      answer.close = true;
    } else {
      connection.begin_body(*length);
      answer = api.answer(request, [&] { return read_body(connection, *length); });
      // A body that nobody wanted would be taken for the next request.
      if (connection.unread_body() > 0) answer.close = true;
    }
    connection.begin_answer(answer.is_stream);
    exchange.routed = true;
    exchange.close = answer.close;
    exchange.access = {request.method,
                       without_control_characters(from.path).substr(0, 200),
                       answer.route,
                       answer.group,
                       "",
                       answer.status,
                       0,
                       answer.body.size()};
    send(std::move(answer), request, response);
    exchange.access.status = response.status;
  }

  void send(Answer answer, const Request& request, httplib::Response& response) {
    std::unique_ptr<Feed::Subscription> subscription;
    if (answer.is_stream && request.method != "HEAD") {
      if (++streams > options.limits.streams) {
        --streams;
        answer = error_answer(503, "too_many_streams", "too many viewers; try again later");
        answer.headers.emplace_back("Retry-After", "30");
      } else {
        subscription = feed.subscribe();
      }
    }
    response.status = answer.status;
    for (const auto& [name, value] : answer.headers) response.set_header(name, value);
    if (answer.close) response.set_header("Connection", "close");
    if (subscription != nullptr) {
      stream(std::move(subscription), response);
    } else if (!answer.content_type.empty() && answer.status != 304) {
      // set_content() copies; bodies may be large.
      response.body = std::move(answer.body);
      response.set_header("Content-Type", answer.content_type);
    }
  }

  void stream(const std::shared_ptr<Feed::Subscription>& subscription, httplib::Response& response) {
    {
      const MutexLock lock(mutex);
      subscriptions.insert(subscription.get());
      if (stopping) subscription->end();
    }
    current->close = true;
    response.set_header("Connection", "close");
    Connection& connection = current->connection;
    response.set_chunked_content_provider(
        "text/event-stream",
        [this, subscription, &connection](size_t, httplib::DataSink& sink) {
          stream_events(
              *subscription, options.limits.heartbeat,
              [&](std::string_view bytes) { return sink.write(bytes.data(), bytes.size()); },
              [&] { return connection.is_gone(); });
          sink.done();
          return true;
        },
        [this, subscription](bool) {
          --streams;
          const MutexLock lock(mutex);
          subscriptions.erase(subscription.get());
        });
  }

  // Called for every status from 400 on; what comes from the routes has its words already.
  static void explain(const httplib::Request& request, httplib::Response& response) {
    if (current != nullptr && current->routed) return;
    if (response.status == 400 && !request.method.empty() && !is_method(request.method)) response.status = 501;
    const Answer answer = response.status == 501   ? error_answer(501, "unsupported", "there is no such method")
                          : response.status == 414 ? error_answer(414, "invalid_input", "the address is too long")
                          : response.status == 416
                              ? error_answer(416, "invalid_input", "the Range header is none")
                              : error_answer(response.status, "invalid_input", "this is no HTTP/1.1 request");
    response.set_content(answer.body, answer.content_type);
    response.set_header("Connection", "close");
  }

  static void decorate(httplib::Response& response) {
    for (const auto& [name, value] : security_headers()) {
      response.headers.erase(name);
      response.set_header(name, value);
    }
    response.headers.erase("Accept-Ranges");
    if (response.status == 304 || response.status == 204) response.headers.erase("Content-Length");
    if (response.has_header("Connection")) response.headers.erase("Keep-Alive");
  }

  ServerOptions options;
  Feed& feed;
  Api api;
  int port = 0;
  std::thread thread;
  std::atomic<int> open{0}, streams{0};
  std::atomic<bool> stopping{false}, finished{false};
  Mutex mutex;
  std::set<Connection*> connections ALMANAC_GUARDED_BY(mutex);
  std::set<Feed::Subscription*> subscriptions ALMANAC_GUARDED_BY(mutex);

  // svr_sock_ is the library's, and protected.
  int listening_socket() const { return svr_sock_; }
  // The address of a server that never began; the library closes the socket only of one that listened.
  void give_back() {
    const socket_t socket = svr_sock_.exchange(INVALID_SOCKET);
    if (socket != INVALID_SOCKET) ::close(socket);
  }
};

Result<std::unique_ptr<Server>> Server::bind(Service& service, Feed& feed, ServerOptions options) {
  if (auto safe = check_exposure(options.listen, options.token); !safe) return tl::unexpected(safe.error());
  for (std::string& host : options.allowed_hosts) host = lower_case(host);
  const Endpoint at = options.listen;
  auto state = std::make_unique<State>(service, feed, std::move(options));
  errno = 0;
  const int port = at.port == 0 ? state->bind_to_any_port(at.host) : at.port;
  if (port <= 0 || (at.port != 0 && !state->bind_to_port(at.host, at.port))) {
    return fail(ErrorCode::unavailable,
                fmt::format("cannot listen on {} port {}: {}", at.host, at.port,
                            errno != 0 ? std::strerror(errno) : "the address is not one of this machine"));
  }
  listen(state->listening_socket(), kBacklog);  // the library asks for five
  state->port = port;
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

void Server::begin() {
  state_->thread = std::thread([s = state_.get()] { s->accept_connections(); });
  while (!state_->is_running()) std::this_thread::sleep_for(1ms);
}

Result<std::unique_ptr<Server>> Server::start(Service& service, Feed& feed, ServerOptions options) {
  auto server = bind(service, feed, std::move(options));
  if (server) (*server)->begin();
  return server;
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  stop();
}

int Server::port() const {
  return state_->port;
}

std::string Server::url() const {
  const std::string& host = state_->options.listen.host;
  const bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", is_v6 ? "[" : "", host, is_v6 ? "]" : "", state_->port);
}

std::size_t Server::viewers() const {
  return static_cast<std::size_t>(std::max(0, state_->streams.load()));
}

void Server::stop() {
  if (!state_->thread.joinable()) return state_->give_back();
  {
    const MutexLock lock(state_->mutex);
    state_->stopping = true;
    for (Feed::Subscription* subscription : state_->subscriptions) subscription->end();
    for (Connection* connection : state_->connections) connection->interrupt();
  }
  // The library's stop() does nothing in the moment before it listens.
  while (!state_->finished) {
    state_->httplib::Server::stop();
    std::this_thread::sleep_for(2ms);
  }
  state_->thread.join();
}

}  // namespace almanac::serving
