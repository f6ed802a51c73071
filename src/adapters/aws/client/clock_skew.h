#pragma once

#include <optional>
#include <string_view>

#include "core/time.h"

namespace almanac::adapters::aws {

// "Sun, 06 Nov 1994 08:49:37 GMT", the form of RFC 9110 5.6.7 that servers send. Nothing for any other.
std::optional<Timestamp> parse_http_date(std::string_view text);

// Signatures are good for 15 minutes around the server's time; a clock further off than this is a likely reason for one
// to be refused.
inline constexpr Duration kTolerableSkew{240};

// How far the server's clock is ahead of ours, when a refusal is due to that: `code` says so, or says that the
// signature is wrong and the clocks differ by more than kTolerableSkew. Nothing otherwise, or without the server's
// date.
std::optional<Duration> skew_behind(std::string_view code, std::string_view date_header, Timestamp now);

}  // namespace almanac::adapters::aws
