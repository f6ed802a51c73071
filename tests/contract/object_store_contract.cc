#include "contract/object_store_contract.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>
#include <vector>

#include "contract/processes.h"
#include "dataset/csv.h"
#include "dataset/dataset.h"

namespace almanac::contract {
namespace {

using ports::ObjectStore;
using ports::PutCondition;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<std::string> put(ObjectStore& store, std::string_view key, std::string_view bytes) {
  return store.put(key, bytes, PutCondition::always());
}

// Adds 1 to a number kept as text, `times` times, by conditional puts: the count is exact only if conditions are.
bool increment(ObjectStore& store, std::string_view key, int times) {
  for (int done = 0; done < times;) {
    const auto object = store.get(key);
    if (!object) return false;
    const auto put = store.put(key, std::to_string(std::stoi(object->bytes) + 1), PutCondition::if_match(object->etag));
    if (put)
      ++done;
    else if (put.error().code != ErrorCode::conflict)
      return false;
  }
  return true;
}

TEST_P(ObjectStoreContract, GetsBackTheBytesThatWerePut) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  for (const std::string& bytes : {std::string("rows\n"), std::string(), every_byte}) {
    const auto etag = put(*store, "shop/lstm_model.h5", bytes);
    ASSERT_TRUE(etag.has_value()) << etag.error().message;
    const auto object = store->get("shop/lstm_model.h5");
    ASSERT_TRUE(object.has_value()) << object.error().message;
    EXPECT_EQ(object->bytes, bytes);
    EXPECT_EQ(object->etag, *etag);
  }
}

TEST_P(ObjectStoreContract, KeepsBigValuesWhole) {
  std::string big(20 << 20, '\0');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 2654435761u >> 13);
  ASSERT_TRUE(put(*store, "big", big).has_value());
  EXPECT_TRUE(store->get("big")->bytes == big);
}

TEST_P(ObjectStoreContract, SaysNotFoundForWhatIsNotThere) {
  EXPECT_EQ(store->get("nothing").error().code, ErrorCode::not_found);
  ASSERT_TRUE(put(*store, "shop/multi_metric_data/2026-11.csv", "x").has_value());
  EXPECT_EQ(store->get("shop/multi_metric_data/2026-12.csv").error().code, ErrorCode::not_found);
  EXPECT_EQ(store->get("shop/multi_metric_data").error().code, ErrorCode::not_found) << "a folder is no object";
  EXPECT_THAT(store->get("shop/x").error().message, HasSubstr("shop/x"));
}

TEST_P(ObjectStoreContract, ChangesTheEtagWithTheBytes) {
  const auto first = put(*store, "a", "1");
  const auto second = put(*store, "a", "2");
  EXPECT_NE(*first, *second);
  EXPECT_EQ(store->get("a")->etag, *second);
}

TEST_P(ObjectStoreContract, PutsIfAbsentOnlyOnce) {
  EXPECT_TRUE(store->put("a", "first", PutCondition::if_absent()).has_value());
  EXPECT_EQ(store->put("a", "second", PutCondition::if_absent()).error().code, ErrorCode::conflict);
  EXPECT_EQ(store->get("a")->bytes, "first");
  ASSERT_TRUE(store->remove("a").has_value());
  EXPECT_TRUE(store->put("a", "third", PutCondition::if_absent()).has_value());
}

TEST_P(ObjectStoreContract, PutsIfMatchOnlyOnTheBytesThatWereRead) {
  EXPECT_EQ(store->put("a", "x", PutCondition::if_match("none")).error().code, ErrorCode::conflict);
  EXPECT_EQ(store->get("a").error().code, ErrorCode::not_found) << "a refused put changes nothing";
  const auto first = put(*store, "a", "1");
  const auto second = store->put("a", "2", PutCondition::if_match(*first));
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(store->put("a", "3", PutCondition::if_match(*first)).error().code, ErrorCode::conflict);
  EXPECT_EQ(store->get("a")->bytes, "2");
}

TEST_P(ObjectStoreContract, ListsKeysByPrefixInOrder) {
  for (const char* key : {"b/c/2026-12.csv", "b/c/2026-11.csv", "b/d", "bc", "a", "b/c-/x", ".hidden/e=1"})
    ASSERT_TRUE(put(*store, key, "x").has_value()) << key;
  EXPECT_THAT(*store->list(""),
              ElementsAre(".hidden/e=1", "a", "b/c-/x", "b/c/2026-11.csv", "b/c/2026-12.csv", "b/d", "bc"));
  EXPECT_THAT(*store->list("b"), ElementsAre("b/c-/x", "b/c/2026-11.csv", "b/c/2026-12.csv", "b/d", "bc"));
  EXPECT_THAT(*store->list("b/c/"), ElementsAre("b/c/2026-11.csv", "b/c/2026-12.csv"));
  EXPECT_THAT(*store->list("b/c"), ElementsAre("b/c-/x", "b/c/2026-11.csv", "b/c/2026-12.csv"));
  EXPECT_THAT(*store->list("b/c/2026-12"), ElementsAre("b/c/2026-12.csv"));
  EXPECT_THAT(*store->list("none/at/all"), IsEmpty());
}

