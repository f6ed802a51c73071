#include "daemon/daemon.h"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/schedule.h"
#include "daemon/slot.h"

namespace almanac::daemon {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A tick that takes a quarter of the interval is slow, if it takes seconds at all.
constexpr double kSlowShare = 0.25;
constexpr double kSlowSeconds = 2;
constexpr std::chrono::minutes kHung{15};
constexpr int kTrainingNice = 15;

double seconds_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::start(wiring::Config config, DaemonOptions options, const ports::Clock& clock,
                                              Log log, Observer& observer) {
  auto setup = Setup::open(std::move(config), options.session, options.store);
  if (!setup) return tl::unexpected(setup.error());
  return std::unique_ptr<Daemon>(new Daemon(std::move(*setup), std::move(options), clock, std::move(log), observer));
}

Daemon::Daemon(std::shared_ptr<Setup> setup, DaemonOptions options, const ports::Clock& clock, Log log,
               Observer& observer)
    : options_(std::move(options)),
      clock_(clock),
      log_(std::move(log)),
      observer_(observer),
      started_(clock.now()),
      lease_setup_(setup),
      setup_(std::move(setup)) {
  make_slots();
  lease_ = std::make_unique<LeaseKeeper>(lease_setup_->store(), options_.holder, options_.lease,
                                         [this](const std::string& problem) {
                                           if (problem.empty())
                                             return say(Level::info, "the lease can be renewed again");
                                           say(Level::error, "the lease cannot be renewed: " + problem);
                                         });
  ticks_ = std::make_unique<Workers>("tick", std::max(1, options_.workers));
  slow_ = std::make_unique<Workers>("slow-tick", std::max(1, options_.workers / 4));
  training_ = std::make_unique<Workers>("training", 1, kTrainingNice);
}

Daemon::~Daemon() {
  end_trainings_ = true;
  ticks_.reset();
  slow_.reset();
  training_.reset();
  lease_.reset();
}

void Daemon::say(Level level, const std::string& message, const std::string& group, std::optional<Timestamp> tick,
                 std::optional<double> seconds) const {
  log_({level, message, group, tick, seconds});
}

std::shared_ptr<Setup> Daemon::setup() const {
  const MutexLock lock(mutex_);
  return setup_;
}

// Slots of groups that stay keep what they know; a warm part of an older setup is replaced at the next tick.
void Daemon::make_slots() {
  std::vector<std::string> names;
  {
    const MutexLock lock(mutex_);
    std::map<std::string, std::shared_ptr<Slot>> slots;
    for (const wiring::GroupConfig* group : setup_->groups()) {
      const auto known = slots_.find(group->name);
      slots[group->name] = known != slots_.end() ? known->second : std::make_shared<Slot>(group->name);
      names.push_back(group->name);
    }
    slots_ = std::move(slots);
  }
  observer_.groups_changed(names);
}

Result<void> Daemon::reload(wiring::Config config) {
  auto fresh = Setup::open(std::move(config), options_.session, options_.store);
  if (!fresh) return tl::unexpected(fresh.error());
  {
    const MutexLock lock(mutex_);
    const auto refuse = [](const char* what) {
      return fail(ErrorCode::invalid_input, fmt::format("a change of `{}` takes a restart", what));
    };
    if ((*fresh)->config().store != setup_->config().store) return refuse("store");
    if ((*fresh)->config().interval != setup_->config().interval) return refuse("interval");
    setup_ = std::move(*fresh);
  }
  make_slots();
  return {};
}

// Becoming the active one begins with the tick at hand; whatever another process did of it is not done again.
void Daemon::note_role() {
  const bool active = lease_->held();
  if (was_active_ == active) return;
  was_active_ = active;
  {
    const MutexLock lock(mutex_);
    if (active) last_tick_.reset();
  }
  const std::string holder = lease_->holder();
  if (active) {
    say(Level::info, "active: this process holds the lease");
  } else {
    say(Level::warning, lease_->problem().empty() ? "standby: the lease is held by " + holder
                                                  : "the lease has lapsed: nothing is done until the store answers");
  }
  observer_.role_changed(active);
}

Timestamp Daemon::step() {
  note_role();
  const Timestamp now = clock_.now();
  const auto interval = setup()->config().interval;
  std::optional<Timestamp> last;
  {
    const MutexLock lock(mutex_);
    last = last_tick_;
    if (stopping_) return now + interval;
  }
  if (!*was_active_) return floor_to(now, interval) + interval;
  const TickDue due = tick_due(last, now, interval);
  if (due.clock_went_back) {
    say(Level::warning,
        fmt::format("the clock went back from {} to {}", format_timestamp(*last), format_timestamp(now)));
  }
  if (due.missed > 0) say(Level::warning, fmt::format("{} ticks were missed; rows are caught up", due.missed));
  if (due.tick) {
    begin_round(*due.tick, now);
  } else if (last) {
    look_again(*last, now);
  }
  begin_trainings(now);
  return due.next;
}

void Daemon::begin_round(Timestamp tick, Timestamp now) {
  Round round;
  round.time = tick;
  std::shared_ptr<Setup> setup;
  std::vector<std::shared_ptr<Slot>> todo;
  {
    const MutexLock lock(mutex_);
    last_tick_ = tick;
    last_look_ = floor_to(now, kMinute);
    setup = setup_;
    round.groups = slots_.size();
    for (const auto& [name, slot] : slots_) {
      if (!slot->ticking.exchange(true)) {
        todo.push_back(slot);
        continue;
      }
      ++round.skipped;
      const MutexLock of_slot(slot->mutex);
      ++slot->skipped;
      say(Level::warning, fmt::format("still busy with an earlier tick: skipped ({} times so far)", slot->skipped),
          name, tick);
    }
  }
  if (todo.empty()) {
    observer_.round_done(round);
    return;
  }
  auto running = std::make_shared<Running>(round, todo.size());
  running->look = now;
  running->setup = std::move(setup);
  submit(todo, running);
}

// Once a minute: what CloudWatch publishes comes by the minute, and a look has its price.
void Daemon::look_again(Timestamp tick, Timestamp now) {
  std::shared_ptr<Setup> setup;
  std::vector<std::shared_ptr<Slot>> todo;
  {
    const MutexLock lock(mutex_);
    if (floor_to(now, kMinute) <= last_look_) return;
    last_look_ = floor_to(now, kMinute);
    setup = setup_;
    for (const auto& [name, slot] : slots_) {
      const MutexLock of_slot(slot->mutex);
      if (slot->waiting == tick && !slot->ticking.exchange(true)) todo.push_back(slot);
    }
  }
  if (todo.empty()) return;
  Round round;
  round.time = tick;
  round.groups = todo.size();
  auto running = std::make_shared<Running>(round, todo.size());
  running->look = now;
  running->is_again = true;
  running->setup = std::move(setup);
  submit(todo, running);
}

void Daemon::submit(const std::vector<std::shared_ptr<Slot>>& slots, const std::shared_ptr<Running>& round) {
  for (const auto& slot : slots) {
    (slot->slow ? *slow_ : *ticks_).submit([this, slot, round] { run_tick(slot, round); });
  }
}

Result<control::TickReport> Daemon::tick(Slot& slot, const Running& round) {
  const Timestamp time = round.time;
  if (!lease_->held()) return fail(ErrorCode::unavailable, "the lease was lost: another process goes on");
  const auto current = setup();
  // A clock that is simulated is exact; a real one tells how late a tick is.
  const Timestamp latest = time + current->config().interval - Duration{1};
  const Timestamp look = round.is_again ? std::min(floor_to(round.look, kMinute), latest) : time;
  const Timestamp now = options_.speed == 1 ? std::clamp(clock_.now(), look, latest) : look;
  if (slot.setup != current) slot.warm.reset();
  if (!slot.warm) {
    const auto group = current->group(slot.name);
    if (!group) return tl::unexpected(group.error());
    auto warm = current->whole(**group, now);
    if (!warm) return tl::unexpected(warm.error());
    slot.warm = std::move(*warm);
    slot.setup = current;
  }
  if (auto advanced = slot.warm->advance_to(now); !advanced) return tl::unexpected(advanced.error());
  auto report = slot.warm->tick(now, {.when_due = true}, {}, current->notifiers());
  if (!report || report->waiting) return report;
  const auto& conditions = report->scaled.record.conditions;
  const bool stale = std::any_of(conditions.begin(), conditions.end(),
                                 [](const auto& c) { return c.kind == ports::NotificationKind::calendar_stale; });
  if (report->has_calendar && !stale) slot.calendar_read = time;
  return report;
}

void Daemon::run_tick(const std::shared_ptr<Slot>& slot, const std::shared_ptr<Running>& round) {
  const Timestamp time = round->time;
  const auto begun = SteadyClock::now();
  const auto report = tick(*slot, *round);
  const double seconds = seconds_since(begun);
  const auto interval = static_cast<double>(round->setup->config().interval.count()) / options_.speed;
  const bool slow = seconds > std::max(kSlowSeconds, kSlowShare * interval);
  if (slow && !slot->slow.exchange(true)) {
    say(Level::warning, "the tick was slow; the next ones run among the slow groups", slot->name, time, seconds);
  } else if (!slow) {
    slot->slow = false;
  }
  const bool waiting = report && report->waiting;
  if (waiting) {
    say(Level::debug, *report->waiting, slot->name, time, seconds);
  } else if (report) {
    for (const auto& notice : report->scaled.record.notices) say(Level::warning, notice, slot->name, time);
    say(Level::info, decision_words(report->scaled.record, report->scaled.repeated), slot->name, time, seconds);
    observer_.tick_done({slot->warm->settings(), *report, seconds, slot->calendar_read});
  } else {
    say(Level::error, report.error().message, slot->name, time, seconds);
    observer_.tick_failed(slot->name, report.error(), seconds);
    slot->warm.reset();
  }
  bool unplanned = false;
  {
    const MutexLock lock(slot->mutex);
    slot->error = report ? "" : report.error().message;
    slot->waiting = waiting ? std::optional(time) : std::nullopt;
    unplanned = !slot->next_training;
  }
  slot->ticking = false;
  if (options_.train && unplanned && !slot->training.exchange(true)) training_->submit([this, slot] { plan(slot); });
  end_group(round, !report, waiting);
}

void Daemon::end_group(const std::shared_ptr<Running>& round, bool failed, bool waiting) {
  Round done;
  {
    const MutexLock lock(round->mutex);
    round->round.failed += failed ? 1 : 0;
    round->round.waiting += waiting ? 1 : 0;
    if (--round->left > 0) return;
    round->round.seconds = seconds_since(round->begun);
    done = round->round;
  }
  end_round(done, round->is_again);
}

// A round is over when the last of those that waited has been decided.
void Daemon::end_round(Round done, bool is_again) {
  {
    const MutexLock lock(mutex_);
    if (is_again) {
      if (!last_round_ || last_round_->time != done.time) return;
      const std::size_t decided = done.groups - done.waiting;
      last_round_->failed += done.failed;
      last_round_->waiting -= std::min(last_round_->waiting, decided);
      last_round_->seconds += done.seconds;
      if (decided == 0) return;
    } else {
      last_round_ = done;
    }
    done = *last_round_;
  }
  if (done.waiting > 0) return;
  if (done.groups > 1) {
    say(done.failed > 0 ? Level::warning : Level::info,
        fmt::format("round of {} groups: {} failed, {} skipped", done.groups, done.failed, done.skipped), "", done.time,
        done.seconds);
  }
  observer_.round_done(done);
}

void Daemon::begin_trainings(Timestamp now) {
  std::vector<std::shared_ptr<Slot>> due;
  {
    const MutexLock lock(mutex_);
    for (const auto& [name, slot] : slots_) {
      const MutexLock of_slot(slot->mutex);
      if (slot->next_training && *slot->next_training <= now && !slot->training.exchange(true)) due.push_back(slot);
    }
  }
  for (const auto& slot : due) training_->submit([this, slot] { run_training(slot); });
}

void Daemon::plan(const std::shared_ptr<Slot>& slot) {
  const auto current = setup();
  const auto group = current->group(slot->name);
  const Timestamp now = clock_.now();
  if (group) {
    const auto next = plan_training(*current, **group, now);
    if (!next) say(Level::warning, "no training can be planned: " + next.error().message, slot->name);
    const MutexLock lock(slot->mutex);
    slot->next_training = next ? *next : now + kHour;
  }
  slot->training = false;
}

void Daemon::run_training(const std::shared_ptr<Slot>& slot) {
  struct Ended {};
  const auto current = setup();
  const auto group = current->group(slot->name);
  const Timestamp now = clock_.now();
  const auto begun = SteadyClock::now();
  Result<control::TrainReport> report = fail(ErrorCode::not_found, "the group is gone");
  try {
    if (group && lease_->held()) {
      // Beside the ticks, with rows of its own. What the progress throws passes through.
      report = current->history(**group)->train(now, {}, [this](const Progress&) {
        if (end_trainings_) throw Ended{};
      });
    }
  } catch (const Ended&) {
    say(Level::info, "the training was ended: the process is stopping", slot->name);
    slot->training = false;
    return;
  }
  const double seconds = seconds_since(begun);
  if (report) {
    for (const auto& notice : report->notices) say(Level::warning, notice, slot->name);
    say(Level::info, fmt::format("trained on {} rows: {} wins", report->rows, report->winner), slot->name, std::nullopt,
        seconds);
  } else {
    // Too little history is a fact of new groups and goes away; a model made elsewhere stays.
    const bool usual = report.error().code == ErrorCode::invalid_input || report.error().code == ErrorCode::unsupported;
    say(usual ? Level::info : Level::error, "not trained: " + report.error().message, slot->name, std::nullopt,
        seconds);
  }
  observer_.training_done(slot->name, seconds, !report);
  {
    const MutexLock lock(slot->mutex);
    constexpr Duration kRetry{6 * kHour};
    slot->next_training = report ? std::nullopt : std::optional(now + kRetry);
  }
  if (report) return plan(slot);
  slot->training = false;
}

void Daemon::stop(std::chrono::milliseconds grace) {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  end_trainings_ = true;
  training_->drop_queued();
  const auto until = SteadyClock::now() + grace;
  const auto left = [&] {
    return std::max(std::chrono::milliseconds{0},
                    std::chrono::duration_cast<std::chrono::milliseconds>(until - SteadyClock::now()));
  };
  const bool finished = ticks_->wait_idle(left()) && slow_->wait_idle(left());
  if (!finished) {
    const auto dropped = ticks_->drop_queued() + slow_->drop_queued();
    say(Level::warning, fmt::format("{} ticks were left to the next process", dropped));
  }
  // What still runs keeps the lease until it ends by itself.
  if (!finished) return;
  if (const auto released = lease_->release(); !released) {
    say(Level::warning, "the lease was not released and runs out by itself: " + released.error().message);
  }
}

bool Daemon::wait_idle(std::chrono::milliseconds at_most) {
  return ticks_->wait_idle(at_most) && slow_->wait_idle(at_most) && training_->wait_idle(at_most);
}

bool Daemon::healthy() const {
  const auto load = ticks_->load();
  return load.running < ticks_->size() || load.oldest < kHung;
}

}  // namespace almanac::daemon
