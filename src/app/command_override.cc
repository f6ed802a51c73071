#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ostream>

#include "app/commands.h"
#include "app/log.h"
#include "app/time_option.h"
#include "core/json_writer.h"
#include "records/overrides.h"

namespace almanac::app {
namespace {

// Who sits at the terminal: the name that sudo was called under, else the login, with the machine's name.
std::string who_am_i() {
  const char* sudo = std::getenv("SUDO_USER");
  std::string name = sudo != nullptr ? sudo : "";
  if (name.empty()) {
    const passwd* entry = ::getpwuid(::geteuid());  // one thread: the command line
    name = entry != nullptr ? entry->pw_name : fmt::format("uid {}", ::geteuid());
  }
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0 || host[0] == '\0') return name;
  return fmt::format("{}@{}", name, host.data());
}

// "2h" counts from now, everything else is a time.
Result<Timestamp> until_of(const std::string& text, Timestamp now) {
  if (const auto duration = parse_duration(text)) return now + *duration;
  const auto time = parse_timestamp(text);
  if (time && !names_zone(text)) log_warning(zone_notice("--until", text));
  if (time) return *time;
  return fail(ErrorCode::invalid_input,
              fmt::format("--until: expected a duration such as 2h or a time such as {}, found \"{}\"",
                          format_timestamp(now + 2 * kHour), text));
}

Result<void> refine(const OverrideOptions& options, const GroupConfig& group, Timestamp now, records::Change& change) {
  using Kind = records::Change::Kind;
  change.kind = options.kind;
  change.who = options.who.empty() ? who_am_i() : options.who;
  change.why = options.why;
  if (options.until) {
    const auto until = until_of(*options.until, now);
    if (!until) return tl::unexpected(until.error());
    change.until = *until;
  }
  if (options.kind == Kind::floor) {
    if (options.value == "off") {
      change.kind = Kind::clear_floor;
      return {};
    }
    char* end = nullptr;
    const long capacity = std::strtol(options.value.c_str(), &end, 10);
    if (options.value.empty() || *end != '\0' || capacity < 0 || capacity > 1000000) {
      return fail(ErrorCode::invalid_input,
                  fmt::format("expected a whole number of instances or \"off\", found \"{}\"", options.value));
    }
    change.capacity = static_cast<int>(capacity);
    if (auto possible = wiring::check_floor(group, change.capacity); !possible) return possible;
  }
  if (options.kind == Kind::mode) {
    if (options.value == "configured") {
      change.kind = Kind::clear_mode;
      return {};
    }
    const auto mode = planning::mode_of(options.value);
    if (!mode) {
      return fail(ErrorCode::invalid_input,
                  fmt::format("expected observe, floor, own or \"configured\", found \"{}\"", options.value));
    }
    if (auto possible = wiring::check_mode(group, *mode); !possible) return possible;
    change.mode = *mode;
  }
  return {};
}

void print(const std::string& group, const records::Overrides& set, const CommonOptions& common, Console& console) {
  if (common.json) {
    JsonWriter json;
    json.begin_object();
    json.field("group", group);
    json.key("overrides");
    json.raw(records::to_json(set));
    json.end_object();
    console.out << json.text() << "\n";
    return;
  }
  if (set.none()) console.out << fmt::format("{}: nothing is set by hand; the configuration holds\n", group);
  if (set.pause) console.out << fmt::format("{}: {}\n", group, records::describe(*set.pause));
  if (set.floor) console.out << fmt::format("{}: {}\n", group, records::describe(*set.floor));
  if (set.mode) console.out << fmt::format("{}: {}\n", group, records::describe(*set.mode));
}

}  // namespace

Result<ExitCode> run_override(const CommonOptions& common, const OverrideOptions& options, Console& console) {
  CommonOptions of_group = common;
  of_group.groups = {options.group};
  auto session = Session::open(of_group);
  if (!session) {
    console.err << "error: " << session.error().message << "\n";
    return exit_code_before_work(session.error());
  }
  records::Change change;
  if (auto refined = refine(options, *session->groups().front(), session->now(), change); !refined) {
    console.err << "error: " << refined.error().message << "\n";
    return kUsage;
  }
  const auto set = records::OverrideStore(session->store(), options.group).apply(change, session->now());
  if (!set && set.error().code == ErrorCode::invalid_input) {
    console.err << "error: " << set.error().message << "\n";
    return kUsage;
  }
  if (!set) return tl::unexpected(set.error());
  print(options.group, *set, common, console);
  return kDone;
}

}  // namespace almanac::app
