#include "adapters/prometheus/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace almanac::adapters::prometheus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

struct AccessTest : testing::Test {
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string file(const std::string& name, const std::string& content) const {
    std::ofstream(folder / name) << content;
    return (folder / name).string();
  }
  std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "prometheus-access";
};

TEST_F(AccessTest, APasswordGoesAsBasicAuthentication) {  // RFC 7617, section 2
  const auto headers = headers_of({.user = "Aladdin", .password_file = file("password", "open sesame\n")});
  EXPECT_THAT(*headers, ElementsAre(Pair("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")));
}

TEST_F(AccessTest, ATokenIsReadAnewEachTime) {
  const Access access{.bearer_token_file = file("token", "first\n"), .headers = {{"X-Scope-OrgID", "shop"}}};
  EXPECT_THAT(*headers_of(access), ElementsAre(Pair("X-Scope-OrgID", "shop"), Pair("Authorization", "Bearer first")));
  file("token", "second\r\n");
  EXPECT_EQ(headers_of(access)->back().second, "Bearer second");
}

TEST_F(AccessTest, AFileThatHoldsNoSecretIsNamedAndNotShown) {
  const auto mistake = [](const std::string& path) {
    const auto headers = headers_of({.bearer_token_file = path});
    return headers ? "accepted" : headers.error().message;
  };
  EXPECT_THAT(mistake((folder / "none").string()), HasSubstr("bearer_token_file: " + (folder / "none").string()));
  EXPECT_THAT(mistake(file("empty", " \n")), HasSubstr("empty: expected a secret, found nothing"));
  const std::string two = mistake(file("two", "s3cret\nX-Evil: s3cret"));
  EXPECT_THAT(two, HasSubstr("two: expected a secret in one line"));
  EXPECT_THAT(two, Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace almanac::adapters::prometheus
