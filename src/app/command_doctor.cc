#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "app/commands.h"
#include "app/group_commands.h"
#include "control/examination.h"
#include "wiring/examination.h"

namespace almanac::app {
namespace {

using Verdict = Finding::Verdict;

// What was found, by group; "" is what all groups share.
using Report = std::vector<std::pair<std::string, Findings>>;

// `writable` is the store to try writes on; null where nothing may change.
Findings examine(Session& session, ports::ObjectStore* writable, const GroupConfig& group,
                 wiring::Examination& examination) {
  if (!examination.answered(group)) {
    return {{"group", Verdict::not_checked, "nothing was looked at: AWS must answer first", ""}};
  }
  Findings found;
  const auto add = [&](Findings some) {
    for (Finding& finding : some) found.push_back(std::move(finding));
  };
  const Timestamp now = session.now();
  add(writable != nullptr ? control::examine_store(*writable, group.name)
                          : control::look_at_store(session.store(), group.name));
  const auto whole = session.group(group);
  if (!whole) {
    found.push_back({"group", Verdict::mend, whole.error().message, ""});
    return found;
  }
  control::Group& it = **whole;
  const control::GroupSettings& settings = it.settings();
  const auto state = it.target().describe();
  const int max = std::min(settings.policy.max, state ? state->max : settings.policy.max);
  add(examination.group(group, state ? std::optional(state->desired) : std::nullopt));
  add(control::examine_group(it.target(), settings, now));
  add(control::examine_lead_time(it.target(), settings, now));
  add(control::examine_metrics(it.metrics(), settings, now, examination.advice(group)));
  add(control::examine_rows(it.dataset(), settings, now));
  add(control::examine_calendar(it.calendars().load(now), max, now));
  records::ModelStore models(session.store(), group.name);
  add(control::examine_model(models, settings, now));
  add(control::examine_decisions(records::Ledger(session.store(), group.name), settings, now));
  return found;
}

std::string word_of(Verdict verdict, const Style& style) {
  switch (verdict) {
    case Verdict::good:
      return style.good("ok  ");
    case Verdict::note:
      return style.warning("note");
    case Verdict::mend:
      return style.bad("MEND");
    case Verdict::not_checked:
      return style.warning("?   ");
  }
  return "";
}

void print(const Report& report, std::size_t to_mend, Console& console) {
  for (const auto& [group, findings] : report) {
    if (findings.empty()) continue;
    if (!group.empty()) console.out << console.style.bold("group " + group) << "\n";
    for (const Finding& finding : findings) {
      console.out << fmt::format("  {} {:<12} {}\n", word_of(finding.verdict, console.style), finding.topic,
                                 finding.text);
      if (!finding.advice.empty()) console.out << fmt::format("  {:17} -> {}\n", "", finding.advice);
    }
  }
  console.out << (to_mend == 0 ? console.style.good("nothing to mend") + "\n"
                               : console.style.bad(fmt::format("{} to mend", to_mend)) + "\n");
}

void print_json(const Report& report, std::size_t to_mend, Console& console) {
  JsonWriter json;
  json.begin_object();
  json.field("mend", to_mend);
  json.key("findings");
  json.begin_array();
  for (const auto& [group, findings] : report) {
    for (const Finding& finding : findings) {
      json.begin_object();
      json.field("group", group.empty() ? std::nullopt : std::optional(group));
      json.field("topic", finding.topic);
      json.field("verdict", to_string(finding.verdict));
      json.field("text", finding.text);
      json.field("advice", finding.advice);
      json.end_object();
    }
  }
  json.end_array();
  json.end_object();
  console.out << json.text() << "\n";
}

}  // namespace

Result<ExitCode> run_doctor(const CommonOptions& common, const DoctorOptions& options, Console& console) {
  auto session = Session::open(common, Access::look);
  if (!session) {
    console.err << "error: " << session.error().message << "\n";
    return exit_code_before_work(session.error());
  }
  std::optional<Session> trying;
  if (options.try_writes) {
    auto opened = Session::open(common);
    if (!opened) return tl::unexpected(opened.error());
    trying = std::move(*opened);
  }
  ports::ObjectStore* writable = trying ? &trying->store() : nullptr;
  wiring::Examination examination(*session, {options.role, options.try_writes});
  Report report{{"", {}}};
  Findings& shared = report.front().second;
  shared.push_back({"settings", Verdict::good,
                    fmt::format("{}: {} group(s), store {}", session->config().origin, session->groups().size(),
                                session->config().store),
                    ""});
  for (Finding& finding : examination.account()) shared.push_back(std::move(finding));
  if (const auto notifiers = session->notifiers(); !notifiers) {
    shared.push_back({"notify", Verdict::mend, notifiers.error().message, ""});
  }
  for (const GroupConfig* group : session->groups()) {
    report.emplace_back(group->name, examine(*session, writable, *group, examination));
  }
  std::size_t to_mend = 0;
  for (const auto& [group, findings] : report) {
    for (const Finding& finding : findings) to_mend += finding.verdict == Verdict::mend ? 1 : 0;
  }
  console.bar.clear();
  common.json ? print_json(report, to_mend, console) : print(report, to_mend, console);
  return to_mend == 0 ? kDone : kData;
}

}  // namespace almanac::app
