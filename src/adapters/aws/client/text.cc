#include "adapters/aws/client/text.h"

#include <cerrno>
#include <cstdio>
#include <memory>

namespace almanac::adapters::aws {

Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t longest) {
  const auto error = [&](ErrorCode code, std::string_view what) {
    return fail(code, path.string() + ": " + std::string(what));
  };
  if (path == "/dev/null") return std::string();  // how people say "no such file" in a variable
  std::error_code status_error;
  const auto status = std::filesystem::status(path, status_error);
  if (status.type() == std::filesystem::file_type::not_found) return error(ErrorCode::not_found, "no such file");
  if (status_error == std::errc::permission_denied)
    return error(ErrorCode::permission_denied, "may not be read by this user");
  if (status.type() != std::filesystem::file_type::regular)
    return error(ErrorCode::invalid_input, "is no regular file");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (!file) {
    if (errno == EACCES) return error(ErrorCode::permission_denied, "may not be read by this user");
    return error(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable, "cannot be opened");
  }
  std::string bytes(longest + 1, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
  if (std::ferror(file.get()) != 0) return error(ErrorCode::unavailable, "reading failed");
  if (bytes.size() > longest)
    return error(ErrorCode::invalid_input, "is longer than the " + std::to_string(longest) + " bytes expected at most");
  return bytes;
}

}  // namespace almanac::adapters::aws
