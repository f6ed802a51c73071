#pragma once

#include <iosfwd>

#include "app/terminal.h"
#include "core/result.h"
#include "wiring/session.h"

namespace almanac::app {

using wiring::Access;
using wiring::GroupConfig;
using wiring::Needs;
using wiring::Session;

// What the process answers to whoever called it (docs/commands.md).
enum ExitCode : int {
  kDone = 0,
  kUsage = 2,        // the command line or almanac.yaml is wrong
  kData = 3,         // a file, row or model cannot be used, or what was asked for is not there
  kUnavailable = 4,  // store, metrics or group did not answer; the same command may succeed later
  kDenied = 5,       // no permission, or no space left: somebody must mend it
};

ExitCode exit_code_of(const Error& error);
// The same where no work has begun: what is wrong or not there then is the command line, or almanac.yaml.
ExitCode exit_code_before_work(const Error& error);

// Options that every command takes.
struct CommonOptions : wiring::SessionOptions {
  bool json = false;
};

// Where a command writes: results to out, everything about them to err.
struct Console {
  std::ostream& out;
  std::ostream& err;
  Style style;  // of out
  ProgressBar& bar;
};

}  // namespace almanac::app
