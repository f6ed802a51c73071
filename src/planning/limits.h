#pragma once

namespace almanac::planning {

// The least and the most that a decision may ask for, in units of capacity.
struct Limits {
  int min = 0;
  int max = 0;

  bool operator==(const Limits&) const = default;
};

// No decision asks for more, however much demand there is: more demand never means fewer instances.
inline constexpr int kMostInstances = 1'000'000;

// The instances that serve `busy` at `utilisation`, at least 1; a hair above a whole number counts as that number.
int instances_for(double busy, double utilisation);

// What is left of the `stated` limits within the group's own, since both hold; where they have nothing in common, the
// end of the group's that is nearer. min <= max, whatever was given.
Limits within_group(const Limits& stated, const Limits& group);

}  // namespace almanac::planning
