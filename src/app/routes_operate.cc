#include "app/routes.h"

namespace almanac::app {
namespace {

using serving::Answered;
using serving::Body;
using serving::Call;
using serving::Fields;
using Kind = records::Change::Kind;

constexpr std::size_t kLongestWho = 200;   // characters
constexpr std::size_t kLongestWhy = 1000;  // characters
constexpr int kMostInstances = 1'000'000;

// Who asks, and why: fields of the body, or, since DELETE has none, parameters of the address.
struct Asker {
  std::string who, why;
};

template <class Texts>
Result<Asker> read_asker(const Texts& texts) {
  auto who = texts.text("who", kLongestWho);
  if (!who) return tl::unexpected(who.error());
  auto why = texts.text("why", kLongestWhy);
  if (!why) return tl::unexpected(why.error());
  return Asker{who->empty() ? "api" : std::move(*who), std::move(*why)};
}

Answered change(const Call& call, Process& process, const records::Change& change) {
  const auto set = process.daemon().change(call.part("group"), change);
  if (!set) return tl::unexpected(set.error());
  return records::to_json(*set);
}

using ReadMore = std::function<Result<void>(const Fields&, records::Change&)>;

// POST: `known` fields besides who and why, which `more` reads.
serving::Handler sets(Process& process, Kind kind, std::vector<std::string_view> known, ReadMore more) {
  known.insert(known.end(), {"why", "who"});
  return [&process, kind, known = std::move(known), more = std::move(more)](const Call& call) -> Answered {
    const auto fields = call.fields(known);
    if (!fields) return tl::unexpected(fields.error());
    const auto asker = read_asker(*fields);
    if (!asker) return tl::unexpected(asker.error());
    records::Change asked{kind, asker->who, asker->why};
    if (auto read = more(*fields, asked); !read) return tl::unexpected(read.error());
    return change(call, process, asked);
  };
}

// DELETE.
serving::Handler takes_back(Process& process, Kind kind) {
  return [&process, kind](const Call& call) -> Answered {
    const auto asker = read_asker(call.target);
    if (!asker) return tl::unexpected(asker.error());
    return change(call, process, {kind, asker->who, asker->why});
  };
}

Result<void> read_until(const Fields& fields, records::Change& change) {
  const auto until = fields.time("until");
  if (!until) return tl::unexpected(until.error());
  change.until = *until;
  return {};
}

Result<void> read_floor(const Fields& fields, records::Change& change) {
  if (auto read = read_until(fields, change); !read) return read;
  const auto capacity = fields.whole("capacity", 0, kMostInstances);
  if (!capacity) return tl::unexpected(capacity.error());
  change.capacity = static_cast<int>(*capacity);
  return {};
}

Result<void> read_mode(const Fields& fields, records::Change& change) {
  if (fields.has("until")) {
    if (auto read = read_until(fields, change); !read) return read;
  }
  constexpr std::size_t kLongestMode = 20;
  const auto name = fields.text("mode", kLongestMode);
  const auto mode = name ? planning::mode_of(*name) : std::nullopt;
  if (!mode) return fail(ErrorCode::invalid_input, "mode: expected observe, floor or own");
  change.mode = *mode;
  return {};
}

Answered train(const Call& call, Process& process) {
  const auto fields = call.fields({"why", "who"});
  if (!fields) return tl::unexpected(fields.error());
  const auto asker = read_asker(*fields);
  if (!asker) return tl::unexpected(asker.error());
  const auto set = process.daemon().train(call.part("group"), asker->who, asker->why);
  if (!set) return tl::unexpected(set.error());
  return serving::accepted_answer(records::to_json(*set));
}

}  // namespace

void add_operate_routes(serving::Router& router, Process& process) {
  constexpr serving::Needs kToken{.token = true}, kTokenAndBody{.body = Body::json, .token = true};
  router.post("/api/v1/groups/{group}/pause", kTokenAndBody, sets(process, Kind::pause, {"until"}, read_until));
  router.del("/api/v1/groups/{group}/pause", kToken, takes_back(process, Kind::resume));
  router.post("/api/v1/groups/{group}/floor", kTokenAndBody,
              sets(process, Kind::floor, {"capacity", "until"}, read_floor));
  router.del("/api/v1/groups/{group}/floor", kToken, takes_back(process, Kind::clear_floor));
  router.post("/api/v1/groups/{group}/mode", kTokenAndBody, sets(process, Kind::mode, {"mode", "until"}, read_mode));
  router.del("/api/v1/groups/{group}/mode", kToken, takes_back(process, Kind::clear_mode));
  router.post("/api/v1/groups/{group}/train", kTokenAndBody, [&](const Call& call) { return train(call, process); });
}

}  // namespace almanac::app
