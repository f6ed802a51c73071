#pragma once

namespace almanac::planning {

// The least and the most that a decision may ask for, in units of capacity.
struct Limits {
  int min = 0;
  int max = 0;

  bool operator==(const Limits&) const = default;
};

// What is left of the `stated` limits within the group's own, since both hold; where they have nothing in common, the
// end of the group's that is nearer. min <= max, whatever was given.
Limits within_group(const Limits& stated, const Limits& group);

}  // namespace almanac::planning
