// iCalendar files as other programs, and people with an editor, leave them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "calendar/test_calendar.h"

namespace almanac::calendar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// 19:00 to 20:00 in Oslo on 5 March 2026, which is UTC+1.
const std::string kSale =
    vcalendar(vevent("UID:1\r\nSUMMARY:Sommerschlu\xC3\x9Fverkauf\r\nDTSTART;TZID=Europe/Oslo:20260305T190000\r\n"
                     "DTEND;TZID=Europe/\r\n Oslo:20260305T200000\r\n"));
const auto kIsTheSale = ElementsAre("Sommerschlu\xC3\x9Fverkauf 03-05T18:00 19:00");

TEST(ICalendarOfPrograms, LinesEndAsTheyMay) {
  for (const char* end : {"\n", "\r", "\r\r\n", "\r\n\r\n", "\n\n"}) {
    const Calendar calendar = read(replaced(kSale, "\r\n", end));
    EXPECT_THAT(in_2026(calendar), kIsTheSale) << testing::PrintToString(end);
    EXPECT_THAT(problems(calendar), IsEmpty());
  }
}

TEST(ICalendarOfPrograms, IndentationOfTheWholeOrByDepthIsNoFold) {
  EXPECT_THAT(in_2026(read("    " + replaced(kSale, "\r\n", "\r\n    "))), kIsTheSale);
  EXPECT_THAT(in_2026(read("\t" + replaced(kSale, "\r\n", "\r\n\t"))), kIsTheSale);
  const std::string by_depth =
      "BEGIN:VCALENDAR\n  VERSION:2.0\n  BEGIN:VEVENT\n    UID:1\n    SUMMARY:Spring\n      sale\n"
      "    DTSTART:20260305T180000Z\n    DTEND:20260305T190000Z\n  END:VEVENT\nEND:VCALENDAR\n";
  EXPECT_THAT(in_2026(read(by_depth)), ElementsAre("Spring     sale 03-05T18:00 19:00"));
}

std::string utf16(const std::string& utf8, bool little_endian, bool mark) {
  std::string out = !mark ? "" : little_endian ? "\xFF\xFE" : "\xFE\xFF";
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    auto unit = static_cast<unsigned char>(utf8[i]);
    if (unit == 0xC3) unit = static_cast<unsigned char>(static_cast<unsigned char>(utf8[++i]) + 0x40);
    const std::string bytes{'\0', static_cast<char>(unit)};
    out += little_endian ? std::string{bytes.rbegin(), bytes.rend()} : bytes;
  }
  return out;
}

TEST(ICalendarOfPrograms, Utf16IsReadWithAndWithoutItsMark) {
  for (const bool little_endian : {true, false})
    for (const bool mark : {true, false}) {
      const Calendar calendar = read(utf16(kSale, little_endian, mark));
      EXPECT_THAT(in_2026(calendar), kIsTheSale) << little_endian << mark;
      EXPECT_THAT(problems(calendar), IsEmpty());
    }
  const std::string json =
      "{\"events\": [{\"name\": \"Schlu\xC3\x9F\", \"start\": \"2026-03-05T18:00Z\", \"end\": \"2026-03-05T19:00Z\"}]}";
  EXPECT_THAT(in_2026(read(utf16(json, true, true))), ElementsAre("Schlu\xC3\x9F 03-05T18:00 19:00"));
  EXPECT_THAT(in_2026(read(utf16(json, false, false))), ElementsAre("Schlu\xC3\x9F 03-05T18:00 19:00"));
}

TEST(ICalendarOfPrograms, OneByteLettersAreReadAsWindows1252AndNamed) {
  const Calendar calendar = read(replaced(replaced(kSale, "\xC3\x9F", "\xDF"), "verkauf", " \x80"));
  EXPECT_THAT(in_2026(calendar), ElementsAre("Sommerschlu\xC3\x9F \xE2\x82\xAC 03-05T18:00 19:00"));
  EXPECT_THAT(problems(calendar), ElementsAre(HasSubstr("not UTF-8: read as Windows-1252")));
  EXPECT_FALSE(calendar.problems()[0].lost);
  const Calendar json = read(
      "{\"events\": [{\"name\": \"Schlu\xDF\", \"start\": \"2026-03-05T18:00Z\", \"end\": \"2026-03-05T19:00Z\"}]}");
  EXPECT_THAT(in_2026(json), ElementsAre("Schlu\xC3\x9F 03-05T18:00 19:00"));
  EXPECT_THAT(problems(json), ElementsAre(HasSubstr("not UTF-8: read as Windows-1252")));
  // A letter that a fold parts is still UTF-8, and one damaged letter makes no other encoding.
  EXPECT_THAT(in_2026(read(replaced(kSale, "\xC3\x9F", "\xC3\r\n \x9F"))), kIsTheSale);
  EXPECT_THAT(in_2026(read(replaced(kSale, "SUMMARY:", "SUMMARY:\xC3\xA9 \xDF"))),
              ElementsAre("\xC3\xA9 \xEF\xBF\xBDSommerschlu\xC3\x9Fverkauf 03-05T18:00 19:00"));
}

