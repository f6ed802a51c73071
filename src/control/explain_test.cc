#include "control/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace almanac::control {
namespace {

using testing::HasSubstr;
using testing::Not;

records::Record sale_opening() {
  records::Record record;
  Decision& d = record.decision;
  d.group = "shop";
  d.now = parse_timestamp("2026-11-27T07:50:00Z").value();
  d.forecaster = "lstm";
  d.lead_time = Duration{240};
  d.cover_window = {d.now, d.now + Duration{600}};
  d.rows_used = 16128;
  d.demand_quantiles = {{0.5, 12.34}, {0.99, 17.8}};
  d.events = {"Black Friday"};
  d.stages = {{"newsvendor", 23, "median 12.3, q99 17.8"}, {"limits", 20, "max 20"}};
  d.desired_before = 8;
  d.desired = 20;
  d.desired_without_calendar = 9;
  record.outcome = {records::Outcome::Kind::accepted, ""};
  return record;
}

TEST(Explain, TellsTheWholeStory) {
  EXPECT_EQ(explain(sale_opening(), calendar::Calendar::of({}, "Europe/Paris")),
            R"(shop at 2026-11-27T07:50:00Z (Fri 2026-11-27 08:50 CET): scale out from 8 to 20 instances

Basis: the calibrated forecast of the group's best forecaster (lstm); 16128 rows.
Window: an instance takes 4m to serve, so the decision must hold until 2026-11-27T08:00:00Z (Fri 2026-11-27 09:00 CET).
Peak demand expected in the window, in busy instances (instances at 100 % CPU): as likely above as below 12.3; 99 % sure below 17.8.
Calendar: Black Friday.

Stage by stage:
  1. newsvendor    23  median 12.3, q99 17.8
  2. limits        20  max 20

Price: the error budget pays 34 instances to spare one busy instance of violating demand (0.6 to 30000; more after hours that violated more than the objective allows, less after others). What is still expected above the objective's utilisation was cheaper to let through.
Bound: limits left 20 of the 23 instances that the price asked for: max 20.
Without the calendar: 9 instances; the calendar added 11 instances.
Sent: 20 instances, accepted by the group.
)");
}

TEST(Explain, SpeaksOfTheGroupsUnit) {
  records::Record record = sale_opening();
  record.group = ports::GroupState{.max = 20, .desired = 8, .in_service = 8, .unit = CapacityUnit::vcpus};
  const std::string text = explain(record, calendar::Calendar());
  EXPECT_THAT(text, HasSubstr("scale out from 8 to 20 vCPUs"));
  EXPECT_THAT(text, HasSubstr("in busy vCPUs (vCPUs at 100 % CPU)"));
  EXPECT_THAT(text, HasSubstr("the calendar added 11 vCPUs"));
  EXPECT_THAT(text, HasSubstr("Sent: 20 vCPUs, accepted"));
  // An instance takes its time to serve, and nothing else is counted in instances.
  EXPECT_THAT(text, testing::Not(testing::ContainsRegex("[0-9] instance")));
}

TEST(Explain, HoldsAndDryRunsSayWhy) {
  records::Record record = sale_opening();
  Decision& d = record.decision;
  d.health = Health::hold;
  d.dry_run = true;
  d.desired = d.desired_before = 1;
  d.desired_without_calendar.reset();
  d.events.clear();
  d.demand_quantiles.clear();
  record.outcome = {records::Outcome::Kind::not_sent, "dry run"};
  record.notices = {"mails.ics: its last good copy stays in use"};
  const std::string text = explain(record, calendar::Calendar());
  EXPECT_THAT(text, HasSubstr("keep 1 instance (dry run: recorded, not sent)"));
  EXPECT_THAT(text, HasSubstr("metrics were missing or stale; the capacity was held"));
  EXPECT_THAT(text, HasSubstr("no event touches the window"));
  EXPECT_THAT(text, HasSubstr("Sent: nothing: dry run."));
  EXPECT_THAT(text, HasSubstr("Notice: mails.ics"));
  EXPECT_THAT(text, Not(HasSubstr("Peak demand")));
}

TEST(Explain, RefusalsAreNotHidden) {
  records::Record record = sale_opening();
  record.outcome = {records::Outcome::Kind::refused, "the group does not answer"};
  record.decision.desired_without_calendar = 20;
  const std::string text = explain(record, calendar::Calendar());
  EXPECT_THAT(text, HasSubstr("NOT accepted: the group does not answer."));
  EXPECT_THAT(text, HasSubstr("Without the calendar: the same, 20 instances."));
}

}  // namespace
}  // namespace almanac::control
