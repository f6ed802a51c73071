#pragma once

#include <optional>
#include <string>

#include "core/result.h"
#include "core/time.h"
#include "ports/object_store.h"

namespace almanac::records {

// What this process is called as the holder of a lease: "host:pid".
std::string this_process();

// The process that works on this store, as its lease names it; empty where nobody does. A lease that was not renewed
// for as long as it lasts (and some seconds) is nobody's any more, nor is that of a process of this machine that is
// gone. `wall` is the time of day. Errors as of look_at_lease.
Result<std::optional<std::string>> living_daemon(ports::ObjectStore& store, Timestamp wall);

}  // namespace almanac::records
