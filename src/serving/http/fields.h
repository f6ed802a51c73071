#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace almanac::serving {

// The fields of a JSON object in a request's body: flat, each read as what it should be. An empty body is {}, and a
// null is as good as none. invalid_input names the field.
class Fields {
 public:
  // invalid_input for what is no object, or has a field that is not `known`.
  static Result<Fields> read(std::string_view body, const std::vector<std::string_view>& known);

  bool has(std::string_view name) const;
  // Without its control characters; "" when it is not there.
  Result<std::string> text(std::string_view name, std::size_t longest) const;
  // 20.0 is one too. It must be there.
  Result<long long> whole(std::string_view name, long long least, long long most) const;
  // ISO 8601 or whole seconds since the epoch, as a text or a number, of the years 1970 to 9999. It must be there.
  Result<Timestamp> time(std::string_view name) const;

 private:
  using Value = std::variant<std::monostate, double, std::string>;  // std::monostate: neither of the others
  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace almanac::serving
