#include "serving/http/server.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "core/mutex.h"
#include "serving/http/answer_head.h"
#include "serving/http/event_stream.h"
#include "serving/http/listener.h"
#include "serving/http/request_head.h"
#include "serving/http/target.h"
#include "serving/http/text.h"
#include "serving/http/workers.h"

namespace almanac::serving {
namespace {

using Clock = std::chrono::steady_clock;

// Threads beyond the number of connections, which tell further ones that there are too many.
constexpr std::size_t kRefusers = 4;
constexpr std::size_t kLongestTarget = 8192;
constexpr std::size_t kLongestLoggedPath = 200;
constexpr std::size_t kSentWithHead = 64U << 10U;  // a body up to this goes out in one piece with its head

bool is_method(std::string_view name) {
  static const std::set<std::string_view> known = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                   "CONNECT", "OPTIONS", "TRACE", "PATCH"};
  return known.contains(name);
}

// Why no route is asked; nothing for a request that one may be.
std::optional<Answer> refusal_of(const std::optional<Request>& request) {
  if (!request) return error_answer(400, "invalid_input", "this is no HTTP/1.1 request");
  if (!is_method(request->method)) return error_answer(501, "unsupported", "there is no such method");
  if (request->target.size() > kLongestTarget) return error_answer(414, "invalid_input", "the address is too long");
  return std::nullopt;
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

std::string logged_path(const Request& request) {
  const auto target = parse_target(request.target);
  const std::string path = target ? target->path : request.target.substr(0, request.target.find('?'));
  return without_control_characters(path).substr(0, kLongestLoggedPath);
}

Answer too_many_streams(const Answer& wanted) {
  Answer answer = error_answer(503, "too_many_streams", "too many viewers; try again later");
  answer.headers.emplace_back("Retry-After", "30");
  answer.route = wanted.route;
  return answer;
}

}  // namespace

struct Server::State {
  State(Router router, Feed& f, ServerOptions o, std::unique_ptr<Listener> l)
      : options(std::move(o)),
        feed(f),
        api(std::move(router), {options.token, is_loopback(options.listen.host), options.allowed_hosts}),
        listener(std::move(l)),
        workers(static_cast<std::size_t>(options.limits.connections) + kRefusers) {}

  // A viewer's place among those that may be, and its events.
  class Viewer {
   public:
    explicit Viewer(State& state) : state_(state), events_(state.feed.subscribe()) {
      const MutexLock lock(state_.mutex);
      state_.subscriptions.insert(events_.get());
      if (state_.stopping) events_->end();
    }
    ~Viewer() {
      {
        const MutexLock lock(state_.mutex);
        state_.subscriptions.erase(events_.get());
      }
      --state_.streams;
    }
    Viewer(const Viewer&) = delete;
    Viewer& operator=(const Viewer&) = delete;

    Feed::Subscription& events() { return *events_; }

   private:
    State& state_;
    std::unique_ptr<Feed::Subscription> events_;
  };

  void accept_connections() {
    while (const auto socket = listener->accept()) workers.run([this, s = *socket] { take(s); });
  }

  void take(int socket) {
    Connection connection(socket, options.limits);
    if (++open > options.limits.connections) {
      connection.refuse(503);
    } else {
      {
        const MutexLock lock(mutex);
        connections.insert(&connection);
        if (stopping) connection.interrupt();
      }
      for (int left = options.limits.requests_per_connection; left > 0; --left) {
        if (!connection.wait_for_request() || !exchange(connection, left == 1)) break;
      }
      const MutexLock lock(mutex);
      connections.erase(&connection);
    }
    --open;
  }

  // Reads a request and answers it. False: the connection is not used again.
  bool exchange(Connection& connection, bool is_last) {
    const auto started = Clock::now();
    const auto head = connection.read_head();
    if (!head) return false;
    auto request = parse_request_head(*head);
    if (auto refusal = refusal_of(request)) {
      refusal->close = true;
      if (send(connection, *refusal, !request || request->method != "HEAD")) connection.linger();
      return false;
    }
    request->client = connection.client();
    Answer answer = routed(connection, *request);
    std::unique_ptr<Viewer> viewer;
    if (answer.is_stream && request->method != "HEAD") {
      viewer = admit();
      if (viewer == nullptr) answer = too_many_streams(answer);
      answer.close = answer.close || viewer != nullptr;
    }
    // Where connections become scarce nobody keeps one for a request that may never come.
    const bool ended_by_us = answer.close || is_last || stopping || open > options.limits.connections * 3 / 4;
    answer.close = ended_by_us || request->is_http_1_0 || request->lists("connection", "close");
    const bool is_sent =
        viewer ? stream(connection, *request, answer, *viewer) : send(connection, answer, request->method != "HEAD");
    viewer.reset();
    report(connection, *request, answer, started);
    // What we end while the client may still be sending is ended gently, or it would never read our answer.
    if (is_sent && ended_by_us) connection.linger();
    return is_sent && !answer.close;
  }

