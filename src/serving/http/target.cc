#include "serving/http/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "serving/http/text.h"

namespace almanac::serving {
namespace {

constexpr std::size_t kLongestCursor = 2048;
constexpr std::size_t kLongestQuery = 256;

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

Result<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
      if (!high || !low) return fail(ErrorCode::invalid_input, "the address has a '%' without two hexadecimal digits");
      decoded += static_cast<char>(*high * 16 + *low);
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  if (!is_utf8(decoded)) return fail(ErrorCode::invalid_input, "the address is not UTF-8");
  if (has_control_characters(decoded)) return fail(ErrorCode::invalid_input, "the address has control characters");
  return decoded;
}

Result<void> parse_query(std::string_view text, Target& target) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = decode(pair.substr(0, equals), true);
    auto value = decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true);
    if (!name) return tl::unexpected(name.error());
    if (!value) return tl::unexpected(value.error());
    if (!target.query.emplace(*name, std::move(*value)).second) {
      return fail(ErrorCode::invalid_input, fmt::format("the parameter '{}' comes twice", *name));
    }
  }
  return {};
}

std::optional<long long> to_number(std::string_view text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (!text.starts_with('/')) return fail(ErrorCode::invalid_input, "the address must begin with '/'");
  Target target;
  const auto question = text.find('?');
  std::string_view path = text.substr(1, question == std::string_view::npos ? question : question - 1);
  while (true) {
    const auto slash = path.find('/');
    auto segment = decode(path.substr(0, slash), false);
    if (!segment) return tl::unexpected(segment.error());
    if (*segment == "." || *segment == "..") {
      return fail(ErrorCode::invalid_input, "the address has '.' or '..' as a part of its path");
    }
    target.path += '/' + *segment;
    target.segments.push_back(std::move(*segment));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  if (question != std::string_view::npos) {
    if (auto parsed = parse_query(text.substr(question + 1), target); !parsed) return tl::unexpected(parsed.error());
  }
  return target;
}

std::optional<std::string> Target::text(std::string_view name) const {
  const auto found = query.find(name);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

Result<std::string> Target::text(std::string_view name, std::size_t longest) const {
  std::string given = text(name).value_or("");
  if (characters(given) <= longest) return given;
  return fail(ErrorCode::invalid_input, fmt::format("{}: expected a text of at most {} characters", name, longest));
}

Result<std::optional<long long>> Target::number(std::string_view name, long long least, long long most) const {
  const auto given = text(name);
  if (!given) return std::nullopt;
  const auto value = to_number(*given);
  if (!value || *value < least || *value > most) {
    return fail(ErrorCode::invalid_input,
                fmt::format("{}: expected a whole number from {} to {}, got '{}'", name, least, most, shown(*given)));
  }
  return value;
}

Result<Timestamp> parse_time(std::string_view name, const std::string& given) {
  if (const auto seconds = to_number(given)) {
    if (*seconds >= 0 && *seconds <= kLastSecond) return Timestamp(Duration(*seconds));
  } else if (const auto parsed = parse_timestamp(given)) {
    const auto since_epoch = parsed->time_since_epoch().count();
    if (since_epoch >= 0 && since_epoch <= kLastSecond) return *parsed;
  }
  return fail(
      ErrorCode::invalid_input,
      fmt::format("{}: expected a time like 2026-11-27T08:00:00Z or seconds since 1970, got '{}'", name, shown(given)));
}

Result<std::optional<Timestamp>> Target::time(std::string_view name) const {
  const auto given = text(name);
  if (!given) return std::nullopt;
  const auto parsed = parse_time(name, *given);
  if (!parsed) return tl::unexpected(parsed.error());
  return *parsed;
}

Result<std::optional<Duration>> Target::duration(std::string_view name, Duration most) const {
  const auto given = text(name);
  if (!given) return std::nullopt;
  std::optional<Duration> value;
  if (const auto seconds = to_number(*given)) {
    // Compared as a number first: whatever a client writes must not overflow.
    if (*seconds > 0 && *seconds <= most.count()) value = Duration(*seconds);
  } else if (const auto parsed = parse_duration(*given)) {
    value = *parsed;
  }
  if (!value || *value <= Duration{0} || *value > most) {
    return fail(ErrorCode::invalid_input,
                fmt::format("{}: expected seconds or a duration like 6h, at most {}, got '{}'", name,
                            format_duration(most), shown(*given)));
  }
  return value;
}

Result<RangeQuery> Target::range() const {
  const auto from = time("from");
  if (!from) return tl::unexpected(from.error());
  const auto to = time("to");
  if (!to) return tl::unexpected(to.error());
  if (*from && *to && **from >= **to) return fail(ErrorCode::invalid_input, "from: must lie before to");
  return RangeQuery{*from, *to};
}

Result<PageQuery> Target::page() const {
  PageQuery page;
  const auto limit = number("limit", 1, 1000);
  if (!limit) return tl::unexpected(limit.error());
  page.limit = static_cast<int>(limit->value_or(page.limit));
  page.query = text("query");
  page.sort = text("sort");
  page.cursor = text("cursor");
  if (page.query && page.query->size() > kLongestQuery) {
    return fail(ErrorCode::invalid_input, fmt::format("query: at most {} bytes", kLongestQuery));
  }
  if (page.sort && page.sort->size() > kLongestQuery) {
    return fail(ErrorCode::invalid_input, fmt::format("sort: at most {} bytes", kLongestQuery));
  }
  if (page.cursor && page.cursor->size() > kLongestCursor) {
    return fail(ErrorCode::invalid_input, "cursor: expected the next_cursor of the page before");
  }
  return page;
}

}  // namespace almanac::serving
