#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

// Locks that a compiler checks: a member declares which mutex it is guarded by, a function which one its caller must
// hold, and clang's Thread Safety Analysis refuses code that does not (`make thread-safety`). The analysis is that of
// clang.llvm.org/docs/ThreadSafetyAnalysis.html, whose names these are; to g++ they are nothing. It follows one
// function at a time, so it does not look into constructors and destructors, which nobody else can see the object in.
//
//   Mutex mutex_;
//   std::deque<Job> queue_ ALMANAC_GUARDED_BY(mutex_);
//   void drop_oldest() ALMANAC_REQUIRES(mutex_);
#if defined(__clang__)
#define ALMANAC_THREAD_ATTRIBUTE(attribute) __attribute__((attribute))
#else
#define ALMANAC_THREAD_ATTRIBUTE(attribute)
#endif

// Of a type: what can be held, and an object that holds it while it lives.
#define ALMANAC_CAPABILITY(name) ALMANAC_THREAD_ATTRIBUTE(capability(name))
#define ALMANAC_SCOPED_CAPABILITY ALMANAC_THREAD_ATTRIBUTE(scoped_lockable)
// Of a variable: read and written only by who holds the mutex. Goes between the name and its initialiser.
#define ALMANAC_GUARDED_BY(mutex) ALMANAC_THREAD_ATTRIBUTE(guarded_by(mutex))
// Of a function: its caller holds the mutex, must not hold it (the function takes it), gets it, gives it up.
#define ALMANAC_REQUIRES(...) ALMANAC_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define ALMANAC_EXCLUDES(...) ALMANAC_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define ALMANAC_ACQUIRE(...) ALMANAC_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define ALMANAC_RELEASE(...) ALMANAC_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))

namespace almanac {

// A std::mutex under a name that the analysis knows; libstdc++'s own is not annotated. Taken through MutexLock only.
class ALMANAC_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a mutex to the end of its scope, but for the time between unlock() and lock().
class ALMANAC_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ALMANAC_ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() ALMANAC_RELEASE() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void unlock() ALMANAC_RELEASE() { lock_.unlock(); }
  void lock() ALMANAC_ACQUIRE() { lock_.lock(); }

 private:
  friend class Condition;
  std::unique_lock<std::mutex> lock_;
};

// A std::condition_variable for a MutexLock, which is held before and after a wait. There is no wait with a predicate:
// the analysis takes a lambda for a function of its own that holds nothing, so a wait is a loop of its caller's, which
// sudden wakings go round once more.
class Condition {
 public:
  void wait(MutexLock& lock) { changed_.wait(lock.lock_); }
  // False when it is `deadline`.
  bool wait_until(MutexLock& lock, std::chrono::steady_clock::time_point deadline) {
    return changed_.wait_until(lock.lock_, deadline) == std::cv_status::no_timeout;
  }
  void notify_one() { changed_.notify_one(); }
  void notify_all() { changed_.notify_all(); }

 private:
  std::condition_variable changed_;
};

}  // namespace almanac
