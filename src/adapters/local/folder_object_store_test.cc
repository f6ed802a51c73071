#include "adapters/local/folder_object_store.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "adapters/local/file.h"
#include "adapters/local/system_clock.h"
#include "dataset/dataset.h"

// What is special to a folder; what every store does is in tests/contract.

namespace almanac::adapters {
namespace {

namespace fs = std::filesystem;
using ports::PutCondition;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Runs in a child process, so that limits and rights it gives up stay there. The child's failures are printed; the
// parent sees whether there were any.
bool in_child(const std::function<void()>& work) {
  std::fflush(nullptr);  // or the child prints it again
  const pid_t pid = ::fork();
  if (pid == 0) {
    work();
    std::fflush(nullptr);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

struct FolderStoreTest : testing::Test {
  fs::path root = [] {
    std::string name = (fs::temp_directory_path() / "almanac-folder-XXXXXX").string();
    return fs::path(::mkdtemp(name.data()));
  }();
  FolderObjectStore store{root};

  ~FolderStoreTest() override {
    std::error_code ignored;
    fs::permissions(root, fs::perms::owner_all, ignored);
    fs::remove_all(root, ignored);
  }

  Result<std::string> put(std::string_view key, std::string_view bytes) {
    return store.put(key, bytes, PutCondition::always());
  }
  void write(const fs::path& name, std::string_view bytes) { std::ofstream(root / name, std::ios::binary) << bytes; }
};

TEST_F(FolderStoreTest, KeepsAnObjectAsAPlainFileAndReadsWhatAPersonPutThere) {
  ASSERT_TRUE(put("shop/business_calendar.json", "{}").has_value());
  EXPECT_EQ(*read_file(root / "shop/business_calendar.json"), "{}");
  write("shop/events.ics", "BEGIN");
  EXPECT_EQ(store.get("shop/events.ics")->bytes, "BEGIN");
  EXPECT_THAT(*store.list("shop/"), ElementsAre("shop/business_calendar.json", "shop/events.ics"));
}

TEST_F(FolderStoreTest, AFolderThatIsGoneIsUnavailableNotEmpty) {
  ASSERT_TRUE(put("shop/a", "1"));
  const fs::path away = root.string() + "-away";
  fs::rename(root, away);
  for (const auto& error : {store.get("shop/a").error(), put("shop/b", "2").error(), store.list("").error(),
                            store.remove("shop/a").error()}) {
    EXPECT_EQ(error.code, ErrorCode::unavailable);
    EXPECT_THAT(error.message, HasSubstr("was there and is gone"));
  }
  EXPECT_FALSE(fs::exists(root)) << "nothing is made anew in its place";
  fs::rename(away, root);
  EXPECT_EQ(store.get("shop/a")->bytes, "1");
}

TEST_F(FolderStoreTest, NoticesAChangeMadeByHand) {
  const auto etag = put("a", "1");
  write("a", "2");
  EXPECT_EQ(store.put("a", "3", PutCondition::if_match(*etag)).error().code, ErrorCode::conflict);
}

TEST_F(FolderStoreTest, NeverListsTheLeftoverOfACrashAndTheNextPutCleansIt) {
  ASSERT_TRUE(put("shop/a", "1").has_value());
  write("shop/~tmp", "half a");
  EXPECT_THAT(*store.list(""), ElementsAre("shop/a"));
  EXPECT_EQ(store.get("shop/a")->bytes, "1");
  ASSERT_TRUE(put("shop/b", "2").has_value());
  EXPECT_FALSE(fs::exists(root / "shop/~tmp"));
  EXPECT_EQ(store.get("shop/b")->bytes, "2");
}

TEST_F(FolderStoreTest, AWriterThatDiesInMidPutHoldsUpNobodyAndTearsNothing) {
  ASSERT_TRUE(put("shared", std::string(1'000'000, 'a')).has_value());
  for (int i = 0; i < 20; ++i) {
    const pid_t writer = ::fork();
    if (writer == 0) {
      for (char c = 'b';; c = c == 'z' ? 'b' : static_cast<char>(c + 1))
        (void)store.put("shared", std::string(1'000'000, c), PutCondition::always());
    }
    ::usleep(5000 + 700 * static_cast<unsigned>(i));
    ASSERT_EQ(::kill(writer, SIGKILL), 0);
    ASSERT_EQ(::waitpid(writer, nullptr, 0), writer);
    const auto object = store.get("shared");
    ASSERT_TRUE(object.has_value()) << object.error().message;
    ASSERT_TRUE(object->bytes == std::string(1'000'000, object->bytes.at(0)));
    ASSERT_TRUE(put("other", "the lock is free").has_value());
  }
  EXPECT_THAT(*store.list(""), ElementsAre("other", "shared"));
}

TEST_F(FolderStoreTest, SaysSoWhereAFileIsInTheWayOfAFolder) {
  write("file", "x");
  for (const Error& error : {put("file/a", "x").error(), store.get("file/a").error(), store.remove("file/a").error()}) {
    EXPECT_EQ(error.code, ErrorCode::invalid_input) << error.message;
    EXPECT_THAT(error.message, HasSubstr("a file is where a folder should be"));
  }
  FolderObjectStore on_a_file(root / "file");
  EXPECT_EQ(on_a_file.put("a", "x", PutCondition::always()).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(on_a_file.list("").error().code, ErrorCode::invalid_input);
  EXPECT_EQ(*read_file(root / "file"), "x");
}

TEST_F(FolderStoreTest, SaysSoWhereAFolderIsInTheWayOfAFile) {
  ASSERT_TRUE(put("shop/a", "1").has_value());
  const auto result = put("shop", "x");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::invalid_input) << result.error().message;
  EXPECT_THAT(*store.list(""), ElementsAre("shop/a"));
  EXPECT_FALSE(fs::exists(root / "~tmp"));
  EXPECT_TRUE(store.remove("shop").has_value()) << "there is no such object";
  EXPECT_EQ(store.get("shop/a")->bytes, "1");
}

TEST_F(FolderStoreTest, KeepsTheOldBytesWhenTheDiskIsFull) {
  ASSERT_TRUE(put("a", "old").has_value());
  EXPECT_TRUE(in_child([&] {
    // A file size limit fails a write in the middle, as a full disk does.
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{5000, 5000};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    const auto result = put("a", std::string(10'000, 'n'));
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::storage_full) << result.error().message;
    EXPECT_FALSE(fs::exists(root / "~tmp"));
  }));
  EXPECT_EQ(store.get("a")->bytes, "old");
}

TEST_F(FolderStoreTest, LosesNoRowOnATinyFullFileSystem) {
  const fs::path disk = root / "disk";
  fs::create_directory(disk);
  if (::mount("none", disk.c_str(), "tmpfs", 0, "size=32k") != 0) GTEST_SKIP() << "mounting a tmpfs needs root";
  {
    FolderObjectStore small(disk);
    dataset::Dataset data(small, "shop", kMinute);
    std::size_t stored = 0;
    Result<dataset::AppendSummary> result;
    Row row{};
    row.start = *parse_timestamp("2026-11-01");
    row.network_in = 123456789;
    do {
      result = data.append(row);
      row.start += kMinute;
    } while (result && ++stored < 5000);
    EXPECT_EQ(result.error().code, ErrorCode::storage_full) << result.error().message;
    EXPECT_GT(stored, 50u);
    EXPECT_EQ(dataset::Dataset(small, "shop", kMinute).read_all()->size(), stored);
  }
  EXPECT_EQ(::umount(disk.c_str()), 0);
}

TEST_F(FolderStoreTest, ReadsAReadOnlyFolderAndReportsThatItCannotWrite) {
  ASSERT_TRUE(put("shop/a", "1").has_value());
  fs::permissions(root, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  fs::permissions(root / "shop",
                  fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read | fs::perms::others_exec);
  EXPECT_TRUE(in_child([&] {
    if (::geteuid() == 0) {  // root may write everywhere
      ASSERT_EQ(::setgroups(0, nullptr), 0);
      ASSERT_EQ(::setgid(65534), 0);
      ASSERT_EQ(::setuid(65534), 0);
    }
    EXPECT_EQ(store.get("shop/a")->bytes, "1");
    EXPECT_THAT(*store.list(""), ElementsAre("shop/a"));
    for (const Error& error :
         {put("shop/a", "2").error(), put("shop/b", "2").error(), store.remove("shop/a").error()}) {
      EXPECT_EQ(error.code, ErrorCode::permission_denied) << error.message;
      EXPECT_THAT(error.message, HasSubstr((root / "shop").string()));
    }
  }));
  fs::permissions(root / "shop", fs::perms::owner_all);
  EXPECT_EQ(store.get("shop/a")->bytes, "1");
}

TEST_F(FolderStoreTest, ReadsNothingButRegularFiles) {
  ASSERT_EQ(::mkfifo((root / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(store.get("pipe").error().code, ErrorCode::invalid_input);
  EXPECT_THAT(*store.list(""), IsEmpty());
  write("name with blanks", "x");
  EXPECT_THAT(*store.list(""), IsEmpty()) << "no key can name it";
}

TEST_F(FolderStoreTest, ListsAStoreThatWasNeverWrittenAsEmpty) {
  EXPECT_THAT(*FolderObjectStore(root / "not/yet/there").list(""), IsEmpty());
  EXPECT_FALSE(fs::exists(root / "not")) << "reading makes nothing";
}

TEST(SystemClock, IsTheMachinesClockInWholeSeconds) {
  const auto before = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const Timestamp now = SystemClock().now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, std::chrono::system_clock::now());
}

}  // namespace
}  // namespace almanac::adapters