TEST(ICalendarOfPrograms, LinesOfADescriptionThatWasNotFoldedChangeNothing) {
  for (const char* prose :
       {"Begin: doors open at 11:30\r\n", "End: noon\r\n", "Begin: 11:30\r\nEnd: 12:00\r\n", "BEGIN:now\r\n",
        "Begin:Vernissage\r\n", "(123) 456 - 789:#123\r\n", "no colon at all\r\n", "\r\n\r\n", "Status: cancelled\r\n",
        "Duration: two hours\r\n", "https://example.com/a:b\r\n", "Sequence: 9\r\nUid: none\r\n",
        "Rrule: FREQ=DAILY\r\n", "<p style=\"color:red\">Begin:VEVENT-like</p>\r\n", "- Dtstart: tomorrow\r\n",
        "Summary: of it\r\n"}) {
    const Calendar calendar =
        read(vcalendar(vevent("UID:1\r\nSUMMARY:a\r\nDESCRIPTION:Schedule\r\n" + std::string{prose} +
                              "DTSTART:20260305T180000Z\r\nDTEND:20260305T190000Z\r\n") +
                       vevent("UID:2\r\nSUMMARY:b\r\nDTSTART:20260306T180000Z\r\nDTEND:20260306T190000Z\r\n")));
    EXPECT_THAT(in_2026(calendar), ElementsAre("a 03-05T18:00 19:00", "b 03-06T18:00 19:00")) << prose;
    EXPECT_THAT(problems(calendar), IsEmpty()) << prose;
  }
  // Whoever writes a whole event so means it.
  EXPECT_THAT(in_2026(read("Begin:VCALENDAR\nBegin:VEVENT\nUid: 1\nSummary: a\nDtstart: 20260305T180000Z\n"
                           "Dtend: 20260305T190000Z\nEnd:VEVENT\nEnd:VCALENDAR\n")),
              ElementsAre("a 03-05T18:00 19:00"));
}

TEST(ICalendarOfPrograms, ALineOfADescriptionMayBeExactlyABracket) {
  const std::string times = "DTSTART:20260305T180000Z\r\nDTEND:20260305T190000Z\r\n";
  const std::string alarm = "BEGIN:VALARM\r\nDTSTART:20260301T000000Z\r\nEND:VALARM\r\n";
  const std::string other = vevent("UID:2\r\nSUMMARY:b\r\nDTSTART:20260306T180000Z\r\nDURATION:PT1H\r\n");
  const auto both = ElementsAre("a 03-05T18:00 19:00", "b 03-06T18:00 19:00");
  for (const std::string prose :
       {"Begin:available", "Begin:vote", "BEGIN:PARTICIPANT", "BEGIN:DAYLIGHT", "BEGIN:VALARM", "BEGIN:VTODO",
        "Begin:VTIMEZONE", "END:VCALENDAR", "BEGIN:VCALENDAR", "END:VCALENDAR\r\nBEGIN:VCALENDAR\r\nBEGIN:VTODO"})
    for (const std::string& behind : {times, times + alarm, alarm + times, std::string{}}) {
      const std::string before = behind.empty() ? times : "";
      const Calendar calendar =
          read(vcalendar(vevent("UID:1\r\nSUMMARY:a\r\n" + before + "DESCRIPTION:x\r\n" + prose + "\r\n" + behind) +
                         other + "BEGIN:VTODO\r\nBEGIN:VALARM\r\nEND:VALARM\r\nEND:VTODO\r\n"));
      EXPECT_THAT(in_2026(calendar), both) << prose << "\n" << behind;
      EXPECT_THAT(problems(calendar), ElementsAre(HasSubstr("VTODO: 1 of them"))) << prose << "\n" << behind;
    }
  // An event that does not come to its end is cut off where the calendar ends.
  const std::string cut = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:3\r\nSUMMARY:c\r\n" + times;
  for (const std::string& text : {cut + "END:VCALENDAR\r\n" + vcalendar(other), cut + vcalendar(other)}) {
    EXPECT_THAT(in_2026(read(text)), ElementsAre("b 03-06T18:00 19:00"));
    EXPECT_THAT(problems(read(text)), Contains(HasSubstr("before END:VEVENT of this VEVENT; left out")));
  }
}

