#include "adapters/aws/client/process_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <thread>

#include "adapters/aws/client/testing.h"
#include "adapters/aws/client/text.h"

namespace almanac::adapters::aws {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace testing;

TEST(SplitCommand, SplitsAsAShellWouldAndExpandsNothing) {
  EXPECT_THAT(*split_command("  a 'b c'  \"d \\\"e\\\" $HOME\" f\\ g '' x'y'\"z\" "),
              ElementsAre("a", "b c", "d \"e\" $HOME", "f g", "", "xyz"));
  EXPECT_THAT(*split_command("a \"b\\n\" ; rm -rf * > x"), ElementsAre("a", "b\\n", ";", "rm", "-rf", "*", ">", "x"));
  for (const char* bad : {"", "  ", "a 'b", "a \"b", "a\\"}) EXPECT_FALSE(split_command(bad).has_value()) << bad;
}

RC_GTEST_PROP(SplitCommand, QuotedWordsComeBackAsTheyWere, (const std::vector<std::string>& words)) {
  RC_PRE(!words.empty());
  std::string command;
  for (const auto& word : words) {
    command += '\'';
    for (const char c : word) command += c == '\'' ? std::string("'\\''") : std::string(1, c == '\0' ? 'x' : c);
    command += "' ";
  }
  auto expected = words;
  for (auto& word : expected) std::replace(word.begin(), word.end(), '\0', 'x');
  RC_ASSERT(*split_command(command) == expected);
}

struct ProcessTest : World {
  // A shell script that stands for the user's program.
  std::string program(std::string_view text) {
    const auto path = write("program.sh", "#!/bin/sh\n" + std::string(text) + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
};

TEST_F(ProcessTest, AProfileMayNameAProgram) {
  write("answer.json", credentials_json("ASIAPROCESS", "2026-11-27T09:00:00Z", "SessionToken"));
  const auto path = program("[ \"$2\" = 'two words' ] && cat " + (root / "answer.json").string());
  write(".aws/config", "[default]\ncredential_process = " + path + " one \"two words\"\n");
  const auto current = credentials();
  ASSERT_TRUE(current.has_value()) << current.error().message;
  EXPECT_EQ((*current)->access_key_id, "ASIAPROCESS");
  EXPECT_EQ((*current)->session_token, kToken);
  EXPECT_EQ((*current)->expires, at("2026-11-27T09:00:00Z"));
}

TEST_F(ProcessTest, NeitherItsWordsNorItsOutputAreInAnError) {
  const auto refused = [&](std::string_view script) {
    const auto credentials = process_credentials(program(script) + " geheim-argument", "profile x");
    EXPECT_FALSE(credentials.has_value());
    EXPECT_THAT(credentials.error().message, Not(HasSubstr("geheim")));
    return std::string(to_string(credentials.error().code)) + " " + credentials.error().message;
  };
  EXPECT_THAT(refused("echo geheim; echo geheim >&2; exit 3"), HasSubstr("failed with exit status 3"));
  EXPECT_THAT(refused("kill -9 $$"), HasSubstr("ended by signal 9"));
  EXPECT_THAT(refused("echo geheim"), HasSubstr("corrupt profile x: the answer is no credentials"));
  EXPECT_THAT(refused("echo '{\"Version\":2,\"AccessKeyId\":\"geheim\",\"SecretAccessKey\":\"geheim\"}'"),
              HasSubstr("\"Version\": 1"));
  EXPECT_THAT(refused("echo '{\"Version\":1,\"AccessKeyId\":\"geheim\"}'"), HasSubstr("SecretAccessKey"));
  EXPECT_EQ(process_credentials("/no/such/program geheim", "x").error().code, ErrorCode::not_found);
}

TEST_F(ProcessTest, OneThatTakesTooLongIsEndedWithAllItStarted) {
  const auto mark = root / "pid";
  const auto path = program("sleep 600 &\necho $! > " + mark.string() + "\nwait");
  const auto output = run_process({path}, {.time = std::chrono::milliseconds(1'000)});
  ASSERT_FALSE(output.has_value());
  EXPECT_EQ(output.error().code, ErrorCode::timed_out);
  const pid_t sleeper = std::stoi(*read_small_file(mark));
  // It is gone, or waits as a zombie for whoever inherits it; the kernel may take a moment.
  const auto ended = [&] {
    const auto state = read_small_file("/proc/" + std::to_string(sleeper) + "/stat");
    return !state || state->find(") Z ") != std::string::npos || state->find(") X ") != std::string::npos;
  };
  for (int wait = 0; wait < 500 && !ended(); ++wait) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(ended());
}

TEST_F(ProcessTest, OneThatSaysTooMuchIsEnded) {
  const auto output = run_process({program("while :; do echo geheim; done")}, {.output = 1000});
  ASSERT_FALSE(output.has_value());
  EXPECT_EQ(output.error().code, ErrorCode::corrupt);
}

TEST_F(ProcessTest, OneThatClosesItsOutputAndLingersIsEnded) {
  const auto output = run_process({program("exec >&-; sleep 600")}, {.time = std::chrono::milliseconds(300)});
  EXPECT_EQ(output.error().code, ErrorCode::timed_out);
}

}  // namespace
}  // namespace almanac::adapters::aws
