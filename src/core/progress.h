#pragma once

#include <functional>
#include <string>

namespace almanac {

// Reported by work that takes longer than a second. `done` of `total` units; `detail` is short ("loss 0.0412").
struct Progress {
  std::string task;
  double done = 0;
  double total = 0;
  std::string detail;
};

// May be empty; callers of long work pass one, workers call report().
using ProgressSink = std::function<void(const Progress&)>;

inline void report(const ProgressSink& sink, const Progress& progress) {
  if (sink) sink(progress);
}

}  // namespace almanac
