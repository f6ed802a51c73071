#include "adapters/local/csv_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "kinds/test_surroundings.h"
#include "settings/yaml.h"

namespace almanac::adapters {
namespace {

using testing::HasSubstr;

const Timestamp kNoon = parse_timestamp("2026-11-24T12:00:00Z").value();

// A target that nothing is asked of.
class NoTarget final : public kinds::TargetKind {
 public:
  std::string name() const override { return "none"; }
  std::string doc() const override { return "None."; }
  settings::Keys keys() const override { return {}; }
  Result<std::shared_ptr<ports::ScalingGroup>> make(const settings::Values&,
                                                    const kinds::Surroundings&) const override {
    return fail(ErrorCode::unsupported, "none");
  }
};

struct CsvKindTest : testing::Test {
  NoTarget target;
  kinds::TestSurroundings place{target, {}, kNoon};
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("almanac-csv-kind-" + std::to_string(::getpid()));
  settings::Values values;

  CsvKindTest() {
    std::filesystem::create_directories(folder);
    settings::Mistakes mistakes("group.yaml");
    values = settings::read_yaml("file: rows.csv", csv_kind().keys(), folder, mistakes);
  }
  ~CsvKindTest() override { std::filesystem::remove_all(folder); }
  void write(const std::string& text) const { std::ofstream(folder / "rows.csv") << text; }
};

TEST_F(CsvKindTest, BeginsWithTheFilesFirstRow) {
  write("timestamp,cpu_utilization\n2026-01-02T00:00:00Z,50\n2026-01-02T00:05:00Z,51\n");
  const auto made = csv_kind().make(values, place.around);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->first, parse_timestamp("2026-01-02T00:00:00Z").value());
}

TEST_F(CsvKindTest, AFileThatIsNotThereYetIsNoErrorUntilItIsRead) {
  const auto made = csv_kind().make(values, place.around);
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->first);
  EXPECT_FALSE(made->source->read({kNoon - kHour, kNoon}, Duration{300}));
  EXPECT_TRUE(csv_kind().examine(values, place.around, {}).empty()) << "the metrics say so";
}

TEST_F(CsvKindTest, DoctorSaysHowTheFileWasUnderstood) {
  write("time,cpu\n2026-11-24 11:50:00,50\n2026-11-24 11:55:00,51\n2026-11-24 12:00:00,51\n2026-11-24 12:05:00,51\n");
  const Findings found = csv_kind().examine(values, place.around, {.now = kNoon + kHour});
  ASSERT_GE(found.size(), 2U);
  EXPECT_THAT(found[0].text, HasSubstr("4 rows, a row every 5m"));
  EXPECT_THAT(found[1].text, HasSubstr("times name no zone"));
}

}  // namespace
}  // namespace almanac::adapters
