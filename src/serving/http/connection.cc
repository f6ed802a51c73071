#include "serving/http/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "serving/http/guard.h"
#include "serving/http/message.h"

namespace almanac::serving {
namespace {

using namespace std::chrono_literals;

// After an answer that the client may not have waited for.
constexpr auto kLinger = 1000ms;
constexpr std::size_t kLingerBytes = 4U << 20U;

std::string address_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return "";
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = address.ss_family == AF_INET6
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr)
                          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr);
  if (inet_ntop(address.ss_family, bytes, text.data(), text.size()) == nullptr) return "";
  return text.data();
}

}  // namespace

std::string raw_refusal(int status) {
  struct Words {
    std::string_view reason, code, message;
  };
  const Words words =
      status == 408 ? Words{"Request Timeout", "timed_out", "the request did not arrive in time"}
      : status == 431
          ? Words{"Request Header Fields Too Large", "header_too_large", "the head of the request is too long"}
          : Words{"Service Unavailable", "too_many_connections", "too many connections; try again later"};
  const Answer answer = error_answer(status, words.code, words.message);
  std::string bytes = fmt::format("HTTP/1.1 {} {}\r\nConnection: close\r\nContent-Type: {}\r\nContent-Length: {}\r\n",
                                  status, words.reason, answer.content_type, answer.body.size());
  if (status == 503) bytes += "Retry-After: 5\r\n";
  for (const auto& [name, value] : security_headers()) bytes += fmt::format("{}: {}\r\n", name, value);
  return bytes + "\r\n" + answer.body;
}

Connection::Connection(int socket, const Limits& limits)
    : socket_(socket), limits_(limits), client_(address_of(socket)) {
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  fcntl(socket_, F_SETFD, FD_CLOEXEC);  // a program that we start must not keep it open
  read_deadline_ = write_deadline_ = Clock::now();
}

Connection::~Connection() {
  close(socket_);
}

bool Connection::wait(short events, Clock::time_point deadline) const {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd waiting{socket_, events, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

long Connection::fill(Clock::time_point deadline) {
  while (true) {
    const ssize_t got = recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got >= 0) {
      begin_ = 0;
      end_ = static_cast<std::size_t>(got);
      return got;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return -1;
    if (!wait(POLLIN, deadline)) return -2;
  }
}

bool Connection::wait_for_request() {
  return begin_ < end_ || fill(Clock::now() + limits_.keep_alive) > 0;
}

void Connection::begin_head() {
  phase_ = Phase::head;
  head_left_ = limits_.head_bytes;
  body_left_ = 0;
  read_deadline_ = Clock::now() + limits_.head;
  write_deadline_ = Clock::now() + limits_.head + limits_.write;
}

void Connection::begin_body(std::size_t length) {
  phase_ = Phase::body;
  body_left_ = length;
  read_deadline_ = Clock::now() + limits_.body;
}

void Connection::begin_answer(bool is_stream) {
  phase_ = Phase::answer;
  write_deadline_ = is_stream ? Clock::time_point::max() : Clock::now() + limits_.write;
}

void Connection::refuse(int status) {
  const std::string bytes = raw_refusal(status);
  write(bytes.data(), bytes.size());
  spent_ = true;
}

long Connection::read(char* to, std::size_t size) {
  if (spent_) return -1;
  if (begin_ == end_) {
    const long got = fill(read_deadline_);
    if (got == -2) refuse(408);
    if (got <= 0) return got == 0 ? 0 : -1;
  }
  std::size_t& allowed = phase_ == Phase::head ? head_left_ : body_left_;
  if (allowed == 0) {
    if (phase_ == Phase::head) refuse(431);
    return phase_ == Phase::head ? -1 : 0;
  }
  // Bytes that trickle in are never waited for here, so the deadline is held against the clock as well.
  if (Clock::now() > read_deadline_) {
    refuse(408);
    return -1;
  }
  const std::size_t taken = std::min({size, end_ - begin_, allowed});
  std::copy_n(buffer_.data() + begin_, taken, to);
  begin_ += taken;
  allowed -= taken;
  return static_cast<long>(taken);
}

long Connection::write(const char* from, std::size_t size) {
  if (spent_) return -1;
  std::size_t sent = 0;
  while (sent < size) {
    const ssize_t done = send(socket_, from + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done >= 0) {
      sent += static_cast<std::size_t>(done);
      continue;
    }
    if (errno == EINTR) continue;
    const auto deadline = std::min(Clock::now() + limits_.write_stall, write_deadline_);
    if ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait(POLLOUT, deadline)) {
      spent_ = true;
      return -1;
    }
  }
  return static_cast<long>(size);
}

bool Connection::is_gone() const {
  pollfd state{socket_, POLLRDHUP, 0};
  return poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void Connection::linger() {
  shutdown(socket_, SHUT_WR);
  const auto deadline = Clock::now() + kLinger;
  std::size_t left = kLingerBytes;
  while (left > 0 && Clock::now() < deadline) {
    const long got = fill(deadline);
    if (got <= 0) return;
    left -= std::min<std::size_t>(left, static_cast<std::size_t>(got));
  }
}

void Connection::interrupt() {
  shutdown(socket_, SHUT_RD);
}

}  // namespace almanac::serving
