#include "insight/group_view.h"

#include <algorithm>

#include "control/lead_time.h"
#include "planning/newsvendor.h"

namespace almanac::insight {
namespace {

// Where nobody tells that something was written, the store is looked at again after this long (of real time) while the
// tick's decision is not there.
constexpr std::chrono::seconds kLookAgain{5};
constexpr std::size_t kAnswersKept = 64;  // of one view

}  // namespace

Duration GroupView::lead_time() const {
  if (settings.lead_time) return *settings.lead_time;
  return latest ? latest->decision.lead_time : settings.usual_lead_time;
}

Duration GroupView::cover_window() const {
  return control::cover_window(lead_time(), settings.interval);
}

double GroupView::price_position() const {
  if (settings.policy.fixed_lambda) return planning::position_of(*settings.policy.fixed_lambda);
  if (latest) return latest->state.budget.position;
  return trained_position.value_or(planning::initial_budget(settings.policy.objective).position);
}

planning::Limits GroupView::limits() const {
  const planning::Limits stated{settings.policy.min, settings.policy.max};
  if (!latest || !latest->group) return stated;
  return planning::within_group(stated, {latest->group->min, latest->group->max});
}

GroupReader::GroupReader(ports::ObjectStore& store, control::GroupSettings settings,
                         std::vector<records::CalendarFeed> feeds)
    : store_(store),
      settings_(std::move(settings)),
      dataset_(store, settings_.name, settings_.interval),
      memory_(settings_),
      calendars_(store, settings_.name, std::move(feeds), settings_.timezone),
      models_(store, settings_.name),
      log_(store, settings_.name) {}

void GroupReader::changed() {
  changed_ = true;
}

Result<std::shared_ptr<const GroupView>> GroupReader::view(Timestamp now) {
  const MutexLock lock(mutex_);
  return view_locked(now);
}

Result<std::shared_ptr<const GroupView>> GroupReader::view_locked(Timestamp now) {
  const Timestamp tick = floor_to(now, settings_.interval);
  if (view_ && view_->tick == tick && !changed_) {
    const bool decided = view_->latest && view_->latest->decision.now >= tick;
    if (decided || std::chrono::steady_clock::now() - read_at_ < kLookAgain) return view_;
  }
  changed_ = false;  // before reading: what is written meanwhile is read once more
  auto made = read(tick);
  if (!made) return tl::unexpected(made.error());
  read_at_ = std::chrono::steady_clock::now();
  view_ = std::move(*made);
  answers_.clear();
  return view_;
}

Result<std::shared_ptr<const GroupView>> GroupReader::read(Timestamp tick) {
  auto view = std::make_shared<GroupView>();
  view->settings = settings_;
  view->tick = tick;
  auto recalled = memory_.recall(dataset_, tick);
  if (recalled.problem) view->problems.push_back("rows cannot be read: " + recalled.problem->message);
  view->known = recalled.known;
  dataset_.take_warnings();
  auto points = log_.between({tick - kPointsKept, tick + settings_.interval});
  if (!points) return tl::unexpected(points.error());
  view->points = std::move(*points);
  auto latest = log_.newest({Timestamp{}, tick + settings_.interval}, 1);
  if (latest && !latest->empty()) view->latest = std::move(latest->front());
  auto calendar = calendars_.recall(tick);
  if (calendar) {
    view->calendar = std::move(*calendar);
  } else {
    view->problems.push_back("the calendar cannot be read: " + calendar.error().message);
  }
  view->model = models_.load();
  if (const auto budget = models_.load_budget()) view->trained_position = budget->position;
  const auto overrides = records::OverrideStore(store_, settings_.name).load();
  if (overrides) {
    view->overrides = overrides->at(tick);
  } else {
    view->problems.push_back("overrides cannot be read: " + overrides.error().message);
  }
  return std::shared_ptr<const GroupView>(std::move(view));
}

Result<std::string> GroupReader::answer(Timestamp now, const std::string& key, const Compute& compute) {
  const MutexLock lock(mutex_);
  const auto view = view_locked(now);
  if (!view) return tl::unexpected(view.error());
  if (const auto kept = answers_.find(key); kept != answers_.end()) return kept->second;
  auto made = compute(**view);
  if (!made) return made;
  if (answers_.size() >= kAnswersKept) answers_.clear();
  answers_[key] = *made;
  return made;
}

Result<std::vector<records::DecisionPoint>> GroupReader::points(TimeRange range) {
  const MutexLock lock(mutex_);
  if (view_ && range.start >= view_->tick - kPointsKept) {
    std::vector<records::DecisionPoint> found;
    for (const records::DecisionPoint& point : view_->points)
      if (range.contains(point.now)) found.push_back(point);
    return found;
  }
  return log_.between(range);
}

Result<std::vector<records::Record>> GroupReader::newest(TimeRange range, std::size_t limit) {
  const MutexLock lock(mutex_);
  return log_.newest(range, limit);
}

}  // namespace almanac::insight
