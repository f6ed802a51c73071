#include "control/alerts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/fake_notifier.h"

namespace almanac::control {
namespace {

using ports::NotificationKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Timestamp kTick = parse_timestamp("2026-11-27T12:00:00Z").value();

records::Record at_health(Health health) {
  records::Record record;
  record.decision.group = "shop";
  record.decision.now = kTick;
  record.decision.health = health;
  record.decision.forecaster = "lstm";
  record.decision.stages = {{"newsvendor", 7, "median 4"}, {"limits", 7, "within 1 to 40"}};
  record.decision.desired = 7;
  record.conditions = conditions_of(record, {}, std::nullopt);
  return record;
}

records::Record with(records::Condition condition, bool told = false) {
  records::Record record = at_health(Health::full);
  condition.told = told;
  record.conditions.push_back(condition);
  return record;
}

records::Record at_maximum() {
  records::Record record = at_health(Health::full);
  record.decision.stages.back() = {"limits", 5, "7 is above the maximum 5"};
  record.decision.desired = 5;
  record.conditions = conditions_of(record, {}, std::nullopt);
  return record;
}

records::Record refused() {
  records::Record record = at_health(Health::full);
  record.outcome = {records::Outcome::Kind::refused, "not authorized"};
  note_refusal(record, nullptr);
  return record;
}

std::vector<std::string> kinds(const records::Record* previous, records::Record record) {
  record.conditions = inherit_told(record.conditions, previous);
  std::vector<std::string> all;
  for (const auto& message : alerts(previous, record)) {
    EXPECT_EQ(message.group, "shop");
    EXPECT_EQ(message.time, kTick);
    EXPECT_THAT(message.title, testing::StartsWith("shop: "));
    EXPECT_FALSE(message.text.empty());
    all.emplace_back(ports::to_string(message.kind));
  }
  return all;
}

// A record whose messages went out.
records::Record told(records::Record record) {
  for (records::Condition& c : record.conditions) c.told = true;
  return record;
}

const records::Condition kStale{NotificationKind::calendar_stale, "mails.ics", "mails.ics: gone", false};
const records::Condition kEntry{NotificationKind::event_not_applied, "shop.json: entry 3", "no end", false};
const records::Condition kEntry4{NotificationKind::event_not_applied, "shop.json: entry 4", "no end", false};

TEST(Alerts, OneMessageForEachTransition) {
  struct Case {
    const char* what;
    std::optional<records::Record> before;
    records::Record now;
    std::vector<std::string> sent;
  };
  const std::vector<Case> cases{
      {"all is well", at_health(Health::full), at_health(Health::full), {}},
      {"the first tick of all", std::nullopt, at_health(Health::full), {}},
      {"a new group has no model yet", std::nullopt, at_health(Health::fallback), {}},
      {"a new group's calendar is broken", std::nullopt, with(kEntry), {"event_not_applied"}},
      {"the model is lost", at_health(Health::full), at_health(Health::fallback), {"degraded"}},
      {"it stays lost", told(at_health(Health::fallback)), at_health(Health::fallback), {}},
      {"the message did not get through", at_health(Health::fallback), at_health(Health::fallback), {"degraded"}},
      {"the metrics are lost too", told(at_health(Health::fallback)), at_health(Health::hold), {"degraded"}},
      {"only the metrics are back", told(at_health(Health::hold)), at_health(Health::reactive), {}},
      {"all is back", told(at_health(Health::hold)), at_health(Health::full), {"recovered"}},
      {"it stays well", told(at_health(Health::full)), at_health(Health::full), {}},
      {"a feed fails", at_health(Health::full), with(kStale), {"calendar_stale"}},
      {"it goes on failing", with(kStale, true), with(kStale), {}},
      {"another entry", with(kEntry, true), with(kEntry4), {"event_not_applied"}},
      {"at the maximum", at_health(Health::full), at_maximum(), {"at_maximum"}},
      {"still at the maximum", told(at_maximum()), at_maximum(), {}},
      {"below it, then again", at_health(Health::full), at_maximum(), {"at_maximum"}},
      {"refused", at_health(Health::full), refused(), {"write_refused"}},
      {"refused again", told(refused()), refused(), {}},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(kinds(c.before ? &*c.before : nullptr, c.now), c.sent) << c.what;
  }
}

TEST(Alerts, ManyEntriesAreOneMessage) {
  records::Record record = at_health(Health::full);
  for (int i = 0; i < 40; ++i) {
    record.conditions.push_back({NotificationKind::event_not_applied, "entry " + std::to_string(i), "no end", false});
  }
  const auto messages = alerts(nullptr, record);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_THAT(messages[0].text, HasSubstr("entry 29: no end\nand 10 more\n"));
}

TEST(Alerts, SayWhatIsNeededAndWhatToDo) {
  const auto messages = alerts(nullptr, at_maximum());
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].title, "shop: the maximum is too low");
  EXPECT_THAT(messages[0].text, HasSubstr("7 instances are needed, 5 are allowed"));
  EXPECT_THAT(messages[0].text, HasSubstr("Raise the maximum"));
}

TEST(Alerts, TheReasonIsTheStagesThatWantedSoMuch) {
  records::Record record = at_health(Health::full);
  record.decision.stages = {{"newsvendor", 7, "median 4"},
                            {"calendar_floor", 100, "\"launch\" asks for at least 100 instances"},
                            {"reactive_guard", 100, "4.0 busy instances are arriving and fit"},
                            {"step_limit", 100, "within the step limits"},
                            {"limits", 40, "100 is above the maximum 40"}};
  const auto conditions = conditions_of(record, {}, std::nullopt);
  ASSERT_EQ(conditions.size(), 1U);
  EXPECT_THAT(conditions[0].text, HasSubstr("calendar_floor: \"launch\" asks for at least 100 instances"));
}

TEST(Alerts, ADryRunTellsNobody) {
  records::Record record = at_maximum();
  record.decision.dry_run = true;
  EXPECT_THAT(alerts(nullptr, record), IsEmpty());
}

TEST(Alerts, ARefusalThatWasMendedIsNoConditionAnyMore) {
  records::Record record = refused();
  record.outcome.kind = records::Outcome::Kind::accepted;
  note_refusal(record, nullptr);
  EXPECT_THAT(record.conditions, IsEmpty());
}

TEST(Alerts, ANotifierThatFailsDoesNotKeepTheOthersFromHearing) {
  ports::FakeNotifier broken;
  broken.failure = Error{ErrorCode::unavailable, "no route to host"};
  ports::FakeNotifier works;
  const Delivery delivery = deliver({&broken, &works}, alerts(nullptr, at_maximum()));
  EXPECT_THAT(delivery.told, ElementsAre(NotificationKind::at_maximum));
  EXPECT_THAT(delivery.notices, ElementsAre("the message \"at_maximum\" could not be delivered: no route to host"));
  EXPECT_EQ(works.sent.size(), 1U);
  EXPECT_THAT(deliver({&broken}, alerts(nullptr, at_maximum())).told, IsEmpty());
}

}  // namespace
}  // namespace almanac::control
