#pragma once

namespace almanac::app {

// The whole program: parses the command line, runs the command, prints errors to standard error, and returns the exit
// code (ExitCode).
int run_program(int argc, const char* const* argv);

}  // namespace almanac::app
