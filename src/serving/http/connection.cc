#include "serving/http/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "serving/http/answer_head.h"
#include "serving/http/message.h"

namespace almanac::serving {
namespace {

using namespace std::chrono_literals;

// After an answer that the client may not have waited for.
constexpr auto kLinger = 1000ms;
constexpr std::size_t kLingerBytes = 4U << 20U;
constexpr long kTooLate = -2;  // of fill()

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

Answer refusal_of(int status) {
  Answer answer = status == 408   ? error_answer(408, "timed_out", "the request did not arrive in time")
                  : status == 431 ? error_answer(431, "header_too_large", "the head of the request is too long")
                                  : error_answer(503, "too_many_connections", "too many connections; try again later");
  if (status == 503) answer.headers.emplace_back("Retry-After", "5");
  answer.close = true;
  return answer;
}

// The empty line that ends a head, or a line that ends as none of a head does, so that the rest need not be waited for.
bool ends_head(std::string_view head) {
  return head.ends_with("\r\n\r\n") || head == "\r\n" || (head.ends_with('\n') && !head.ends_with("\r\n"));
}

}  // namespace

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
    if (!wait(POLLIN, deadline)) return kTooLate;
  }
}

bool Connection::wait_for_request() {
  return begin_ < end_ || fill(Clock::now() + limits_.keep_alive) > 0;
}

// Something is in the buffer; false at the end, on an error, and when the time is over, which is answered.
bool Connection::refill() {
  if (spent_) return false;
  const long got = begin_ < end_ ? 1 : fill(read_deadline_);
  // Bytes that trickle in are never waited for, so the deadline is held against the clock as well.
  if (got == kTooLate || (got > 0 && Clock::now() > read_deadline_)) {
    refuse(408);
    return false;
  }
  return got > 0;
}

std::optional<std::string> Connection::read_head() {
  body_left_ = 0;
  read_deadline_ = Clock::now() + limits_.head;
  write_deadline_ = read_deadline_ + limits_.write;
  std::string head;
  while (refill()) {
    while (begin_ < end_) {
      if (head.size() == limits_.head_bytes) {
        refuse(431);
        return std::nullopt;
      }
      head += buffer_[begin_++];
      if (head.back() == '\n' && ends_head(head)) return head;
    }
  }
  return std::nullopt;
}

void Connection::begin_body(std::size_t length) {
  body_left_ = length;
  read_deadline_ = Clock::now() + limits_.body;
}

std::optional<std::string> Connection::read_body() {
  std::string body;
  body.reserve(body_left_);
  while (body_left_ > 0) {
    if (!refill()) return std::nullopt;
    const std::size_t taken = std::min(end_ - begin_, body_left_);
    body.append(buffer_.data() + begin_, taken);
    begin_ += taken;
    body_left_ -= taken;
  }
  return body;
}

void Connection::begin_answer(bool is_stream) {
  write_deadline_ = is_stream ? Clock::time_point::max() : Clock::now() + limits_.write;
}

void Connection::refuse(int status) {
  const Answer answer = refusal_of(status);
  write(answer_head(answer, Framing::length) + answer.body);
  spent_ = true;
}

bool Connection::write(std::string_view bytes) {
  if (spent_) return false;
  while (!bytes.empty()) {
    const ssize_t done = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(done));
      continue;
    }
    if (errno == EINTR) continue;
    const auto deadline = std::min(Clock::now() + limits_.write_stall, write_deadline_);
    if ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait(POLLOUT, deadline)) {
      spent_ = true;
      return false;
    }
  }
  return true;
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
