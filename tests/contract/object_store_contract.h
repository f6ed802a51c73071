#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "ports/object_store.h"

namespace almanac::contract {

// How a test gets at one implementation of ports::ObjectStore.
struct ObjectStoreUnderTest {
  std::string name;
  // A new, empty store.
  std::function<std::shared_ptr<ports::ObjectStore>()> make;
  // Another handle on the same objects, as another process would open it; empty where there can be none.
  std::function<std::shared_ptr<ports::ObjectStore>(ports::ObjectStore&)> reopen;
};

inline void PrintTo(const ObjectStoreUnderTest& store, std::ostream* out) {
  *out << store.name;
}

// The suite is in object_store_contract.cc; an adapter joins with
//   INSTANTIATE_TEST_SUITE_P(S3, ObjectStoreContract, testing::Values(...), store_name);
class ObjectStoreContract : public testing::TestWithParam<ObjectStoreUnderTest> {
 protected:
  std::shared_ptr<ports::ObjectStore> store = GetParam().make();
};

inline std::string store_name(const testing::TestParamInfo<ObjectStoreUnderTest>& info) {
  return info.param.name;
}

}  // namespace almanac::contract
