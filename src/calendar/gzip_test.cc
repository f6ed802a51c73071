#include "calendar/gzip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace almanac::calendar {
namespace {

using testing::HasSubstr;

std::string packed(const std::string& text) {
  z_stream out{};
  EXPECT_EQ(deflateInit2(&out, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string bytes(deflateBound(&out, text.size()) + 64, '\0');
  out.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  out.avail_in = static_cast<unsigned>(text.size());
  out.next_out = reinterpret_cast<Bytef*>(bytes.data());
  out.avail_out = static_cast<unsigned>(bytes.size());
  EXPECT_EQ(deflate(&out, Z_FINISH), Z_STREAM_END);
  bytes.resize(out.total_out);
  deflateEnd(&out);
  return bytes;
}

TEST(Gzip, GivesBackWhatWasPackedAndLeavesOtherBytesAlone) {
  const std::string text(200'000, 'x');
  EXPECT_EQ(unpacked(packed(text)).value(), text);
  EXPECT_EQ(unpacked(packed("")).value(), "");
  EXPECT_EQ(unpacked(packed("one, ") + packed("two")).value(), "one, two") << "members follow each other";
  EXPECT_EQ(unpacked("BEGIN:VCALENDAR").value(), "BEGIN:VCALENDAR");
  EXPECT_EQ(unpacked("").value(), "");
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
