#include "adapters/local/folder_object_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "adapters/local/file.h"
#include "adapters/local/file_descriptor.h"
#include "core/check.h"
#include "ports/object_key.h"

namespace almanac::adapters {
namespace {

namespace fs = std::filesystem;

// '~' is not allowed in keys, so these names can never meet an object's.
constexpr const char* kLockName = "~lock";
constexpr const char* kTemporaryName = "~tmp";

std::string content_hash(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const int ok = EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  ALMANAC_CHECK(ok == 1, "SHA-256 is always available");
  std::string text;
  text.reserve(2 * size);
  for (unsigned int i = 0; i < size; ++i) fmt::format_to(std::back_inserter(text), "{:02x}", digest[i]);
  return text;
}

Result<void> sync_folder(const fs::path& folder) {
  const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok() || ::fsync(fd.get()) != 0) return tl::unexpected(system_error(errno, "cannot fsync folder", folder));
  return {};
}

// Makes `folder` and what is missing above it; a new name is durable only once the folder that holds it is.
Result<void> make_folders(const fs::path& folder, bool durable) {
  if (::mkdir(folder.c_str(), 0777) != 0) {
    if (errno == ENOENT && folder.has_relative_path() && folder.has_parent_path() && folder.parent_path() != folder) {
      if (auto parent = make_folders(folder.parent_path(), durable); !parent) return parent;
      if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
        return tl::unexpected(system_error(errno, "cannot make folder", folder));
    } else if (errno == EEXIST) {
      std::error_code ignored;
      if (!fs::is_directory(folder, ignored))
        return tl::unexpected(system_error(ENOTDIR, "cannot make folder", folder));
      return {};
    } else {
      return tl::unexpected(system_error(errno, "cannot make folder", folder));
    }
  }
  if (!durable) return {};
  const fs::path parent = folder.parent_path();
  return sync_folder(parent.empty() ? fs::path(".") : parent);
}

// Held while alive. Each opening of the lock file is its own flock owner, so it excludes threads as well as processes.
Result<FileDescriptor> lock_folder(const fs::path& folder) {
  const fs::path path = folder / kLockName;
  FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!fd.ok()) return tl::unexpected(system_error(errno, "cannot open the lock file", path));
  while (::flock(fd.get(), LOCK_EX) != 0)
    if (errno != EINTR) return tl::unexpected(system_error(errno, "cannot lock", path));
  return fd;
}

Result<void> write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return tl::unexpected(system_error(errno, "cannot write", path));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

// Writes the folder's temporary file. Only the holder of the folder's lock does, so whatever is there is the leftover
// of a crash.
Result<void> write_temporary(const fs::path& temporary, std::string_view bytes, bool durable) {
  ::unlink(temporary.c_str());
  const FileDescriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!fd.ok()) return tl::unexpected(system_error(errno, "cannot create", temporary));
  auto written = write_all(fd.get(), bytes, temporary);
  if (written && durable && ::fsync(fd.get()) != 0)
    written = tl::unexpected(system_error(errno, "cannot fsync", temporary));
  if (!written) ::unlink(temporary.c_str());
  return written;
}

Result<void> check_condition(const fs::path& path, std::string_view key, const ports::PutCondition& condition) {
  using Kind = ports::PutCondition::Kind;
  if (condition.kind == Kind::always) return {};
  const auto present = read_file(path);
  if (!present && present.error().code != ErrorCode::not_found) return tl::unexpected(present.error());
  if (condition.kind == Kind::if_absent && present)
    return fail(ErrorCode::conflict, fmt::format("{}: exists already", key));
  if (condition.kind == Kind::if_match && (!present || content_hash(*present) != condition.etag))
    return fail(ErrorCode::conflict, fmt::format("{}: was changed or removed by another writer", key));
  return {};
}

