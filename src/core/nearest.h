#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace almanac {

// The known word nearest to `word` by edit distance, if near enough to be a slip of the finger.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace almanac
