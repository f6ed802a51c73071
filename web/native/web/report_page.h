#pragma once

#include <string>
#include <string_view>

namespace almanac::web {

// The report of one backtest or demo run as one HTML file that makes no outside request. `report_json` is the JSON of
// web/src/report/types.ts (`Report`), valid and in UTF-8; it is embedded whatever its strings contain ("</script>"
// included). About 100 kB more than the JSON.
std::string render_report(std::string_view report_json);

}  // namespace almanac::web
