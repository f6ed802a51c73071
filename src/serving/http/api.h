#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/mutex.h"
#include "serving/http/message.h"
#include "serving/http/service.h"
#include "serving/http/target.h"

namespace almanac::serving {

// One file of the dashboard. Browsers keep what is not "/" for a year, so its name must change with its content.
struct Asset {
  std::string path;  // "/", "/assets/app-1f2e.js"
  std::string content_type;
  std::string bytes;
  std::string etag;  // with its quotes; made from the bytes when empty
};

struct ApiOptions {
  std::string token;                       // empty: nobody may write
  bool on_loopback = true;                 // only then is the Host header held against what this machine is called
  std::vector<std::string> allowed_hosts;  // further names, lower case, without a port: those of a proxy in front
  std::vector<Asset> assets;
  std::function<std::string()> metrics;  // the text of /metrics; without it there is none
};

// Every route of docs/openapi.yaml, from a request to an answer; knows no sockets. Thread-safe.
class Api {
 public:
  struct Route {
    std::string method;
    std::string pattern;  // "/api/v1/groups/{group}"
  };

  // `service` must outlive the object.
  Api(Service& service, ApiOptions options);

  // Looks at the head of the request first; `body` is read only where a route wants it and the request is allowed.
  Answer answer(const Request& request, const BodyReader& body);

  // What is routed, "/assets/{file}" for the dashboard's files. Each GET is a HEAD too.
  static std::vector<Route> routes();

 private:
  struct Call;
  struct Entry;
  static const std::vector<Entry>& table();

  Answer route(const Request& request, const Target& target, const BodyReader& body);
  Answer asset(const Request& request, const Target& target) const;
  Answer run(const Entry& entry, Call& call);
  Answer plan(Call& call);
  Answer act(Call& call, ActionKind kind);

  Answer healthz(Call& call);
  Answer readyz(Call& call);
  Answer metrics(Call& call);
  Answer openapi(Call& call);
  Answer events(Call& call);
  Answer status(Call& call);
  Answer groups(Call& call);
  Answer group(Call& call);
  Answer series(Call& call);
  Answer forecast(Call& call);
  Answer decisions(Call& call);
  Answer decision(Call& call);
  Answer calendar(Call& call);
  Answer savings(Call& call);
  Answer post_plan(Call& call);
  Answer post_backtest(Call& call);
  Answer get_backtest(Call& call);
  Answer delete_backtest(Call& call);

  Service& service_;
  ApiOptions options_;
  std::map<std::string, Asset, std::less<>> assets_;
  Mutex planning_mutex_;
  std::set<std::string> planning_ ALMANAC_GUARDED_BY(planning_mutex_);  // clients with a plan under way
};

}  // namespace almanac::serving
