#include "core/inflate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/test_packing.h"

namespace almanac {
namespace {

constexpr std::size_t kEnough = 1U << 20U;
constexpr Packing kAll[] = {Packing::gzip, Packing::zlib, Packing::raw};

InflateFault fault_of(std::string_view bytes, Packing packing, std::size_t max_bytes = kEnough) {
  const auto result = inflated(bytes, packing, max_bytes);
  EXPECT_FALSE(result);
  return result ? InflateFault{-1} : result.error();
}

std::string varied(std::size_t length) {
  std::string text;
  for (std::size_t i = 0; text.size() < length; ++i) text += std::to_string(i * i);
  text.resize(length);
  return text;
}

TEST(Inflate, GivesBackWhatWasPacked) {
  for (const Packing packing : kAll)
    for (const std::string& text : {std::string(), std::string("x"), varied(300'000), std::string(300'000, 'x')}) {
      const auto result = inflated(packed(text, packing), packing, kEnough);
      ASSERT_TRUE(result) << text.size();
      EXPECT_EQ(result->bytes, text);
      EXPECT_EQ(result->rest, "");
    }
}

TEST(Inflate, MembersOfAGzipAreOneTextAndOtherPackingsHaveNone) {
  EXPECT_EQ(inflated(packed("one, ") + packed("two"), Packing::gzip, kEnough)->bytes, "one, two");
  const std::string second = packed("two", Packing::zlib), both = packed("one, ", Packing::zlib) + second;
  const auto first = inflated(both, Packing::zlib, kEnough);
  EXPECT_EQ(first->bytes, "one, ");
  EXPECT_EQ(first->rest, second);
}

TEST(Inflate, SaysWhatFollowsTheEnd) {
  for (const Packing packing : kAll) {
    const std::string bytes = packed("text", packing) + "\nmore";
    const auto result = inflated(bytes, packing, kEnough);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->bytes, "text");
    EXPECT_EQ(result->rest, "\nmore");
  }
}

TEST(Inflate, WhatIsCutOffAnywhereIsSaidToBe) {
  for (const Packing packing : kAll) {
    const std::string whole = packed(varied(3000), packing);
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_EQ(fault_of(whole.substr(0, size), packing), InflateFault::cut_off) << size << " of " << whole.size();
  }
  EXPECT_EQ(fault_of(packed("one") + packed("two").substr(0, 5), Packing::gzip), InflateFault::cut_off);
}

TEST(Inflate, WhatIsDamagedOrOfAnotherPackingIsSaidToBe) {
  for (const Packing packing : {Packing::gzip, Packing::zlib}) {
    std::string bytes = packed(varied(3000), packing);
    EXPECT_EQ(fault_of("BEGIN:VCALENDAR", packing), InflateFault::damaged);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);  // a checksum tells at the latest
    EXPECT_EQ(fault_of(bytes, packing), InflateFault::damaged);
  }
  EXPECT_EQ(fault_of(packed("text", Packing::zlib), Packing::gzip), InflateFault::damaged);
}

TEST(Inflate, HoldsNoMoreThanIsAllowed) {
  const std::string bytes = packed(std::string(100'000, ' '));
  EXPECT_TRUE(inflated(bytes, Packing::gzip, 100'000));
  EXPECT_EQ(fault_of(bytes, Packing::gzip, 99'999), InflateFault::too_long);
  EXPECT_EQ(fault_of(packed(std::string(60'000, ' ')) + packed(std::string(60'000, ' ')), Packing::gzip, 100'000),
            InflateFault::too_long)
      << "all members together";
}

}  // namespace
}  // namespace almanac
