#include "dataset/dataset.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <thread>

#include "dataset/csv.h"
#include "dataset/test_rows.h"
#include "ports/faulty_object_store.h"
#include "ports/memory_object_store.h"

namespace almanac::dataset {
namespace {

using ports::Fault;
using ports::FaultyObjectStore;
using ports::MemoryObjectStore;
using ports::PutCondition;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Duration kInterval{300};
const std::string kNovember = "shop/multi_metric_data/2026-11.csv";
const std::string kDecember = "shop/multi_metric_data/2026-12.csv";
const std::string kOlder = "shop/multi_metric_data.csv";

struct DatasetTest : testing::Test {
  MemoryObjectStore store;
  Dataset data{store, "shop", kInterval};

  std::string bytes(const std::string& key) { return store.get(key)->bytes; }
  void put(const std::string& key, std::string_view text) {
    ASSERT_TRUE(store.put(key, text, PutCondition::always()).has_value());
  }
};

TEST_F(DatasetTest, KeepsRowsInOneFileAMonth) {
  const Row last = cpu_row("2026-11-30T23:55", 40), first = cpu_row("2026-12-01T00:00", 50);
  const auto summary = data.append(std::vector{first, last});
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(summary->added, 2u);
  EXPECT_EQ(bytes(kNovember), format_header() + "2026-11-30T23:55:00Z,40,,,,,\n");
  EXPECT_EQ(bytes(kDecember), format_header() + "2026-12-01T00:00:00Z,50,,,,,\n");
  EXPECT_THAT(*data.read_all(), ElementsAre(last, first));
  EXPECT_THAT(*data.read({at("2026-12-01"), at("2026-12-02")}), ElementsAre(first));
  EXPECT_EQ(*data.last_row_time(), at("2026-12-01"));
}

TEST_F(DatasetTest, AVersionChangesWithTheFilesOfItsRange) {
  const TimeRange november{at("2026-11-01"), at("2026-12-01")};
  const auto empty = data.version(november).value();
  ASSERT_TRUE(data.append(cpu_row("2026-11-30T23:55", 40)));
  const auto one = data.version(november).value();
  EXPECT_NE(one, empty);
  ASSERT_TRUE(data.append(cpu_row("2026-12-01T00:00", 50)));
  EXPECT_EQ(data.version(november).value(), one);
  put(kOlder, format_header());
  EXPECT_NE(data.version(november).value(), one);
}

TEST_F(DatasetTest, WithoutHistoryIsEmptyAndNoError) {
  EXPECT_THAT(*data.read_all(), IsEmpty());
  EXPECT_THAT(*data.read({at("2026-11-01"), at("2026-11-02")}), IsEmpty());
  EXPECT_EQ(*data.last_row_time(), std::nullopt);
}

TEST_F(DatasetTest, WritingTheSameIntervalAgainChangesNothing) {
  const Row row = cpu_row("2026-11-27T08:00", 41.5);
  ASSERT_TRUE(data.append(row).has_value());
  const auto before = store.get(kNovember)->etag;
  const auto again = data.append(row);
  EXPECT_EQ(again->unchanged, 1u);
  EXPECT_EQ(again->added + again->changed, 0u);
  EXPECT_EQ(store.get(kNovember)->etag, before) << "nothing was written";
}

TEST_F(DatasetTest, LateValuesReplaceEarlierOnesFieldByFieldAndMissingOnesDoNot) {
  ASSERT_TRUE(data.append(cpu_row("2026-11-27T08:00", 41.5)).has_value());
  Row late{};
  late.start = at("2026-11-27T08:00");
  late.request_count = 1200;
  EXPECT_EQ(data.append(late)->changed, 1u);
  EXPECT_EQ(data.append(cpu_row("2026-11-27T08:00", 43))->changed, 1u);
  EXPECT_EQ(bytes(kNovember), format_header() + "2026-11-27T08:00:00Z,43,,1200,,,\n");
}

TEST_F(DatasetTest, RefusesRowsThatNoIntervalOrFileCanHoldAndWritesNothing) {
  const Row good = cpu_row("2026-11-27T08:00", 1);
  for (const auto& [bad, expected] : std::vector<std::pair<Row, std::string>>{
           {cpu_row("2026-11-27T08:01", 1), "between two intervals of 5m"},
           {cpu_row("2026-11-27T08:05", -1), "cpu_utilization is -1"},
           {cpu_row("2026-11-27T08:05", std::numeric_limits<double>::quiet_NaN()), "cpu_utilization is nan"},
           {cpu_row("1969-12-31T23:55", 1), "expected 1970 to 9999"}}) {
    const auto result = data.append(std::vector{good, bad});
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::invalid_input);
    EXPECT_THAT(result.error().message, HasSubstr(expected));
  }
  EXPECT_THAT(*store.list(""), IsEmpty());
}

TEST_F(DatasetTest, ReadsTheSingleOlderFileAsHistoryAndNeverWritesIt) {
  const std::string older =
      "timestamp,cpu,network_in,request_count,is_sale_active\n"
      "2026-11-27 07:55:00,30,1,2,0\n"
      "2026-11-27 08:00:00,31,3,4,0\n";
  put(kOlder, older);
  EXPECT_EQ(*data.last_row_time(), at("2026-11-27T08:00"));
  ASSERT_TRUE(data.append(cpu_row("2026-11-27T08:00", 99)).has_value());
  ASSERT_TRUE(data.append(cpu_row("2026-11-27T08:05", 32)).has_value());

  const auto rows = *data.read({at("2026-11-27"), at("2026-11-28")});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].cpu_utilization, 30);
  EXPECT_EQ(rows[1].cpu_utilization, 99) << "the month file's value counts";
  EXPECT_EQ(rows[1].network_in, 3) << "what only the older file knows stays known";
  EXPECT_EQ(*data.read_all(), rows);
  EXPECT_EQ(bytes(kOlder), older);
  EXPECT_EQ(*data.last_row_time(), at("2026-11-27T08:05"));
}

