#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "calendar/event.h"
#include "forecast/event_analogue.h"
#include "forecast/profile.h"

namespace almanac::forecast {

// The uplift of an event is its highest 1-minute demand over the highest that is usual at that time, at the level that
// load had before it: usual is what the weeks before say, and load grows. Here it is told as its natural logarithm.

// What an event that is over did.
struct Effect {
  double uplift = 0;  // logarithm
  double peak = 0;    // logarithm of busy instances
  double level = 0;   // logarithm: how far load lay above the usual in the week before it
};

// How far load lies above the usual before `event`, by the values of `profile` (of single intervals) before `known`.
double level_before(const Profile& profile, const calendar::Event& event, std::size_t known);

// `profile` is one of single intervals; of its values those before index `known` have passed. Empty where under half of
// the event's intervals can be compared.
std::optional<Effect> effect_of(const Profile& profile, const calendar::Event& event, std::size_t known);

// One earlier event's word about a coming one.
struct Told {
  double uplift = 0;  // logarithm
  double weight = 1;  // EventIndex::similarity
};

// What is expected of an event whose calendar states an uplift S. The statement is the prior, log uplift ~ N(log S,
// s^2), and n earlier events of its kind with a variance of v among themselves move it: the normal model of empirical
// Bayes (Efron & Morris 1975; Gelman et al., Bayesian Data Analysis, 2.5), in which the statement keeps a weight of
// k / (n + k), k = v / s^2. v is shrunk too: towards s^2, as if that had been seen twice.
struct StatedUplift {
  std::string event;      // name
  double stated = 1;      // S, a multiple
  int earlier = 0;        // events of its kind that can be compared
  double weight = 1;      // of the statement; 1 without earlier events
  double experience = 0;  // logarithm: the weighted mean of the earlier events; 0 without any
  double mean = 0;        // logarithm of the uplift expected
  double spread = 0;      // standard deviation of the coming event's log uplift around it

  // "x4 as stated; no earlier event of this kind", "x2.7: stated x4, 3 earlier events of its kind moved it".
  std::string words() const;
};

// The deviation s of a statement: events differ among themselves by 0.15, and who states is off by a fifth of the
// logarithm. 80 % of events of a stated x4 are taken to lie within x2.7 to x6.0, of a stated x1.1 within x0.9 to x1.3.
double spread_of_statement(double stated);

// `event` states an uplift.
StatedUplift believe(const calendar::Event& event, std::span<const Told> earlier);

// What is expected of an event that states nothing, by how many earlier ones of its kind and of others can be compared:
// "like 3 earlier events of its kind", "like earlier events of other kinds".
std::string words_of_precedents(int of_its_kind, int others);

// Whether `past` is an earlier event of the kind of `coming`, for what `coming` states: the same kind; where nobody
// gave a kind ("event"), the same name as well.
bool of_its_kind(const calendar::Event& past, const calendar::Event& coming);

// How far an event is on its way to its uplift at some time of it: the load's log ratio to the usual one, as a share of
// the logarithm of the uplift.
struct Course {
  double share = 1;   // 0..1
  double spread = 0;  // its standard deviation from event to event

  // Standard deviation of the log ratio that an event of this belief has then.
  double spread_of(const StatedUplift& belief) const;
};

// What is believed of the events of a calendar, from those before them.
class Beliefs {
 public:
  // `steps` is a profile of single intervals. Both must outlive it.
  Beliefs(const Profile& steps, const EventIndex& events) : steps_(steps), events_(events) {}

  // Of `event`, which states an uplift, from events of its kind that ended before it began and before the value `known`
  // of the profile.
  StatedUplift of(std::size_t event, std::size_t known);

  // Where `event` stands in the window that begins at `t`, as earlier events of its kind and of kindred ones went: they
  // lend it their course whatever their height. The whole uplift where under three can be compared. `windows` is a
  // profile of such windows, of which those before `known` have passed.
  Course course(const Profile& windows, std::size_t event, Timestamp t, std::size_t known);

 private:
  const std::optional<Effect>& effect(std::size_t past, std::size_t known);

  const Profile& steps_;
  const EventIndex& events_;
  std::map<std::size_t, std::optional<Effect>> effects_;  // of events that are over
};

}  // namespace almanac::forecast
