#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"
#include "core/time.h"
#include "ports/object_store.h"

namespace almanac::records {

// A lease as it stands in the store.
struct SeenLease {
  std::string holder;  // "host:pid"
  std::chrono::milliseconds lasts{0};
  Timestamp renewed{};
};

// Who holds the store's lease by what is written there, for those who do not want it; empty: nobody. Whether the holder
// still lives only time tells: one that does renews it three times while it lasts. corrupt, and errors of the store.
Result<std::optional<SeenLease>> look_at_lease(ports::ObjectStore& store);

// One writer at a time: a lease in the store, almanac-lease.json. Whoever holds it renews it; whoever does not watches
// it, and takes it when it was released or when it has not been renewed for as long as it lasts. That is measured by
// the watcher's own steady clock, so that clocks which disagree cannot make two holders: a holder counts from before
// its write, a watcher from after its read. A lease that ended long ago by its own words is taken at once.
//
// The lease keeps two processes from doing the work twice and from disagreeing; that nothing happens twice even so is
// the ledger's business.
class Lease {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  using Span = std::chrono::milliseconds;

  // `holder` tells people who it is ("host:pid"). Renew it three times while it lasts. `nonce` tells two holders of one
  // name apart; random.
  Lease(ports::ObjectStore& store, std::string holder, Span lasts, std::uint64_t nonce);

  // Renews, takes, or looks. True when it is held from now on. An error leaves what was held until its time is up.
  // `wall` is the time of day, for people.
  Result<bool> renew(Moment now, Timestamp wall);
  // Ends it, so that another may take it at once. Nothing where it is not held.
  Result<void> release(Moment now, Timestamp wall);

  // Whether it is held at `now`: work that must not be done twice asks this before it begins.
  bool held(Moment now) const { return held_until_ && now < *held_until_; }
  // Who held it when it was last read; empty: nobody.
  const std::string& last_holder() const { return last_holder_; }

 private:
  friend Result<std::optional<SeenLease>> look_at_lease(ports::ObjectStore& store);
  struct Stored;
  static Result<Stored> parse(const std::string& bytes);
  std::string text(const std::string& holder, Timestamp wall) const;
  bool is_free(const Stored& stored, const std::string& etag, Moment now, Timestamp wall);
  Result<bool> take(const ports::PutCondition& condition, Moment now, Timestamp wall);

  ports::ObjectStore& store_;
  std::string holder_;
  Span lasts_;
  std::uint64_t nonce_;
  std::uint64_t renewals_ = 0;
  std::optional<Moment> held_until_;
  std::string last_holder_;
  std::string watched_;  // etag of the lease that somebody else holds ...
  Moment since_{};       // ... and when it was first seen
};

}  // namespace almanac::records
