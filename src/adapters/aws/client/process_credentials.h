#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/aws/client/credentials.h"
#include "core/result.h"

namespace almanac::adapters::aws {

// The words of a command as a POSIX shell would split them: white space separates, '...' and "..." and \ quote. Nothing
// is expanded, nothing redirected. invalid_input for an open quote or no word at all.
Result<std::vector<std::string>> split_command(std::string_view command);

struct ProcessLimits {
  std::chrono::milliseconds time{60'000};
  std::size_t output = 64U << 10U;
};

// Standard output of a program started without a shell, with no input and its error output dropped. Whatever it started
// is killed with it when it takes too long or says too much. not_found, timed_out, corrupt (too long), unavailable (it
// failed; with its exit status). Messages name the program's first word only: arguments may be secret.
Result<std::string> run_process(const std::vector<std::string>& words, ProcessLimits limits = {});

// The credential_process of a profile: its output is JSON of version 1.
Result<Credentials> process_credentials(std::string_view command, std::string source, ProcessLimits limits = {});

}  // namespace almanac::adapters::aws
