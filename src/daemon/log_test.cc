#include "daemon/log.h"

#include <gtest/gtest.h>

namespace almanac::daemon {
namespace {

const Timestamp kTime = parse_timestamp("2026-11-27T08:00:01Z").value();

TEST(DaemonLog, NamesGroupAndTickOnEachLine) {
  const LogLine line{Level::warning, "keeps 12", "shop", kTime - Duration{1}, 0.0124};
  EXPECT_EQ(log_text(line, kTime, false), "2026-11-27T08:00:01Z warning shop 2026-11-27T08:00Z: keeps 12 (12 ms)");
  EXPECT_EQ(log_json(line, kTime),
            R"({"time":"2026-11-27T08:00:01Z","level":"warning","group":"shop","tick":"2026-11-27T08:00:00Z",)"
            R"("seconds":0.0124,"message":"keeps 12"})");
  EXPECT_EQ(log_json({Level::info, "started"}, kTime),
            R"({"time":"2026-11-27T08:00:01Z","level":"info","message":"started"})");
}

TEST(DaemonLog, TextFromOutsideIsOneHarmlessLine) {
  const LogLine line{Level::info, "a\nb\x1b[2J\xff", "", std::nullopt, std::nullopt};
  EXPECT_EQ(log_text(line, kTime, false), "2026-11-27T08:00:01Z info    a b [2J\xff");
  const std::string json = log_json(line, kTime);
  EXPECT_EQ(json.find('\n'), std::string::npos);
  EXPECT_EQ(json.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace almanac::daemon
