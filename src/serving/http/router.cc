#include "serving/http/router.h"

#include <algorithm>

#include "core/check.h"

namespace almanac::serving {
namespace {

constexpr std::size_t kLongestPart = 255;

// The pattern "/a/{b}/c" against the segments of a path; what stands for the braces, or nothing.
std::optional<Parts> match(std::string_view pattern, const std::vector<std::string>& segments) {
  Parts parts;
  pattern.remove_prefix(1);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto slash = pattern.find('/');
    const std::string_view expected = pattern.substr(0, slash);
    if ((slash == std::string_view::npos) != (i + 1 == segments.size())) return std::nullopt;
    if (expected.starts_with('{')) {
      if (segments[i].empty() || segments[i].size() > kLongestPart) return std::nullopt;
      parts.emplace(expected.substr(1, expected.size() - 2), segments[i]);
    } else if (expected != segments[i]) {
      return std::nullopt;
    }
    if (slash != std::string_view::npos) pattern.remove_prefix(slash + 1);
  }
  return parts;
}

}  // namespace

const std::string& Call::part(std::string_view name) const {
  return parts.at(std::string(name));
}

void Router::add(Route route) {
  const bool is_new = std::none_of(routes_.begin(), routes_.end(), [&](const Route& other) {
    return other.method == route.method && other.pattern == route.pattern;
  });
  ALMANAC_CHECK(is_new, "a method of a pattern is registered once");
  ALMANAC_CHECK(route.pattern.starts_with('/'), "a pattern begins with '/'");
  routes_.push_back(std::move(route));
}

void Router::get(std::string pattern, Handler handler) {
  add({"GET", std::move(pattern), {}, std::move(handler)});
}

void Router::post(std::string pattern, Needs needs, Handler handler) {
  add({"POST", std::move(pattern), needs, std::move(handler)});
}

void Router::del(std::string pattern, Needs needs, Handler handler) {
  add({"DELETE", std::move(pattern), needs, std::move(handler)});
}

Router::Match Router::find(std::string_view method, const std::vector<std::string>& segments) const {
  Match found;
  for (const Route& route : routes_) {
    auto parts = match(route.pattern, segments);
    if (!parts) continue;
    found.allowed.insert(route.method);
    found.pattern = route.pattern;
    if (found.route != nullptr || method != route.method) continue;
    found.route = &route;
    found.parts = std::move(*parts);
  }
  if (found.allowed.contains("GET")) found.allowed.insert("HEAD");
  return found;
}

}  // namespace almanac::serving
