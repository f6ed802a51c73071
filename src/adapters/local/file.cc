#include "adapters/local/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "adapters/local/file_descriptor.h"

namespace almanac::adapters {
namespace {

ErrorCode code_of(int error_number) {
  switch (error_number) {
    case ENOENT:
      return ErrorCode::not_found;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ErrorCode::storage_full;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::permission_denied;
    case ENOTDIR:
    case EISDIR:
    case EEXIST:
    case ENOTEMPTY:
    case ELOOP:
    case EINVAL:
    case ENAMETOOLONG:
      return ErrorCode::invalid_input;
    default:
      return ErrorCode::unavailable;
  }
}

}  // namespace

Error system_error(int error_number, std::string_view what, const std::filesystem::path& path) {
  std::string_view hint;
  if (error_number == ENOTDIR) hint = " (a file is where a folder should be)";
  if (error_number == EISDIR) hint = " (a folder is where a file should be)";
  return {code_of(error_number),
          fmt::format("{}: {}: {}{}", path.string(), what, std::generic_category().message(error_number), hint)};
}

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  // Without O_NONBLOCK opening a pipe would wait for its writer.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.ok()) return tl::unexpected(system_error(errno, "cannot open", path));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return tl::unexpected(system_error(errno, "cannot read", path));
  if (S_ISDIR(status.st_mode)) return fail(ErrorCode::not_found, fmt::format("{}: is a folder", path.string()));
  if (!S_ISREG(status.st_mode))
    return fail(ErrorCode::invalid_input, fmt::format("{}: is not a regular file", path.string()));
  if (static_cast<std::uint64_t>(status.st_size) > max_bytes)
    return fail(ErrorCode::invalid_input, fmt::format("{}: is larger than {} bytes", path.string(), max_bytes));

  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t n = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return tl::unexpected(system_error(errno, "cannot read", path));
    if (n == 0) break;  // someone truncated the file meanwhile
    filled += static_cast<std::size_t>(n);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace almanac::adapters
