#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/finding.h"
#include "core/result.h"
#include "core/time.h"
#include "dataset/csv.h"
#include "kinds/shelf.h"
#include "ports/clock.h"
#include "ports/http_transport.h"
#include "ports/metric_source.h"
#include "ports/object_store.h"
#include "ports/scaling_group.h"
#include "settings/key.h"
#include "settings/values.h"

namespace almanac::kinds {

// Who has a group made, which is what may be written then.
enum class Visitor {
  daemon,   // lives on and works on it
  command,  // works on it once
  looker,   // nothing is written
};

// What the target will be asked for: what its permissions must allow.
struct Steering {
  int min = 0;
  int max = 0;
  bool sets_desired = false;
  bool raises_minimum = false;
};

// What is told the time of every tick that follows, before anything is read, where a group is kept from tick to tick.
// After an error the group is made anew.
using Followers = std::vector<std::function<Result<void>(Timestamp)>>;

class TargetKind;

// Where something is made: its group, and what it may use. References outlive everything that is made.
struct Surroundings {
  std::string group;  // its name
  Duration interval{300};
  Steering steering;
  std::optional<double> capacity_per_instance;  // as almanac.yaml states it
  const TargetKind& target;                     // what is scaled ...
  const settings::Values& target_values;        // ... and what its block says
  Visitor visitor = Visitor::command;
  ports::ObjectStore& store;
  std::shared_ptr<const ports::Clock> clock;                         // the time of the tick
  std::function<std::shared_ptr<ports::HttpTransport>()> transport;  // one for everything, made when it is asked for
  const Shelf& session;                                              // what wiring has put there
  std::shared_ptr<Shelf> beside = std::make_shared<Shelf>();         // of this group; its target is made first
  std::shared_ptr<Followers> followers = std::make_shared<Followers>();
};

// What `almanac doctor` was asked to do.
struct Examination {
  // Look into the permissions of this role or user instead of those whose credentials are in use.
  std::optional<std::string> role;
  bool try_writes = false;     // ask for what stands already, to see whether writing is allowed
  std::optional<int> desired;  // what stands; empty when the group does not answer
  Timestamp now;
};

// What metrics kinds and target kinds have in common. A kind has no state: there is one of each in the program.
class Kind {
 public:
  virtual ~Kind() = default;

  virtual std::string name() const = 0;  // `kind:` in almanac.yaml: "csv"
  virtual std::string doc() const = 0;   // a sentence for schema and key table
  virtual settings::Keys keys() const = 0;
  // What the keys cannot say each for itself. Only of blocks that could be read.
  virtual void check(const settings::Values&, settings::Mistakes&) const {}
  // Whose account must answer before anything else is worth asking, in a word; empty: nobody's.
  virtual std::string account() const { return ""; }
  // Made up: nothing of it may come among what is real, and its time may be another than the clock's.
  virtual bool simulated() const { return false; }
};

// A source of metrics, and how far back it is worth asking.
struct Metrics {
  std::shared_ptr<ports::MetricSource> source;
  std::optional<Timestamp> first;   // its first row, where that is known
  std::optional<Duration> history;  // for how long it keeps rows, where that is known
};

using Columns = std::vector<std::string>;
// What metrics may feed: all columns of a row but the calendar's.
Columns all_columns();

class MetricsKind : public Kind {
 public:
  virtual std::string thing() const = 0;  // for messages: "a CSV file"
  // What a source of these values may know. In the order of all_columns().
  virtual Columns columns(const settings::Values&) const { return all_columns(); }
  // The kind of target without which it cannot be; empty: none.
  virtual std::string needs_target() const { return ""; }
  virtual Result<Metrics> make(const settings::Values& values, const Surroundings& around) const = 0;

  virtual Findings examine(const settings::Values&, const Surroundings&, const Examination&) const { return {}; }
  // By column, what to do where it never came.
  virtual std::map<std::string, std::string> advice(const settings::Values&, const Surroundings&) const { return {}; }
};

class TargetKind : public Kind {
 public:
  // What can be asked of a target of this kind at all: nothing, where it can only be watched.
  virtual ports::Capabilities capabilities() const { return {true, true, true}; }
  // True: it has a minimum and a maximum itself, which almanac.yaml may narrow.
  virtual bool has_limits() const { return false; }
  // Launch to in service, where nothing can be measured.
  virtual std::optional<Duration> usual_lead_time(const settings::Values&) const { return std::nullopt; }
  // The time it lives in, where that is not the clock's. Errors of the store.
  virtual Result<std::optional<Timestamp>> own_time(ports::ObjectStore&, const std::string& /*group*/) const {
    return std::nullopt;
  }
  virtual Result<std::shared_ptr<ports::ScalingGroup>> make(const settings::Values& values,
                                                            const Surroundings& around) const = 0;

  virtual Findings examine(const settings::Values&, const Surroundings&, const Examination&) const { return {}; }
};

// The kinds that a configuration may name.
struct Kinds {
  std::vector<const MetricsKind*> metrics;
  std::vector<const TargetKind*> targets;
};

}  // namespace almanac::kinds
