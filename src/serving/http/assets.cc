#include "serving/http/assets.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "serving/http/text.h"

namespace almanac::serving {
namespace {

constexpr std::string_view kNeverAsk = "public, max-age=31536000, immutable";

using Files = std::map<std::string, Asset, std::less<>>;

Answered file_answer(const Files& files, const std::string& path) {
  const auto found = files.find(path);
  if (found == files.end()) {
    return fail(ErrorCode::not_found, fmt::format("there is nothing at {}", shown(path)));
  }
  Answer answer(found->second.bytes);
  answer.content_type = found->second.content_type;
  answer.headers.emplace_back("ETag", found->second.etag);
  if (path != "/") answer.headers.emplace_back("Cache-Control", kNeverAsk);
  return answer;
}

}  // namespace

void add_assets(Router& router, std::vector<Asset> assets) {
  const auto files = std::make_shared<Files>();
  for (Asset& asset : assets) {
    if (asset.etag.empty()) asset.etag = etag_of(asset.bytes);
    std::string path = asset.path;
    files->emplace(std::move(path), std::move(asset));
  }
  const auto answer = [files](const Call& call) { return file_answer(*files, call.target.path); };
  router.get("/", answer);
  router.get("/assets/{file}", answer);
}

}  // namespace almanac::serving
