#pragma once

#include "app/process.h"
#include "serving/http/router.h"

namespace almanac::app {

// Every route of docs/openapi.yaml, from the parameters of a request to whoever answers. `process` must outlive them.
serving::Router all_routes(Process& process);

// By subject, each in a file of its name.
void add_process_routes(serving::Router& router, Process& process);  // health, metrics, events, the dashboard
void add_group_routes(serving::Router& router, Process& process);    // what the pages show of groups
void add_what_if_routes(serving::Router& router, Process& process);  // plans and backtests, which change nothing
void add_operate_routes(serving::Router& router, Process& process);  // what a person asks of a group, with the token

}  // namespace almanac::app
