#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/mutex.h"
#include "core/result.h"
#include "daemon/lease_keeper.h"
#include "daemon/log.h"
#include "daemon/observer.h"
#include "daemon/setup.h"
#include "daemon/workers.h"
#include "ports/clock.h"
#include "records/overrides.h"

namespace almanac::daemon {

struct DaemonOptions {
  wiring::SessionOptions session;             // store and groups chosen on the command line
  std::shared_ptr<ports::ObjectStore> store;  // instead of the configuration's, where it is not null
  std::string holder;                         // of the lease: "host:pid"
  std::chrono::milliseconds lease{60000};     // how long it lasts without a renewal
  double speed = 1;                           // of the clock, for people
  int workers = 8;                            // ticks at once
  bool train = true;
};

// How the process is.
struct Status {
  Timestamp now{}, started{};
  bool active = false;
  std::string holder;  // of the lease: this process or another
  double speed = 1;
  Duration interval{0};
  std::size_t groups = 0;
  std::optional<Round> last_round;  // finished, but for those that wait
  Timestamp next_tick{};
};

// All stages of all groups, on schedule, while this process holds the lease. The caller's loop looks at the clock
// through step(); everything that takes time happens in workers, so that a group which fails, hangs or trains keeps no
// other from its tick:
// - a group that is still busy with a tick is skipped and counted;
// - a group whose metrics are awaited (control/punctuality.h) is looked at again each minute;
// - a group whose last tick was slow ticks among the slow ones, in workers of their own;
// - training has one worker, at low priority.
// The other methods may be called from any thread.
class Daemon {
 public:
  // Opens the store and asks for the lease; nothing else happens yet. `clock`, `log` and `observer` must outlive it.
  static Result<std::unique_ptr<Daemon>> start(wiring::Config config, DaemonOptions options, const ports::Clock& clock,
                                               Log log, Observer& observer);
  ~Daemon();  // waits for what has begun; the lease is not released
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Begins what is due. Answers when to look again; looking earlier does no harm, and is how a takeover or a clock that
  // was set is noticed.
  Timestamp step();
  // From the next ticks on. invalid_input, and everything stays as it is, where store or interval differ: that takes a
  // restart.
  Result<void> reload(wiring::Config config);
  // Begins nothing more, gives ticks (also queued ones) so long to finish, ends a training, releases the lease.
  void stop(std::chrono::milliseconds grace);

  bool active() const { return lease_->held(); }
  // False when every worker has hung for so long that only a restart helps: what the watchdog asks.
  bool healthy() const;
  std::string summary() const;  // for `systemctl status`
  // Waits until nothing is queued or running: for tests.
  bool wait_idle(std::chrono::milliseconds at_most);
  std::shared_ptr<Setup> setup() const;

  Status status() const;
  // Whether groups are being served; unavailable with the reason in words while they are not.
  Result<void> readiness() const;

  // What a person asks of a group. Recorded in its ActionLog before it takes effect; answered with what is in force
  // afterwards. No call waits for a tick to end. not_found: there is no such group here; invalid_input: what this group
  // cannot do, and as of records::OverrideStore::apply.
  Result<records::Overrides> change(const std::string& group, const records::Change& change);
  // Trained as soon as its worker is free. conflict: another process is the active one.
  Result<records::Overrides> train(const std::string& group, const std::string& who, const std::string& why);

 private:
  struct Slot;
  struct Running;
  Daemon(std::shared_ptr<Setup> setup, DaemonOptions options, const ports::Clock& clock, Log log, Observer& observer);

  void note_role();
  void begin_round(Timestamp tick, Timestamp now);
  void look_again(Timestamp tick, Timestamp now);
  void submit(const std::vector<std::shared_ptr<Slot>>& slots, const std::shared_ptr<Running>& round);
  void run_tick(const std::shared_ptr<Slot>& slot, const std::shared_ptr<Running>& round);
  Result<control::TickReport> tick(Slot& slot, const Running& round);
  void end_group(const std::shared_ptr<Running>& round, bool failed, bool waiting);
  void end_round(Round done, bool is_again);
  void begin_trainings(Timestamp now);
  void plan(const std::shared_ptr<Slot>& slot);
  void run_training(const std::shared_ptr<Slot>& slot);
  void make_slots();
  void say(Level level, const std::string& message, const std::string& group = "",
           std::optional<Timestamp> tick = std::nullopt, std::optional<double> seconds = std::nullopt) const;
  // Says who asked for what, and tells the observer.
  void acted(const std::string& group, std::string_view asked, const std::string& who, const std::string& why);

  DaemonOptions options_;
  const ports::Clock& clock_;
  Log log_;
  Observer& observer_;
  Timestamp started_;
  std::shared_ptr<Setup> lease_setup_;  // whose store the lease lives in

  std::optional<bool> was_active_;  // of the loop alone

  mutable Mutex mutex_;  // taken before a slot's
  std::shared_ptr<Setup> setup_ ALMANAC_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<Slot>> slots_ ALMANAC_GUARDED_BY(mutex_);
  std::optional<Timestamp> last_tick_ ALMANAC_GUARDED_BY(mutex_);  // begun by this process as the active one
  Timestamp last_look_ ALMANAC_GUARDED_BY(mutex_){};               // at groups whose metrics are awaited
  std::optional<Round> last_round_ ALMANAC_GUARDED_BY(mutex_);     // finished, but for those that wait
  bool stopping_ ALMANAC_GUARDED_BY(mutex_) = false;

  std::unique_ptr<LeaseKeeper> lease_;
  std::atomic<bool> end_trainings_{false};
  std::unique_ptr<Workers> ticks_, slow_, training_;
};

}  // namespace almanac::daemon
