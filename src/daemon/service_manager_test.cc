#include "daemon/service_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace almanac::daemon {
namespace {

// A service manager's end of the socket, in the abstract name space.
class Listener {
 public:
  explicit Listener(const std::string& name) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  ~Listener() { ::close(fd_); }
  std::string receive() const {
    char buffer[512];
    const auto size = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    return size < 0 ? "" : std::string(buffer, static_cast<std::size_t>(size));
  }

 private:
  int fd_;
};

TEST(ServiceManager, SpeaksTheProtocolOfSdNotify) {
  const std::string name = "almanac-test-" + std::to_string(::getpid());
  const Listener systemd(name);
  const ServiceManager manager("@" + name);
  manager.ready("active");
  EXPECT_EQ(systemd.receive(), "READY=1\nSTATUS=active");
  manager.alive();
  EXPECT_EQ(systemd.receive(), "WATCHDOG=1");
  manager.reloading();
  EXPECT_THAT(systemd.receive(), testing::MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  manager.stopping();
  EXPECT_THAT(systemd.receive(), testing::StartsWith("STOPPING=1"));
}

TEST(ServiceManager, WithoutASocketNothingHappens) {
  ServiceManager("").ready("active");
  ServiceManager("/nowhere/at/all").alive();
}

TEST(ServiceManager, TheWatchdogIsFedTwiceInItsTime) {
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  ::unsetenv("WATCHDOG_PID");
  EXPECT_EQ(ServiceManager::watchdog_interval(), std::chrono::seconds{15});
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(ServiceManager::watchdog_interval()) << "meant for another process";
  ::unsetenv("WATCHDOG_PID");
  ::unsetenv("WATCHDOG_USEC");
  EXPECT_FALSE(ServiceManager::watchdog_interval());
}

}  // namespace
}  // namespace almanac::daemon
