#include "adapters/aws/services/wanted_permissions.h"

#include "adapters/aws/client/connections.h"
#include "adapters/aws/services/group_address.h"

namespace almanac::adapters::aws {

void want(const kinds::Surroundings& around, const std::vector<Permission>& permissions) {
  const auto wanted = around.beside->find<WantedPermissions>();
  if (wanted) wanted->list.insert(wanted->list.end(), permissions.begin(), permissions.end());
}

Findings check_wanted(const kinds::Surroundings& around, const std::optional<std::string>& role) {
  const auto wanted = around.beside->find<WantedPermissions>();
  if (!wanted || wanted->list.empty()) return {};
  const auto address = target_address(around);
  const auto client = client_of(around, address ? address->region : std::nullopt);
  if (!client) return {};
  const auto iam = client_of(around, iam_region((*client)->region()));
  if (!iam) return {};
  const std::string identity = around.session.find<Connections>()->identity();
  return check_permissions(**iam, role.value_or(principal_of(identity)), wanted->list);
}

}  // namespace almanac::adapters::aws
