#include "core/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace almanac {
namespace {

// A reader of its own: %XX and everything else as it stands.
std::string decode(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      plain += text[at];
    } else {
      plain += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
      at += 2;
    }
  }
  return plain;
}

TEST(UriEncode, EncodesEveryByteButTheUnreserved) {
  EXPECT_EQ(uri_encode("a b/\u00e9+=&~-_."), "a%20b%2F%C3%A9%2B%3D%26~-_.");
  EXPECT_EQ(uri_encode("a b/c", true), "a%20b/c");
}

RC_GTEST_PROP(UriEncode, EncodedTextIsPlainAsciiAndReadsBackAsItWas, (const std::string& text)) {
  const auto encoded = uri_encode(text);
  for (const char c : encoded)
    RC_ASSERT((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              std::string_view("%-_.~").find(c) != std::string_view::npos);
  RC_ASSERT(decode(encoded) == text);
  RC_ASSERT(decode(uri_encode(text, true)) == text);
}

TEST(ForMessage, KeepsTextReadableAndTerminalsSafe) {
  EXPECT_EQ(for_message("a\x1b[31m\nb\xff\xc2\x9b\u00e9"), "a [31m b  \u00e9");
  EXPECT_EQ(for_message("\u00e9\u00e9\u00e9", 4), "\u00e9\u00e9...");
  EXPECT_EQ(for_message(std::string(500, 'a')).size(), 303U);
}

TEST(FormEncode, ASpaceIsAPlus) {
  EXPECT_EQ(form_encode({{"query", "sum(rate(a[1m])) + 1"}, {"b", ""}}), "query=sum%28rate%28a%5B1m%5D%29%29+%2B+1&b=");
}

TEST(Base64, OfTheStandardsOwnExamples) {  // RFC 4648, section 10
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe"), "//4=");
}

}  // namespace
}  // namespace almanac