TEST_P(ObjectStoreContract, RemovesAndRemovingWhatIsNotThereSucceeds) {
  ASSERT_TRUE(put(*store, "a/b", "x").has_value());
  EXPECT_TRUE(store->remove("a/b").has_value());
  EXPECT_TRUE(store->remove("a/b").has_value());
  EXPECT_TRUE(store->remove("never/was/there").has_value());
  EXPECT_EQ(store->get("a/b").error().code, ErrorCode::not_found);
  EXPECT_THAT(*store->list(""), IsEmpty());
}

TEST_P(ObjectStoreContract, RefusesKeysThatLeaveTheStoreOrAreNoKeys) {
  using namespace std::string_literals;
  for (const std::string& key :
       {""s,      "/"s,   "/etc/passwd"s, "a//b"s, "a/"s,    "."s,    ".."s,   "../a"s,        "a/../b"s,
        "a/./b"s, "a b"s, "a\\b"s,        "a~"s,   "~lock"s, "a\0b"s, "a\nb"s, "caf\xc3\xa9"s, std::string(256, 'a'),
        "a*"s,    "a%2e"s}) {
    EXPECT_EQ(store->get(key).error().code, ErrorCode::invalid_input) << key;
    EXPECT_EQ(put(*store, key, "x").error().code, ErrorCode::invalid_input) << key;
    EXPECT_EQ(store->remove(key).error().code, ErrorCode::invalid_input) << key;
  }
  for (const std::string& prefix : {"/"s, "../"s, "a//"s, "a/../"s, "~"s})
    EXPECT_EQ(store->list(prefix).error().code, ErrorCode::invalid_input) << prefix;
  EXPECT_THAT(*store->list(""), IsEmpty());
}

TEST_P(ObjectStoreContract, LosesNoConditionalWriteOfManyThreads) {
  ASSERT_TRUE(put(*store, "count", "0").has_value());
  std::vector<std::thread> threads;
  std::atomic<int> succeeded = 0;
  for (int t = 0; t < 4; ++t) threads.emplace_back([&] { succeeded += increment(*store, "count", 25); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(succeeded, 4);
  EXPECT_EQ(store->get("count")->bytes, "100");
}

TEST_P(ObjectStoreContract, LosesNoConditionalWriteOfManyProcesses) {
  if (!GetParam().reopen) GTEST_SKIP() << "this store belongs to one process";
  ASSERT_TRUE(put(*store, "count", "0").has_value());
  std::vector<pid_t> children;
  for (int p = 0; p < 4; ++p)
    children.push_back(start_process([&] { return increment(*GetParam().reopen(*store), "count", 25); }));
  for (const pid_t child : children) EXPECT_TRUE(finish_process(child));
  EXPECT_EQ(store->get("count")->bytes, "100");
}

TEST_P(ObjectStoreContract, LetsOneOfManyPutIfAbsentWin) {
  std::vector<std::thread> threads;
  std::atomic<int> winners = 0, conflicts = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      const auto result = store->put("one", "x", PutCondition::if_absent());
      if (result)
        ++winners;
      else if (result.error().code == ErrorCode::conflict)
        ++conflicts;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(conflicts, 7);
}

TEST_P(ObjectStoreContract, NeverShowsAReaderAPart) {
  // Each version is one letter repeated; a mixture, or another length, would be a torn read.
  const auto version = [](int i) {
    return std::string(100'000 + static_cast<std::size_t>(i % 26), static_cast<char>('a' + i % 26));
  };
  ASSERT_TRUE(put(*store, "shared", version(0)).has_value());
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 1; i <= 200; ++i) EXPECT_TRUE(put(*store, "shared", version(i)).has_value());
    done = true;
  });
  while (!done) {
    const auto object = store->get("shared");
    ASSERT_TRUE(object.has_value()) << object.error().message;
    ASSERT_FALSE(object->bytes.empty());
    ASSERT_TRUE(object->bytes == version(object->bytes[0] - 'a'));
    ASSERT_THAT(*store->list(""), ElementsAre("shared"));
  }
  writer.join();
}

TEST_P(ObjectStoreContract, LosesNoRowOfManyCollectors) {
  if (!GetParam().reopen) GTEST_SKIP() << "this store belongs to one process";
  constexpr int kRows = 30;
  const Timestamp start = *parse_timestamp("2026-11-30T23:00");  // the rows cross into December
  std::vector<pid_t> collectors;
  for (std::size_t field = 0; field < 3; ++field) {
    collectors.push_back(start_process([&, field] {
      const auto own = GetParam().reopen(*store);
      dataset::Dataset data(*own, "shop", Duration{300});
      for (int i = 0; i < kRows; ++i) {
        Row row{};
        row.start = start + Duration{300} * i;
        row.*dataset::kFields[field].member = i;
        if (!data.append(row)) return false;
      }
      return true;
    }));
  }
  for (const pid_t collector : collectors) EXPECT_TRUE(finish_process(collector));
  const auto rows = dataset::Dataset(*store, "shop", Duration{300}).read_all();
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  ASSERT_EQ(rows->size(), static_cast<std::size_t>(kRows));
  for (std::size_t i = 0; i < rows->size(); ++i)
    for (std::size_t field = 0; field < 3; ++field) EXPECT_EQ((*rows)[i].*dataset::kFields[field].member, i);
}

}  // namespace
}  // namespace almanac::contract
