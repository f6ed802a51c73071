#include "calendar/ical_lines.h"

#include <algorithm>

#include "calendar/encoding.h"

namespace almanac::calendar {
namespace {

struct RawLine {
  std::size_t number;
  std::string_view text;
};

std::vector<RawLine> raw_lines(std::string_view text) {
  std::vector<RawLine> lines;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    if (end > 0) lines.push_back({number, text.substr(0, end)});
    text.remove_prefix(end);
    // CRs and the LF after them are one end; CRs alone end a line each.
    const std::size_t newline = text.find_first_not_of('\r');
    if (newline != std::string_view::npos && text[newline] == '\n')
      text.remove_prefix(newline + 1);
    else if (!text.empty())
      text.remove_prefix(1);
  }
  return lines;
}

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

// BEGIN lines are never folded, so white space after one is no fold.
bool is_indented_by_depth(const std::vector<RawLine>& lines) {
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string_view before = lines[i - 1].text.substr(indent_of(lines[i - 1].text));
    if (before.starts_with("BEGIN:") && indent_of(lines[i].text) > 0) return true;
  }
  return false;
}

// "DTSTART;TZID=Europe/Paris:...": capitals up to ';' or ':', as every program writes them.
bool looks_like_property(std::string_view line) {
  const std::size_t end = line.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
  return end != std::string_view::npos && end > 1 && (line[end] == ':' || line[end] == ';');
}

void remove_indent(std::vector<RawLine>& lines) {
  const auto has_text = [](const RawLine& line) { return indent_of(line.text) < line.text.size(); };
  const auto first = std::find_if(lines.begin(), lines.end(), has_text);
  const std::size_t whole = first == lines.end() ? 0 : indent_of(first->text);
  for (RawLine& line : lines) line.text.remove_prefix(std::min(whole, indent_of(line.text)));
  if (!is_indented_by_depth(lines)) return;
  for (RawLine& line : lines) {
    const std::string_view bare = line.text.substr(indent_of(line.text));
    if (looks_like_property(bare)) line.text = bare;
  }
}

}  // namespace

IcalLines read_ical_lines(std::string_view text) {
  while (text.ends_with('\0')) text.remove_suffix(1);  // the padding of a disk block
  std::vector<RawLine> raw = raw_lines(text);
  remove_indent(raw);
  IcalLines result;
  for (const RawLine& line : raw) {
    const bool folded = line.text.starts_with(' ') || line.text.starts_with('\t');
    if (folded && !result.lines.empty())
      result.lines.back().text += line.text.substr(1);
    else if (!line.text.empty())
      result.lines.push_back({line.number, std::string{line.text}});
  }
  // A fold may part the bytes of one letter, so letters are looked at only now.
  std::vector<std::string_view> texts;
  for (const IcalLine& line : result.lines) texts.emplace_back(line.text);
  result.one_byte_letters = in_one_byte_letters(texts);
  if (result.one_byte_letters)
    for (IcalLine& line : result.lines) line.text = from_windows_1252(line.text);
  return result;
}

}  // namespace almanac::calendar
