#pragma once

#include <optional>

#include "calendar/entry.h"
#include "calendar/ical_event.h"
#include "calendar/reporter.h"

// Inside the room only: how a VEVENT repeats, and which occurrence of a series a property of another one means.
namespace almanac::calendar {

// Whether it has rules or dates of its own.
bool repeats(const Draft& draft);

// Adds the rules and listed dates of a draft to `entry`, which has its start, span and length. What cannot be used is
// reported.
void add_repetition(const Draft& draft, Entry& entry, const Reporter& reporter);

// What a draft gives, without a word: what is wrong with it is told where it is used.
Entry quietly_repeated(const Draft& draft);

// The occurrence that a change names. RECURRENCE-ID without a zone means the wall clock of the series.
IcalMoment replaced_by(const Draft& change, const Entry& series);

// The own start of a series that a RECURRENCE-ID or an EXDATE means; empty where there is none.
std::optional<OwnStart> own_start_meant(const Entry& series, const IcalMoment& moment);

// Whether there was an occurrence to exclude.
bool exclude(Entry& series, const IcalMoment& moment);
void sort_exclusions(Entry& series);
// Needs sorted exclusions.
bool is_excluded(const Entry& series, const OwnStart& own);

}  // namespace almanac::calendar