TEST_F(DatasetTest, ResamplesAnOlderFileOffTheGrid) {
  // Rows of 300 requests at :02:39 of every five minutes: each interval sees 159 s of one row and 141 s of the next.
  // The interval of 08:20 would be known until 08:22:39 alone, so it is not there.
  std::string older = "timestamp,cpu_utilization,network_in,request_count,is_sale_active\n";
  for (int minute = 2; minute <= 17; minute += 5)
    older += fmt::format("2026-11-27 08:{:02}:39.753741,50,1000,300,0\n", minute);
  put(kOlder, older);
  const auto rows = *data.read_all();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows.front().start, at("2026-11-27T08:05")) << "08:00 is known from 08:02:39 on, which is less than half";
  for (const Row& row : rows) EXPECT_EQ(row.request_count, 300);
}

TEST_F(DatasetTest, ResamplesAnOlderFileOfMinutes) {
  std::string older = "timestamp,cpu_utilization,network_in,request_count,is_sale_active\n";
  for (int minute = 0; minute < 20; ++minute) older += fmt::format("2026-11-27 08:{:02}:00,50,1000,60,0\n", minute);
  put(kOlder, older);
  const auto rows = *data.read_all();
  ASSERT_EQ(rows.size(), 4u);
  for (const Row& row : rows) {
    EXPECT_EQ(row.request_count, 300);
    EXPECT_EQ(row.request_peak, 300);
    EXPECT_EQ(row.cpu_utilization, 50);
  }
}

TEST_F(DatasetTest, ZerosThatTheEarlierCollectorWroteForNoDataCountNowhere) {
  put(kOlder,
      "timestamp,cpu_utilization,network_in,request_count,is_sale_active\n2026-11-27 08:00:00,0,0,0,0\n"
      "2026-11-27 08:05:00,50,9,0,0\n2026-11-27 08:10:00,0,0,0,0\n");
  Row known = cpu_row("2026-11-27T08:00", 40);
  known.request_count = 300;
  ASSERT_TRUE(data.append(known).has_value());
  const auto rows = *data.read_all();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].cpu_utilization, 40);
  EXPECT_EQ(rows[0].request_count, 300);
  EXPECT_EQ(rows[0].network_in, std::nullopt);
  EXPECT_EQ(rows[1].request_count, std::nullopt) << "a count that is never anything but 0 while CPU is busy";
  EXPECT_EQ(rows[2].cpu_utilization, std::nullopt);
  EXPECT_THAT(data.take_warnings(),
              ElementsAre(HasSubstr("multi_metric_data.csv: CPU, network and requests are all 0 in 2 rows"),
                          HasSubstr("request_count is 0 in every row")));
}

