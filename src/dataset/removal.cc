#include "dataset/removal.h"

#include <fmt/format.h>

#include <algorithm>

#include "dataset/csv.h"

namespace almanac::dataset {
namespace {

// A name that no earlier removal took.
Result<std::string> new_copy_key(ports::ObjectStore& store, const std::string& group, Timestamp now) {
  std::string stamp = format_timestamp(now);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  const std::string folder = group + "/removed_rows/";
  const auto taken = store.list(folder);
  if (!taken) return tl::unexpected(taken.error());
  std::string key = fmt::format("{}{}.csv", folder, stamp);
  for (int n = 2; std::find(taken->begin(), taken->end(), key) != taken->end(); ++n)
    key = fmt::format("{}{}-{}.csv", folder, stamp, n);
  return key;
}

}  // namespace

Result<Removal> remove_rows(ports::ObjectStore& store, Dataset& dataset, TimeRange range, Timestamp now, bool dry_run) {
  Removal removal;
  auto found = dataset.removable(range);
  if (!found) return tl::unexpected(found.error());
  removal.rows = std::move(*found);
  if (!dry_run && !removal.rows.empty()) {
    auto key = new_copy_key(store, dataset.group(), now);
    if (!key) return tl::unexpected(key.error());
    removal.copy = std::move(*key);
    std::vector<Row> kept;
    auto gone = dataset.remove(range, [&](std::span<const Row> rows) -> Result<void> {
      for (const Row& row : rows)  // once more where another writer came between: what it wrote counts
        std::erase_if(kept, [&](const Row& k) { return k.start == row.start; });
      kept.insert(kept.end(), rows.begin(), rows.end());
      std::sort(kept.begin(), kept.end(), [](const Row& a, const Row& b) { return a.start < b.start; });
      const auto written = store.put(removal.copy, format_rows(kept), ports::PutCondition::always());
      return written ? Result<void>{} : tl::unexpected(written.error());
    });
    if (!gone) return tl::unexpected(gone.error());
    removal.rows = std::move(*gone);
  }
  const auto all = dataset.read(range);
  if (!all) return tl::unexpected(all.error());
  for (const Row& row : *all) {
    const bool goes = dry_run && std::any_of(removal.rows.begin(), removal.rows.end(),
                                             [&](const Row& r) { return r.start == row.start; });
    if (!goes) ++removal.older;
  }
  return removal;
}

}  // namespace almanac::dataset
