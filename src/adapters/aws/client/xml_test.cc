#include "adapters/aws/client/xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace almanac::adapters::aws {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string nested(int depth) {
  std::string text;
  for (int level = 0; level < depth; ++level) text += "<a>";
  for (int level = 0; level < depth; ++level) text += "</a>";
  return text;
}

TEST(Xml, ReadsPathsAndLists) {
  const auto root = parse_xml(
      "<?xml version=\"1.0\"?><R xmlns=\"http://x/\"><Result><Names><member>a</member><member>b &amp; "
      "c</member></Names>"
      "<Next> </Next></Result></R>");
  ASSERT_TRUE(root.has_value()) << root.error().message;
  EXPECT_EQ(root->name, "R");
  const auto names = root->list("Result/Names");
  ASSERT_EQ(names.size(), 2U);
  EXPECT_EQ(names[1]->text, "b & c");
  EXPECT_EQ(root->text_at("Result/Next"), " ");
  EXPECT_EQ(root->text_at("Result/Missing/Deeper"), "");
  EXPECT_EQ(root->find("Missing"), nullptr);
  EXPECT_TRUE(root->list("Missing").empty());
}

TEST(Xml, IsCorruptWhenDamagedWithoutQuotingIt) {
  for (const char* bad :
       {"", "geheim", "<a>geheim", "<a></b>geheim", "<a/><b/>", "<a>&geheim", "<html><p>geheim</html>"}) {
    const auto refused = parse_xml(bad);
    if (refused) continue;  // an unknown entity is text
    EXPECT_EQ(refused.error().code, ErrorCode::corrupt);
    EXPECT_THAT(refused.error().message, Not(HasSubstr("geheim")));
  }
  EXPECT_FALSE(parse_xml("").has_value());
  EXPECT_FALSE(parse_xml("<a/><b/>").has_value());
  EXPECT_FALSE(parse_xml("<a>").has_value());
}

TEST(Xml, HasLimitsOfDepthAndLength) {
  EXPECT_TRUE(parse_xml(nested(32)).has_value());
  EXPECT_EQ(parse_xml(nested(33)).error().code, ErrorCode::corrupt);
  EXPECT_EQ(parse_xml(nested(1'000'000)).error().code, ErrorCode::corrupt);
  EXPECT_EQ(parse_xml("<a></a>", {.bytes = 6}).error().code, ErrorCode::corrupt);
}

TEST(Xml, ExpandsNoEntityOfADocumentType) {
  const auto root = parse_xml("<!DOCTYPE a [<!ENTITY b \"geheim\">]><a>&b;</a>");
  ASSERT_TRUE(root.has_value());
  EXPECT_EQ(root->text, "&b;");
}

}  // namespace
}  // namespace almanac::adapters::aws
