#include "wiring/simulated_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <tuple>
#include <vector>

#include "adapters/local/system_clock.h"
#include "core/mutex.h"
#include "records/ledger.h"
#include "simulation/policy.h"
#include "simulation/simulated_group.h"
#include "simulation/workload.h"
#include "wiring/living_daemon.h"

namespace almanac::wiring {
namespace {

// Opening the shop costs time with the square of the weeks.
constexpr int kPlayedWeeks = 26;
constexpr int kAttempts = 16;
constexpr std::string_view kHeader = "simulated_group,seed,start,history_weeks";
constexpr std::string_view kHeaderOfOwnTime = "simulated_group,seed,start,history_weeks,time";

// An end of a raised minimum is put this long after the time asked for, as the port allows, and put anew only when less
// is left: a floor that stands is not written at each tick.
constexpr Duration kFloorSlack{1800};

// What was asked of the group once.
struct Asked {
  Timestamp time;
  int capacity = 0;                // desired or, with `until`, ...
  std::optional<Timestamp> until;  // ... the minimum, raised until then
};

// What the store remembers.
struct Memory {
  std::uint64_t seed = 1;
  Timestamp start{};
  int history_weeks = 8;
  bool own_time = false;     // it does not live by the clock on the wall
  std::vector<Asked> asked;  // ascending
  std::string etag;

