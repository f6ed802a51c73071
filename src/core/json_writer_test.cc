#include "core/json_writer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace almanac {
namespace {

TEST(JsonWriterTest, WritesInOrder) {
  JsonWriter json;
  json.begin_object();
  json.field("a", 1);
  json.key("b");
  json.begin_array();
  json.value(0.5);
  json.value("x\"\n");
  json.begin_object();
  json.end_object();
  json.end_array();
  json.field("c", std::optional<double>());
  json.field("d", true);
  json.key("e");
  json.raw("[1]");
  json.end_object();
  EXPECT_EQ(json.text(), R"({"a":1,"b":[0.5,"x\"\u000a",{}],"c":null,"d":true,"e":[1]})");
}

TEST(JsonWriterTest, WhatIsNotANumberIsNull) {
  JsonWriter json;
  json.begin_array();
  json.value(std::nan(""));
  json.value(std::numeric_limits<double>::infinity());
  json.end_array();
  EXPECT_EQ(json.text(), "[null,null]");
}

RC_GTEST_PROP(JsonWriterProperty, AnyTextAndNumberIsValidJsonAndReadsBack, (const std::string& text)) {
  const double number = std::bit_cast<double>(*rc::gen::arbitrary<std::uint64_t>());
  JsonWriter json;
  json.begin_array();
  json.value(text);
  json.value(number);
  json.end_array();
  const auto read = nlohmann::json::parse(json.text(), nullptr, false);
  RC_ASSERT(!read.is_discarded());
  if (std::isfinite(number)) RC_ASSERT(read[1].get<double>() == number);
  // Where the text is UTF-8 it comes back as it was; nlohmann refuses to dump anything else.
  try {
    (void)nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    return;
  }
  RC_ASSERT(read[0].get<std::string>() == text);
}

}  // namespace
}  // namespace almanac
