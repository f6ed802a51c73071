#include "dataset/csv_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace almanac::dataset {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_binary(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x7f || (byte < 0x20 && c != '\t' && c != '\r' && c != '\n');
}

}  // namespace

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // from_chars leaves the value alone for both 1e999 and 1e-999.
    const std::size_t exponent = text.find_first_of("eE");
    const bool tiny = text.starts_with("0.") || text.starts_with("-0.") ||
                      (exponent != std::string_view::npos && text.substr(exponent + 1).starts_with('-'));
    if (tiny) return 0.0;
    return text.starts_with('-') ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  }
  if (error != std::errc{}) return std::nullopt;
  return value;
}

CsvReader::CsvReader(std::string_view text, std::string name, CsvOptions options)
    : text_(text), name_(std::move(name)), options_(options) {
  if (text_.starts_with(kByteOrderMark)) position_ = kByteOrderMark.size();
}

tl::unexpected<Error> CsvReader::error_at(std::size_t line, std::string_view what) const {
  return fail(ErrorCode::invalid_input, fmt::format("{}: line {}: {}", name_, line, what));
}

Result<std::string_view> CsvReader::plain_field() {
  const std::size_t start = position_;
  for (; position_ < text_.size(); ++position_) {
    const char c = text_[position_];
    if (c == '\n') break;
    if (position_ - record_start_ >= options_.max_record_bytes)
      return error_at(line_,
                      fmt::format("longer than {} bytes; expected one record a line", options_.max_record_bytes));
    if (c == options_.separator) break;
    if (c == '\r' && position_ + 1 < text_.size() && text_[position_ + 1] != '\n')
      return error_at(line_, "a carriage return in mid-line; expected lines that end with LF or CRLF");
    if (is_binary(c))
      return error_at(
          line_, fmt::format("holds the byte 0x{:02x}; expected CSV text in UTF-8", static_cast<unsigned char>(c)));
  }
  std::string_view field = text_.substr(start, position_ - start);
  const bool ends_line = position_ == text_.size() || text_[position_] == '\n';
  if (ends_line && field.ends_with('\r')) field.remove_suffix(1);
  return field;
}

// The first field of a record or the one after a separator; position_ is at its opening quote.
Result<std::string_view> CsvReader::quoted_field() {
  const std::size_t opened_at = line_;
  const std::size_t start = ++position_;
  std::string* owned = nullptr;  // made at the first doubled quote
  std::size_t piece = start;
  for (; position_ < text_.size(); ++position_) {
    const char c = text_[position_];
    if (position_ - record_start_ >= options_.max_record_bytes)
      return error_at(opened_at,
                      fmt::format("a record longer than {} bytes; is a quote left open?", options_.max_record_bytes));
    if (c == '\n') ++line_;
    if (is_binary(c))
      return error_at(
          line_, fmt::format("holds the byte 0x{:02x}; expected CSV text in UTF-8", static_cast<unsigned char>(c)));
    if (c != '"') continue;
    const bool doubled = position_ + 1 < text_.size() && text_[position_ + 1] == '"';
    if (!doubled) break;
    if (!owned) owned = &unquoted_.emplace_back();
    owned->append(text_.substr(piece, position_ + 1 - piece));
    piece = ++position_ + 1;
  }
  if (position_ >= text_.size()) return error_at(opened_at, "a quote is opened and never closed");
  std::string_view field = text_.substr(start, position_ - start);
  if (owned) {
    owned->append(text_.substr(piece, position_ - piece));
    field = *owned;
  }
  ++position_;  // the closing quote
  if (position_ < text_.size() && text_[position_] == '\r') ++position_;
  if (position_ < text_.size() && text_[position_] != options_.separator && text_[position_] != '\n')
    return error_at(line_, "characters follow a closing quote; expected a separator or the end of the line");
  return field;
}

Result<bool> CsvReader::next(CsvRecord& record) {
  record.fields.clear();
  unquoted_.clear();
  while (position_ < text_.size()) {
    record_start_ = position_;
    record.line = line_;
    for (;;) {
      const bool quoted = position_ < text_.size() && text_[position_] == '"';
      const auto field = quoted ? quoted_field() : plain_field();
      if (!field) {
        record.terminated = position_ < text_.size();
        return tl::unexpected(field.error());
      }
      record.fields.push_back(*field);
      if (position_ >= text_.size() || text_[position_] == '\n') break;
      ++position_;  // the separator
    }
    record.terminated = position_ < text_.size();
    if (record.terminated) ++position_, ++line_;
    const bool blank = record.fields.size() == 1 && trim(record.fields[0]).empty() && text_[record_start_] != '"';
    if (!blank) return true;
    record.fields.clear();
  }
  return false;
}

}  // namespace almanac::dataset