  Answer routed(Connection& connection, const Request& request) {
    const auto length = body_length(request, options.limits.body_bytes);
    if (!length) {
      Answer refusal = length.error();
      refusal.close = true;
      return refusal;
    }
    connection.begin_body(*length);
    Answer answer = api.answer(request, [&]() -> tl::expected<std::string, Answer> {
      // A client that asks before it sends a body is told to when a route wants it, and spared sending it otherwise.
      if (*length > 0 && !request.is_http_1_0 && request.lists("expect", "100-continue"))
        connection.write("HTTP/1.1 100 Continue\r\n\r\n");
      if (auto body = connection.read_body()) return std::move(*body);
      return tl::unexpected(error_answer(400, "invalid_input", "the body ended early"));
    });
    // A body that nobody wanted would be taken for the next request.
    if (connection.unread_body() > 0) answer.close = true;
    return answer;
  }

  // Whether all of it went out.
  bool send(Connection& connection, Answer& answer, bool with_body) {
    connection.begin_answer(false);
    if (!answer.close) {
      answer.headers.emplace_back(
          "Keep-Alive",
          fmt::format("timeout={}", std::chrono::ceil<std::chrono::seconds>(options.limits.keep_alive).count()));
    }
    const std::string head = answer_head(answer, Framing::length);
    if (!with_body || !may_have_body(answer)) return connection.write(head);
    if (answer.body.size() <= kSentWithHead) return connection.write(head + answer.body);
    return connection.write(head) && connection.write(answer.body);
  }

  bool stream(Connection& connection, const Request& request, const Answer& answer, Viewer& viewer) {
    connection.begin_answer(true);
    const bool in_chunks = !request.is_http_1_0;
    if (!connection.write(answer_head(answer, in_chunks ? Framing::chunks : Framing::close))) return false;
    stream_events(
        viewer.events(), options.limits.heartbeat,
        [&](std::string_view bytes) { return in_chunks ? connection.write(chunk_of(bytes)) : connection.write(bytes); },
        [&] { return connection.is_gone(); });
    return !in_chunks || connection.write(chunk_of(""));
  }

  // Nothing where there are too many.
  std::unique_ptr<Viewer> admit() {
    if (++streams <= options.limits.streams) return std::make_unique<Viewer>(*this);
    --streams;
    return nullptr;
  }

  void report(const Connection& connection, const Request& request, const Answer& answer, Clock::time_point started) {
    if (!options.access) return;
    options.access({request.method, logged_path(request), answer.route, answer.parts, connection.client(),
                    answer.status, std::chrono::duration<double>(Clock::now() - started).count(), answer.body.size()});
  }

  ServerOptions options;
  Feed& feed;
  Api api;
  std::unique_ptr<Listener> listener;
  Workers workers;
  std::thread thread;  // that accepts
  std::atomic<int> open{0}, streams{0};
  std::atomic<bool> stopping{false};
  Mutex mutex;
  std::set<Connection*> connections ALMANAC_GUARDED_BY(mutex);
  std::set<Feed::Subscription*> subscriptions ALMANAC_GUARDED_BY(mutex);
};

Result<std::unique_ptr<Server>> Server::bind(Router router, Feed& feed, ServerOptions options) {
  if (auto safe = check_exposure(options.listen, options.token); !safe) return tl::unexpected(safe.error());
  for (std::string& host : options.allowed_hosts) host = lower_case(host);
  auto listener = Listener::bind(options.listen);
  if (!listener) return tl::unexpected(listener.error());
  return std::unique_ptr<Server>(
      new Server(std::make_unique<State>(std::move(router), feed, std::move(options), std::move(*listener))));
}

void Server::begin() {
  state_->thread = std::thread([s = state_.get()] { s->accept_connections(); });
}

Result<std::unique_ptr<Server>> Server::start(Router router, Feed& feed, ServerOptions options) {
  auto server = bind(std::move(router), feed, std::move(options));
  if (server) (*server)->begin();
  return server;
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  stop();
}

int Server::port() const {
  return state_->listener->port();
}

std::string Server::url() const {
  const std::string& host = state_->options.listen.host;
  const bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port());
}

std::size_t Server::viewers() const {
  return static_cast<std::size_t>(std::max(0, state_->streams.load()));
}

void Server::stop() {
  if (!state_->thread.joinable()) return;
  {
    const MutexLock lock(state_->mutex);
    state_->stopping = true;
    for (Feed::Subscription* subscription : state_->subscriptions) subscription->end();
    for (Connection* connection : state_->connections) connection->interrupt();
  }
  state_->listener->end();
  state_->thread.join();
  state_->workers.finish();
}

}  // namespace almanac::serving
