// Times a training from scratch, the one a new group waits for:
//   train_bench [RUNS] [DAYS]
// A simulated shop is collected for DAYS (60) of five-minute rows into memory, then trained on RUNS (3) times. Prints
// what each run took of the wall clock, of the processor in the calling thread (what the wall clock would say where
// every thread has a processor to itself) and in all of them, and a fingerprint of the model's file: a change that is
// meant to be quicker and nothing else leaves the fingerprint as it was.

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "../must.h"
#include "control/collector.h"
#include "control/trainer.h"
#include "ports/memory_object_store.h"
#include "simulation/simulated_group.h"
#include "simulation/workload.h"

using namespace almanac;
using bench::must;

namespace {

constexpr Duration kInterval{300};

double seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double resident_mb_at_most() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// FNV-1a: the same on every machine and in every year.
std::uint64_t fingerprint(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 3;
  const int days = argc > 2 ? std::atoi(argv[2]) : 60;
  simulation::WorkloadOptions options;
  options.history_weeks = days / 7 + 1;
  options.played_weeks = 0;
  const auto shop = must(simulation::make_workload(options));
  simulation::CloudOptions cloud_options;
  cloud_options.plant = shop.plant;
  cloud_options.start = ceil_to(shop.trace.range().start, kInterval);
  cloud_options.initial = 10;
  cloud_options.outages = shop.outages;
  simulation::SimulatedCloud cloud(shop.trace, cloud_options);
  ports::MemoryObjectStore store;
  must(store.put("shop/business_calendar.json", shop.business_calendar, ports::PutCondition::always()));
  const auto calendar = must(records::CalendarStore(store, "shop").load(shop.history.start + days * kDay));
  const Timestamp end = shop.history.start + days * kDay;
  cloud.advance_to(end);
  dataset::Dataset dataset(store, "shop", kInterval);
  control::Collector collector(cloud.metrics(), dataset, {.first = shop.history.start});
  must(collector.collect(end, calendar));

  control::GroupSettings settings;
  settings.name = "shop";
  settings.interval = kInterval;
  settings.policy.max = 80;
  const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_THREAD_CPUTIME_ID, CLOCK_PROCESS_CPUTIME_ID};
  std::printf(
      "| run | wall s | calling thread's processor s | all threads' | fingerprint |\n|---:|---:|---:|---:|---|\n");
  for (int run = 1; run <= runs; ++run) {
    control::Trainer trainer(store, dataset, settings);
    double took[3];
    for (int i = 0; i < 3; ++i) took[i] = -seconds_of(clocks[i]);
    must(trainer.train(end, calendar, Duration{60 * shop.plant.boot}, true));
    for (int i = 0; i < 3; ++i) took[i] += seconds_of(clocks[i]);
    std::printf("| %d | %.1f | %.1f | %.1f | %016llx |\n", run, took[0], took[1], took[2],
                static_cast<unsigned long long>(fingerprint(must(store.get("shop/lstm_model.h5")).bytes)));
    std::fflush(stdout);
  }
  std::printf("\n%.0f MB resident at most\n", resident_mb_at_most());
  return 0;
}