TEST(ICalendarOfPrograms, ComponentsThatNobodyKnowsArePassedOverWhole) {
  EXPECT_THAT(
      in_2026(read(vcalendar("BEGIN:X-COLOURS\r\nDTSTART:20260301T000000Z\r\nEND:X-COLOURS\r\n" +
                             vevent("UID:1\r\nSUMMARY:a\r\nBEGIN:X-NOTE\r\nDTSTART:20260301T000000Z\r\nEND:X-NOTE\r\n"
                                    "DTSTART:20260305T180000Z\r\nDTEND:20260305T190000Z\r\n")))),
      ElementsAre("a 03-05T18:00 19:00"));
}

TEST(ICalendarOfPrograms, TimesMayBeWrittenInSmallLetters) {
  const Calendar calendar =
      read(vcalendar(vevent("uid:1\r\nsummary:a\r\ndtstart;tzid=europe/oslo;value=date-time:20260305t190000\r\n"
                            "duration:pt1h\r\nrrule:freq=daily;until=20260307t180000z\r\n"
                            "exdate;tzid=europe/oslo:20260306t190000\r\n") +
                     vevent("UID:2\r\nSUMMARY:b\r\nDTSTART:20260401T090000z\r\nDTEND:20260401t100000z\r\n"
                            "RDATE:20260402t090000z/pt2h\r\n")));
  EXPECT_THAT(problems(calendar), IsEmpty());
  EXPECT_THAT(in_2026(calendar),
              ElementsAre("a 03-05T18:00 19:00", "a 03-07T18:00 19:00", "b 04-01T09:00 10:00", "b 04-02T09:00 11:00"));
  // What is no time is told as it was found.
  EXPECT_THAT(problems(read(vcalendar(vevent("UID:1\r\nDTSTART:whenever\r\n")))), Contains(HasSubstr("whenever")));
  EXPECT_THAT(
      problems(read(vcalendar(vevent("UID:1\r\nDTSTART:20260401T090000Z\r\nDURATION:PT1H\r\nRRULE:see below\r\n")))),
      Contains(HasSubstr("found \"see below\"")));
}

TEST(ICalendarOfPrograms, APartOfARuleThatIsAProgramsOwnIsPassedOver) {
  for (const char* rule : {"FREQ=DAILY;COUNT=2;X-FOO=1", "X-A=b;FREQ=DAILY;x-c=d;COUNT=2"}) {
    const Calendar calendar = read(vcalendar(vevent(
        "UID:1\r\nSUMMARY:a\r\nDTSTART:20260305T180000Z\r\nDURATION:PT1H\r\nRRULE:" + std::string{rule} + "\r\n")));
    EXPECT_THAT(in_2026(calendar), ElementsAre("a 03-05T18:00 19:00", "a 03-06T18:00 19:00")) << rule;
    EXPECT_THAT(problems(calendar), ElementsAre(HasSubstr("is no part of a rule (RFC 5545); passed over"))) << rule;
    EXPECT_FALSE(calendar.problems()[0].lost);
  }
}

TEST(ICalendarOfPrograms, MidnightMayBeTheEndOfTheDay) {
  const Calendar calendar =
      read(vcalendar(vevent("UID:1\r\nSUMMARY:a\r\nDTSTART;TZID=Europe/Oslo:20260305T190000\r\n"
                            "DTEND;TZID=Europe/Oslo:20260305T240000\r\n") +
                     vevent("UID:2\r\nSUMMARY:b\r\nDTSTART:20261231T240000Z\r\nDURATION:PT1H\r\n") +
                     vevent("UID:3\r\nSUMMARY:c\r\nDTSTART:20260331T240000Z\r\nDURATION:PT1H\r\n")));
  // Oslo's midnight is 23:00Z; the second is of 2027.
  EXPECT_THAT(in_2026(calendar), ElementsAre("a 03-05T18:00 23:00", "c 04-01T00:00 01:00"));
  EXPECT_THAT(problems(calendar), IsEmpty());
}

