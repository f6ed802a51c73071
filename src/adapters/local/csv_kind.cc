#include "adapters/local/csv_kind.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/local/csv_metric_source.h"
#include "adapters/local/file.h"
#include "dataset/csv.h"
#include "dataset/intervals.h"
#include "dataset/lines_ahead.h"
#include "settings/key.h"

namespace almanac::adapters {
namespace {

using Verdict = Finding::Verdict;

constexpr std::size_t kWarningsShown = 5;

// Reads a file from its first row on, however old that is.
std::optional<Timestamp> first_row(ports::MetricSource& source, Timestamp until, Duration interval) {
  const auto rows = source.read({Timestamp{}, floor_to(until, interval)}, interval);
  return rows && !rows->empty() ? std::optional(rows->front().start) : std::nullopt;
}

class CsvKind final : public kinds::MetricsKind {
 public:
  std::string name() const override { return "csv"; }
  std::string thing() const override { return "a CSV file"; }
  std::string doc() const override { return "A CSV file whose rows count as observed once their interval is over."; }
  settings::Keys keys() const override {
    return {settings::file("file", "The file: any of the forms that `almanac import` reads.").needed()};
  }

  Result<kinds::Metrics> make(const settings::Values& values, const kinds::Surroundings& around) const override {
    auto source = std::make_shared<CsvMetricSource>(values.get<std::string>("file"), around.clock);
    const auto first = first_row(*source, around.clock->now(), around.interval);
    return kinds::Metrics{std::move(source), first, std::nullopt};
  }

  // How the file was understood: what another system writes is not always what it seems. That it cannot be read at all
  // is said of the metrics.
  Findings examine(const settings::Values& values, const kinds::Surroundings& around,
                   const kinds::Examination& asked) const override {
    const auto& path = values.get<std::string>("file");
    const auto text = read_file(path);
    if (!text) return {};
    auto parsed = dataset::parse_rows(*text, path, {.skip_unterminated = true});
    if (!parsed) return {};
    const auto ahead = dataset::take_out_lines_ahead(*parsed, asked.now);
    Findings found{{"file", Verdict::good,
                    fmt::format("{} rows, a row every {}", parsed->rows.size(),
                                dataset::describe(dataset::spacing_of(*parsed, around.interval))),
                    ""}};
    if (ahead) {
      found.push_back({"file", Verdict::mend, describe(*ahead, path, asked.now), "mend the date in the file"});
    }
    if (parsed->zoneless_line > 0) {
      found.push_back({"file", Verdict::note,
                       fmt::format("line {}: times name no zone; read as UTC", parsed->zoneless_line),
                       "write them such as 2026-11-27T09:00:00+01:00 where they are not UTC"});
    }
    for (std::size_t i = 0; i < std::min(kWarningsShown, parsed->warnings.size()); ++i) {
      found.push_back({"file", Verdict::note, parsed->warnings[i], ""});
    }
    return found;
  }
};

}  // namespace

const kinds::MetricsKind& csv_kind() {
  static const CsvKind kind;
  return kind;
}

}  // namespace almanac::adapters