  Timestamp closes() const { return start + kWeek * (history_weeks + kPlayedWeeks); }
};

std::string key_of(const std::string& group) {
  return group + "/simulated_group.csv";
}

std::string format(const Memory& memory) {
  std::string text = fmt::format("{}\n1,{},{},{}{}\ntimestamp,desired_capacity,minimum,minimum_until\n",
                                 memory.own_time ? kHeaderOfOwnTime : kHeader, memory.seed,
                                 format_timestamp(memory.start), memory.history_weeks, memory.own_time ? ",own" : "");
  for (const auto& [time, capacity, until] : memory.asked) {
    text += until ? fmt::format("{},,{},{}\n", format_timestamp(time), capacity, format_timestamp(*until))
                  : fmt::format("{},{},,\n", format_timestamp(time), capacity);
  }
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

template <typename T>
bool read_number(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

// A row of what was asked; older files have no minimum.
std::optional<Asked> parse_asked(std::string_view line) {
  const auto fields = split(line, ',');
  const auto time = parse_timestamp(fields[0]);
  if (!time || (fields.size() != 2 && fields.size() != 4)) return std::nullopt;
  Asked asked{.time = *time};
  const bool raised = fields[1].empty() && fields.size() == 4;
  if (!read_number(fields[raised ? 2 : 1], asked.capacity)) return std::nullopt;
  if (raised) {
    const auto until = parse_timestamp(fields[3]);
    if (!until) return std::nullopt;
    asked.until = *until;
  }
  return asked;
}

Result<Memory> parse(const ports::Object& object, const std::string& key) {
  Memory memory;
  memory.etag = object.etag;
  const auto lines = split(object.bytes, '\n');
  const auto broken = [&](std::size_t line) {
    return fail(ErrorCode::corrupt,
                fmt::format("{}:{}: expected what this program wrote; remove the file to open a new "
                            "shop",
                            key, line));
  };
  memory.own_time = lines[0] == kHeaderOfOwnTime;
  if (lines.size() < 3 || (!memory.own_time && lines[0] != kHeader)) return broken(1);
  const auto head = split(lines[1], ',');
  if (head.size() != (memory.own_time ? 5U : 4U)) return broken(2);
  const auto start = parse_timestamp(head[2]);
  if (!start || !read_number(head[1], memory.seed) || !read_number(head[3], memory.history_weeks) ||
      memory.history_weeks < 1 || memory.history_weeks > 520 || (memory.own_time && head[4] != "own")) {
    return broken(2);
  }
  memory.start = *start;
  for (std::size_t i = 3; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const auto asked = parse_asked(lines[i]);
    if (!asked) return broken(i + 1);
    memory.asked.push_back(*asked);
  }
  return memory;
}

Memory new_shop(const SimulatedSource& source, Timestamp now) {
  Memory memory;
  memory.seed = source.seed;
  memory.history_weeks = std::max(1, static_cast<int>((source.history + kWeek - Duration{1}) / kWeek));
  // The first Monday from here on lies at least the history's weeks before now.
  memory.start = floor_to(now, kDay) - kWeek * memory.history_weeks - 7 * kDay;
  return memory;
}

// Whether a new shop may open in place of one that has closed.
Result<void> may_replace(ports::ObjectStore& store, const std::string& key, const Memory& closed, Timestamp now) {
  if (closed.own_time) {
    return fail(ErrorCode::invalid_input,
                fmt::format("{}: this shop lives in its own time, which ends at {}; now is {} (--now?)", key,
                            format_timestamp(closed.closes()), format_timestamp(now)));
  }
  const auto living = living_daemon(store, adapters::SystemClock().now());
  if (!living) return tl::unexpected(living.error());
  if (!*living) return {};
  return fail(ErrorCode::conflict,
              fmt::format("{}: the shop closed at {} and now is {}, but {} works on it: no new shop opens", key,
                          format_timestamp(closed.closes()), format_timestamp(now), **living));
}

// The load of a shop, which does not depend on what is asked of its group.
struct Load {
  simulation::Workload workload;
  std::shared_ptr<const simulation::Trace> observed;
};

Result<std::shared_ptr<const Load>> make_load(const Memory& memory) {
  simulation::WorkloadOptions options;
  options.seed = memory.seed;
  options.start = memory.start;
  options.history_weeks = memory.history_weeks;
  options.played_weeks = kPlayedWeeks;
  auto workload = simulation::make_workload(options);
  if (!workload) return tl::unexpected(workload.error());
  Load load{std::move(*workload), nullptr};
  load.observed =
      std::make_shared<const simulation::Trace>(simulation::observed_trace(load.workload.trace, load.workload.outages));
  return std::make_shared<const Load>(std::move(load));
}

// Half a year of minutes is worth sharing between the shops of one process that have the same.
Result<std::shared_ptr<const Load>> load_of(const Memory& memory) {
  static Mutex mutex;
  static std::map<std::tuple<std::uint64_t, Timestamp, int>, std::weak_ptr<const Load>> known ALMANAC_GUARDED_BY(mutex);
  const MutexLock lock(mutex);
  auto& entry = known[{memory.seed, memory.start, memory.history_weeks}];
  if (auto load = entry.lock()) return load;
  auto made = make_load(memory);
  if (made) entry = *made;
  return made;
}

}  // namespace

struct SimulatedWorld::State {
  ports::ObjectStore* store;
  std::string group;
  SimulatedSource source;
  planning::Policy policy;
  std::string key;
  Memory memory;
  std::shared_ptr<const Load> load;
  std::shared_ptr<const simulation::Plant> plant;  // policies point to it
  Timestamp now;                                   // a whole minute
  std::unique_ptr<simulation::SimulatedCloud> cloud;
  // The group's own. It steers until a capacity is asked for, and again from when a minimum is raised: who asks for
  // that leaves the rest to it.
  std::unique_ptr<simulation::Policy> own_policy;

  // Plays everything from the opening to now.
  void replay() {
    simulation::CloudOptions options;
    options.plant = *plant;
    options.start = load->workload.trace.range().start;
    options.initial = 8;
    options.outages = load->workload.outages;
    options.observed = load->observed;
    cloud = std::make_unique<simulation::SimulatedCloud>(load->workload.trace, options);
    steer_itself();
    for (Asked asked : memory.asked) {
      if (asked.time > now) break;
      play_to(asked.time);
      // Limits may have been narrowed since: what was asked then is taken as it can be now.
      asked.capacity = simulation::clip_capacity(asked.capacity, *plant);
      (void)take(asked);
    }
    play_to(now);
  }

  Result<void> take(const Asked& asked) {
    auto taken = asked.until ? cloud->group().raise_minimum(asked.capacity, asked.time, *asked.until)
                             : cloud->group().set_desired(asked.capacity);
    if (!taken) return taken;
    if (!asked.until) {
      own_policy.reset();
    } else if (!own_policy) {
      steer_itself();
    }
    return {};
  }

  void steer_itself() {
    const simulation::PolicyFamily* family = simulation::find_peer("target_tracking");
    own_policy = family != nullptr ? family->make(family->usual, {plant.get(), nullptr, 0}) : nullptr;
  }

  void play_to(Timestamp until) {
    if (until > cloud->now()) cloud->advance_to(until, own_policy.get());
  }
};

class SimulatedWorld::Metrics final : public ports::MetricSource {
 public:
  explicit Metrics(std::shared_ptr<State> state) : state_(std::move(state)) {}
  Result<std::vector<Row>> read(TimeRange range, Duration interval) override {
    return state_->cloud->metrics().read(range, interval);
  }

 private:
  std::shared_ptr<State> state_;
};

class SimulatedWorld::Group final : public ports::ScalingGroup {
 public:
  explicit Group(std::shared_ptr<State> state) : state_(std::move(state)) {}
  ports::Capabilities capabilities() const override { return state_->cloud->group().capabilities(); }
  Result<ports::GroupState> describe() override { return state_->cloud->group().describe(); }
  Result<std::vector<ports::Launch>> launches(Timestamp since) override {
    return state_->cloud->group().launches(since);
  }
  Result<std::vector<ports::LaunchFailure>> launch_failures(Timestamp) override { return {}; }
  Result<void> set_desired(int desired) override {
    return ask([this, desired]() -> std::optional<Asked> {
      const std::vector<Asked>& asked = state_->memory.asked;
      if (!asked.empty() && !asked.back().until && asked.back().capacity == desired) return std::nullopt;
      return Asked{state_->now, desired, std::nullopt};
    });
  }
  Result<void> raise_minimum(int minimum, Timestamp, Timestamp until) override {
    return ask([this, minimum, until]() -> std::optional<Asked> {
      const State& state = *state_;
      const std::optional<int> raised = describe()->raised_minimum;
      if (minimum <= state.plant->min)
        return raised ? std::optional(Asked{state.now, minimum, state.now}) : std::nullopt;
      const auto& asked = state.memory.asked;
      const auto last = std::find_if(asked.rbegin(), asked.rend(), [](const Asked& a) { return a.until.has_value(); });
      const bool stands = raised == minimum && *last->until >= until && *last->until <= until + kFloorSlack;
      return stands ? std::nullopt : std::optional(Asked{state.now, minimum, until + kFloorSlack});
    });
  }

 private:
  // Takes what `wanted` makes of what was asked before, and remembers it; nothing where that stands already.
  Result<void> ask(const std::function<std::optional<Asked>()>& wanted) {
    State& state = *state_;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      Memory changed = state.memory;
      if (!changed.asked.empty() && changed.asked.back().time > state.now) {
        return fail(ErrorCode::unavailable,
                    fmt::format("the clock went back: the group was asked for {} at {}, but now is {}",
                                changed.asked.back().capacity, format_timestamp(changed.asked.back().time),
                                format_timestamp(state.now)));
      }
      const auto asked = wanted();
      if (!asked) return {};
      if (auto taken = state.take(*asked); !taken) return taken;
      changed.asked.push_back(*asked);
      const auto put = state.store->put(state.key, format(changed), ports::PutCondition::if_match(changed.etag));
      if (put) {
        changed.etag = *put;
        state.memory = std::move(changed);
        return {};
      }
      // What the cloud has taken the store may not know: the next advance() looks.
      state.memory.etag.clear();
      if (put.error().code != ErrorCode::conflict) return tl::unexpected(with_context(put.error(), state.key));
      const auto object = state.store->get(state.key);
      if (!object) return tl::unexpected(with_context(object.error(), state.key));
      auto newer = parse(*object, state.key);
      if (!newer) return tl::unexpected(newer.error());
      state.memory = std::move(*newer);
      state.replay();
    }
    return fail(ErrorCode::conflict, state.key + ": other writers were faster each time");
  }

  std::shared_ptr<State> state_;
};

SimulatedWorld::SimulatedWorld(std::shared_ptr<State> state) : state_(std::move(state)) {}
SimulatedWorld::~SimulatedWorld() = default;

Result<std::shared_ptr<SimulatedWorld::State>> SimulatedWorld::make(ports::ObjectStore& store, const std::string& group,
                                                                    const SimulatedSource& source,
                                                                    const planning::Policy& policy, Timestamp now,
                                                                    Visitor visitor) {
  const std::string key = key_of(group);
  Memory memory;
  std::shared_ptr<const Load> load;
  for (int attempt = 0; attempt < kAttempts && !load; ++attempt) {
    const auto object = store.get(key);
    if (!object && object.error().code != ErrorCode::not_found) return tl::unexpected(object.error());
    ports::PutCondition condition = ports::PutCondition::if_absent();
    if (object) {
      auto known = parse(*object, key);
      if (!known) return tl::unexpected(known.error());
      if (now < known->closes()) {
        memory = std::move(*known);
        auto made = load_of(memory);
        if (!made) return tl::unexpected(made.error());
        load = std::move(*made);
        break;
      }
      if (visitor == Visitor::command) {
        if (auto may = may_replace(store, key, *known, now); !may) return tl::unexpected(may.error());
      }
      memory.own_time = known->own_time;
      condition = ports::PutCondition::if_match(object->etag);
    }
    const bool own_time = memory.own_time;
    memory = new_shop(source, now);
    memory.own_time = own_time;
    auto made = load_of(memory);
    if (!made) return tl::unexpected(made.error());
    if (visitor == Visitor::looker) {
      load = std::move(*made);
      break;
    }
    const auto put = store.put(key, format(memory), condition);
    if (!put && put.error().code == ErrorCode::conflict) continue;
    if (!put) return tl::unexpected(with_context(put.error(), key));
    memory.etag = *put;
    load = std::move(*made);
    const auto calendar = store.put(group + "/business_calendar.json", load->workload.business_calendar,
                                    ports::PutCondition::if_absent());
    if (!calendar && calendar.error().code != ErrorCode::conflict) return tl::unexpected(calendar.error());
  }
  if (!load) return fail(ErrorCode::conflict, key + ": other writers were faster each time");
  if (now < load->workload.trace.range().start) {
    return fail(ErrorCode::unavailable,
                fmt::format("the clock went back: the shop opened at {}, but now is {}",
                            format_timestamp(load->workload.trace.range().start), format_timestamp(now)));
  }
  simulation::Plant plant = load->workload.plant;
  plant.boot = static_cast<int>((source.boot + kMinute - Duration{1}) / kMinute);
  plant.min = std::max(1, policy.min);
  plant.max = std::max(plant.min, policy.max);
  auto state = std::make_shared<State>(State{&store, group, source, policy, key, std::move(memory), std::move(load),
                                             std::make_shared<const simulation::Plant>(plant), floor_to(now, kMinute),
                                             nullptr, nullptr});
  state->replay();
  return state;
}

Result<std::shared_ptr<SimulatedWorld>> SimulatedWorld::open(ports::ObjectStore& store, const std::string& group,
                                                             const SimulatedSource& source,
                                                             const planning::Policy& policy, Timestamp now,
                                                             Visitor visitor) {
  auto state = make(store, group, source, policy, now, visitor);
  if (!state) return tl::unexpected(state.error());
  return std::shared_ptr<SimulatedWorld>(new SimulatedWorld(std::move(*state)));
}

Result<void> SimulatedWorld::found(ports::ObjectStore& store, const std::string& group, std::uint64_t seed,
                                   Timestamp start, int history_weeks,
                                   const std::vector<std::pair<Timestamp, int>>& asked) {
  Memory memory;
  memory.seed = seed;
  memory.start = start;
  memory.history_weeks = history_weeks;
  memory.own_time = true;
  for (const auto& [time, desired] : asked) memory.asked.push_back({time, desired, std::nullopt});
  const auto load = load_of(memory);
  if (!load) return tl::unexpected(load.error());
  const auto put = store.put(key_of(group), format(memory), ports::PutCondition::always());
  if (!put) return tl::unexpected(with_context(put.error(), key_of(group)));
  const auto calendar =
      store.put(group + "/business_calendar.json", (*load)->workload.business_calendar, ports::PutCondition::always());
  if (!calendar) return tl::unexpected(calendar.error());
  return {};
}

Result<std::optional<Timestamp>> SimulatedWorld::own_time(ports::ObjectStore& store, const std::string& group) {
  const std::string key = key_of(group);
  const auto object = store.get(key);
  if (!object && object.error().code == ErrorCode::not_found) return std::nullopt;
  if (!object) return tl::unexpected(with_context(object.error(), key));
  const auto memory = parse(*object, key);
  if (!memory) return tl::unexpected(memory.error());
  if (!memory->own_time) return std::nullopt;
  const auto last = records::Ledger(store, group).latest(memory->closes(), [](const records::Record& record) {
    return !record.decision.dry_run;
  });
  if (!last) return tl::unexpected(last.error());
  if (*last) return (*last)->decision.now;
  return memory->asked.empty() ? memory->start + kWeek * memory->history_weeks : memory->asked.back().time;
}

Result<void> SimulatedWorld::advance(Timestamp now) {
  State& state = *state_;
  const auto object = state.store->get(state.key);
  if (!object && object.error().code != ErrorCode::not_found) return tl::unexpected(object.error());
  const bool same = object && !state.memory.etag.empty() && object->etag == state.memory.etag;
  if (same && floor_to(now, kMinute) >= state.now && now < state.memory.closes()) {
    state.now = floor_to(now, kMinute);
    state.play_to(state.now);
    return {};
  }
  // Another process asked for something, time went back, or a new shop opens: as if for the first time.
  auto fresh = make(*state.store, state.group, state.source, state.policy, now, Visitor::daemon);
  if (!fresh) return tl::unexpected(fresh.error());
  state = std::move(**fresh);
  return {};
}

Timestamp SimulatedWorld::history_start() const {
  return state_->load->workload.trace.range().start;
}
std::unique_ptr<ports::MetricSource> SimulatedWorld::metrics() {
  return std::make_unique<Metrics>(state_);
}
std::unique_ptr<ports::ScalingGroup> SimulatedWorld::group() {
  return std::make_unique<Group>(state_);
}

}  // namespace almanac::wiring
