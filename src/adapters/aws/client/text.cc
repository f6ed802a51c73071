#include "adapters/aws/client/text.h"

#include <cerrno>
#include <cstdio>
#include <memory>

namespace almanac::adapters::aws {
namespace {

// Bytes of the UTF-8 character that starts here; 0 when none does.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xC2 ? 0 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  if (length == 0 || length > text.size() || byte(0) > 0xF4) return 0;
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string_view trimmed(std::string_view text) {
  static constexpr std::string_view kSpace = " \t\r\n\f\v";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string for_message(std::string_view text, std::size_t longest) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text.substr(at));
    const auto byte = static_cast<unsigned char>(text[at]);
    // C1 control characters are U+0080 to U+009F, written C2 80 to C2 9F.
    const bool control =
        byte < 0x20 || byte == 0x7F || (length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0);
    const std::string_view shown = length == 0 || control ? " " : text.substr(at, length);
    if (clean.size() + shown.size() > longest) return clean + "...";
    clean += shown;
    at += length == 0 ? 1 : length;
  }
  return clean;
}

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
