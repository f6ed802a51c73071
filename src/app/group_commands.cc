#include "app/group_commands.h"

#include <algorithm>
#include <ostream>

#include "app/log.h"

namespace almanac::app {

Result<ExitCode> for_each_group(const CommonOptions& common, Access access, Needs needs, Console& console,
                                const std::function<Result<void>(Session&, const GroupConfig&, JsonWriter&)>& work) {
  auto session = Session::open(common, access, needs);
  if (!session) {
    console.err << "error: " << session.error().message << "\n";
    return exit_code_before_work(session.error());
  }
  ExitCode worst = kDone;
  JsonWriter all;
  all.begin_object();
  all.key("groups");
  all.begin_array();
  for (const GroupConfig* group : session->groups()) {
    JsonWriter one;
    one.begin_object();
    one.field("group", group->name);
    const auto done = work(*session, *group, one);
    console.bar.clear();
    if (!done) {
      worst = std::max(worst, exit_code_of(done.error()));
      console.err << "error: " << done.error().message << "\n";
      one = JsonWriter();
      one.begin_object();
      one.field("group", group->name);
      write_error(one, done.error());
    }
    one.end_object();
    all.raw(one.text());
  }
  all.end_array();
  all.end_object();
  if (common.json) console.out << all.text() << "\n";
  return worst;
}

Result<ExitCode> for_each_whole_group(const CommonOptions& common, Access access, Console& console,
                                      const GroupWork& work) {
  return for_each_group(common, access, Needs::group, console,
                        [&](Session& session, const GroupConfig& config, JsonWriter& json) -> Result<void> {
                          const auto group = session.group(config);
                          if (!group) return tl::unexpected(group.error());
                          return work(session, **group, json);
                        });
}

void print_notices(const std::string& group, const std::vector<std::string>& notices) {
  for (const std::string& notice : notices) log_warning(group + ": " + notice);
}

void write_notices(JsonWriter& json, const std::vector<std::string>& notices) {
  json.key("notices");
  json.begin_array();
  for (const std::string& notice : notices) json.value(notice);
  json.end_array();
}

void write_error(JsonWriter& json, const Error& error) {
  json.key("error");
  json.begin_object();
  json.field("code", to_string(error.code));
  json.field("message", error.message);
  json.end_object();
}

}  // namespace almanac::app
