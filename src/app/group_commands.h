#pragma once

#include <functional>
#include <string>

#include "app/json_writer.h"
#include "app/session.h"
#include "control/record.h"

namespace almanac::app {

// Runs `work` for every group of the session. A group that fails does not keep the others from their turn: its error is
// printed, and the worst exit code counts. With --json the results stand in {"groups": [...]}, a failure as
// {"group": NAME, "error": {"code", "message"}}; `work` writes one object's fields (after "group").
Result<ExitCode> for_each_group(const CommonOptions& common, Console& console,
                                const std::function<Result<void>(Session&, const GroupConfig&, JsonWriter&)>& work);

void print_notices(const std::string& group, const std::vector<std::string>& notices);
void write_notices(JsonWriter& json, const std::vector<std::string>& notices);

// What a decision did, as a line for people.
std::string decision_line(const control::Record& record, bool repeated);

}  // namespace almanac::app