TEST_F(DatasetTest, KnowsTheLastRowBeforeATimeAndTheRowsAfterIt) {
  ASSERT_TRUE(data.append(std::vector{cpu_row("2026-11-27T08:00", 1), cpu_row("2026-11-27T09:00", 2),
                                      cpu_row("2027-11-27T08:05", 3)})
                  .has_value());
  const Timestamp now = at("2026-11-27T08:30");
  EXPECT_EQ(*data.last_collected(now), at("2026-11-27T08:00"));
  EXPECT_EQ(*data.last_row_time(at("2026-11-27T08:00")), std::nullopt) << "exclusive";
  EXPECT_EQ(*data.last_row_time(), at("2027-11-27T08:05"));
  const auto ahead = *data.rows_after(now);
  ASSERT_TRUE(ahead.has_value());
  EXPECT_EQ(ahead->rows, 2u);
  EXPECT_EQ(ahead->range, (TimeRange{at("2026-11-27T09:00"), at("2027-11-27T08:10")}));
  EXPECT_EQ(*data.rows_after(at("2027-11-27T08:05")), std::nullopt) << "the interval that runs is not ahead";
}

TEST_F(DatasetTest, AnOlderFileIsNotWhatACollectorHasCollected) {
  put(kOlder, "timestamp,cpu,network_in,request_count,is_sale_active\n2026-11-27 08:00:00,30,1,2,0\n");
  EXPECT_EQ(*data.last_collected(at("2026-11-28")), std::nullopt);
  EXPECT_EQ(*data.last_row_time(at("2026-11-28")), at("2026-11-27T08:00"));
}

TEST_F(DatasetTest, LeavesACorruptFileAloneAndNamesIt) {
  const std::string good = format_header() + "2026-11-27T08:00:00Z,40,,,,,\n";
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {"", "is empty"},
           {good + "2026-11-27T08:05:00Z,4", "line 3: 2 fields"},
           {good + std::string(40, '\0'), "line 3: holds the byte 0x00"},
           {good + "2026-12-01T00:00:00Z,40,,,,,\n", "row 2026-12-01T00:00:00Z belongs to another month"}}) {
    put(kNovember, text);
    for (const auto& error : {data.append(cpu_row("2026-11-27T08:10", 1)).error(), data.read_all().error(),
                              data.read({at("2026-11-27"), at("2026-11-28")}).error(), data.last_row_time().error()}) {
      EXPECT_EQ(error.code, ErrorCode::corrupt);
      EXPECT_THAT(error.message, HasSubstr(kNovember));
      EXPECT_THAT(error.message, HasSubstr(expected));
    }
    EXPECT_EQ(bytes(kNovember), text);
  }
}

TEST_F(DatasetTest, ReadsButNeverRewritesAFileThatSaysMoreThanRowsHold) {
  const std::string text =
      "timestamp,cpu_utilization,network_in,request_count,is_sale_active,disk\n"
      "2026-11-27T08:00:00Z,40,,,,7\n";
  put(kNovember, text);
  EXPECT_THAT(*data.read_all(), ElementsAre(cpu_row("2026-11-27T08:00", 40)));
  EXPECT_THAT(data.take_warnings(), ElementsAre(HasSubstr("column \"disk\" is not known")));
  const auto result = data.append(cpu_row("2026-11-27T08:05", 1));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::corrupt);
  EXPECT_THAT(result.error().message, HasSubstr("disk"));
  EXPECT_EQ(bytes(kNovember), text);
}

TEST_F(DatasetTest, BringsAMonthFileInAnOlderFormToTheNewOneWhenItWrites) {
  put(kNovember, "timestamp,cpu,network_in,request_count,is_sale_active\r\n2026-11-27T09:00:00+01:00,40,,,\r\n");
  ASSERT_TRUE(data.append(cpu_row("2026-11-27T08:05", 1)).has_value());
  EXPECT_EQ(bytes(kNovember), format_header() + "2026-11-27T08:00:00Z,40,,,,,\n2026-11-27T08:05:00Z,1,,,,,\n");
}

