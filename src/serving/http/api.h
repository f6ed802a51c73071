#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/mutex.h"
#include "serving/http/message.h"
#include "serving/http/router.h"
#include "serving/http/target.h"

namespace almanac::serving {

struct ApiOptions {
  std::string token;                       // empty: nobody may write
  bool on_loopback = true;                 // only then is the Host header held against what this machine is called
  std::vector<std::string> allowed_hosts;  // further names, lower case, without a port: those of a proxy in front
};

// From a request to an answer by the routes there are: what is the same for all of them (origins, tokens, methods,
// bodies, entity tags, caches, errors) has its place here. Knows no sockets. Thread-safe.
class Api {
 public:
  Api(Router router, ApiOptions options);

  // Looks at the head of the request first; `body` is read only where a route wants it and the request is allowed.
  Answer answer(const Request& request, const BodyReader& body);

 private:
  Answer route(const Request& request, const Target& target, const BodyReader& body);
  Answer run(const Router::Route& route, Call& call, const BodyReader& body);
  Answer handle(const Router::Route& route, const Call& call);

  const Router router_;
  const ApiOptions options_;
  Mutex mutex_;
  // Patterns and clients of slow answers under way.
  std::set<std::pair<std::string, std::string>> under_way_ ALMANAC_GUARDED_BY(mutex_);
};

}  // namespace almanac::serving
