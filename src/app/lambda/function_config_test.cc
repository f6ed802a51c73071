#include "app/lambda/function_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace almanac::app {
namespace {

using testing::HasSubstr;

struct FunctionConfig : testing::Test {
  std::map<std::string, std::string> variables;
  std::filesystem::path root =
      std::filesystem::temp_directory_path() /
      ("almanac-function-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));

  FunctionConfig() { std::filesystem::create_directories(root); }
  ~FunctionConfig() override { std::filesystem::remove_all(root); }

  Environment environment() {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
  }
  std::string group_of() { return function_config(environment())->groups.at(0).name; }
  std::string yaml(const std::string& group) { return "groups: [{name: " + group + ", source: {simulated: {}}}]\n"; }
};

TEST_F(FunctionConfig, TheVariableComesBeforeTheZipBeforeTheNamedFile) {
  std::ofstream(root / "other.yaml") << yaml("named");
  variables = {{"LAMBDA_TASK_ROOT", root.string()}, {"ALMANAC_CONFIG", (root / "other.yaml").string()}};
  EXPECT_EQ(group_of(), "named");
  std::ofstream(root / "almanac.yaml") << yaml("zipped");
  EXPECT_EQ(group_of(), "zipped");
  variables["ALMANAC_CONFIG_YAML"] = yaml("inline");
  EXPECT_EQ(group_of(), "inline");
  variables["ALMANAC_CONFIG_YAML"] = "";
  EXPECT_EQ(group_of(), "zipped");
}

TEST_F(FunctionConfig, MistakesAreNamedWithTheirPlace) {
  variables["ALMANAC_CONFIG_YAML"] = "interval: soon\n" + yaml("shop");
  EXPECT_THAT(function_config(environment()).error().message, HasSubstr("ALMANAC_CONFIG_YAML:1:11: interval"));
}

TEST_F(FunctionConfig, WithoutAnyItSaysWhereItLooked) {
  variables["LAMBDA_TASK_ROOT"] = root.string();
  const auto missing = function_config(environment());
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_THAT(missing.error().message, HasSubstr(root.string() + "/almanac.yaml"));
}

TEST_F(FunctionConfig, TheHandlerIsOneOfFour) {
  for (const Work work : {Work::collect, Work::train, Work::scale, Work::tick}) {
    variables["_HANDLER"] = to_string(work);
    EXPECT_EQ(*function_work(environment()), work);
  }
  variables["_HANDLER"] = "index.handler";
  EXPECT_THAT(function_work(environment()).error().message, HasSubstr("index.handler"));
  variables.clear();
  EXPECT_FALSE(function_work(environment()));
}

}  // namespace
}  // namespace almanac::app
