#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "control/knowledge.h"
#include "core/time.h"
#include "forecast/event_analogue.h"
#include "forecast/profile.h"

namespace almanac::insight {

// What an event that is over did.
struct EarlierEvent {
  calendar::Event event;
  double uplift = 1;  // highest 1-minute demand in it over the highest that was usual at that time (Profile)
  double peak = 0;    // busy instances
  double weight = 0;  // how much it tells about the coming one (forecast::EventIndex::similarity)
};

// What a coming event is expected to do: 80 % of such events lie between low and high.
struct Expectation {
  double low = 1, middle = 1, high = 1;  // as EarlierEvent::uplift
  std::string basis;                     // "5 earlier events of kind sale", "x4 as stated; no earlier event of ..."

  bool operator==(const Expectation&) const = default;
};

// What the events of a calendar did and are expected to do. Events reach back as far as the history does.
class Outlook {
 public:
  // `known` must outlive it.
  Outlook(const control::Knowledge& known, const calendar::Calendar& calendar, Timestamp now, Duration ahead);

  // Earlier events that tell about `coming`, newest first: those of the same kind, else kindred ones, else any. Where
  // its uplift is stated only those of its kind (forecast::of_its_kind). An event that is over is told about by those
  // before it.
  std::vector<EarlierEvent> earlier(const calendar::Event& coming) const;
  // From them, weighted; where an uplift is stated, from that, moved by them (forecast::believe); nothing where neither
  // is there.
  std::optional<Expectation> expect(const calendar::Event& coming, const std::vector<EarlierEvent>& earlier) const;

 private:
  std::optional<EarlierEvent> effect_of(std::size_t past) const;

  Timestamp now_;
  forecast::EventIndex events_;
  forecast::Profile profile_;
};

// Events of one kind or kindred ones: they agree up to the first '-'.
bool same_kind(const calendar::Event& a, const calendar::Event& b);
bool kindred(const calendar::Event& a, const calendar::Event& b);

}  // namespace almanac::insight
