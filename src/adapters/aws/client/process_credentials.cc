#include "adapters/aws/client/process_credentials.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "adapters/aws/client/credentials_json.h"
#include "adapters/aws/client/text.h"

extern char** environ;

namespace almanac::adapters::aws {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A pipe end that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int get() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

// 0 or an errno. The child leads a process group of its own, so that what it starts can be ended with it.
int spawn(const std::vector<std::string>& words, int output, pid_t& child) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (const int error = ::posix_spawn_file_actions_init(&actions)) return error;
  if (const int error = ::posix_spawnattr_init(&attributes)) {
    ::posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  sigset_t none;
  ::sigemptyset(&none);
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int error = ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (error == 0) error = ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (error == 0) error = ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  if (error == 0) error = ::posix_spawnattr_setpgroup(&attributes, 0);
  if (error == 0) error = ::posix_spawnattr_setsigmask(&attributes, &none);
  if (error == 0) error = ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  if (error == 0) error = ::posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return error;
}

enum class Reading { finished, timed_out, too_long, failed };

Reading read_output(int from, const ProcessLimits& limits, SteadyClock::time_point deadline, std::string& output) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
    if (left <= 0) return Reading::timed_out;
    pollfd waiting{from, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left));
    if (ready < 0 && errno != EINTR) return Reading::failed;
    if (ready <= 0) continue;
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno != EINTR) return Reading::failed;
    if (count == 0) return Reading::finished;
    if (count > 0) output.append(buffer.data(), static_cast<std::size_t>(count));
    if (output.size() > limits.output) return Reading::too_long;
  }
}

// Its wait status, or nothing when it does not end before the deadline although it closed its output.
std::optional<int> wait_for(pid_t child, SteadyClock::time_point deadline) {
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) return std::nullopt;
    if (SteadyClock::now() >= deadline) return std::nullopt;
    ::poll(nullptr, 0, 5);
  }
}

void end_group(pid_t child) {
  ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Result<std::vector<std::string>> split_command(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;  // a word, which may be empty: ''
  char quote = '\0';
  for (std::size_t at = 0; at < command.size(); ++at) {
    const char c = command[at];
    const char next = at + 1 < command.size() ? command[at + 1] : '\0';
    if (quote == '\'' || (quote == '"' && c != '\\')) {
      if (c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    } else if (c == '\\') {
      if (next == '\0') return fail(ErrorCode::invalid_input, "a command that ends in a backslash");
      const bool plain = quote == '"' && next != '"' && next != '\\' && next != '$' && next != '`';
      if (plain) word += c;
      word += next;
      inside = true;
      ++at;
    } else if (c == '\'' || c == '"') {
      quote = c;
      inside = true;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (inside) words.push_back(std::exchange(word, {}));
      inside = false;
    } else {
      word += c;
      inside = true;
    }
  }
  if (quote != '\0') return fail(ErrorCode::invalid_input, "a command with an open quote");
  if (inside) words.push_back(word);
  if (words.empty()) return fail(ErrorCode::invalid_input, "a command without a word");
  return words;
}

Result<std::string> run_process(const std::vector<std::string>& words, ProcessLimits limits) {
  const auto name = for_message(words.front());
  const auto deadline = SteadyClock::now() + limits.time;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(ErrorCode::unavailable, name + ": no pipe for its output");
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  pid_t child = -1;
  if (const int error = spawn(words, to.get(), child); error != 0) {
    if (error == ENOENT) return fail(ErrorCode::not_found, name + ": no such program");
    return fail(error == EACCES ? ErrorCode::permission_denied : ErrorCode::unavailable, name + ": cannot be started");
  }
  to.close();  // or the end of the output is never seen
  std::string output;
  auto reading = read_output(from.get(), limits, deadline, output);
  const auto status = reading == Reading::finished ? wait_for(child, deadline) : std::nullopt;
  if (!status) {
    end_group(child);
    if (reading == Reading::too_long)
      return fail(ErrorCode::corrupt, fmt::format("{}: wrote more than {} bytes", name, limits.output));
    if (reading == Reading::failed) return fail(ErrorCode::unavailable, name + ": its output cannot be read");
    return fail(ErrorCode::timed_out, fmt::format("{}: took longer than {} s", name, limits.time.count() / 1000.0));
  }
  if (WIFSIGNALED(*status))
    return fail(ErrorCode::unavailable, fmt::format("{}: was ended by signal {}", name, WTERMSIG(*status)));
  if (WEXITSTATUS(*status) != 0)
    return fail(ErrorCode::unavailable,
                fmt::format("{}: failed with exit status {}; run it by hand to see why", name, WEXITSTATUS(*status)));
  return output;
}

Result<Credentials> process_credentials(std::string_view command, std::string source, ProcessLimits limits) {
  const auto words = split_command(command);
  if (!words) return tl::unexpected(with_context(words.error(), source));
  const auto output = run_process(*words, limits);
  if (!output) return tl::unexpected(with_context(output.error(), source));
  return parse_credentials_json(
      *output, {.token_name = "SessionToken", .token_required = false, .version_required = true}, std::move(source));
}

}  // namespace almanac::adapters::aws
