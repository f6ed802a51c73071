#include "calendar/gzip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/test_packing.h"

namespace almanac::calendar {
namespace {

using testing::HasSubstr;

TEST(Gzip, GivesBackWhatWasPackedAndLeavesOtherBytesAlone) {
  const std::string text(200'000, 'x');
  EXPECT_EQ(unpacked(packed(text)).value(), text);
  EXPECT_EQ(unpacked(packed("")).value(), "");
  EXPECT_EQ(unpacked(packed("one, ") + packed("two")).value(), "one, two") << "members follow each other";
  EXPECT_EQ(unpacked("BEGIN:VCALENDAR").value(), "BEGIN:VCALENDAR");
  EXPECT_EQ(unpacked("").value(), "");
}

TEST(Gzip, ZerosPadItAndNothingElseMayFollow) {
  EXPECT_EQ(unpacked(packed("text") + std::string(512, '\0')).value(), "text");
  std::string damaged = packed("one") + packed("two");
  damaged[packed("one").size()] = 'x';
  const auto refused = unpacked(damaged);
  ASSERT_FALSE(refused) << "the second member would be missed";
  EXPECT_THAT(refused.error().message, HasSubstr("bytes of something else follow its end"));
}

TEST(Gzip, CutOffDamagedOrTooLargeIsRefused) {
  const std::string whole = packed(std::string(5000, 'x') + "end");
  for (std::size_t size = 2; size < whole.size(); ++size)
    EXPECT_FALSE(unpacked(whole.substr(0, size))) << size << " of " << whole.size();
  EXPECT_THAT(unpacked(whole.substr(0, whole.size() - 1)).error().message, HasSubstr("cut off"));
  std::string damaged = whole;
  damaged[whole.size() - 6] = static_cast<char>(damaged[whole.size() - 6] ^ 1);  // of the checksum
  EXPECT_THAT(unpacked(damaged).error().message, HasSubstr("damaged"));
  // 100 MB of nothing pack into 100 kB.
  EXPECT_THAT(unpacked(packed(std::string(100U << 20U, '\0'))).error().message, HasSubstr("more than 16 MB"));
}

}  // namespace
}  // namespace almanac::calendar
