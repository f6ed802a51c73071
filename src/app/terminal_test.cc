#include "app/terminal.h"

#include <gtest/gtest.h>

#include <sstream>

namespace almanac::app {
namespace {

TEST(Table, ColumnsFitTheirContentsAndNumbersStandRight) {
  Table table({{"policy"}, {"cost", Table::Align::right}});
  table.add({"hpa", "1.5"});
  table.add({"Données été", "12.25"});  // accents are one column wide, two bytes long
  EXPECT_EQ(table.text(),
            "policy        cost\n"
            "-----------  -----\n"
            "hpa            1.5\n"
            "Données été  12.25\n");
}

TEST(Table, EscapeSequencesTakeNoRoomAndRowsMayBeShort) {
  Table table({{"a"}, {"b"}});
  table.add({Style{true}.bold("xy"), "1"});
  table.add({"z"});
  EXPECT_EQ(table.text(), "a   b\n--  -\n\x1b[1mxy\x1b[0m  1\nz\n");
}

TEST(StyleTest, WithoutColourTextStaysAsItIs) {
  EXPECT_EQ(Style{false}.bad("x"), "x");
  EXPECT_EQ(Style{true}.bad("x"), "\x1b[31mx\x1b[0m");
}

TEST(ProgressBarTest, SaysNothingInTheFirstSecondNorWhereNobodyReads) {
  std::ostringstream out;
  {
    ProgressBar bar(out, true);
    bar.sink()({"work", 1, 10, ""});
    bar.sink()({"work", 10, 10, ""});
  }
  EXPECT_EQ(out.str(), "");
  ProgressBar silent(out, false);
  EXPECT_FALSE(silent.sink());
}

}  // namespace
}  // namespace almanac::app
