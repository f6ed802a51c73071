#include "core/aside.h"

#include <sched.h>

#include <atomic>
#include <system_error>
#include <thread>
#include <utility>

namespace almanac {
namespace {

// Counted by the process: each of many callers at once would otherwise take all processors for its own.
std::atomic<unsigned> working{0};

// Those this process may run on, which a container or `taskset` may have made fewer than the machine has.
unsigned count_processors() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) return static_cast<unsigned>(CPU_COUNT(&allowed));
  return std::thread::hardware_concurrency();  // 0: not known
}

bool take_processor() {
  static const unsigned processors = count_processors();
  unsigned at_work = working.load();
  while (at_work + 1 < processors)
    if (working.compare_exchange_weak(at_work, at_work + 1)) return true;
  return false;
}

struct Processor {
  Processor() = default;
  Processor(const Processor&) = delete;
  Processor& operator=(const Processor&) = delete;
  ~Processor() { --working; }
};

}  // namespace

Aside::Aside(std::function<void()> work) : work_(std::move(work)) {
  if (!take_processor()) return;
  try {
    done_ = std::async(std::launch::async, [this] {
      const Processor taken;
      work_();
    });
  } catch (const std::system_error&) {  // no more threads
    --working;
  }
}

Aside::~Aside() {
  if (done_.valid()) done_.wait();
}

void Aside::finish() {
  if (done_.valid())
    done_.get();
  else
    work_();
}

}  // namespace almanac
