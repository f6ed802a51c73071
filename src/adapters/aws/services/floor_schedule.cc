#include "adapters/aws/services/floor_schedule.h"

#include <algorithm>

namespace almanac::adapters::aws {
namespace {

// A begin action that is overdue will not be carried out any more (the process was suspended when it fell due).
bool is_pending(const std::optional<ScheduledAction>& action, Timestamp now) {
  return action && action->start >= now - kFloorLag;
}

std::vector<FloorStep> end_soon(const FloorState& state, Timestamp now, int own) {
  std::vector<FloorStep> steps;
  if (state.begin) steps.push_back({FloorStep::Kind::delete_begin});
  // The end action restores the group's own minimum even where the begin action fires while we delete it. It is not
  // deleted: left far ahead it would one day undo a minimum that its owner set meanwhile.
  const bool soon = is_pending(state.end, now) && state.end->start <= now + 2 * kFloorAhead;
  const bool over = !is_pending(state.end, now) && !state.begin && state.min_size == own;
  if (state.end && !soon && !over) steps.push_back({FloorStep::Kind::put_end, {now + kFloorAhead, own}});
  return steps;
}

}  // namespace

int own_minimum(const FloorState& state) {
  // Above what the end restores, the present minimum is our raise; below, its owner lowered it since.
  return state.end ? std::min(state.end->min_size, state.min_size) : state.min_size;
}

std::optional<int> raised_minimum(const FloorState& state, Timestamp now) {
  const int own = own_minimum(state);
  if (is_pending(state.begin, now) && state.begin->min_size > own) return state.begin->min_size;
  return state.min_size > own ? std::optional(state.min_size) : std::nullopt;
}

std::vector<FloorStep> plan_floor(const FloorState& state, int minimum, Timestamp now, Timestamp until) {
  const int own = own_minimum(state);
  if (minimum <= own) return end_soon(state, now, own);
  std::vector<FloorStep> steps;
  // Were the end carried out before a begin that is late (or moved by minutes, its time being taken), nothing would
  // ever lower the minimum again.
  const Timestamp earliest_end = now + kFloorAhead + kFloorLag + 5 * kMinute;
  const Timestamp wanted_end = std::max(until + kFloorSlack, earliest_end);
  const bool end_stands = state.end && state.end->min_size == own && state.end->start >= earliest_end &&
                          state.end->start >= until + kFloorSlack / 2 && state.end->start <= wanted_end + kFloorSlack;
  if (!end_stands) steps.push_back({FloorStep::Kind::put_end, {wanted_end, own}});

  const bool pending = is_pending(state.begin, now);
  const bool height_stands = pending ? state.begin->min_size == minimum : state.min_size == minimum;
  // An end that was due about now may take the floor away before the new one replaces it.
  const bool just_ending = state.end && state.end->start <= now + kFloorAhead && !pending;
  if (!height_stands || just_ending) steps.push_back({FloorStep::Kind::put_begin, {now + kFloorAhead, minimum}});
  return steps;
}

}  // namespace almanac::adapters::aws
