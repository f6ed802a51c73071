#include "web/report_page.h"

#include <algorithm>

namespace almanac::web {

extern const std::string_view kReportTemplate;  // written by web/tools/bundle.mjs

std::string render_report(std::string_view report_json) {
  constexpr std::string_view kPlace = "@@REPORT@@";
  static const auto place = kReportTemplate.find(kPlace);

  std::string page;
  page.reserve(kReportTemplate.size() + report_json.size() + report_json.size() / 64);
  page.append(kReportTemplate.substr(0, place));
  // '<' can stand only inside a string of valid JSON, where its escape means the same; without it nothing in the data
  // can end the script element or open a comment.
  while (!report_json.empty()) {
    const auto plain = std::min(report_json.find('<'), report_json.size());
    page.append(report_json.substr(0, plain));
    report_json.remove_prefix(plain);
    if (report_json.empty()) break;
    page.append("\\u003c");
    report_json.remove_prefix(1);
  }
  page.append(kReportTemplate.substr(place + kPlace.size()));
  return page;
}

}  // namespace almanac::web
