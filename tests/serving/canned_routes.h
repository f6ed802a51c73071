#pragma once

#include <functional>
#include <string>

#include "serving/http/router.h"

namespace almanac::serving {

// Routes as docs/openapi.yaml has them, which answer everything about the group "shop" with the same, fully populated
// JSON, where a young daemon has little to say: for tests of what stands between a client and a handler, and of the
// description. They read as much of a request as the tests here look at; the program's own routes (src/app/routes.h)
// are tested beside them and by a daemon that lives. What they cannot know is not_found; a plan whose calendar says
// "slow" is slow.
Router canned_routes(bool writable, std::function<std::string()> metrics);

}  // namespace almanac::serving