void list_folder(const fs::path& folder, const std::string& folder_key, std::string_view prefix,
                 std::vector<std::string>& keys, Result<void>& outcome) {
  std::error_code error;
  fs::directory_iterator it(folder, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    const std::string key = folder_key + it->path().filename().string();
    if (!ports::check_key(key)) continue;  // the lock, a leftover, or a file that is none of ours
    std::error_code ignored;
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) {
      const std::string below = key + "/";
      if (below.starts_with(prefix) || prefix.starts_with(below)) list_folder(it->path(), below, prefix, keys, outcome);
    } else if (key.starts_with(prefix) && it->is_regular_file(ignored)) {
      keys.push_back(key);
    }
  }
  // A folder that vanished meanwhile holds no objects.
  if (error && error != std::errc::no_such_file_or_directory)
    outcome = tl::unexpected(system_error(error.value(), "cannot list", folder));
}

}  // namespace

FolderObjectStore::FolderObjectStore(fs::path root, FolderOptions options)
    : root_(root.empty() ? fs::path(".") : std::move(root)), options_(options) {}

fs::path FolderObjectStore::path_of(std::string_view key) const {
  return root_ / fs::path(key);
}

Result<void> FolderObjectStore::check_root() {
  std::error_code error;
  if (fs::is_directory(root_, error)) {
    seen_ = true;
  } else if (seen_) {
    return fail(
        ErrorCode::unavailable,
        fmt::format("the folder {} was there and is gone; bring it back, or start anew without it", root_.string()));
  }
  return {};
}

Result<ports::Object> FolderObjectStore::get(std::string_view key) {
  if (auto valid = ports::check_key(key); !valid) return tl::unexpected(valid.error());
  if (auto there = check_root(); !there) return tl::unexpected(there.error());
  auto bytes = read_file(path_of(key));
  if (!bytes) return tl::unexpected(bytes.error());
  std::string etag = content_hash(*bytes);
  return ports::Object{std::move(*bytes), std::move(etag)};
}

Result<std::string> FolderObjectStore::put(std::string_view key, std::string_view bytes,
                                           const ports::PutCondition& condition) {
  if (auto valid = ports::check_key(key); !valid) return tl::unexpected(valid.error());
  if (auto there = check_root(); !there) return tl::unexpected(there.error());
  const fs::path path = path_of(key);
  const fs::path folder = path.parent_path();
  if (auto made = make_folders(folder, options_.durable); !made) return tl::unexpected(made.error());
  const auto lock = lock_folder(folder);
  if (!lock) return tl::unexpected(lock.error());
  if (auto holds = check_condition(path, key, condition); !holds) return tl::unexpected(holds.error());

  const fs::path temporary = folder / kTemporaryName;
  if (auto written = write_temporary(temporary, bytes, options_.durable); !written)
    return tl::unexpected(written.error());
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const Error error = system_error(errno, "cannot replace", path);
    ::unlink(temporary.c_str());
    return tl::unexpected(error);
  }
  if (options_.durable)
    if (auto synced = sync_folder(folder); !synced) return tl::unexpected(synced.error());
  return content_hash(bytes);
}

Result<std::vector<std::string>> FolderObjectStore::list(std::string_view prefix) {
  if (auto valid = ports::check_prefix(prefix); !valid) return tl::unexpected(valid.error());
  if (auto there = check_root(); !there) return tl::unexpected(there.error());
  // Only the deepest folder that the prefix names in full is walked.
  const std::size_t slash = prefix.rfind('/');
  const std::string folder_key(slash == std::string_view::npos ? std::string_view{} : prefix.substr(0, slash + 1));
  std::vector<std::string> keys;
  Result<void> outcome;
  list_folder(folder_key.empty() ? root_ : path_of(prefix.substr(0, slash)), folder_key, prefix, keys, outcome);
  if (!outcome) return tl::unexpected(outcome.error());
  std::sort(keys.begin(), keys.end());
  return keys;
}

Result<void> FolderObjectStore::remove(std::string_view key) {
  if (auto valid = ports::check_key(key); !valid) return tl::unexpected(valid.error());
  if (auto there = check_root(); !there) return tl::unexpected(there.error());
  const fs::path path = path_of(key);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return tl::unexpected(system_error(errno, "cannot remove", path));
  }
  if (S_ISDIR(status.st_mode)) return {};  // a folder is no object
  const auto lock = lock_folder(path.parent_path());
  if (!lock) return tl::unexpected(lock.error());
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return tl::unexpected(system_error(errno, "cannot remove", path));
  if (options_.durable) return sync_folder(path.parent_path());
  return {};
}

}  // namespace almanac::adapters
