#include "adapters/aws/client/profile_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/aws/client/testing.h"

namespace almanac::adapters::aws {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct ProfileFileTest : testing::World {};

TEST_F(ProfileFileTest, JoinsBothFilesAndTheCredentialsFileWins) {
  write(".aws/config",
        "# mine\n[default]\nregion = eu-west-1 ; Dublin\n[profile shop]\nREGION=eu-central-1\naws_access_key_id = old\n"
        "services = local\n[services local]\ns3 =\n  endpoint_url = http://localhost:9000\n[sso-session "
        "x]\nsso_region=a\n");
  write(".aws/credentials", "\n[shop]\naws_access_key_id = new # not part of it\naws_secret_access_key = a#b=c\n");
  variables["AWS_PROFILE"] = "shop";
  const auto configuration = load_configuration(fixed_environment(variables), std::nullopt);
  ASSERT_TRUE(configuration.has_value()) << configuration.error().message;
  EXPECT_EQ(configuration->setting("aws_access_key_id"), "new");
  EXPECT_EQ(configuration->setting("aws_secret_access_key"), "a#b=c");
  EXPECT_EQ(configuration->setting("region"), "eu-central-1");
  EXPECT_EQ(configuration->setting("absent"), std::nullopt);
  EXPECT_EQ(configuration->files.services.at("local").at("s3.endpoint_url"), "http://localhost:9000");
  EXPECT_EQ(configuration->files.profile("default")->at("region"), "eu-west-1");
  EXPECT_EQ(configuration->files.profiles.size(), 2U);
}

TEST_F(ProfileFileTest, FilesThatAreNotThereAreEmpty) {
  EXPECT_TRUE(load_configuration(fixed_environment(variables), std::nullopt).has_value());
  EXPECT_TRUE(load_configuration(fixed_environment({}), std::nullopt).has_value());
}

TEST_F(ProfileFileTest, AMissingProfileIsNamedWithWhereItWasSought) {
  const auto refused = load_configuration(fixed_environment(variables), "shop");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::not_found);
  EXPECT_THAT(refused.error().message, HasSubstr("profile shop (from the settings)"));
  EXPECT_THAT(refused.error().message, HasSubstr((root / ".aws/config").string()));
}

TEST_F(ProfileFileTest, SaysTheLineOfAMistakeButNotItsContent) {
  for (const std::string_view text :
       {"[default]\ngeheim\n", "region = geheim\n", "[default\n", "[default]\n = geheim\n"}) {
    ProfileFiles files;
    const auto read = read_profiles(text, "the file", true, files);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code, ErrorCode::invalid_input);
    EXPECT_THAT(read.error().message, HasSubstr("the file:"));
    EXPECT_THAT(read.error().message, Not(HasSubstr("geheim")));
  }
}

}  // namespace
}  // namespace almanac::adapters::aws
