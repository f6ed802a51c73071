#include "records/lease.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace almanac::records {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKey = "almanac-lease.json";

}  // namespace

struct Lease::Stored : SeenLease {
  std::uint64_t nonce = 0;  // the holder is empty where it was released
};

Lease::Lease(ports::ObjectStore& store, std::string holder, Span lasts, std::uint64_t nonce)
    : store_(store), holder_(std::move(holder)), lasts_(lasts), nonce_(nonce) {}

Result<Lease::Stored> Lease::parse(const std::string& bytes) {
  try {
    const Json json = Json::parse(bytes);
    const auto renewed = parse_timestamp(json.at("renewed").get<std::string>());
    if (!renewed) return tl::unexpected(renewed.error());
    return Stored{{json.at("holder").get<std::string>(), Span{json.at("lasts_ms").get<long long>()}, *renewed},
                  json.at("nonce").get<std::uint64_t>()};
  } catch (const std::exception& error) {
    return fail(ErrorCode::corrupt, fmt::format("{} is no lease: {}", kKey, error.what()));
  }
}

std::string Lease::text(const std::string& holder, Timestamp wall) const {
  const auto seconds = std::chrono::ceil<Duration>(lasts_);
  const Json json{{"holder", holder},
                  {"renewed", format_timestamp(wall)},
                  {"expires", format_timestamp(holder.empty() ? wall : wall + seconds)},
                  {"lasts_ms", lasts_.count()},
                  {"nonce", nonce_},
                  {"renewals", renewals_}};  // no two writes are alike, so the ETag always changes
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Whether a lease that is not ours may be taken.
bool Lease::is_free(const Stored& stored, const std::string& etag, Moment now, Timestamp wall) {
  if (stored.holder.empty()) return true;
  if (etag != watched_) {
    watched_ = etag;
    since_ = now;
  }
  if (now - since_ >= stored.lasts) return true;
  // After a restart nobody should wait for a lease that ended long ago, whatever the clocks' difference.
  constexpr Duration kClocksDiffer{600};
  return wall > stored.renewed + std::chrono::ceil<Duration>(stored.lasts) + kClocksDiffer;
}

Result<bool> Lease::take(const ports::PutCondition& condition, Moment now, Timestamp wall) {
  ++renewals_;
  const auto put = store_.put(kKey, text(holder_, wall), condition);
  if (put) {
    held_until_ = now + lasts_;
    last_holder_ = holder_;
    watched_.clear();
    return true;
  }
  if (put.error().code != ErrorCode::conflict) return tl::unexpected(with_context(put.error(), kKey));
  return held(now);  // the next look says who was faster
}

Result<bool> Lease::renew(Moment now, Timestamp wall) {
  const auto object = store_.get(kKey);
  if (!object && object.error().code != ErrorCode::not_found) {
    return tl::unexpected(with_context(object.error(), kKey));
  }
  if (!object) return take(ports::PutCondition::if_absent(), now, wall);
  const auto stored = parse(object->bytes);
  const auto same = ports::PutCondition::if_match(object->etag);
  // What nobody can read nobody holds for longer than a lease lasts.
  if (!stored && !is_free({{"somebody", lasts_, wall}, 0}, object->etag, now, wall)) {
    held_until_.reset();
    return tl::unexpected(stored.error());
  }
  if (!stored) return take(same, now, wall);
  if (stored->nonce == nonce_ && !stored->holder.empty()) return take(same, now, wall);
  held_until_.reset();
  last_holder_ = stored->holder;
  if (!is_free(*stored, object->etag, now, wall)) return false;
  return take(same, now, wall);
}

Result<void> Lease::release(Moment now, Timestamp wall) {
  if (!held(now)) return {};
  held_until_.reset();
  const auto object = store_.get(kKey);
  if (!object) return tl::unexpected(with_context(object.error(), kKey));
  const auto stored = parse(object->bytes);
  if (!stored || stored->nonce != nonce_) return {};
  ++renewals_;
  const auto put = store_.put(kKey, text("", wall), ports::PutCondition::if_match(object->etag));
  if (!put && put.error().code != ErrorCode::conflict) return tl::unexpected(with_context(put.error(), kKey));
  return {};
}

Result<std::optional<SeenLease>> look_at_lease(ports::ObjectStore& store) {
  const auto object = store.get(kKey);
  if (!object && object.error().code == ErrorCode::not_found) return std::nullopt;
  if (!object) return tl::unexpected(with_context(object.error(), kKey));
  const auto stored = Lease::parse(object->bytes);
  if (!stored) return tl::unexpected(stored.error());
  if (stored->holder.empty()) return std::nullopt;
  return SeenLease(*stored);
}

}  // namespace almanac::records
