#include "adapters/simulated/simulated_kinds.h"

#include <fmt/format.h>

#include "adapters/simulated/simulated_world.h"
#include "core/check.h"
#include "settings/key.h"

namespace almanac::adapters::simulated {
namespace {

class SimulatedTarget final : public kinds::TargetKind {
 public:
  std::string name() const override { return "simulated"; }
  std::string doc() const override {
    return "The group of a built-in shop that needs no cloud; the same seed gives the same load.";
  }
  settings::Keys keys() const override {
    return {settings::count("seed", "Which shop.").otherwise_is("1"),
            settings::duration("boot", "Time from the launch of an instance to its service.")
                .expecting("a duration such as 8m")
                .otherwise_is("8m"),
            settings::duration("history", "How far back the first collection finds rows.")
                .expecting("a duration such as 8w")
                .more_than_zero()
                .otherwise_is("8w")};
  }
  void check(const settings::Values& values, settings::Mistakes& mistakes) const override {
    // A shop that takes longer than a day to open an instance, or remembers more than ten years, is no shop.
    const auto at_most = [&](const char* key, Duration most, const char* words) {
      if (values.get<Duration>(key) <= most) return;
      mistakes.add(values.place(key),
                   fmt::format("expected at most {}, found {}", words, format_duration(values.get<Duration>(key))));
    };
    at_most("boot", kDay, "1d");
    at_most("history", 520 * kWeek, "520w");
  }
  bool simulated() const override { return true; }
  std::optional<Duration> usual_lead_time(const settings::Values& values) const override {
    return values.get<Duration>("boot");
  }
  Result<std::optional<Timestamp>> own_time(ports::ObjectStore& store, const std::string& group) const override {
    return SimulatedWorld::own_time(store, group);
  }

  Result<std::shared_ptr<ports::ScalingGroup>> make(const settings::Values& values,
                                                    const kinds::Surroundings& around) const override {
    const SimulatedSource source{static_cast<std::uint64_t>(values.get<std::int64_t>("seed")),
                                 values.get<Duration>("boot"), values.get<Duration>("history")};
    auto opened = SimulatedWorld::open(around.store, around.group, source, {around.steering.min, around.steering.max},
                                       around.clock->now(), around.visitor);
    if (!opened) return tl::unexpected(opened.error());
    const std::shared_ptr<SimulatedWorld> world = *opened;
    around.beside->put(world);
    around.followers->push_back([world](Timestamp now) { return world->advance(now); });
    return world->group();
  }
};

class SimulatedMetrics final : public kinds::MetricsKind {
 public:
  std::string name() const override { return "simulated"; }
  std::string thing() const override { return "a simulated shop"; }
  std::string doc() const override { return "The load of the built-in shop whose group is the target."; }
  settings::Keys keys() const override { return {}; }
  bool simulated() const override { return true; }
  std::string needs_target() const override { return "simulated"; }

  Result<kinds::Metrics> make(const settings::Values&, const kinds::Surroundings& around) const override {
    const auto world = around.beside->find<SimulatedWorld>();
    ALMANAC_CHECK(world != nullptr, "a simulated shop has metrics only beside its group");
    return kinds::Metrics{world->metrics(), world->history_start(), std::nullopt};
  }
};

}  // namespace

const kinds::TargetKind& simulated_target() {
  static const SimulatedTarget kind;
  return kind;
}

const kinds::MetricsKind& simulated_metrics() {
  static const SimulatedMetrics kind;
  return kind;
}

}  // namespace almanac::adapters::simulated