TEST(ICalendarOfPrograms, OfAStartAndAnEndTheOneWithoutAZoneIsOnTheWallOfTheOther) {
  // New York is UTC-5 on 5 March and Berlin UTC+2 on 26 May; the calendar itself is in Tokyo.
  const Calendar calendar = read(vcalendar(
      "X-WR-TIMEZONE:Asia/Tokyo\r\n" +
      vevent("UID:1\r\nSUMMARY:a\r\nDTSTART;TZID=America/New_York:20260305T090000\r\nDTEND:20260305T170000\r\n") +
      vevent("UID:2\r\nSUMMARY:b\r\nDTSTART:20260526T120000\r\nDTEND;TZID=Europe/Berlin:20260526T160000\r\n") +
      vevent("UID:3\r\nSUMMARY:c\r\nDTSTART:20260527T120000Z\r\nDTEND:20260527T130000\r\n") +
      vevent("UID:4\r\nSUMMARY:d\r\nDTSTART:20260528T120000\r\nDTEND:20260528T040000Z\r\n") +
      vevent("UID:5\r\nSUMMARY:e\r\nDTSTART;TZID=America/New_York:20260306T180000\r\nDTEND;VALUE=DATE:20260307\r\n")));
  EXPECT_THAT(problems(calendar), IsEmpty());
  EXPECT_THAT(in_2026(calendar), ElementsAre("a 03-05T14:00 22:00", "e 03-06T23:00 03-07T05:00", "b 05-26T10:00 14:00",
                                             "c 05-27T12:00 13:00", "d 05-28T03:00 04:00"));
}

TEST(ICalendarOfPrograms, WindowsZonesAreKnownAndAZoneOfTheFileGoesFirst) {
  const std::string own =
      "BEGIN:VTIMEZONE\r\nTZID:EST\r\n"
      "BEGIN:STANDARD\r\nDTSTART:16011104T020000\r\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11\r\nTZOFFSETFROM:-0400\r\n"
      "TZOFFSETTO:-0500\r\nEND:STANDARD\r\n"
      "BEGIN:DAYLIGHT\r\nDTSTART:16010311T020000\r\nRRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3\r\nTZOFFSETFROM:-0500\r\n"
      "TZOFFSETTO:-0400\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n";
  const auto at_nine = [](const std::string& tzid) {
    return vevent("UID:1\r\nSUMMARY:a\r\nDTSTART;TZID=" + tzid + ":20260706T090000\r\nDTEND;TZID=" + tzid +
                  ":20260706T100000\r\n");
  };
  // Summer in New York is UTC-4, in Berlin UTC+2.
  const auto in_new_york = ElementsAre("a 07-06T13:00 14:00");
  for (const char* tzid : {"Eastern Standard Time", "Eastern Standard Time 1", "eastern standard time", "US/Eastern",
                           "\"(UTC-05:00) Eastern Time (US & Canada)\"", "(UTC-05:00) Eastern Time (US & Canada)",
                           "America/New_York", "/x.org/America/New_York"})
    EXPECT_THAT(in_2026(read(vcalendar(at_nine(tzid)))), in_new_york) << tzid;
  EXPECT_THAT(in_2026(read(vcalendar(own + at_nine("EST")))), in_new_york);
  EXPECT_THAT(problems(read(vcalendar(own + at_nine("EST")))), IsEmpty());
  const Calendar fixed = read(vcalendar(at_nine("EST")));
  EXPECT_THAT(in_2026(fixed), ElementsAre("a 07-06T14:00 15:00"));
  EXPECT_THAT(problems(fixed), ElementsAre(HasSubstr("TZID \"EST\" is an offset without summer time")));
  EXPECT_THAT(in_2026(read(vcalendar(at_nine("W. Europe Standard Time")))), ElementsAre("a 07-06T07:00 08:00"));
  const Calendar calendar = read(vcalendar("X-WR-TIMEZONE:Eastern Standard Time\r\n" +
                                           vevent("UID:1\r\nSUMMARY:a\r\nDTSTART;VALUE=DATE:20261208\r\n")));
  EXPECT_EQ(calendar.timezone(), "America/New_York");
  EXPECT_THAT(in_2026(calendar), ElementsAre("a 12-08T05:00 12-09T05:00"));
}