TEST_F(DatasetTest, SeesWhatOthersWroteSinceItLastRead) {
  ASSERT_TRUE(data.append(cpu_row("2026-11-27T08:00", 1)).has_value());
  Dataset other(store, "shop", kInterval);
  ASSERT_TRUE(other.append(cpu_row("2026-11-27T08:05", 2)).has_value());
  EXPECT_EQ(data.read_all()->size(), 2u);
}

TEST_F(DatasetTest, MergesAgainWhenAnotherWriterCameBetween) {
  ASSERT_TRUE(data.append(cpu_row("2026-11-27T08:00", 1)).has_value());
  FaultyObjectStore faulty(store);
  Dataset slow(faulty, "shop", kInterval);
  // Operation 0 is the read, 1 the put: the other writes in between.
  faulty.before(1, [&] { ASSERT_TRUE(data.append(cpu_row("2026-11-27T08:05", 2)).has_value()); });
  EXPECT_EQ(slow.append(cpu_row("2026-11-27T08:10", 3))->added, 1u);
  EXPECT_EQ(faulty.operations(), 4u) << "read, put refused, read, put";
  EXPECT_EQ(data.read_all()->size(), 3u);
}

TEST_F(DatasetTest, ComparesAfterAPutThatMayOrMayNotHaveTakenEffect) {
  for (const bool after : {false, true}) {
    FaultyObjectStore faulty(store);
    Dataset shaky(faulty, "shop", kInterval);
    faulty.fail_at(1, {ErrorCode::unavailable, after});
    const auto result = shaky.append(cpu_row(after ? "2026-11-27T08:05" : "2026-11-27T08:00", 5));
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_EQ(result->added, 1u);
    // Before the effect: read, put, read, put. After it: read, put, read, and the row is there.
    EXPECT_EQ(faulty.operations(), after ? 3u : 4u);
  }
  EXPECT_EQ(data.read_all()->size(), 2u);
}

TEST_F(DatasetTest, ReportsAFullOrReadOnlyStoreAndKeepsWhatWasThere) {
  ASSERT_TRUE(data.append(cpu_row("2026-11-27T08:00", 1)).has_value());
  for (const ErrorCode code : {ErrorCode::storage_full, ErrorCode::permission_denied, ErrorCode::unavailable}) {
    FaultyObjectStore faulty(store);
    faulty.fail_writes(code);
    Dataset shaky(faulty, "shop", kInterval);
    EXPECT_EQ(shaky.append(cpu_row("2026-11-27T08:05", 2)).error().code, code);
    EXPECT_EQ(shaky.read_all()->size(), 1u) << "it goes on reading";
  }
}

TEST_F(DatasetTest, CostsTheSameWhateverTheLengthOfTheHistory) {
  const auto operations_of_an_append = [&] {
    FaultyObjectStore counted(store);
    Dataset fresh(counted, "shop", kInterval);
    EXPECT_TRUE(fresh.append(cpu_row("2026-11-27T08:00", 1)).has_value());
    return counted.operations();
  };
  const auto empty = operations_of_an_append();
  ASSERT_TRUE(store.remove(kNovember).has_value());
  std::vector<Row> years;
  for (Timestamp t = at("2020-01-01"); t < at("2026-11-01"); t += Duration{6 * 3600}) {
    years.push_back({});
    years.back().start = t;
  }
  ASSERT_TRUE(data.append(years).has_value());
  EXPECT_EQ(operations_of_an_append(), empty);
}

// A crash before every store operation in turn: the rows are read back as they were or as they should be, month by
// month.
TEST_F(DatasetTest, ACrashAtAnyPointLeavesOldOrNewRowsNeverHalf) {
  Row old_row = cpu_row("2026-11-30T23:50", 1);
  old_row.network_in = 10;
  Row changed = old_row;
  changed.cpu_utilization = 2;
  changed.network_in = 20;
  const Row november = cpu_row("2026-11-30T23:55", 3), december = cpu_row("2026-12-01T00:00", 4);
  const std::vector<Row> batch{changed, november, december};
  const std::vector<std::vector<Row>> allowed{{old_row}, {changed, november}, {changed, november, december}};

  bool finished = false;
  for (std::uint64_t crash = 0; !finished; ++crash) {
    ASSERT_LT(crash, 50u);
    MemoryObjectStore disk;
    ASSERT_TRUE(Dataset(disk, "shop", kInterval).append(old_row).has_value());
    FaultyObjectStore dying(disk);
    dying.crash_at(crash);
    finished = Dataset(dying, "shop", kInterval).append(batch).has_value();

    Dataset after(disk, "shop", kInterval);
    const auto rows = *after.read_all();
    EXPECT_THAT(allowed, testing::Contains(rows)) << "crash before operation " << crash;
    if (finished) {
      EXPECT_EQ(rows, allowed.back());
    }
    ASSERT_TRUE(after.append(batch).has_value()) << "the next run catches up";
    EXPECT_EQ(*after.read_all(), allowed.back());
  }
}

