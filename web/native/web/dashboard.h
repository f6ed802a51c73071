#pragma once

#include <span>
#include <string_view>

namespace almanac::web {

// One file of the dashboard, as a server hands it out. All of it lives as long as the program.
struct Asset {
  std::string_view path;          // "/", or "/assets/dashboard-8bc288c5fb4d.js"
  std::string_view content_type;  // "text/javascript; charset=utf-8"
  std::string_view bytes;
  std::string_view etag;  // with its quotes
};

// The whole dashboard, made from web/src/dashboard by web/tools/dashboard.mjs; about 200 kB. The page "/" asks for
// nothing but files of this list and the daemon's own API, by addresses relative to itself, and needs no inline script
// or style. The names of the files under /assets carry the hash of their content, so browsers may keep them for ever;
// "/" must be asked for each time.
std::span<const Asset> dashboard_assets();

}  // namespace almanac::web
