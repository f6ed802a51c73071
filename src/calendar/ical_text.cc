#include "calendar/ical_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>
#include <utility>

#include "calendar/encoding.h"
#include "calendar/ical_lines.h"
#include "calendar/text.h"

namespace almanac::calendar {
namespace {

std::string upper(std::string_view text) {
  std::string result{text};
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The word behind BEGIN or END, empty for other lines.
std::string kind_behind(std::string_view keyword, const IcalLine& line) {
  return property_name(line.text) == keyword ? upper(trimmed(property_value(line.text))) : std::string{};
}

bool is_known_component(std::string_view kind) {
  return is_one_of(
      kind, {"VCALENDAR", "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "STANDARD", "DAYLIGHT", "VALARM",
             "VAVAILABILITY", "AVAILABLE", "VPOLL", "VVOTER", "VOTE", "PARTICIPANT", "VLOCATION", "VRESOURCE"});
}

bool is_top_level(std::string_view kind) {
  return is_one_of(kind, {"VEVENT", "VTIMEZONE", "VTODO", "VJOURNAL", "VFREEBUSY"});
}

// Components beyond the known ones are those that are ended somewhere under the same name, one word. "Begin: doors
// open" is a line of a description that was not folded.
std::set<std::string> components_of(const std::vector<IcalLine>& lines) {
  std::set<std::string> kinds;
  for (const IcalLine& line : lines) {
    const std::string kind = kind_behind("END", line);
    const bool word = kind.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == std::string::npos;
    if (word && (is_known_component(kind) || line.text.ends_with(":" + kind))) kinds.insert(kind);
  }
  return kinds;
}

// Brackets inside an event that are lines of a description which was not folded, by line number: a BEGIN that its
// event does not end, and those of a VCALENDAR in an event that goes on to its own end.
class ProseBrackets {
 public:
  void add(bool begins, const std::string& kind, std::size_t line) {
    if (kind == "VEVENT") {
      if (!begins && in_event_) keep_open_ones();
      in_event_ = begins;
      open_.clear();
      kinds_.clear();
      calendar_.clear();
    } else if (in_event_ && kind == "VCALENDAR") {
      calendar_.push_back(line);
    } else if (in_event_ && begins) {
      open_.emplace_back(kind, line);
      ++kinds_[kind];
    } else if (in_event_ && kinds_[kind] > 0) {
      while (open_.back().first != kind) drop_last();  // ended by nobody
      --kinds_[kind];
      open_.pop_back();
    }
  }

  bool contains(std::size_t line) const { return lines_.contains(line); }

 private:
  void drop_last() {
    lines_.insert(open_.back().second);
    --kinds_[open_.back().first];
    open_.pop_back();
  }
  void keep_open_ones() {
    while (!open_.empty()) drop_last();
    lines_.insert(calendar_.begin(), calendar_.end());
  }

  bool in_event_ = false;
  std::vector<std::pair<std::string, std::size_t>> open_;  // kind and line
  std::map<std::string, int> kinds_;                       // how many of each are open
  std::vector<std::size_t> calendar_;
  std::set<std::size_t> lines_;
};

// What a decision is made of; descriptions, places, people and attachments are not read at all.
bool is_read(std::string_view property) {
  return property.starts_with("X-ALMANAC-") ||
         is_one_of(property, {"UID", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE",
                              "RECURRENCE-ID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "STATUS", "SUMMARY",
                              "CATEGORIES", "X-MICROSOFT-CDO-BUSYSTATUS"});
}

enum class LineKind { property, perhaps, text };

// "Status: cancelled" is a line of a description that was not folded, unless a person wrote the whole event so.
LineKind kind_of_line(std::string_view line) {
  const std::string_view name = line.substr(0, line.find_first_of(":; \t"));
  const std::string shouted = upper(name);
  if (!is_read(shouted)) return LineKind::text;
  if (name.size() == line.size() || line[name.size()] == ' ' || line[name.size()] == '\t')
    return shouted == name ? LineKind::property : LineKind::text;  // damaged, which is told; else prose
  const bool prose = shouted != name && property_value(line).starts_with(' ');
  return prose ? LineKind::perhaps : LineKind::property;
}

// What some programs leave out, so that the parser reads what is meant: quotes around a zone that is named with a colon
// ("TZID=(UTC-05:00) Eastern Time (US & Canada)"), and the type of a list of periods.
std::string completed(std::string line) {
  constexpr std::string_view kZone = ";TZID=(";
  const std::size_t zone = upper(line).find(kZone);
  const std::size_t last = line.rfind(':');
  if (zone != std::string::npos && last != std::string::npos && last > zone) {
    line.insert(last, "\"");
    line.insert(zone + kZone.size() - 1, "\"");
  }
  // "20270310t090000z": only letters that times and durations are made of, so prose stays as it was found.
  const bool of_time = is_one_of(property_name(line), {"DTSTART", "DTEND", "DURATION", "RDATE", "EXDATE",
                                                       "RECURRENCE-ID", "DTSTAMP", "LAST-MODIFIED"});
  const std::string_view value = property_value(line);
  if (of_time && value.find_first_not_of("0123456789TZPWDHMStzpwdhms+-/, ") == std::string_view::npos)
    line.replace(line.size() - value.size(), value.size(), upper(value));
  const bool list = property_name(line) == "RDATE" && property_value(line).find('/') != std::string_view::npos;
  if (list && upper(line).find(";VALUE=") == std::string::npos) line.insert(line.find_first_of(":;"), ";VALUE=PERIOD");
  return line;
}

class Splitter {
 public:
  Splitter(std::string_view name, const std::vector<IcalLine>& lines, std::vector<Problem>& problems)
      : name_(name), components_(components_of(lines)), problems_(problems) {
    for (const IcalLine& line : lines)
      for (const std::string_view keyword : {"BEGIN", "END"})
        if (const std::string kind = component_behind(keyword, line); !kind.empty())
          prose_.add(keyword == "BEGIN", kind, line.number);
  }

  void add(const IcalLine& line) {
    if (prose_.contains(line.number)) return;
    if (const std::string kind = component_behind("BEGIN", line); !kind.empty()) return begin(kind, line);
    if (const std::string kind = component_behind("END", line); !kind.empty()) return end(kind, line);
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
  std::string component_behind(std::string_view keyword, const IcalLine& line) const {
    std::string kind = kind_behind(keyword, line);
    return is_known_component(kind) || components_.contains(kind) ? kind : std::string{};
  }

  void begin(const std::string& kind, const IcalLine& line) {
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
      perhaps_.clear();
      has_start_ = false;
      depth_ = 0;
    } else {
      ++depth_;
      keep(line);
    }
  }

  void end(const std::string& kind, const IcalLine& line) {
    if (kind == "VCALENDAR" && in_calendar_) {
      if (!kind_.empty()) drop_open("END:VCALENDAR follows");
      in_calendar_ = false;
      calendars_.back().ends = true;
    } else if (!kind_.empty() && kind == kind_) {
      if (!has_start_) block_.text += perhaps_;
      block_.text += line.text + "\r\n";
      close();
    } else if (!kind_.empty() && depth_ > 0) {
      keep(line);
      --depth_;
    } else {
      // Inside a component it is a line of prose; outside, the component that it ends may have lost its BEGIN.
      const bool lost = kind_.empty();
      problem(line.number, fmt::format("{} ends nothing that is open; ignored", in_quotes(line.text)), lost);
    }
  }

  void keep(const IcalLine& line) {
    // Nothing nests deeper than the rules of a zone, and alarms are of no interest.
    if (depth_ > (kind_ == "VTIMEZONE" ? 1 : 0)) return;
    const bool bracket = is_one_of(property_name(line.text), {"BEGIN", "END"});
    if (bracket && component_behind(property_name(line.text), line).empty()) return;  // prose
    const LineKind kind = kind_ == "VEVENT" ? kind_of_line(line.text) : LineKind::property;
    if (kind == LineKind::text) return;
    has_start_ = has_start_ || (kind == LineKind::property && property_name(line.text) == "DTSTART");
    (kind == LineKind::property ? block_.text : perhaps_) += completed(line.text) + "\r\n";
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

  void problem(std::size_t line, std::string message, bool lost = true) {
    problems_.push_back({fmt::format("{}: line {}", name_, line), std::move(message), lost});
  }

  std::string_view name_;
  std::set<std::string> components_;
  ProseBrackets prose_;
  std::vector<Problem>& problems_;
  std::vector<IcalText> calendars_;
  bool in_calendar_ = false;
  std::size_t begun_ = 0;
  std::string kind_;  // of the open component, empty between components
  IcalBlock block_;
  std::string perhaps_;  // lines that belong to the block where it has no clean DTSTART
  bool has_start_ = false;
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
  const auto wide = from_wide_text(text);
  if (wide) text = *wide;
  while (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const IcalLines read = read_ical_lines(text);
  const auto first = std::find_if(read.lines.begin(), read.lines.end(),
                                  [](const IcalLine& line) { return !clean(line.text).empty(); });
  if (first == read.lines.end()) return refuse("the file is empty; expected a text that begins with BEGIN:VCALENDAR");
  if (text.find('\0') < text.find_last_not_of('\0'))
    return refuse(
        "not iCalendar: the file holds NUL bytes: is it no text, or damaged? expected text that begins with "
        "BEGIN:VCALENDAR");
  if (kind_behind("BEGIN", *first) != "VCALENDAR")
    return refuse(fmt::format("line {}: not iCalendar: found {}; expected BEGIN:VCALENDAR", first->number,
                              in_quotes(first->text)));
  if (read.one_byte_letters) problems.push_back({std::string{name}, std::string{kReadAsWindows1252}, false});
  Splitter splitter(name, read.lines, problems);
  for (auto line = first; line != read.lines.end(); ++line) splitter.add(*line);
  return splitter.finish();
}

}  // namespace almanac::calendar