TEST_F(DatasetTest, ManyCollectorsAtOnceLoseNothing) {
  constexpr int kWriters = 4, kRows = 40;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      Dataset own(store, "shop", kInterval);
      for (int i = 0; i < kRows; ++i) {
        Row row{};
        row.start = at("2026-11-27") + kInterval * i;
        row.*kFields[static_cast<std::size_t>(w)].member = i;  // each writer knows one field of every interval
        ASSERT_TRUE(own.append(row).has_value());
      }
    });
  }
  for (auto& writer : writers) writer.join();
  const auto rows = *data.read_all();
  ASSERT_EQ(rows.size(), static_cast<std::size_t>(kRows));
  for (int i = 0; i < kRows; ++i)
    for (int w = 0; w < kWriters; ++w)
      EXPECT_EQ(rows[static_cast<std::size_t>(i)].*kFields[static_cast<std::size_t>(w)].member, i);
}

RC_GTEST_PROP(DatasetProperty, AnAppendIsIdempotent, ()) {
  const auto rows = *test_rows(kInterval);
  MemoryObjectStore store;
  Dataset data(store, "shop", kInterval);
  RC_ASSERT(data.append(rows).has_value());
  const auto once = *data.read_all();
  RC_ASSERT(data.append(rows)->added == 0u);
  RC_ASSERT(*data.read_all() == once);
}

RC_GTEST_PROP(DatasetProperty, AppendsOfDisjointFieldsCommute, ()) {
  auto left = *test_rows(kInterval), right = *test_rows(kInterval);
  for (Row& row : left) row.cpu_utilization = row.request_count = row.request_peak = std::nullopt;
  for (Row& row : right) row.network_in = row.is_sale_active = row.in_service_instances = std::nullopt;
  MemoryObjectStore store_a, store_b;
  Dataset a(store_a, "shop", kInterval), b(store_b, "shop", kInterval);
  RC_ASSERT(a.append(left).has_value() && a.append(right).has_value());
  RC_ASSERT(b.append(right).has_value() && b.append(left).has_value());
  RC_ASSERT(*a.read_all() == *b.read_all());
  const auto keys = *store_a.list("");
  for (const auto& key : keys) RC_ASSERT(store_a.get(key)->bytes == store_b.get(key)->bytes);
}

// Whatever fails on the way, what an append reports as done is there, and nothing else than rows ever asked for is.
RC_GTEST_PROP(DatasetProperty, UnderRandomFaultsNothingReportedIsLost, ()) {
  MemoryObjectStore store;
  FaultyObjectStore faulty(store);
  faulty.fail_randomly(*rc::gen::arbitrary<std::uint64_t>(), {0.2, 0.2, ErrorCode::unavailable});
  std::map<Timestamp, double> reported, asked;
  for (int i = 0; i < 30; ++i) {
    Dataset data(faulty, "shop", kInterval);
    const Row row = [&] {
      Row r{};
      r.start = at("2026-11-30T23:00") + kInterval * i;
      r.cpu_utilization = i;
      return r;
    }();
    asked[row.start] = i;
    if (data.append(row)) reported[row.start] = i;
  }
  std::map<Timestamp, double> found;
  const auto rows = *Dataset(store, "shop", kInterval).read_all();
  for (const Row& row : rows) found[row.start] = *row.cpu_utilization;
  for (const auto& [time, value] : reported) RC_ASSERT(found.count(time) == 1u && found[time] == value);
  for (const auto& [time, value] : found) RC_ASSERT(asked.count(time) == 1u && asked[time] == value);
}

}  // namespace
}  // namespace almanac::dataset
