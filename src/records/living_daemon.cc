#include "records/living_daemon.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "records/lease.h"

namespace almanac::records {
namespace {

// Renewals of a busy machine come late, and clocks of two machines differ a little.
constexpr Duration kLate{15};

std::string this_machine() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0 || host[0] == '\0') return "localhost";
  return host.data();
}

// False only where the holder is a process of this machine that is not there.
bool may_live(const std::string& holder) {
  const std::string ours = this_machine() + ":";
  if (!holder.starts_with(ours)) return true;
  int pid = 0;
  const char* end = holder.data() + holder.size();
  const auto [at, error] = std::from_chars(holder.data() + ours.size(), end, pid);
  if (error != std::errc{} || at != end || pid <= 0) return true;
  return ::kill(pid, 0) == 0 || errno != ESRCH;
}

}  // namespace

std::string this_process() {
  return fmt::format("{}:{}", this_machine(), ::getpid());
}

Result<std::optional<std::string>> living_daemon(ports::ObjectStore& store, Timestamp wall) {
  const auto seen = look_at_lease(store);
  if (!seen) return tl::unexpected(seen.error());
  if (!*seen) return std::nullopt;
  const Timestamp over = (*seen)->renewed + std::chrono::ceil<Duration>((*seen)->lasts) + kLate;
  if (wall > over || !may_live((*seen)->holder)) return std::nullopt;
  return (*seen)->holder;
}

}  // namespace almanac::records
