#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <vector>

namespace almanac::contract {

// Starts `work` in a child process; its exit status is 0 when `work` returns true.
inline pid_t start_process(const std::function<bool()>& work) {
  std::fflush(nullptr);  // or the child prints it again
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(work() ? 0 : 1);
  return pid;
}

// Waits for the child; true when it ended with status 0.
inline bool finish_process(pid_t pid) {
  int status = 0;
  return pid > 0 && ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

inline bool in_process(const std::function<bool()>& work) {
  return finish_process(start_process(work));
}

}  // namespace almanac::contract
