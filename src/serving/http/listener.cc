#include "serving/http/listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace almanac::serving {
namespace {

using namespace std::chrono_literals;

constexpr int kBacklog = 512;
constexpr auto kPause = 200ms;  // before what failed for want of memory or files is tried again

int listening_socket(const addrinfo& address) {
  const int made = ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, address.ai_protocol);
  if (made < 0) return -1;
  // After a restart the address is free at once. Not SO_REUSEPORT: a second process would share the port without a
  // word.
  const int on = 1, off = 0;
  ::setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (address.ai_family == AF_INET6) ::setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  if (::bind(made, address.ai_addr, address.ai_addrlen) == 0 && ::listen(made, kBacklog) == 0) return made;
  const int why = errno;
  ::close(made);
  errno = why;
  return -1;
}

int port_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::bind(const Endpoint& at) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(failed == 0 ? found : nullptr, &::freeaddrinfo);
  std::string why = failed == 0 ? "" : ::gai_strerror(failed);
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    const int socket = listening_socket(*address);
    if (socket >= 0) return std::unique_ptr<Listener>(new Listener(socket, port_of(socket)));
    why = std::strerror(errno);
  }
  return fail(ErrorCode::unavailable, fmt::format("cannot listen on {} port {}: {}", at.host, at.port, why));
}

Listener::~Listener() {
  ::close(socket_);
}

std::optional<int> Listener::accept() {
  while (!ended_) {
    const int socket = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket >= 0) return socket;
    if (!ended_ && errno != EINTR && errno != ECONNABORTED) std::this_thread::sleep_for(kPause);
  }
  return std::nullopt;
}

void Listener::end() {
  ended_ = true;
  ::shutdown(socket_, SHUT_RDWR);  // wakes accept()
}

}  // namespace almanac::serving
