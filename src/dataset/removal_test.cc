#include "dataset/removal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/import_export.h"
#include "dataset/test_rows.h"
#include "ports/faulty_object_store.h"
#include "ports/memory_object_store.h"

namespace almanac::dataset {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Duration kInterval{300};

struct RemovalTest : testing::Test {
  ports::MemoryObjectStore store;
  Dataset data{store, "shop", kInterval};
  const Timestamp now = at("2026-11-27T10:00");
  const Row true_row = cpu_row("2026-11-27T09:55", 40);
  const Row typo = cpu_row("2027-11-27T09:50", 41), another = cpu_row("2027-12-01T00:00", 42);
  const TimeRange next_year{at("2027-01-01"), at("2028-01-01")};

  void SetUp() override { ASSERT_TRUE(data.append(std::vector{true_row, typo, another}).has_value()); }
};

TEST_F(RemovalTest, TakesTheRowsOfTheRangeAndKeepsACopyThatAnImportBringsBack) {
  const auto removal = remove_rows(store, data, next_year, now, false);
  ASSERT_TRUE(removal.has_value()) << removal.error().message;
  EXPECT_THAT(removal->rows, ElementsAre(typo, another));
  EXPECT_THAT(*data.read_all(), ElementsAre(true_row));
  EXPECT_EQ(removal->copy, "shop/removed_rows/20261127T100000Z.csv");
  const auto back = import_csv(data, store.get(removal->copy)->bytes, "copy", at("2028-01-01"));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_THAT(*data.read_all(), ElementsAre(true_row, typo, another));
  // The same second again: the first copy stays what it is.
  EXPECT_EQ(remove_rows(store, data, next_year, now, false)->copy, "shop/removed_rows/20261127T100000Z-2.csv");
}

TEST_F(RemovalTest, ADryRunSaysWhatWouldGoAndWritesNothing) {
  const auto before = *store.list("");
  const auto removal = remove_rows(store, data, next_year, now, true);
  EXPECT_THAT(removal->rows, ElementsAre(typo, another));
  EXPECT_EQ(removal->copy, "");
  EXPECT_EQ(*store.list(""), before);
  EXPECT_EQ(data.read_all()->size(), 3u);
}

TEST_F(RemovalTest, WhereNothingStartsInTheRangeNothingIsWritten) {
  const auto before = *store.list("");
  const auto removal = remove_rows(store, data, {at("2026-01-01"), at("2026-02-01")}, now, false);
  EXPECT_THAT(removal->rows, IsEmpty());
  EXPECT_EQ(*store.list(""), before);
}

TEST_F(RemovalTest, TheEndOfTheRangeStays) {
  EXPECT_THAT(remove_rows(store, data, {typo.start, another.start}, now, false)->rows, ElementsAre(typo));
  EXPECT_THAT(*data.read_all(), ElementsAre(true_row, another));
}

TEST_F(RemovalTest, WhatTheOlderFileKnowsStaysAndIsCounted) {
  ASSERT_TRUE(store
                  .put("shop/multi_metric_data.csv",
                       "timestamp,cpu,network_in,request_count,is_sale_active\n2027-11-27 09:50:00,7,1,2,0\n2027-11-27 "
                       "09:55:00,7,1,2,0\n",
                       ports::PutCondition::always())
                  .has_value());
  EXPECT_EQ(remove_rows(store, data, next_year, now, true)->older, 1u)
      << "09:55; of 09:50 the month file's row would go";
  EXPECT_EQ(remove_rows(store, data, next_year, now, false)->older, 2u);
}

TEST_F(RemovalTest, NoRowGoesBeforeItsCopyIsThere) {
  for (std::uint64_t crash = 0;; ++crash) {
    ASSERT_LT(crash, 30u);
    ports::MemoryObjectStore disk;
    ASSERT_TRUE(Dataset(disk, "shop", kInterval).append(std::vector{true_row, typo, another}).has_value());
    ports::FaultyObjectStore dying(disk);
    dying.crash_at(crash);
    Dataset dataset(dying, "shop", kInterval);
    const bool done = remove_rows(dying, dataset, next_year, now, false).has_value();
    Dataset after(disk, "shop", kInterval);
    const auto rows = *after.read_all();
    const auto copy = disk.get("shop/removed_rows/20261127T100000Z.csv");
    for (const Row& row : {typo, another}) {
      const bool there = std::find(rows.begin(), rows.end(), row) != rows.end();
      const bool kept = copy && copy->bytes.find(format_timestamp(row.start)) != std::string::npos;
      EXPECT_TRUE(there || kept) << "crash before operation " << crash;
    }
    if (done) break;
  }
}

TEST_F(RemovalTest, ARowThatAnotherWriterAddsInBetweenGoesWithItsCopy) {
  ports::FaultyObjectStore faulty(store);
  Dataset slow(faulty, "shop", kInterval);
  const Row late = cpu_row("2027-11-27T09:55", 43);
  // Operations: list months, read November, December; list copies; list months, read November, copy, put.
  bool added = false;
  for (std::uint64_t operation = 0; operation < 12; ++operation)
    faulty.before(operation, [&] {
      if (added || store.list("shop/removed_rows/")->empty()) return;
      added = true;
      Dataset other(store, "shop", kInterval);
      ASSERT_TRUE(other.append(late).has_value());
    });
  const auto removal = remove_rows(faulty, slow, next_year, now, false);
  ASSERT_TRUE(removal.has_value()) << removal.error().message;
  ASSERT_TRUE(added);
  EXPECT_THAT(removal->rows, ElementsAre(typo, late, another));
  EXPECT_THAT(store.get(removal->copy)->bytes, HasSubstr("2027-11-27T09:55:00Z,43"));
}

}  // namespace
}  // namespace almanac::dataset
