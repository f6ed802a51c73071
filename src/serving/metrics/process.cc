#include <unistd.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "serving/metrics/exposition.h"

namespace almanac::serving {
namespace {

// Now, at the first call: near enough to the start of the process.
double start_time() {
  static const double start =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return start;
}

}  // namespace

void add_process(Exposition& to) {
  to.gauge("process_start_time_seconds", "When the process began, in seconds since 1970.", {}, start_time());
  timespec used{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0) {
    to.counter("process_cpu_seconds_total", "Processor time that the process used.", {},
               static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9);
  }
  std::ifstream statm("/proc/self/statm");
  if (double pages = 0, resident = 0; statm >> pages >> resident) {
    to.gauge("process_resident_memory_bytes", "Memory of the process that is in RAM.", {},
             resident * static_cast<double>(sysconf(_SC_PAGESIZE)));
  }
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (!error) {
    to.gauge("process_open_fds", "Files and sockets that are open.", {},
             static_cast<double>(std::distance(begin(files), end(files))));
  }
}

}  // namespace almanac::serving
