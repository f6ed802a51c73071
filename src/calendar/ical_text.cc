#include "calendar/ical_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "calendar/text.h"

namespace almanac::calendar {
namespace {

struct Line {
  std::size_t number;
  std::string text;
};

std::vector<Line> unfold(std::string_view text) {
  std::vector<Line> lines;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if ((line.starts_with(' ') || line.starts_with('\t')) && !lines.empty())
      lines.back().text += line.substr(1);
    else if (!line.empty())
      lines.push_back({number, std::string{line}});
  }
  return lines;
}

std::string upper(std::string_view text) {
  std::string result{text};
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

// The component a BEGIN or END line names, empty for other lines.
std::string component_of(const Line& line, std::string_view keyword) {
  const std::string name = property_name(line.text);
  if (name != keyword) return {};
  std::string kind = upper(property_value(line.text));
  kind.erase(kind.find_last_not_of(" \t") + 1);
  return kind;
}

class Splitter {
 public:
  Splitter(std::string_view name, std::vector<Problem>& problems) : name_(name), problems_(problems) {}

  void add(const Line& line) {
    if (const std::string kind = component_of(line, "BEGIN"); !kind.empty()) return begin(kind, line);
    if (const std::string kind = component_of(line, "END"); !kind.empty()) return end(kind, line);
    if (!in_calendar_)
      return problem(line.number, fmt::format("{} stands outside BEGIN:VCALENDAR; ignored", in_quotes(line.text)));
    if (kind_.empty())
      calendars_.back().properties.push_back(line.text);
    else
      keep(line);
  }

  std::vector<IcalText> finish() {
    if (!kind_.empty()) drop_open("the file ends");
    if (in_calendar_) problem(begun_, "the file ends before END:VCALENDAR: is it cut off? What is complete is used");
    return std::move(calendars_);
  }

 private:
  void begin(const std::string& kind, const Line& line) {
    if (kind == "VCALENDAR") {
      if (!kind_.empty()) drop_open("BEGIN:VCALENDAR follows");
      in_calendar_ = true;
      begun_ = line.number;
      calendars_.emplace_back();
    } else if (!in_calendar_) {
      problem(line.number, fmt::format("{} stands outside BEGIN:VCALENDAR; ignored", in_quotes(line.text)));
    } else if (kind_.empty() || is_top_level(kind)) {
      if (!kind_.empty()) drop_open(fmt::format("BEGIN:{} follows", kind));
      kind_ = kind;
      block_ = {line.number, line.text + "\r\n"};
      depth_ = 0;
    } else {
      ++depth_;
      keep(line);
    }
  }

  void end(const std::string& kind, const Line& line) {
    if (kind == "VCALENDAR" && in_calendar_) {
      if (!kind_.empty()) drop_open("END:VCALENDAR follows");
      in_calendar_ = false;
      calendars_.back().ends = true;
    } else if (!kind_.empty() && kind == kind_) {
      block_.text += line.text + "\r\n";
      close();
    } else if (!kind_.empty() && depth_ > 0) {
      keep(line);
      --depth_;
    } else {
      problem(line.number, fmt::format("{} ends nothing that is open; ignored", in_quotes(line.text)));
    }
  }

  static bool is_top_level(std::string_view kind) {
    return kind == "VEVENT" || kind == "VTIMEZONE" || kind == "VTODO" || kind == "VJOURNAL" || kind == "VFREEBUSY";
  }

  void keep(const Line& line) {
    // Nothing nests deeper than the rules of a zone, and alarms are of no interest.
    if (depth_ == 0 || (kind_ == "VTIMEZONE" && depth_ == 1)) block_.text += line.text + "\r\n";
  }

  void close() {
    IcalText& calendar = calendars_.back();
    if (kind_ == "VEVENT")
      calendar.events.push_back(std::move(block_));
    else if (kind_ == "VTIMEZONE")
      calendar.zones.push_back(std::move(block_));
    else
      calendar.ignored.push_back(kind_);
    kind_.clear();
  }

  void drop_open(std::string_view why) {
    problem(block_.line, fmt::format("{0} before END:{1} of this {1}; left out", why, clean(kind_)));
    if (kind_ == "VEVENT") ++calendars_.back().cut_off;
    kind_.clear();
  }

  void problem(std::size_t line, std::string message) {
    problems_.push_back({fmt::format("{}: line {}", name_, line), std::move(message)});
  }

  std::string_view name_;
  std::vector<Problem>& problems_;
  std::vector<IcalText> calendars_;
  bool in_calendar_ = false;
  std::size_t begun_ = 0;
  std::string kind_;  // of the open component, empty between components
  IcalBlock block_;
  int depth_ = 0;  // of components inside the open one
};

}  // namespace

std::string property_name(std::string_view line) {
  return upper(line.substr(0, line.find_first_of(":;")));
}

std::string_view tzid_parameter(std::string_view line) {
  constexpr std::string_view kParameter = ";TZID=";
  const std::string_view value = property_value(line);
  const std::string_view front = line.substr(0, line.size() - value.size());
  const std::string shouted = upper(front);
  const std::size_t at = shouted.find(kParameter);
  if (at == std::string::npos) return {};
  std::string_view tzid = front.substr(at + kParameter.size());
  if (tzid.starts_with('"')) return tzid.substr(1, tzid.find('"', 1) - 1);
  return tzid.substr(0, tzid.find_first_of(";:"));
}

std::string_view property_value(std::string_view line) {
  bool in_text = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') in_text = !in_text;
    if (line[i] == ':' && !in_text) return line.substr(i + 1);
  }
  return {};
}

Result<std::vector<IcalText>> split_icalendar(std::string_view text, std::string_view name,
                                              std::vector<Problem>& problems) {
  const auto refuse = [&](std::string message) {
    return fail(ErrorCode::invalid_input, fmt::format("{}: {}", name, message));
  };
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.find('\0') != std::string_view::npos)
    return refuse("not iCalendar: the file holds NUL bytes; expected text that begins with BEGIN:VCALENDAR");
  const std::vector<Line> lines = unfold(text);
  const auto first =
      std::find_if(lines.begin(), lines.end(), [](const Line& line) { return !clean(line.text).empty(); });
  if (first == lines.end()) return refuse("the file is empty; expected a text that begins with BEGIN:VCALENDAR");
  if (component_of(*first, "BEGIN") != "VCALENDAR")
    return refuse(fmt::format("line {}: not iCalendar: found {}; expected BEGIN:VCALENDAR", first->number,
                              in_quotes(first->text)));
  Splitter splitter(name, problems);
  for (auto line = first; line != lines.end(); ++line) splitter.add(*line);
  return splitter.finish();
}

}  // namespace almanac::calendar
