#include <ostream>

#include "app/commands.h"
#include "wiring/config_keys.h"
#include "wiring/kinds.h"

namespace almanac::app {

Result<ExitCode> run_schema(const SchemaOptions& options, Console& console) {
  console.out << (options.tables ? wiring::config_key_tables(wiring::all_kinds())
                                 : wiring::config_schema(wiring::all_kinds()));
  return kDone;
}

}  // namespace almanac::app
