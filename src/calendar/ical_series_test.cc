// What several VEVENTs of one UID mean together: revisions, expanded series, changes, cancellations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calendar/test_calendar.h"

namespace almanac::calendar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A VEVENT of the one UID that all of them share.
std::string of_u(const std::string& body) {
  return vevent("UID:u\r\n" + body);
}

std::vector<std::string> in_2026(const std::string& events) {
  return calendar::in_2026(read(vcalendar(events)));
}

std::string at(const std::string& start, const std::string& name, const std::string& more = "") {
  return of_u("DTSTART:" + start + "\r\nDURATION:PT1H\r\nSUMMARY:" + name + "\r\n" + more);
}

// Mondays at 07:00 to 12:00 in Berlin from 5 January 2026 on: 06:00Z to 11:00Z in winter.
const std::string kMondays =
    "DTSTART;TZID=Europe/Berlin:20260105T070000\r\nDTEND;TZID=Europe/Berlin:20260105T120000\r\nSUMMARY:deals\r\n";

std::string from_then_on(const std::string& id, const std::string& start, const std::string& end,
                         const std::string& more = "") {
  return of_u("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:" + id + "\r\nDTSTART;TZID=Europe/Berlin:" + start +
              "\r\nDTEND;TZID=Europe/Berlin:" + end + "\r\n" + more);
}

TEST(ICalSeries, ARevisionReplacesTheSameOccurrenceOnly) {
  const Calendar revised = read(
      vcalendar(at("20260102T090000Z", "new", "SEQUENCE:2\r\n") + at("20260102T090000Z", "old", "SEQUENCE:1\r\n")));
  EXPECT_THAT(in_2026(revised), ElementsAre("new 01-02T09:00 10:00"));
  EXPECT_THAT(problems(revised), ElementsAre(HasSubstr("(line 11): SEQUENCE 1 is older than 2 at line 4")));
  EXPECT_FALSE(revised.problems()[0].lost);
  // An expanded series has one UID and as many starts as events, whatever each one's SEQUENCE; a word says so.
  const Calendar expanded =
      read(vcalendar(at("20260202T090000Z", "a", "SEQUENCE:0\r\n") + at("20260209T090000Z", "b", "SEQUENCE:3\r\n") +
                     at("20260216T090000Z", "c", "SEQUENCE:0\r\n")));
  EXPECT_THAT(in_2026(expanded), ElementsAre("a 02-02T09:00 10:00", "b 02-09T09:00 10:00", "c 02-16T09:00 10:00"));
  EXPECT_THAT(problems(expanded), ElementsAre(HasSubstr("taken as events of an expanded series")));
  EXPECT_FALSE(expanded.problems()[0].lost);
  EXPECT_THAT(problems(read(vcalendar(at("20260202T090000Z", "a") + at("20260209T090000Z", "b")))), IsEmpty());
}

TEST(ICalSeries, OfOneSequenceTheOneThatWasModifiedLastCountsElseBoth) {
  const auto version = [](const std::string& name, const std::string& more) {
    return at("20260102T090000Z", name, more);
  };
  EXPECT_THAT(in_2026(version("late", "LAST-MODIFIED:20251202T000000Z\r\n") +
                      version("early", "LAST-MODIFIED:20251201T000000Z\r\n")),
              ElementsAre("late 01-02T09:00 10:00"));
  EXPECT_THAT(
      in_2026(version("early", "DTSTAMP:20251201T000000Z\r\n") + version("late", "DTSTAMP:20251202T000000Z\r\n")),
      ElementsAre("late 01-02T09:00 10:00"));
  const Calendar twins = read(vcalendar(version("a", "") + version("b", "")));
  EXPECT_THAT(in_2026(twins), ElementsAre("a 01-02T09:00 10:00", "b 01-02T09:00 10:00"));
  EXPECT_THAT(problems(twins), ElementsAre(HasSubstr("another VEVENT has the same UID, start and SEQUENCE")));
  const Calendar copies = read(vcalendar(version("a", "") + version("a", "")));
  EXPECT_THAT(in_2026(copies), ElementsAre("a 01-02T09:00 10:00"));
  EXPECT_THAT(problems(copies), IsEmpty());
}

