#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/services/account_checks.h"
#include "core/finding.h"
#include "kinds/kind.h"

namespace almanac::adapters::aws {

// What the kinds of a group need to be allowed: they put it on the group's shelf, and all of it is looked into at once.
struct WantedPermissions {
  std::vector<Permission> list;
};

// Where nobody has put such a list on the shelf, nobody asks.
void want(const kinds::Surroundings& around, const std::vector<Permission>& permissions);

// What IAM says of all that is wanted, for `role` or for whose credentials are in use. Nothing where nothing is wanted.
Findings check_wanted(const kinds::Surroundings& around, const std::optional<std::string>& role);

}  // namespace almanac::adapters::aws