// A calendar with one of everything that is read.
const std::string kEverything = vcalendar(
    "X-WR-TIMEZONE:Europe/"
    "Berlin\r\nMETHOD:PUBLISH\r\nBEGIN:VTIMEZONE\r\nTZID:Own\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\nEND:"
    "VTIMEZONE\r\n" +
    vevent("UID:s\r\nSEQUENCE:2\r\nSUMMARY:Caf\xC3\xA9\r\nCATEGORIES:sale,big\r\nDTSTART;TZID=Own:20260105T070000\r\n"
           "DTEND:20260105T120000\r\nRRULE:FREQ=WEEKLY;COUNT=9;BYDAY=MO,TH\r\nEXDATE;TZID=Own:20260108T070000\r\n"
           "RDATE;VALUE=PERIOD:20260325T120000Z/PT3H,20260326T180000Z/"
           "20260327T070000Z\r\nX-ALMANAC-EXPECTED-UPLIFT:2\r\n") +
    vevent("UID:s\r\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260119T060000Z\r\nDTSTART:20260119T090000\r\nDURATION:"
           "P1DT2H\r\n") +
    vevent("UID:s\r\nRECURRENCE-ID:20260112T060000Z\r\nSTATUS:CANCELLED\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:"
           "VALARM\r\n") +
    vevent(
        "UID:d\r\nDTSTART;VALUE=DATE:20260224\r\nDTEND;VALUE=DATE:20260226\r\nDESCRIPTION:long\r\n  and folded\r\n"));

// Whatever stands in a file, it is read or refused: nothing is asked of the answer but that it comes.
void answers(const std::string& text) {
  const auto calendar = Calendar::parse(text, "damaged.ics");
  if (!calendar) {
    RC_ASSERT(!calendar.error().message.empty());
    return;
  }
  for (const Event& event : calendar->between({*parse_timestamp("2025-01-01"), *parse_timestamp("2028-01-01")}))
    RC_ASSERT(!event.span.empty());
}

RC_GTEST_PROP(ICalendarProperty, DamagedBytesAreReadOrRefused, ()) {
  std::string text = kEverything;
  const int damages = *rc::gen::inRange(1, 12);
  for (int i = 0; i < damages && !text.empty(); ++i) {
    const auto at = static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(text.size())));
    const auto length = static_cast<std::size_t>(*rc::gen::inRange(1, 40));
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        text[at] = static_cast<char>(*rc::gen::inRange(0, 256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at,
                    text.substr(static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(text.size()))), length));
        break;
      default:
        text.insert(at, *rc::gen::element<std::string>("\r", "\n ", "\"", ";", ":", "0", "-", "99999999", "\xFF\xFE",
                                                       "BEGIN:", "\r\nEND:VEVENT\r\n", "T240000", "/", ","));
    }
  }
  answers(text);
}

RC_GTEST_PROP(ICalendarProperty, LinesInAnyOrderAreReadOrRefused, ()) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < kEverything.size();) {
    const std::size_t end = kEverything.find("\r\n", from) + 2;
    lines.push_back(kEverything.substr(from, end - from));
    from = end;
  }
  const int moves = *rc::gen::inRange(1, 20);
  for (int i = 0; i < moves; ++i) {
    const auto from = static_cast<std::size_t>(*rc::gen::inRange(1, static_cast<int>(lines.size())));
    const auto to = static_cast<std::size_t>(*rc::gen::inRange(1, static_cast<int>(lines.size())));
    const std::string line = lines[from];
    if (*rc::gen::inRange(0, 3) > 0) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(from));
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(std::min(to, lines.size())), line);
  }
  std::string text;
  for (const std::string& line : lines) text += line;
  answers(text);
}

RC_GTEST_PROP(ICalendarProperty, AnyBytesAreReadOrRefused, ()) {
  answers(*rc::gen::element<std::string>("", "BEGIN:VCALENDAR\r\n", "\xFF\xFE", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n") +
          *rc::gen::arbitrary<std::string>());
}

}  // namespace
}  // namespace almanac::calendar
