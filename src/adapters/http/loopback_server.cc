#include "adapters/http/loopback_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <list>
#include <thread>

#include "adapters/http/loopback_certificate.h"
#include "core/check.h"
#include "core/mutex.h"

namespace almanac::adapters::http {
namespace {

// The bytes of one connection, plain or through TLS.
class Stream {
 public:
  Stream(int socket, SSL_CTX* context) : socket_(socket) {
    if (context == nullptr) return;
    ssl_ = SSL_new(context);
    SSL_set_fd(ssl_, socket_);
  }
  ~Stream() { SSL_free(ssl_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool accept() { return ssl_ == nullptr || SSL_accept(ssl_) == 1; }

  // More bytes at the end of `text`; false when there are no more.
  bool read(std::string& text) {
    char buffer[16384];
    const auto n = ssl_ == nullptr ? ::recv(socket_, buffer, sizeof buffer, 0)
                                   : static_cast<ssize_t>(SSL_read(ssl_, buffer, sizeof buffer));
    if (n <= 0) return false;
    text.append(buffer, static_cast<std::size_t>(n));
    return true;
  }

  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ssl_ == nullptr
                         ? ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL)
                         : static_cast<ssize_t>(SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())));
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  // Waits until the client has closed: closing with bytes unread would take away what was last said to it, an alert.
  void let_go() {
    ::shutdown(socket_, SHUT_WR);
    char unread[1024];
    while (::recv(socket_, unread, sizeof unread, 0) > 0) {
    }
  }

  void close_notify() {
    if (ssl_ != nullptr) SSL_shutdown(ssl_);
  }

  int socket() const { return socket_; }

 private:
  int socket_;
  SSL* ssl_ = nullptr;
};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

// Takes one line off the front of `text`, without its end.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find("\r\n");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  return line;
}

LoopbackRequest parse_head(std::string_view head) {
  LoopbackRequest request;
  const std::string_view first = take_line(head);
  const auto space = first.find(' ');
  request.method = first.substr(0, space);
  const std::string_view rest = space == std::string_view::npos ? "" : first.substr(space + 1);
  request.target = rest.substr(0, rest.find(' '));
  while (!head.empty()) {
    const std::string_view line = take_line(head);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto value = line.find_first_not_of(' ', colon + 1);
    request.headers.emplace_back(lower(line.substr(0, colon)),
                                 value == std::string_view::npos ? std::string() : std::string(line.substr(value)));
  }
  return request;
}

// Reads one request; `buffer` keeps what belongs to the next.
std::optional<LoopbackRequest> read_request(Stream& stream, std::string& buffer) {
  std::size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!stream.read(buffer)) return std::nullopt;
  }
  LoopbackRequest request = parse_head(std::string_view(buffer).substr(0, end + 2));
  buffer.erase(0, end + 4);
  std::size_t length = 0;
  if (const auto text = request.header("content-length")) std::from_chars(text->begin(), text->end(), length);
  while (buffer.size() < length) {
    if (!stream.read(buffer)) return std::nullopt;
  }
  request.body = buffer.substr(0, length);
  buffer.erase(0, length);
  return request;
}

std::string head_of(const LoopbackReply& reply, const std::string& method) {
  std::string head = fmt::format("HTTP/1.1 {} Scripted\r\n", reply.status);
  for (const auto& [name, value] : reply.headers) head += fmt::format("{}: {}\r\n", name, value);
  const bool bodiless = reply.status == 204 || reply.status == 304 || method == "CONNECT";
  if (!bodiless) head += fmt::format("Content-Length: {}\r\n", reply.body.size());
  if (reply.close) head += "Connection: close\r\n";
  return head + "\r\n";
}

int listen_on_loopback(int& port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  ALMANAC_CHECK(::bind(socket, generic, size) == 0 && ::listen(socket, 64) == 0, "no free port on 127.0.0.1");
  ::getsockname(socket, generic, &size);
  port = ntohs(address.sin_port);
  return socket;
}

int connect_to_loopback(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return socket;
  ::close(socket);
  return -1;
}

}  // namespace

struct LoopbackServer::State {
  Handler handler;
  int listener = -1;
  int port = 0;
  SSL_CTX* tls = nullptr;
  std::string certificate_file;

  mutable Mutex mutex;
  Condition stopped;
  bool stopping ALMANAC_GUARDED_BY(mutex) = false;
  int connections ALMANAC_GUARDED_BY(mutex) = 0;
  std::vector<LoopbackRequest> requests ALMANAC_GUARDED_BY(mutex);
  // Open ones, shut down at the end so that their threads return.
  std::vector<int> sockets ALMANAC_GUARDED_BY(mutex);
  std::list<std::thread> threads ALMANAC_GUARDED_BY(mutex);
  std::thread acceptor;

  void accept_connections();
  void serve(int socket, int number);
  bool answer(Stream& stream, const LoopbackRequest& request);
  void tunnel(Stream& stream, int port);
  bool open(int socket);
  void close(int socket);
};

