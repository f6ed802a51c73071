#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"
#include "planning/planner.h"
#include "ports/object_store.h"

namespace almanac::records {

// What a person set against the configuration: for a time, with a name and a reason. All of it ends by itself.

// Who set an override, and why.
struct Origin {
  std::string who;
  std::string why;
  Timestamp since{};

  bool operator==(const Origin&) const = default;
};

struct Overrides {
  struct Pause {  // decide and record, send nothing
    Timestamp until{};
    Origin origin;
    bool operator==(const Pause&) const = default;
  };
  struct Floor {  // never fewer instances
    int capacity = 0;
    Timestamp until{};
    Origin origin;
    bool operator==(const Floor&) const = default;
  };
  struct ModeChange {  // instead of the configured mode
    planning::Mode mode = planning::Mode::own;
    std::optional<Timestamp> until;  // empty: until somebody ends it
    Origin origin;
    bool operator==(const ModeChange&) const = default;
  };
  std::optional<Pause> pause;
  std::optional<Floor> floor;
  std::optional<ModeChange> mode;

  bool none() const { return !pause && !floor && !mode; }
  // Without what has ended at `now`.
  Overrides at(Timestamp now) const;
  bool operator==(const Overrides&) const = default;
};

// "paused until 2026-11-27T10:00:00Z by anna: a migration", and the like.
std::string describe(const Overrides::Pause& pause);
std::string describe(const Overrides::Floor& floor);
std::string describe(const Overrides::ModeChange& mode);

// {"pause": {"until", "why", "who", "since"} | null, "floor": {"capacity", ...} | null, "mode": {"mode", ...} | null};
// times are ISO 8601.
std::string to_json(const Overrides& overrides);
// Times may be whole seconds since the epoch too, as older files have them. corrupt when the text is no such object.
// Keys that are not known are ignored.
Result<Overrides> overrides_from_json(std::string_view text);

// One change that a person asks for.
struct Change {
  enum class Kind { pause, resume, floor, clear_floor, mode, clear_mode };
  Kind kind = Kind::pause;
  std::string who;  // never empty
  std::string why;
  std::optional<Timestamp> until;  // needed for pause and floor
  int capacity = 0;                // of a floor
  planning::Mode mode = planning::Mode::own;
};

std::string_view to_string(Change::Kind kind);

// The overrides of a group, in <group>/overrides.json. Safe with several writers.
class OverrideStore {
 public:
  OverrideStore(ports::ObjectStore& store, std::string group) : store_(store), group_(std::move(group)) {}

  // As they are stored, ended ones among them; none where nothing is stored. corrupt: somebody wrote there by hand.
  Result<Overrides> load() const;

  // Makes the change and answers with what is in force afterwards. The change is recorded in the group's ActionLog
  // first: what cannot be recorded is not done. A stored object that is corrupt is replaced.
  // invalid_input: a pause or floor without an end, an end that has passed or lies over a year ahead, nobody's name, a
  // text that is too long, a negative capacity.
  Result<Overrides> apply(const Change& change, Timestamp now);

 private:
  std::string key() const { return group_ + "/overrides.json"; }
  Result<Overrides> write(const Change& change, Timestamp now);

  ports::ObjectStore& store_;
  std::string group_;
};

}  // namespace almanac::records
