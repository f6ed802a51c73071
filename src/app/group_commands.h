#pragma once

#include <functional>
#include <string>

#include "app/console.h"
#include "app/decision_line.h"
#include "core/json_writer.h"
#include "records/record.h"

namespace almanac::app {

// Runs `work` for every group of the session. A group that fails does not keep the others from their turn: its error is
// printed, and the worst exit code counts. With --json the results stand in {"groups": [...]}, a failure as
// {"group": NAME, "error": {"code", "message"}}; `work` writes one object's fields (after "group"). `access` is what it
// may do to the store.
Result<ExitCode> for_each_group(const CommonOptions& common, Access access, Needs needs, Console& console,
                                const std::function<Result<void>(Session&, const GroupConfig&, JsonWriter&)>& work);

// The same for commands that need the group put together: what does not succeed is the group's failure.
using GroupWork = std::function<Result<void>(Session& session, control::Group& group, JsonWriter& json)>;
Result<ExitCode> for_each_whole_group(const CommonOptions& common, Access access, Console& console,
                                      const GroupWork& work);

void print_notices(const std::string& group, const std::vector<std::string>& notices);
void write_notices(JsonWriter& json, const std::vector<std::string>& notices);
// The field "error": {"code", "message"}.
void write_error(JsonWriter& json, const Error& error);

}  // namespace almanac::app
