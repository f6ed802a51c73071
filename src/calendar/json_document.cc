#include "calendar/json_document.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "calendar/text.h"

namespace almanac::calendar {
namespace {

using Json = nlohmann::json;

// Far more than a calendar needs; refused before the parser builds it.
constexpr int kDeepest = 32;
constexpr std::string_view kSpace = " \t\r\n";

// "line 3, column 7": columns in bytes, as editors and compilers mostly count.
std::string place_of(std::string_view text, std::size_t offset) {
  std::size_t line = 1, column = 1;
  for (char c : text.substr(0, offset)) {
    column = c == '\n' ? 1 : column + 1;
    line += c == '\n' ? 1 : 0;
  }
  return fmt::format("line {}, column {}", line, column);
}

// The offset where brackets nest deeper than kDeepest, npos where they do not.
std::size_t too_deep_at(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepest) return i;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return std::string_view::npos;
}

// Why the parser stopped at `offset`, for the mistakes that people make most; empty for others.
std::string usual_mistake(std::string_view text, std::size_t offset) {
  if (text.find_first_not_of(kSpace, offset) == std::string_view::npos)
    return fmt::format("{}: the text ends before the JSON does: is it cut off?", place_of(text, text.size()));
  const std::size_t before = offset == 0 ? std::string_view::npos : text.find_last_not_of(kSpace, offset - 1);
  const char found = text[offset];
  if (before != std::string_view::npos && text[before] == ',' && (found == ']' || found == '}'))
    return fmt::format("{}: a comma before the closing {}: expected none after the last {}", place_of(text, before),
                       found, found == ']' ? "entry" : "key");
  if (before != std::string_view::npos && (text[before] == '}' || text[before] == '"') &&
      (found == '{' || found == '"'))
    return fmt::format("{}: a comma is missing: expected one between two entries and between two keys",
                       place_of(text, before));
  if (found == '/' || found == '#') return fmt::format("{}: JSON has no comments", place_of(text, offset));
  if (found == '\'') return fmt::format("{}: a single quote: expected double quotes", place_of(text, offset));
  return "";
}

std::string after(std::string text, std::string_view mark) {
  const auto at = text.find(mark);
  return at == std::string::npos ? text : text.substr(at + mark.size());
}

}  // namespace

Result<Json> parse_document(std::string_view text, const std::function<void(std::string key)>& report_twice) {
  const auto refuse = [](std::string message) { return fail(ErrorCode::invalid_input, std::move(message)); };
  if (text.find_first_not_of(kSpace) == std::string_view::npos)
    return refuse("the file is empty; expected a JSON object with \"events\" or \"is_sale_active\"");
  if (const std::size_t deep = too_deep_at(text); deep != std::string_view::npos)
    return refuse(fmt::format("{}: brackets nest deeper than {} levels", place_of(text, deep), kDeepest));

  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto note_keys = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      report_twice(describe(parsed));
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), note_keys);
  } catch (const Json::parse_error& error) {
    const std::size_t offset = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());
    if (const std::string mistake = usual_mistake(text, offset); !mistake.empty())
      return refuse("not JSON: " + mistake);
    // "[json.exception...] parse error at line 1, column 2: syntax error ..."
    return refuse(fmt::format("{}: not JSON: {}", place_of(text, offset), clean(after(error.what(), ": "))));
  } catch (const Json::exception& error) {
    return refuse(fmt::format("not usable JSON: {}", clean(after(error.what(), "] "))));
  }
}

std::string describe(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return in_quotes(value.get_ref<const std::string&>());
    case Json::value_t::null:
      return "null";
    default:
      return value.dump();
  }
}

}  // namespace almanac::calendar
