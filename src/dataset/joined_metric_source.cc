#include "dataset/joined_metric_source.h"

#include <algorithm>
#include <map>
#include <optional>

#include "dataset/csv.h"

namespace almanac::dataset {
namespace {

Row only(const Row& row, const std::vector<std::string>& columns) {
  Row kept{};
  kept.start = row.start;
  for (const Field& field : kFields) {
    if (std::find(columns.begin(), columns.end(), field.name) != columns.end()) kept.*field.member = row.*field.member;
  }
  return kept;
}

}  // namespace

Result<std::vector<Row>> JoinedMetricSource::read(TimeRange range, Duration interval) {
  std::erase_if(failures_, [&](const Failure& failure) { return failure.range.overlaps(range); });
  std::map<Timestamp, Row> rows;
  std::optional<Error> first_error;
  std::size_t failed = 0;
  for (const Part& part : parts_) {
    const auto read = part.source->read(range, interval);
    if (!read) {
      failures_.push_back({range, with_context(read.error(), part.name)});
      if (!first_error) first_error = failures_.back().error;
      ++failed;
      continue;
    }
    for (const Row& known : *read) {
      if (!knows(known, part.columns)) continue;
      const Row fed = only(known, part.columns);
      overlay(rows.try_emplace(fed.start, fed).first->second, fed);
    }
  }
  if (first_error && failed == parts_.size()) return tl::unexpected(*first_error);
  std::vector<Row> all;
  all.reserve(rows.size());
  for (const auto& [start, row] : rows) all.push_back(row);
  return all;
}

std::vector<std::string> JoinedMetricSource::left_out(TimeRange range) const {
  std::vector<std::string> texts;
  for (const Part& part : parts_) {
    for (std::string& text : part.source->left_out(range)) texts.push_back(std::move(text));
  }
  return texts;
}

std::vector<Error> JoinedMetricSource::failures(TimeRange range) const {
  std::vector<Error> errors;
  for (const Failure& failure : failures_) {
    const bool told = std::any_of(errors.begin(), errors.end(),
                                  [&](const Error& error) { return error.message == failure.error.message; });
    if (failure.range.overlaps(range) && !told) errors.push_back(failure.error);
  }
  return errors;
}

}  // namespace almanac::dataset
