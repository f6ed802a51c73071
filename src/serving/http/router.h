#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "serving/http/fields.h"
#include "serving/http/message.h"
#include "serving/http/target.h"

namespace almanac::serving {

// A request as the handler of its route sees it: allowed, of the route's form, its body read if the route asked for
// one.
struct Call {
  const Request& request;
  const Target& target;  // its readers take parameters from the address
  Parts parts;           // none is empty or over 255 bytes
  std::string body;

  const std::string& part(std::string_view name) const;  // one that the pattern has
  // The body as a JSON object of these fields.
  Result<Fields> fields(const std::vector<std::string_view>& known) const { return Fields::read(body, known); }
};

enum class Body { none, json, any };

// What a request must bring before its handler is asked.
struct Needs {
  Body body = Body::none;      // json: 415 for one of another type; an empty one is fine
  bool token = false;          // 401 without it; looked at before the body is read
  bool one_at_a_time = false;  // the handler is slow: 429 for a client that has another one of this route under way
};

// What a handler answers: an answer, a body of JSON, or an error, which becomes a status (error_answer). A type of its
// own because Result<Answer> would be made of Result<std::string> by a conversion in which tl::expected 1.0 loses
// memory.
class Answered {
 public:
  Answered(Answer answer) : answer_(std::move(answer)) {}
  Answered(std::string json) : answer_(std::move(json)) {}
  Answered(Result<std::string> json) : answer_(json ? Answer(std::move(*json)) : error_answer(json.error())) {}
  Answered(const tl::unexpected<Error>& error) : answer_(error_answer(error.value())) {}

  Answer take() && { return std::move(answer_); }

 private:
  Answer answer_;
};

// Called from many threads at once.
using Handler = std::function<Answered(const Call&)>;

// What there is to be asked for: whoever answers registers a pattern, what it needs, and a handler.
class Router {
 public:
  struct Route {
    std::string method;
    std::string pattern;  // "/jobs/{id}/log": a part in braces stands for any text without a '/'
    Needs needs;
    Handler handler;
  };

  // Each GET is a HEAD too. A method of a pattern may be registered once.
  void get(std::string pattern, Handler handler);
  void post(std::string pattern, Needs needs, Handler handler);
  void del(std::string pattern, Needs needs, Handler handler);

  // In the order of registration.
  const std::vector<Route>& routes() const { return routes_; }

  struct Match {
    const Route* route = nullptr;   // nullptr: no such method here
    Parts parts;                    // of `route`
    std::string pattern;            // empty: there is nothing at all
    std::set<std::string> allowed;  // methods
  };
  Match find(std::string_view method, const std::vector<std::string>& segments) const;

 private:
  void add(Route route);

  std::vector<Route> routes_;
};

}  // namespace almanac::serving
