#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/knowledge.h"
#include "control/replay.h"
#include "core/progress.h"
#include "dataset/dataset.h"
#include "forecast/group_model.h"
#include "records/calendar_store.h"
#include "records/ledger.h"
#include "records/model_store.h"

namespace almanac::control {

struct TrainReport {
  std::string winner;  // the forecaster in use from now on
  std::vector<forecast::ForecasterScore> scores;
  std::optional<Timestamp> trained_until;
  TimeRange history{};
  int rows = 0;
  std::optional<double> unit_capacity;  // requests/s of one instance at 100 % CPU
  Duration cover_window{0};
  std::size_t model_bytes = 0;
  bool from_scratch = false;
  planning::ErrorBudget budget;  // where the controller would stand now
  std::vector<std::string> notices;
};

// Learns a group's whole history up to a time and replaces its model; where anything fails the last good model stays.
class Trainer {
 public:
  Trainer(ports::ObjectStore& store, dataset::Dataset& dataset, GroupSettings settings)
      : dataset_(dataset),
        settings_(std::move(settings)),
        ledger_(store, settings_.name, records::Ledger::Keeps::numbers),
        models_(store, settings_.name) {}

  // The model's window is what a launch needs, and as much longer as metrics usually come late (punctuality.h, from the
  // ledger). Goes on from the stored model, or starts anew: when there is none, when it cannot be read, when it was
  // made for another window or seed, or when `from_scratch`. invalid_input when there is too little history to learn
  // from.
  Result<TrainReport> train(Timestamp now, const records::LoadedCalendar& calendar, Duration lead_time,
                            bool from_scratch = false, const ProgressSink& progress = {});

 private:
  Duration age_of_metrics(Timestamp now);

  dataset::Dataset& dataset_;
  GroupSettings settings_;
  records::Ledger ledger_;
  records::ModelStore models_;
};

// Where the error-budget controller stands after the last 14 days before the end of `wanted.range`, whose start counts
// for nothing: they are replayed (replay.h) with the model of the day before. Advances `model` to the range's end.
// `features` are the model's, `rows` what they were made of.
Result<planning::ErrorBudget> advance_and_warm_up(forecast::GroupModel& model, const forecast::Features& features,
                                                  const calendar::Calendar& calendar, std::span<const Row> rows,
                                                  const planning::Policy& policy, const ReplayOptions& wanted,
                                                  const ProgressSink& progress);

}  // namespace almanac::control
