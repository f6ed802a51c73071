#!/usr/bin/env python3
"""Compares every occurrence that Almanac finds in iCalendar files with a second library's, over half a year.

usage: compare.py [--program ALMANAC] [--all] FOLDER

FOLDER is searched for *.ics. Of each file with a VEVENT the 26 weeks are taken in which most of its events start; what
`almanac calendar preview FILE --ahead 26w` gives there is compared with recurring-ical-events on icalendar, occurrence
by occurrence: start and end in UTC. Printed are the files with a difference, each with what only one of the two has and
what Almanac says of it; --all prints the others' counts too. The last lines are the totals.

Times without a zone and dates have no instant of their own: the second library leaves them open. They are read in the
zone that Almanac's preview names, so which zone that should be is not compared.
"""

import argparse
import collections
import datetime as dt
import json
import logging
import pathlib
import re
import subprocess
import sys
import warnings
import zoneinfo

import icalendar
import recurring_ical_events

UTC = dt.timezone.utc
HALF_YEAR = dt.timedelta(weeks=26)


class Refused(Exception):
    """A reader gave no calendar; the text says why."""


def window_of(text: str) -> dt.datetime | None:
    """The start of the half year in which most events of the file start; None where it has no event with a date."""
    days = []
    for event in re.findall(r"BEGIN:VEVENT(.*?)END:VEVENT", text, re.S):
        found = re.search(r"^\s*DTSTART[^:\r\n]*:\s*(\d{4})(\d\d)(\d\d)", event, re.M)
        try:
            days.append(dt.date(*map(int, found.groups())))
        except (AttributeError, ValueError):
            continue
    days = sorted(day for day in days if 1971 <= day.year <= 2190)
    if not days:
        return None
    counts = {day: sum(day <= other < day + HALF_YEAR for other in days) for day in set(days)}
    best = min(day for day in counts if counts[day] == max(counts.values()))
    return dt.datetime.combine(best - dt.timedelta(days=2), dt.time(), UTC)


def text_of(path: pathlib.Path) -> str:
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "replace")


def almanac(program: str, path: pathlib.Path, start: dt.datetime) -> dict:
    """The preview of the half year as JSON."""
    run = subprocess.run(
        [program, "--now", start.strftime("%Y-%m-%dT%H:%MZ"), "--json", "calendar", "preview", str(path), "--ahead",
         "26w"],
        capture_output=True, text=True, timeout=120)
    try:
        return json.loads(run.stdout)
    except json.JSONDecodeError:
        raise Refused((run.stderr or run.stdout).strip().replace("\n", " ")[:300]) from None


def zone_of(preview: dict, path: pathlib.Path) -> dt.tzinfo:
    """The zone that the preview names: of the database, or a VTIMEZONE of the file's own."""
    name = preview["timezone"]
    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass
    try:
        for calendar in icalendar.Calendar.from_ical(path.read_bytes(), multiple=True):
            for zone in calendar.walk("VTIMEZONE"):
                if str(zone["TZID"]).strip() == name:
                    return zone.to_tz(lookup_tzid=False)
    except Exception:  # told by second_library
        pass
    return UTC


def instant(value: dt.date, zone: dt.tzinfo) -> dt.datetime:
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)


def second_library(path: pathlib.Path, start: dt.datetime, zone: dt.tzinfo) -> collections.Counter:
    """Occurrences that overlap the half year, as (start, end), with how often each stands there."""
    found: collections.Counter = collections.Counter()
    try:
        for calendar in icalendar.Calendar.from_ical(path.read_bytes(), multiple=True):
            # One event that no reader can place would cost the whole calendar.
            calendar.subcomponents = [part for part in calendar.subcomponents if part.name != "VEVENT" or
                                      isinstance(part.get("DTSTART"), icalendar.vDDDTypes)]
            # A day more on both sides: what is local is only placed below.
            margin = dt.timedelta(days=1)
            query = recurring_ical_events.of(calendar, skip_bad_series=True)
            for event in query.between(start - margin, start + HALF_YEAR + margin):
                if str(event.get("STATUS", "")).upper() == "CANCELLED":
                    continue  # the library lists what is cancelled
                begin = event["DTSTART"].dt
                end = event["DTEND"].dt if "DTEND" in event else begin
                span = (instant(begin, zone), instant(end, zone))
                if span[0] < start + HALF_YEAR and span[1] > start:
                    found[span] += 1
    except Exception as error:  # whatever a library of others throws is its answer
        raise Refused(f"{type(error).__name__}: {error}".replace("\n", " ")[:200]) from None
    return found


