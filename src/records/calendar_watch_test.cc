#include "records/calendar_watch.h"

#include <gtest/gtest.h>

namespace almanac::records {
namespace {

TEST(CalendarWatch, ReadsBackWhatItWrites) {
  CalendarWatch watch;
  EXPECT_EQ(to_json(watch), "{}\n");
  EXPECT_TRUE(watch_from_json("{}")->empty());
  watch.emptied_since = parse_timestamp("2026-11-20T00:00:00Z").value();
  watch.loss = {*watch.emptied_since + kHour, "2 of the 3 events \"to\" come are gone"};
  EXPECT_EQ(to_json(watch_from_json(to_json(watch)).value()), to_json(watch));
}

TEST(CalendarWatch, DamagedOnesAreRefused) {
  for (const char* text : {"", "[]x", R"({"emptied_since": 7})", R"({"loss": {}})", R"({"emptied_since": "soon"})"})
    EXPECT_EQ(watch_from_json(text).error().code, ErrorCode::corrupt) << text;
}

}  // namespace
}  // namespace almanac::records
