#include "dataset/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace almanac::dataset {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Records = std::vector<std::vector<std::string>>;

Result<Records> read_all(std::string_view text, CsvOptions options = {}) {
  CsvReader reader(text, "trace.csv", options);
  CsvRecord record;
  Records records;
  for (;;) {
    const auto more = reader.next(record);
    if (!more) return tl::unexpected(more.error());
    if (!*more) return records;
    records.emplace_back(record.fields.begin(), record.fields.end());
  }
}

TEST(CsvReader, ReadsQuotedFieldsAsRfc4180HasThem) {
  EXPECT_THAT(*read_all("a,\"b,c\",\"say \"\"hi\"\"\"\r\n\"two\nlines\",,\"\"\n"),
              ElementsAre(ElementsAre("a", "b,c", "say \"hi\""), ElementsAre("two\nlines", "", "")));
}

TEST(CsvReader, KnowsTheLineOfEachRecord) {
  CsvReader reader("a\n\n\"b\nb\"\nc", "trace.csv");
  CsvRecord record;
  std::vector<std::size_t> lines;
  while (*reader.next(record)) lines.push_back(record.line);
  EXPECT_THAT(lines, ElementsAre(1u, 3u, 5u));
  EXPECT_FALSE(record.terminated);
}

TEST(CsvReader, TellsAnEmptyFieldFromABlankLine) {
  EXPECT_THAT(*read_all("a\n\n \n\"\"\n,\n"), ElementsAre(ElementsAre("a"), ElementsAre(""), ElementsAre("", "")));
  EXPECT_TRUE(read_all("")->empty());
  EXPECT_TRUE(read_all("\xEF\xBB\xBF")->empty());
}

TEST(CsvReader, RefusesQuotesThatDoNotClose) {
  EXPECT_THAT(read_all("a\nb,\"c\nd").error().message,
              HasSubstr("trace.csv: line 2: a quote is opened and never closed"));
  EXPECT_THAT(read_all("\"a\"b,c").error().message, HasSubstr("line 1: characters follow a closing quote"));
}

TEST(CsvReader, TakesAnotherSeparatorAndLimit) {
  EXPECT_THAT(*read_all("a;b,c\n", {.separator = ';'}), ElementsAre(ElementsAre("a", "b,c")));
  EXPECT_THAT(read_all("short\nlonger than ten\n", {.max_record_bytes = 10}).error().message,
              HasSubstr("line 2: longer than 10 bytes"));
  EXPECT_THAT(read_all(",,,,,,,,,,,,\n", {.max_record_bytes = 10}).error().message,
              HasSubstr("line 1: longer than 10 bytes"));
}

RC_GTEST_PROP(CsvReader, ReadsBackWhatIsQuoted, ()) {
  const auto field = rc::gen::container<std::string>(rc::gen::element('a', '"', ',', '\n', ' ', '1'));
  const auto records = *rc::gen::nonEmpty(
      rc::gen::container<Records>(rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(field))));
  std::string text;
  for (const auto& record : records) {
    for (std::size_t i = 0; i < record.size(); ++i) {
      text += i ? ",\"" : "\"";
      for (char c : record[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
      text += '"';
    }
    text += "\r\n";
  }
  RC_ASSERT(*read_all(text) == records);
}

TEST(ParseNumber, ReadsWholeNumbersOnly) {
  EXPECT_EQ(parse_number("12"), 12);
  EXPECT_EQ(parse_number("+1.5e3"), 1500);
  EXPECT_EQ(parse_number("-.5"), -0.5);
  EXPECT_EQ(parse_number("1e999"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_number("-1e999"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_number("1e-999"), 0);
  for (const char* text : {"", "+", "-", "+-1", "1,5", "1 ", "0x10", "1e", "twelve", "1.2.3"})
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

}  // namespace
}  // namespace almanac::dataset