bool LoopbackServer::State::open(int socket) {
  const MutexLock lock(mutex);
  if (!stopping) sockets.push_back(socket);
  return !stopping;
}

void LoopbackServer::State::close(int socket) {
  const MutexLock lock(mutex);
  std::erase(sockets, socket);
  ::close(socket);
}

void LoopbackServer::State::accept_connections() {
  for (;;) {
    const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!open(socket)) {
      ::close(socket);
      return;
    }
    const MutexLock lock(mutex);
    const int number = ++connections;
    threads.emplace_back([this, socket, number] { serve(socket, number); });
  }
}

void LoopbackServer::State::serve(int socket, int number) {
  {
    Stream stream(socket, tls);
    std::string buffer;
    if (stream.accept()) {
      while (auto request = read_request(stream, buffer)) {
        request->connection = number;
        {
          const MutexLock lock(mutex);
          requests.push_back(*request);
        }
        if (!answer(stream, *request)) break;
      }
    } else {
      stream.let_go();
    }
  }
  close(socket);
}

// True when the connection stays open for the next request.
bool LoopbackServer::State::answer(Stream& stream, const LoopbackRequest& request) {
  const LoopbackReply reply = handler(request);
  {
    MutexLock lock(mutex);
    const auto until = std::chrono::steady_clock::now() + reply.delay;
    while (!stopping && stopped.wait_until(lock, until)) {
    }
    if (stopping) return false;
  }
  if (reply.hang_up) return false;
  if (reply.raw) {
    stream.write(*reply.raw);
    stream.close_notify();
    return false;
  }
  std::string bytes = head_of(reply, request.method);
  if (request.method != "HEAD") bytes += reply.body.substr(0, reply.cut_after.value_or(reply.body.size()));
  if (!stream.write(bytes) || reply.cut_after) return false;
  if (reply.tunnel_to) tunnel(stream, *reply.tunnel_to);
  if (reply.close) stream.close_notify();
  return !reply.close && !reply.tunnel_to;
}

void LoopbackServer::State::tunnel(Stream& stream, int to) {
  const int other = connect_to_loopback(to);
  if (other < 0) return;
  if (open(other)) {
    Stream target(other, nullptr);
    pollfd ends[2] = {{stream.socket(), POLLIN, 0}, {other, POLLIN, 0}};
    for (bool alive = true; alive && ::poll(ends, 2, -1) > 0;) {
      std::string bytes;
      if (ends[0].revents != 0) alive = stream.read(bytes) && target.write(bytes);
      bytes.clear();
      if (alive && ends[1].revents != 0) alive = target.read(bytes) && stream.write(bytes);
    }
  }
  close(other);
}

LoopbackServer::LoopbackServer(Handler handler, const LoopbackOptions& options) : state_(std::make_unique<State>()) {
  state_->handler = std::move(handler);
  state_->listener = listen_on_loopback(state_->port);
  if (options.tls) {
    state_->tls = make_server_context(options.certificate_names, options.certificate_expired, options.client_authority,
                                      state_->certificate_file);
  }
  // SSL_write raises SIGPIPE on a closed connection; threads inherit the mask they are started under.
  sigset_t pipe, before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  state_->acceptor = std::thread([state = state_.get()] { state->accept_connections(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LoopbackServer::LoopbackServer(std::vector<LoopbackReply> script, const LoopbackOptions& options)
    : LoopbackServer([script = std::move(script), next = std::make_shared<std::atomic<std::size_t>>(0)](
                         const LoopbackRequest&) { return script.at(std::min((*next)++, script.size() - 1)); },
                     options) {}

LoopbackServer::~LoopbackServer() {
  {
    const MutexLock lock(state_->mutex);
    state_->stopping = true;
    for (const int socket : state_->sockets) ::shutdown(socket, SHUT_RDWR);
  }
  state_->stopped.notify_all();
  ::shutdown(state_->listener, SHUT_RDWR);
  state_->acceptor.join();
  for (std::thread& thread : state_->threads) thread.join();
  ::close(state_->listener);
  SSL_CTX_free(state_->tls);
  if (!state_->certificate_file.empty()) ::unlink(state_->certificate_file.c_str());
}

int LoopbackServer::port() const {
  return state_->port;
}

std::string LoopbackServer::url(std::string_view path) const {
  return fmt::format("{}://127.0.0.1:{}{}", state_->tls == nullptr ? "http" : "https", state_->port, path);
}

int LoopbackServer::connections() const {
  const MutexLock lock(state_->mutex);
  return state_->connections;
}

std::vector<LoopbackRequest> LoopbackServer::requests() const {
  const MutexLock lock(state_->mutex);
  return state_->requests;
}

std::string LoopbackServer::certificate_file() const {
  return state_->certificate_file;
}

std::optional<std::string_view> LoopbackRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

int closed_port() {
  int port = 0;
  ::close(listen_on_loopback(port));
  return port;
}

}  // namespace almanac::adapters::http
