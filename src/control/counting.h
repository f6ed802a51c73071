#pragma once

#include <memory>
#include <span>
#include <string>

#include "core/row.h"
#include "core/time.h"
#include "ports/scaling_group.h"
#include "records/record.h"

namespace almanac::control {

// Why the rows cannot be in the unit that the group counts in: all that they held in service in the hour before `now`
// is far less than the group had at any decision of that time (`recent`) and has. Rows that count instances, of a group
// with weights, are so; demand made of them is a fraction of what it is. Empty where nothing speaks against the rows,
// and for a group whose unit is the instance.
std::string counted_otherwise(std::span<const Row> rows, std::span<const std::shared_ptr<const records::Record>> recent,
                              const ports::GroupState& group, Timestamp now);

}  // namespace almanac::control
