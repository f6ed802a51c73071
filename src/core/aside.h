#pragma once

#include <functional>
#include <future>

namespace almanac {

// Work done in a thread of its own while the caller goes on, where a processor is to be had: all of these together
// start at most one thread less than there are processors, so that many trainings at once, or a machine with one
// processor, work one thing after the other as ever. A thread inherits the caller's priority.
class Aside {
 public:
  explicit Aside(std::function<void()> work);
  ~Aside();  // waits
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

  // Until the work is done; here and now where no thread was to be had. Throws what the work threw. Once.
  void finish();

 private:
  std::function<void()> work_;
  std::future<void> done_;  // invalid: no thread works
};

}  // namespace almanac