TEST(ICalSeries, ANewerSeriesReplacesAnOlderOneUnlessThatHasEnded) {
  const std::string mondays = "RRULE:FREQ=WEEKLY;COUNT=2\r\n";
  EXPECT_THAT(
      in_2026(at("20260105T090000Z", "old", mondays) + at("20260106T090000Z", "new", mondays + "SEQUENCE:1\r\n")),
      ElementsAre("new 01-06T09:00 10:00", "new 01-13T09:00 10:00"));
  EXPECT_THAT(
      in_2026(at("20260105T090000Z", "old", mondays) + at("20260120T090000Z", "new", mondays + "SEQUENCE:1\r\n")),
      ElementsAre("old 01-05T09:00 10:00", "old 01-12T09:00 10:00", "new 01-20T09:00 10:00", "new 01-27T09:00 10:00"));
}

TEST(ICalSeries, TheStartIsTheFirstOccurrenceWhetherTheRuleGivesItOrNot) {
  // 7 January 2026 is a Wednesday.
  const Calendar calendar = read(vcalendar(at("20260107T090000Z", "s", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2\r\n")));
  EXPECT_THAT(in_2026(calendar), ElementsAre("s 01-07T09:00 10:00", "s 01-12T09:00 10:00", "s 01-19T09:00 10:00"));
  EXPECT_THAT(problems(calendar), IsEmpty());
  // The fourth Monday of April 2026 is the 27th, after the rule has ended.
  EXPECT_THAT(in_2026(at("20260403T090000Z", "s", "RRULE:FREQ=YEARLY;UNTIL=20260425;BYMONTH=4;BYDAY=4MO\r\n")),
              ElementsAre("s 04-03T09:00 10:00"));
  const Calendar over = read(vcalendar(at("20260107T090000Z", "s", "RRULE:FREQ=WEEKLY;UNTIL=20260106T000000Z\r\n")));
  EXPECT_THAT(in_2026(over), IsEmpty());
  EXPECT_THAT(problems(over), ElementsAre(HasSubstr("ends before the start: nothing is left of the series")));
}

TEST(ICalSeries, ThisAndFutureMovesTheRestOfTheSeries) {
  // From the third Monday on at 09:00 to 14:00; the exception and the change of one date name the series' own starts.
  const Calendar calendar = read(vcalendar(
      of_u(kMondays + "RRULE:FREQ=WEEKLY;COUNT=6\r\nEXDATE;TZID=Europe/Berlin:20260126T070000\r\n") +
      from_then_on("20260119T070000", "20260119T090000", "20260119T140000", "SUMMARY:later\r\n") +
      of_u("RECURRENCE-ID;TZID=Europe/Berlin:20260202T070000\r\nDTSTART;TZID=Europe/Berlin:20260203T100000\r\n"
           "DTEND;TZID=Europe/Berlin:20260203T110000\r\n")));
  EXPECT_THAT(problems(calendar), IsEmpty());
  EXPECT_THAT(in_2026(calendar),
              ElementsAre("deals 01-05T06:00 11:00", "deals 01-12T06:00 11:00", "later 01-19T08:00 13:00",
                          "later 02-03T09:00 10:00", "later 02-09T08:00 13:00"));
}

TEST(ICalSeries, ThisAndFutureMayStandMoreThanOnceAndByTheStartsThatItMade) {
  // Tuesdays from the second on, then an hour later; the exception names the Tuesday that the first change made.
  const Calendar calendar =
      read(vcalendar(from_then_on("20260127T070000", "20260127T080000", "20260127T090000") +
                     of_u(kMondays + "RRULE:FREQ=WEEKLY;COUNT=5\r\nEXDATE;TZID=Europe/Berlin:20260120T070000\r\n") +
                     from_then_on("20260112T070000", "20260113T070000", "20260113T080000")));
  EXPECT_THAT(problems(calendar), IsEmpty());
  EXPECT_THAT(in_2026(calendar), ElementsAre("deals 01-05T06:00 11:00", "deals 01-13T06:00 07:00",
                                             "deals 01-27T07:00 08:00", "deals 02-03T07:00 08:00"));
}

TEST(ICalSeries, ThisAndFutureFollowsTheWallClockAndMayEndTheSeriesOrGiveItANewRule) {
  // 30 March is after the change of clocks: 09:00 is 07:00Z.
  EXPECT_THAT(in_2026(of_u("DTSTART;TZID=Europe/Berlin:20260126T070000\r\nDTEND;TZID=Europe/Berlin:20260126T120000\r\n"
                           "SUMMARY:deals\r\nRRULE:FREQ=MONTHLY;BYDAY=-1MO;COUNT=3\r\n") +
                      from_then_on("20260223T070000", "20260223T090000", "20260223T100000")),
              ElementsAre("deals 01-26T06:00 11:00", "deals 02-23T08:00 09:00", "deals 03-30T07:00 08:00"));
  const std::string series = of_u(kMondays + "RRULE:FREQ=WEEKLY;COUNT=4\r\n");
  EXPECT_THAT(
      in_2026(series + from_then_on("20260119T070000", "20260119T070000", "20260119T120000", "STATUS:CANCELLED\r\n")),
      ElementsAre("deals 01-05T06:00 11:00", "deals 01-12T06:00 11:00"));
  EXPECT_THAT(in_2026(series + from_then_on("20260119T070000", "20260121T070000", "20260121T080000",
                                            "RRULE:FREQ=DAILY;COUNT=2\r\n")),
              ElementsAre("deals 01-05T06:00 11:00", "deals 01-12T06:00 11:00", "deals 01-21T06:00 07:00",
                          "deals 01-22T06:00 07:00"));
}

TEST(ICalSeries, AStaleChangeOfADateThatTheSeriesNoLongerHasIsGone) {
  const std::string change =
      "RECURRENCE-ID:20260112T090000Z\r\nDTSTART:20260113T090000Z\r\nDURATION:PT1H\r\nSEQUENCE:2\r\n";
  const auto series = [](const std::string& more) {
    return at("20260105T090000Z", "s", "RRULE:FREQ=WEEKLY;COUNT=3\r\n" + more);
  };
  const std::string excluded = "EXDATE:20260112T090000Z\r\n";
  const Calendar stale = read(vcalendar(series("SEQUENCE:1\r\n") + of_u(change) + series("SEQUENCE:3\r\n" + excluded)));
  EXPECT_THAT(in_2026(stale), ElementsAre("s 01-05T09:00 10:00", "s 01-19T09:00 10:00"));
  EXPECT_THAT(problems(stale), Contains(HasSubstr("SEQUENCE 2 is older than 3 of the series, which no longer has")));
  // A change that is as new as its series stands, though some programs exclude what they change.
  EXPECT_THAT(in_2026(series("SEQUENCE:2\r\n" + excluded) + of_u(change)),
              ElementsAre("s 01-05T09:00 10:00", "s 01-13T09:00 10:00", "s 01-19T09:00 10:00"));
  // An older change of a date that the series still has stands, too: a series is edited elsewhere.
  EXPECT_THAT(in_2026(series("SEQUENCE:3\r\n") + of_u(change)),
              ElementsAre("s 01-05T09:00 10:00", "s 01-13T09:00 10:00", "s 01-19T09:00 10:00"));
}

TEST(ICalSeries, OfOneSequenceAChangeOfAnExcludedDateIsStaleByItsDate) {
  const auto with = [](const std::string& of_series, const std::string& of_change) {
    return read(
        vcalendar(at("20260105T090000Z", "s", "RRULE:FREQ=WEEKLY;COUNT=3\r\nEXDATE:20260112T090000Z\r\n" + of_series) +
                  at("20260113T090000Z", "s", "RECURRENCE-ID:20260112T090000Z\r\n" + of_change)));
  };
  const auto without = ElementsAre("s 01-05T09:00 10:00", "s 01-19T09:00 10:00");
  const auto moved = ElementsAre("s 01-05T09:00 10:00", "s 01-13T09:00 10:00", "s 01-19T09:00 10:00");
  const std::string early = "LAST-MODIFIED:20251201T000000Z\r\n";
  const std::string late = "LAST-MODIFIED:20251202T000000Z\r\n";
  const Calendar stale = with(late, early);
  EXPECT_THAT(in_2026(stale), without);
  EXPECT_THAT(problems(stale), ElementsAre(HasSubstr("LAST-MODIFIED or DTSTAMP is older than that of the series")));
  EXPECT_FALSE(stale.problems()[0].lost);
  EXPECT_THAT(in_2026(with("DTSTAMP:20251202T000000Z\r\n", "DTSTAMP:20251201T000000Z\r\n")), without);
  EXPECT_THAT(in_2026(with(early, late)), moved);
  EXPECT_THAT(problems(with(early, late)), IsEmpty());
  // An export stamps all of them with its own time, and a date beside none says nothing.
  const std::string stamp = "DTSTAMP:20251203T000000Z\r\n";
  EXPECT_THAT(in_2026(with(stamp + late, stamp + early)), without);
  for (const Calendar& equal : {with("", ""), with(stamp, stamp), with(late, "")}) {
    EXPECT_THAT(in_2026(equal), moved);
    EXPECT_THAT(problems(equal), ElementsAre(HasSubstr("neither SEQUENCE nor a date says which is newer; used")));
  }
}

TEST(ICalSeries, OfSeveralChangesOfOneOccurrenceTheNewestCounts) {
  const auto change = [](const std::string& hour, const std::string& sequence) {
    return of_u("RECURRENCE-ID:20260112T090000Z\r\nDTSTART:20260112T" + hour +
                "0000Z\r\nDURATION:PT1H\r\nSEQUENCE:" + sequence + "\r\n");
  };
  const std::string series = at("20260105T090000Z", "s", "RRULE:FREQ=WEEKLY;COUNT=2\r\n");
  EXPECT_THAT(in_2026(series + change("15", "2") + change("12", "1")),
              ElementsAre("s 01-05T09:00 10:00", "s 01-12T15:00 16:00"));
  EXPECT_THAT(in_2026(series + change("12", "1") + change("15", "1")),
              ElementsAre("s 01-05T09:00 10:00", "s 01-12T15:00 16:00"));
}

TEST(ICalSeries, AListedPeriodHasALengthOfItsOwn) {
  // The last is where the rule has an occurrence already: the period counts.
  const Calendar calendar = read(vcalendar(
      at("20260324T080000Z", "d",
         "RRULE:FREQ=DAILY;COUNT=3\r\nRDATE;VALUE=PERIOD:20260325T120000Z/PT3H,20260326T180000Z/20260327T070000Z\r\n"
         "RDATE;VALUE=PERIOD:20260326T080000Z/PT30M\r\nRDATE:20260328T080000Z\r\nRDATE;VALUE=PERIOD:20260401T000000Z/"
         "20260401T000000Z\r\n")));
  EXPECT_THAT(in_2026(calendar),
              ElementsAre("d 03-24T08:00 09:00", "d 03-25T08:00 09:00", "d 03-25T12:00 15:00", "d 03-26T08:00 08:30",
                          "d 03-26T18:00 03-27T07:00", "d 03-28T08:00 09:00"));
  EXPECT_THAT(problems(calendar), ElementsAre(HasSubstr("RDATE")));
}

TEST(ICalSeries, AChangeOfTheRestMovesAListedPeriodButKeepsItsLength) {
  // From the second Monday on two hours later, 09:00 to 14:00; the period on Thursday, and a date without a length.
  const Calendar calendar = read(vcalendar(
      of_u(kMondays + "RRULE:FREQ=WEEKLY;COUNT=2\r\nRDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260115T070000/PT1H\r\n"
                      "RDATE;TZID=Europe/Berlin:20260116T070000\r\n") +
      from_then_on("20260112T070000", "20260112T090000", "20260112T140000")));
  EXPECT_THAT(problems(calendar), IsEmpty());
  EXPECT_THAT(in_2026(calendar), ElementsAre("deals 01-05T06:00 11:00", "deals 01-12T08:00 13:00",
                                             "deals 01-15T08:00 09:00", "deals 01-16T08:00 13:00"));
}

TEST(ICalSeries, AListedPeriodMayBeLocalAndItsTypeMayBeLeftOut) {
  // 12:00 in Berlin in winter is 11:00Z.
  const Calendar calendar =
      read(vcalendar(at("20260105T090000Z", "d",
                        "RDATE;TZID=Europe/Berlin;VALUE=PERIOD:20260106T120000/20260106T150000\r\n"
                        "RDATE:20260107T120000Z/PT30M\r\n")));
  EXPECT_THAT(problems(calendar), IsEmpty());
  EXPECT_THAT(in_2026(calendar), ElementsAre("d 01-05T09:00 10:00", "d 01-06T11:00 14:00", "d 01-07T12:00 12:30"));
}

TEST(ICalSeries, ARevisionThatCannotBeUsedReplacesNothing) {
  const std::string no_end = "SUMMARY:s\r\nSEQUENCE:1\r\nDTSTART:20260105T090000Z\r\n";
  const Calendar one = read(vcalendar(at("20260105T090000Z", "s") + of_u(no_end)));
  EXPECT_THAT(in_2026(one), ElementsAre("s 01-05T09:00 10:00"));
  EXPECT_THAT(problems(one), ElementsAre(HasSubstr("neither DTEND nor DURATION"),
                                         HasSubstr("cannot be used; the older version at line 4 is")));
  const std::string twice = "RRULE:FREQ=WEEKLY;COUNT=2\r\n";
  EXPECT_THAT(in_2026(of_u(no_end + twice) + at("20260106T090000Z", "s", twice)),
              ElementsAre("s 01-06T09:00 10:00", "s 01-13T09:00 10:00"));
  EXPECT_THAT(
      in_2026(at("20260105T090000Z", "s", twice) + at("20260113T090000Z", "s", "RECURRENCE-ID:20260112T090000Z\r\n") +
              of_u(no_end + "RECURRENCE-ID:20260112T090000Z\r\n")),
      ElementsAre("s 01-05T09:00 10:00", "s 01-13T09:00 10:00"));
}

TEST(ICalSeries, ThisAndFutureOfWholeDaysIsNamedByItsDate) {
  const Calendar calendar =
      read(vcalendar(of_u("DTSTART;VALUE=DATE:20260105\r\nSUMMARY:d\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\n") +
                     of_u("RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20260112\r\nDTSTART;VALUE=DATE:20260113\r\n"
                          "DTEND;VALUE=DATE:20260115\r\nSUMMARY:e\r\n")));
  std::vector<std::string> days;
  for (const Event& event : calendar.between({*parse_timestamp("2026-01-01"), *parse_timestamp("2027-01-01")}))
    days.push_back(event.name + " " + format_timestamp(event.span.start).substr(5, 5) + " " +
                   format_timestamp(event.span.end).substr(5, 5));
  EXPECT_THAT(days, ElementsAre("d 01-05 01-06", "e 01-13 01-15", "e 01-20 01-22"));
}

TEST(ICalSeries, CancellationsTakeBackWhatTheyName) {
  const std::string series = at("20260105T090000Z", "s", "RRULE:FREQ=WEEKLY;COUNT=3\r\n");
  const std::string second = "DTSTART:20260112T090000Z\r\nDURATION:PT1H\r\nSUMMARY:s\r\nSTATUS:CANCELLED\r\n";
  EXPECT_THAT(in_2026(series + of_u(second + "RECURRENCE-ID:20260112T090000Z\r\n")),
              ElementsAre("s 01-05T09:00 10:00", "s 01-19T09:00 10:00"));
  EXPECT_THAT(in_2026(series + of_u(second)), ElementsAre("s 01-05T09:00 10:00", "s 01-19T09:00 10:00"));
  EXPECT_THAT(in_2026(series + at("20260105T090000Z", "s", "RRULE:FREQ=WEEKLY\r\nSTATUS:CANCELLED\r\nSEQUENCE:1\r\n")),
              IsEmpty());
  // Of an expanded series the one that starts then.
  EXPECT_THAT(in_2026(at("20260105T090000Z", "s") + at("20260112T090000Z", "s") + of_u(second + "SEQUENCE:1\r\n")),
              ElementsAre("s 01-05T09:00 10:00"));
}

TEST(ICalSeries, AFileOfTheMethodCancelTakesBackAllThatItHolds) {
  EXPECT_THAT(in_2026(read(vcalendar("METHOD:CANCEL\r\n" + at("20260105T090000Z", "s")))), IsEmpty());
  const std::string request =
      vcalendar("METHOD:REQUEST\r\n" + at("20260105T090000Z", "s", "RRULE:FREQ=WEEKLY;COUNT=3\r\n"));
  const std::string all = vcalendar("METHOD:CANCEL\r\n" + of_u("SEQUENCE:1\r\n"));
  EXPECT_THAT(in_2026(read(request + all)), IsEmpty());
  EXPECT_THAT(in_2026(read(all + request)), IsEmpty());
  const std::string one = vcalendar("METHOD:CANCEL\r\n" + of_u("SEQUENCE:1\r\nRECURRENCE-ID:20260112T090000Z\r\n"));
  EXPECT_THAT(in_2026(read(request + one)), ElementsAre("s 01-05T09:00 10:00", "s 01-19T09:00 10:00"));
}

// A file of METHOD:CANCEL with one VEVENT of the same UID and a higher SEQUENCE, as a program sends it later.
std::string cancel_at(const std::string& start) {
  return vcalendar("METHOD:CANCEL\r\n" + of_u("SEQUENCE:1\r\nDTSTART:" + start + "\r\n"));
}

TEST(ICalSeries, ACancellationOfOneEventOfAnExpandedSeriesLeavesTheOthers) {
  const std::string three =
      vcalendar(at("20260105T090000Z", "s") + at("20260112T090000Z", "s") + at("20260119T090000Z", "s"));
  const std::string middle = cancel_at("20260112T090000Z");
  EXPECT_THAT(in_2026(read(three + middle)), ElementsAre("s 01-05T09:00 10:00", "s 01-19T09:00 10:00"));
  EXPECT_THAT(in_2026(read(middle + three)), ElementsAre("s 01-05T09:00 10:00", "s 01-19T09:00 10:00"));
  EXPECT_THAT(in_2026(read(three + cancel_at("20260105T090000Z"))),
              ElementsAre("s 01-12T09:00 10:00", "s 01-19T09:00 10:00"));
  EXPECT_THAT(in_2026(read(three + middle + cancel_at("20260119T090000Z"))), ElementsAre("s 01-05T09:00 10:00"));
  // Another time than that of any of them.
  const Calendar none = read(three + cancel_at("20260113T090000Z"));
  EXPECT_THAT(in_2026(none), ElementsAre("s 01-05T09:00 10:00", "s 01-12T09:00 10:00", "s 01-19T09:00 10:00"));
  EXPECT_THAT(problems(none), ElementsAre(HasSubstr("none of the 3 events of this UID starts; nothing is cancelled")));
  EXPECT_FALSE(none.problems()[0].lost);
}

TEST(ICalSeries, ACancellationOfWhatTheFileDoesNotHoldSaysSo) {
  const std::string text = "takes back UID \"u\", which this file does not hold; nothing is cancelled";
  const std::string one = vcalendar("METHOD:CANCEL\r\n" + of_u("RECURRENCE-ID:20260112T090000Z\r\n"));
  for (const std::string& cancel : {cancel_at("20260105T090000Z"), one, one + cancel_at("20260105T090000Z")}) {
    EXPECT_THAT(problems(read(cancel)), ElementsAre(HasSubstr(text)));
    EXPECT_FALSE(read(cancel).problems()[0].lost);
    EXPECT_THAT(problems(read(vcalendar(at("20260105T090000Z", "s", "RRULE:FREQ=WEEKLY;COUNT=3\r\n")) + cancel)),
                Not(Contains(HasSubstr(text))));
  }
  // An event that a calendar keeps as cancelled is no message to anybody.
  EXPECT_THAT(problems(read(vcalendar(at("20260105T090000Z", "s", "STATUS:CANCELLED\r\n")))), IsEmpty());
}

TEST(ICalSeries, ACancellationOfALaterStartOfASeriesIsOfThatOccurrence) {
  const std::string series = vcalendar(at("20260105T090000Z", "s", "RRULE:FREQ=WEEKLY;COUNT=3\r\n"));
  EXPECT_THAT(in_2026(read(series + cancel_at("20260112T090000Z"))),
              ElementsAre("s 01-05T09:00 10:00", "s 01-19T09:00 10:00"));
  EXPECT_THAT(in_2026(read(series + cancel_at("20260105T090000Z"))), IsEmpty());
  // The one event of a UID, moved before it was cancelled.
  const Calendar moved = read(vcalendar(at("20260105T090000Z", "s")) + cancel_at("20260106T090000Z"));
  EXPECT_THAT(in_2026(moved), IsEmpty());
  EXPECT_THAT(problems(moved), ElementsAre(HasSubstr("taken as all of the UID")));
}

TEST(ICalSeries, OutlooksNameOfWhatWasCalledOffCountsWithItsFreeTimeOnly) {
  const Calendar off = read(
      vcalendar(at("20260105T090000Z", "Canceled: Sale", "STATUS:CONFIRMED\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE\r\n")));
  EXPECT_THAT(in_2026(off), IsEmpty());
  EXPECT_THAT(problems(off), ElementsAre(HasSubstr("taken as cancelled")));
  const Calendar named = read(
      vcalendar(at("20260105T090000Z", "Canceled: Sale", "STATUS:CONFIRMED\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n")));
  EXPECT_THAT(in_2026(named), ElementsAre("Canceled: Sale 01-05T09:00 10:00"));
  EXPECT_THAT(problems(named), ElementsAre(HasSubstr("STATUS is not CANCELLED; used")));
}

TEST(ICalSeries, AnExceptionInAZoneThatNobodyKnowsIsOnTheWallOfItsSeries) {
  const Calendar calendar = read(
      vcalendar(of_u(kMondays + "RRULE:FREQ=WEEKLY;COUNT=3\r\nEXDATE;TZID=Zone 1:20260112T070000\r\n") +
                of_u("RECURRENCE-ID;TZID=UTC+01:20260119T070000\r\nDTSTART:20260120T060000Z\r\nDURATION:PT1H\r\n")));
  EXPECT_THAT(in_2026(calendar), ElementsAre("deals 01-05T06:00 11:00", "deals 01-20T06:00 07:00"));
  EXPECT_THAT(problems(calendar), ElementsAre(HasSubstr("TZID \"Zone 1\" is not a known time zone; what names"),
                                              HasSubstr("TZID \"UTC+01\" is not a known time zone; what names")));
}

TEST(ICalSeries, ADurationOf24HoursBesideADateIsAWholeDay) {
  // The day has 23 hours in Berlin.
  const Calendar calendar =
      read("BEGIN:VCALENDAR\r\nX-WR-TIMEZONE:Europe/Berlin\r\n" +
           of_u("DTSTART;VALUE=DATE:20260329\r\nDURATION:PT86400S\r\nSUMMARY:d\r\nRRULE:\r\n") + "END:VCALENDAR\r\n");
  EXPECT_THAT(in_2026(calendar), ElementsAre("d 03-28T23:00 03-29T22:00"));
  EXPECT_THAT(problems(calendar), IsEmpty());
}

TEST(ICalSeries, AnExceptionOfWholeDaysMayBeWrittenAsATime) {
  // Midnight UTC is the evening before in New York; the day that is meant is the one written.
  const Calendar calendar = read("BEGIN:VCALENDAR\r\nX-WR-TIMEZONE:America/New_York\r\n" +
                                 of_u("DTSTART;VALUE=DATE:20260105\r\nSUMMARY:d\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\n"
                                      "EXDATE:20260112T000000Z\r\n") +
                                 "END:VCALENDAR\r\n");
  EXPECT_THAT(problems(calendar), IsEmpty());
  EXPECT_THAT(in_2026(calendar), ElementsAre("d 01-05T05:00 01-06T05:00", "d 01-19T05:00 01-20T05:00"));
}

}  // namespace
}  // namespace almanac::calendar
