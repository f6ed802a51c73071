#include "kinds/kind.h"

namespace almanac::kinds {

Columns all_columns() {
  Columns all;
  for (const dataset::Field& field : dataset::kFields) {
    if (field.member != &Row::is_sale_active) all.emplace_back(field.name);
  }
  return all;
}

}  // namespace almanac::kinds