def spans_of(preview: dict) -> collections.Counter:
    def parse(text: str) -> dt.datetime:
        return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))

    return collections.Counter((parse(event["start"]), parse(event["end"])) for event in preview["events"])


def shown(span: tuple, count: int) -> str:
    return f"{span[0]:%Y-%m-%d %H:%M}Z to {span[1]:%Y-%m-%d %H:%M}Z" + (f" x{count}" if count > 1 else "")


class Totals:
    files = compared = alike = agreeing = only_almanac = only_second = zero_length = 0
    no_calendar = no_event = too_dense = refused_by_almanac = refused_by_second = 0


def compare(program: str, path: pathlib.Path, name: str, print_all: bool, totals: Totals) -> None:
    text = text_of(path)
    if not re.search("BEGIN:VCALENDAR.*BEGIN:VEVENT", text, re.S):
        totals.no_calendar += 1
        return
    totals.files += 1
    if re.search("FREQ=(MINUTELY|SECONDLY)", text):
        totals.too_dense += 1
        return
    start = window_of(text)
    if start is None:
        totals.no_event += 1
        return
    try:
        preview = almanac(program, path, start)
    except Refused as refused:
        totals.refused_by_almanac += 1
        print(f"{name}: Almanac refuses it: {refused}")
        return
    try:
        second = second_library(path, start, zone_of(preview, path))
    except Refused as refused:
        totals.refused_by_second += 1
        print(f"{name}: the second library refuses it: {refused}; Almanac finds {len(preview['events'])}")
        return
    first = spans_of(preview)
    # A moment without a length holds no demand: Almanac leaves it out by design and says so.
    moments = collections.Counter({span: count for span, count in second.items() if span[0] == span[1]})
    second -= moments
    totals.zero_length += sum(moments.values())
    totals.compared += 1
    both = sum((first & second).values())
    totals.agreeing += both
    here, there = first - second, second - first
    totals.only_almanac += sum(here.values())
    totals.only_second += sum(there.values())
    if not here and not there:
        totals.alike += 1
        if print_all:
            print(f"{name}: {both} alike from {start:%Y-%m-%d}")
        return
    print(f"{name}: from {start:%Y-%m-%d}: {both} alike, {sum(here.values())} only in Almanac, "
          f"{sum(there.values())} only in the second library")
    for label, spans in (("  only Almanac: ", here), ("  only second:  ", there)):
        for span, count in sorted(spans.items())[:6]:
            print(label + shown(span, count))
        if len(spans) > 6:
            print(f"{label}... and {len(spans) - 6} more")
    for problem in preview["problems"][:6]:
        print(f"  says: {problem['where'].removeprefix(str(path) + ': ')}: {problem['message']}")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", default="build/almanac")
    arguments.add_argument("--all", action="store_true", help="name the files that agree, too")
    arguments.add_argument("folder", type=pathlib.Path)
    given = arguments.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    totals = Totals()
    for path in sorted(given.folder.rglob("*.ics")):
        if path.is_file():
            compare(given.program, path, str(path.relative_to(given.folder)), given.all, totals)
    print()
    print(f"{totals.no_calendar} files without a VEVENT in a VCALENDAR; {totals.files} with one: {totals.no_event} "
          f"without an event that has a date, {totals.too_dense} that repeat by the minute (refused by design), "
          f"{totals.refused_by_almanac} that Almanac refuses, {totals.refused_by_second} that the second library does")
    print(f"{totals.compared} files compared, {totals.alike} alike in every occurrence")
    print(f"{totals.agreeing} occurrences agree; {totals.only_almanac} only Almanac has, {totals.only_second} only the "
          f"second library; {totals.zero_length} without a length, left out by design")
    return 0


if __name__ == "__main__":
    sys.exit(main())
