#include <cstdlib>
#include <filesystem>

#include "adapters/local/folder_object_store.h"
#include "contract/object_store_contract.h"
#include "ports/faulty_object_store.h"
#include "ports/memory_object_store.h"

namespace almanac::contract {
namespace {

using adapters::FolderObjectStore;
using adapters::FolderOptions;

// A folder store in a folder of its own, which goes with it.
struct TemporaryFolderStore {
  std::filesystem::path folder = [] {
    std::string name = (std::filesystem::temp_directory_path() / "almanac-store-XXXXXX").string();
    return std::filesystem::path(::mkdtemp(name.data()));
  }();
  FolderObjectStore store;

  explicit TemporaryFolderStore(FolderOptions options) : store(folder / "made/on/demand", options) {}
  ~TemporaryFolderStore() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  TemporaryFolderStore(const TemporaryFolderStore&) = delete;
  TemporaryFolderStore& operator=(const TemporaryFolderStore&) = delete;
};

ObjectStoreUnderTest folder_store(std::string name, FolderOptions options) {
  return {std::move(name),
          [options]() -> std::shared_ptr<ports::ObjectStore> {
            const auto holder = std::make_shared<TemporaryFolderStore>(options);
            return {holder, &holder->store};
          },
          [options](ports::ObjectStore& store) -> std::shared_ptr<ports::ObjectStore> {
            return std::make_shared<FolderObjectStore>(dynamic_cast<FolderObjectStore&>(store).root(), options);
          }};
}

// The faulty wrapper without a fault must be as good as the store in it.
struct Wrapped {
  ports::MemoryObjectStore inner;
  ports::FaultyObjectStore store{inner};
};

INSTANTIATE_TEST_SUITE_P(Local, ObjectStoreContract,
                         testing::Values(folder_store("folder", {.durable = true}),
                                         folder_store("folder_without_fsync", {.durable = false}),
                                         ObjectStoreUnderTest{"memory",
                                                              []() -> std::shared_ptr<ports::ObjectStore> {
                                                                return std::make_shared<ports::MemoryObjectStore>();
                                                              },
                                                              {}},
                                         ObjectStoreUnderTest{"wrapped",
                                                              []() -> std::shared_ptr<ports::ObjectStore> {
                                                                const auto holder = std::make_shared<Wrapped>();
                                                                return {holder, &holder->store};
                                                              },
                                                              {}}),
                         store_name);

}  // namespace
}  // namespace almanac::contract
