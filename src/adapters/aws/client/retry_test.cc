#include "adapters/aws/client/retry.h"

#include <gtest/gtest.h>

#include "adapters/aws/client/clock_skew.h"
#include "adapters/aws/client/testing.h"

namespace almanac::adapters::aws {
namespace {

using std::chrono::milliseconds;
using testing::at;

TEST(Retry, KnowsWhatIsWorthAnotherAttempt) {
  struct Row {
    int status;
    const char* code;
    FailureKind kind;
  };
  for (const auto& row : {
           Row{400, "Throttling", FailureKind::throttled},
           Row{400, "RequestLimitExceeded", FailureKind::throttled},
           Row{503, "SlowDown", FailureKind::throttled},
           Row{429, "", FailureKind::throttled},
           Row{500, "InternalFailure", FailureKind::transient},
           Row{502, "", FailureKind::transient},
           Row{503, "ServiceUnavailable", FailureKind::transient},
           Row{504, "", FailureKind::transient},
           Row{400, "RequestTimeout", FailureKind::transient},
           Row{501, "NotImplemented", FailureKind::permanent},
           Row{400, "ValidationError", FailureKind::permanent},
           Row{403, "AccessDenied", FailureKind::permanent},
           Row{404, "", FailureKind::permanent},
           Row{409, "ConditionalRequestConflict", FailureKind::permanent},
           Row{412, "PreconditionFailed", FailureKind::permanent},
       })
    EXPECT_EQ(classify(row.status, row.code), row.kind) << row.status << " " << row.code;
}

// Retry n is drawn from [0, 1 s * 2^(n - 1)), at most 20 s: 1 s, 2 s, ..., 16 s, then 32 s cut to 20 s.
TEST(Retry, PausesGrowAndAreDrawnFromTheWholeRange) {
  Random random(7);
  for (int retry = 1; retry <= 8; ++retry) {
    const milliseconds ceiling = std::min(milliseconds(1000 << (retry - 1)), milliseconds(20'000));
    milliseconds least{1'000'000};
    milliseconds most{0};
    for (int draw = 0; draw < 400; ++draw) {
      const auto pause = pause_before(retry, std::nullopt, random);
      least = std::min(least, pause);
      most = std::max(most, pause);
    }
    EXPECT_LE(most, ceiling);
    EXPECT_GT(most, ceiling * 9 / 10);
    EXPECT_LT(least, ceiling / 10);
  }
  EXPECT_GE(pause_before(1, milliseconds(5'000), random), milliseconds(5'000));
  EXPECT_EQ(parse_retry_after(" 7 "), milliseconds(7'000));
  for (const char* bad : {"", "-1", "soon", "7 s", "99999999999"})
    EXPECT_FALSE(parse_retry_after(bad).has_value()) << bad;
}

TEST(Retry, TheBudgetEndsRetriesWhenAServiceIsDownAndRefillsWithSuccess) {
  RetryBudget budget;
  for (int retry = 0; retry < 50; ++retry) EXPECT_EQ(budget.take(FailureKind::timed_out), 10);  // 50 * 10 = 500
  EXPECT_FALSE(budget.take(FailureKind::transient).has_value());
  for (int call = 0; call < 4; ++call) budget.succeeded(0);
  EXPECT_FALSE(budget.take(FailureKind::throttled).has_value());  // 4 < 5
  budget.succeeded(0);
  EXPECT_EQ(budget.take(FailureKind::throttled), 5);
  budget.succeeded(10);
  EXPECT_EQ(budget.left(), 10);
  for (int call = 0; call < 1000; ++call) budget.succeeded(5);
  EXPECT_EQ(budget.left(), 500);
}

TEST(ClockSkew, ReadsTheDateOfAServer) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), at("1994-11-06T08:49:37Z"));
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 23:59:60 GMT"), at("2024-03-01T00:00:00Z"));
  for (const char* bad :
       {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nev 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "1994-11-06T08:49:37Z"})
    EXPECT_FALSE(parse_http_date(bad).has_value()) << bad;
}

TEST(ClockSkew, IsAReasonOnlyWhereTheCodeAndTheClocksSaySo) {
  const auto now = at("1994-11-06T08:40:00Z");
  const char* date = "Sun, 06 Nov 1994 08:49:37 GMT";  // 9 min 37 s later
  EXPECT_EQ(skew_behind("RequestTimeTooSkewed", date, now), Duration(577));
  EXPECT_EQ(skew_behind("SignatureDoesNotMatch", date, now), Duration(577));
  EXPECT_EQ(skew_behind("SignatureDoesNotMatch", date, now + Duration(577 - 240)), std::nullopt);
  EXPECT_EQ(skew_behind("SignatureDoesNotMatch", date, now + Duration(577 + 241)), Duration(-241));
  EXPECT_EQ(skew_behind("AccessDenied", date, now), std::nullopt);
  EXPECT_EQ(skew_behind("RequestTimeTooSkewed", "", now), std::nullopt);
}

}  // namespace
}  // namespace almanac::adapters::aws
