// decisions_bench: what each part of the method is worth. `measure` plays the variants and appends what came to a file
// of results; `page` writes docs/benchmarks/decisions.md of it to stdout. bench/decisions.sh does both.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "measure.h"
#include "page.h"

int main(int argc, char** argv) {
  using namespace almanac;
  CLI::App app("Measures what each part of the method is worth.");
  app.require_subcommand(1);
  std::string file = "results.jsonl", boot = "5m", note;
  bench::MeasureOptions options;
  app.add_option("--results", file,
                 "One JSON object on a line for each row measured; what it holds is not measured again");

  auto* measure = app.add_subcommand("measure", "Measure what the results do not hold yet");
  measure->add_option("--traces", options.traces, "Folder of the traces")->required();
  measure->add_option("--trace", options.trace, "The trace of ablations and wrong calendars")->capture_default_str();
  measure->add_option("--calendar", options.calendar, "Its calendar, in the same folder; \"\" for none")
      ->capture_default_str();
  measure->add_option("--boot", boot, "Launch delay: 2m, 5m, 600s")->capture_default_str();
  measure->add_option("--test-start", options.test_start, "\"\" for the last 40 %")->capture_default_str();
  measure->add_option("--test-end", options.test_end, "\"\" for the trace's end")->capture_default_str();
  measure->add_option("--seeds", options.seeds, "Seeds 1 to so many")->check(CLI::Range(1, 100))->capture_default_str();
  measure->add_option("--threads", options.threads)->check(CLI::Range(1, 64))->capture_default_str();
  measure->add_flag("--every-minute", options.every_minute, "Also decisions every minute, many times slower");
  measure->add_option("--parts", options.parts, "Some of ablation, peers, calendars, statements, metrics (all)")
      ->check(CLI::IsMember({"ablation", "peers", "calendars", "statements", "metrics"}));
  measure->add_option("--program-version", options.version, "Kept with each figure");
  auto* page = app.add_subcommand("page", "Write the page of the results to stdout");
  page->add_option("--note", note, "Words about this run, for the page's beginning");
  CLI11_PARSE(app, argc, argv);

  const auto complain = [](const Error& error) {
    std::fprintf(stderr, "decisions_bench: %s\n", error.message.c_str());
    return 1;
  };
  auto results = bench::Results::open(file);
  if (!results) return complain(results.error());
  if (page->parsed()) {
    std::cout << bench::page_of(results->all(), note);
    return 0;
  }
  const auto delay = parse_duration(boot);
  if (!delay) return complain(delay.error());
  options.boot = *delay;
  if (auto done = bench::measure(options, *results); !done) return complain(done.error());
  return 0;
}
