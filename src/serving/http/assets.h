#pragma once

#include <string>
#include <vector>

#include "serving/http/router.h"

namespace almanac::serving {

// One file of a page. Browsers keep what is not "/" for a year, so its name must change with its content.
struct Asset {
  std::string path;  // "/", "/assets/app-1f2e.js"
  std::string content_type;
  std::string bytes;
  std::string etag;  // with its quotes; made from the bytes when empty
};

// The routes "/" and "/assets/{file}".
void add_assets(Router& router, std::vector<Asset> assets);

}  // namespace almanac::serving
