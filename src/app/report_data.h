#pragma once

#include <map>
#include <string>
#include <vector>

#include "calendar/event.h"
#include "core/result.h"
#include "records/record.h"
#include "simulation/almanac_replay.h"
#include "simulation/backtest.h"
#include "simulation/trace.h"

namespace almanac::app {

// What a report page shows (web/src/report/types.ts).
struct ReportInput {
  std::string kind;  // "backtest" or "demo"
  const simulation::Trace* trace = nullptr;
  const simulation::BacktestResult* result = nullptr;
  Duration interval{300};
  double objective = 0.001;  // chooses the run of each policy that is drawn: the cheapest that keeps it
  std::string timezone;
  std::string calendar;  // its name; empty when there is none
  std::string command;
  std::vector<calendar::Event> events;
  std::vector<TimeRange> unannounced;                   // happened, but no calendar knew
  std::vector<simulation::StatedObjective> objectives;  // what stating one came to, beside the sweep
  const simulation::Replay* replay = nullptr;           // forecasts and scores; may be null
  std::vector<records::Record> records;                 // forecasts of a real run, instead of a replay
  std::vector<forecast::ForecasterScore> scores;        // with records
  std::string winner;
  struct Explained {
    records::Record record;
    std::string title;
    std::string words;
  };
  std::vector<Explained> decisions;
  std::vector<std::string> notes;
};

// "AWS target tracking" for "target_tracking".
std::string policy_title(const std::string& id);

// The page's data, which a command prints too.
std::string report_json(const ReportInput& input);

// Renders the page and writes it. permission_denied names the file.
Result<void> write_report(const ReportInput& input, const std::string& file);

}  // namespace almanac::app
