#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include "ports/object_store.h"

namespace almanac::adapters {

struct FolderOptions {
  // Without fsync a power cut may lose the last puts (never tear one): right for simulations and tests only.
  bool durable = true;
};

// Keeps each object as the file `root`/key. A put writes a temporary file in the same folder, fsyncs it, renames it
// over the old one and fsyncs the folder: a reader sees the old bytes or the new. Writers of one folder, threads or
// processes, take turns by flock on its lock file, which also makes conditions exact. The etag is the SHA-256 of the
// bytes. `root` and folders below it are made by the first put.
//
// Beside the objects each written folder holds `~lock` (empty) and, after a crash in mid-put, `~tmp`; neither is a
// valid key, so neither is ever listed or read, and the next put in the folder replaces the latter.
//
// A root that was there and is gone (a disk that was unmounted, a folder that was moved) is unavailable, not empty:
// nothing is found missing and nothing is made anew in its place.
//
// A key cannot be an object and a folder of other objects at once (S3 allows it): such a put fails with invalid_input.
// Links to files are read; links to folders below the root are followed by get and put, not by list.
class FolderObjectStore final : public ports::ObjectStore {
 public:
  explicit FolderObjectStore(std::filesystem::path root, FolderOptions options = {});

  Result<ports::Object> get(std::string_view key) override;
  // An error `unavailable` that names fsync of the folder is ambiguous: the object was replaced, but a power cut may
  // bring back the old one.
  Result<std::string> put(std::string_view key, std::string_view bytes, const ports::PutCondition& condition) override;
  Result<std::vector<std::string>> list(std::string_view prefix) override;
  Result<void> remove(std::string_view key) override;

  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path path_of(std::string_view key) const;
  Result<void> check_root();

  std::filesystem::path root_;
  FolderOptions options_;
  std::atomic<bool> seen_{false};  // the root was there
};

}  // namespace almanac::adapters
