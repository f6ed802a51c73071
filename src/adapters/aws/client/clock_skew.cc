#include "adapters/aws/client/clock_skew.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace almanac::adapters::aws {
namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

template <std::size_t size>
bool has(const std::array<std::string_view, size>& table, std::string_view code) {
  return std::find(table.begin(), table.end(), code) != table.end();
}

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 3> kTimeCodes{"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"};
constexpr std::array<std::string_view, 4> kSignatureCodes{"SignatureDoesNotMatch", "InvalidSignatureException",
                                                          "InvalidSignature", "AuthFailure"};

}  // namespace

std::optional<Timestamp> parse_http_date(std::string_view text) {
  // "Sun, 06 Nov 1994 08:49:37 GMT": fields of fixed width.
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT" || text[7] != ' ' ||
      text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':')
    return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2));
  const auto year = number(text.substr(12, 4));
  const auto hours = number(text.substr(17, 2));
  const auto minutes = number(text.substr(20, 2));
  const auto seconds = number(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hours || !minutes || !seconds) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds);
}

std::optional<Duration> skew_behind(std::string_view code, std::string_view date_header, Timestamp now) {
  const auto server = parse_http_date(date_header);
  if (!server) return std::nullopt;
  const auto ahead = *server - now;
  if (has(kTimeCodes, code)) return ahead;
  if (has(kSignatureCodes, code) && (ahead > kTolerableSkew || ahead < -kTolerableSkew)) return ahead;
  return std::nullopt;
}

}  // namespace almanac::adapters::aws
