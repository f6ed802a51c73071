// GroupModel <-> lstm_model.h5 (docs/formats.md): the network is the Keras model of the file; everything else travels
// as attributes and arrays beside it.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/check.h"
#include "forecast/model_state.h"
#include "nn/model_file.h"

namespace almanac::forecast {
namespace {

using Attributes = std::map<std::string, std::string>;
using Arrays = std::map<std::string, std::vector<double>>;

constexpr std::string_view kAttached = "attached.";
constexpr std::string_view kFormat = "almanac-group-model-1";

std::vector<double> to_doubles(std::span<const float> values) {
  return {values.begin(), values.end()};
}

double seconds(Timestamp t) {
  return static_cast<double>(t.time_since_epoch().count());
}

void write_residuals(const Track& track, Arrays& arrays) {
  const std::string prefix = track.name + ".residual_";
  auto& time = arrays[prefix + "time"];
  auto& base = arrays[prefix + "base"];
  auto& peak = arrays[prefix + "peak"];
  auto& situation = arrays[prefix + "situation"];
  auto& median = arrays[prefix + "median"];
  auto& spread = arrays[prefix + "spread"];
  for (const Residual& r : track.residuals) {
    time.push_back(seconds(r.time));
    base.push_back(r.base);
    peak.push_back(r.peak);
    situation.push_back(static_cast<double>(r.situation));
    median.push_back(r.prediction.median);
    spread.push_back(r.prediction.spread);
  }
}

// Reads what belongs to a model out of a file's maps; the first thing missing or wrong is remembered.
class Reader {
 public:
  Reader(const Attributes& attributes, const Arrays& arrays) : attributes_(attributes), arrays_(arrays) {}

  std::string text(const std::string& name) {
    const auto it = attributes_.find(name);
    if (it == attributes_.end()) return missing(name), std::string();
    return it->second;
  }
  long long integer(const std::string& name) {
    const std::string value = text(name);
    long long number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size()) missing(name);
    return number;
  }
  std::vector<double> array(const std::string& name) {
    const auto it = arrays_.find(name);
    if (it == arrays_.end()) return missing(name), std::vector<double>();
    for (const double value : it->second)
      if (!std::isfinite(value)) return missing(name), std::vector<double>();
    return it->second;
  }
  const std::string& problem() const { return problem_; }

 private:
  void missing(const std::string& name) {
    if (problem_.empty()) problem_ = fmt::format("\"{}\" is missing or not what it should be", name);
  }
  const Attributes& attributes_;
  const Arrays& arrays_;
  std::string problem_;
};

bool read_residuals(Track& track, Reader& reader) {
  const std::string prefix = track.name + ".residual_";
  const auto time = reader.array(prefix + "time"), base = reader.array(prefix + "base"),
             peak = reader.array(prefix + "peak"), situation = reader.array(prefix + "situation"),
             median = reader.array(prefix + "median"), spread = reader.array(prefix + "spread");
  const std::size_t n = time.size();
  if (base.size() != n || peak.size() != n || situation.size() != n || median.size() != n || spread.size() != n)
    return false;
  for (std::size_t i = 0; i < n; ++i) {
    if (std::abs(time[i]) > 1e11 || base[i] < 0 || peak[i] < 0 || !(spread[i] > 0) ||
        (situation[i] != 0 && situation[i] != 1 && situation[i] != 2))
      return false;
    track.residuals.push_back({Timestamp{Duration{static_cast<long long>(time[i])}},
                               base[i],
                               peak[i],
                               static_cast<Situation>(static_cast<int>(situation[i])),
                               {median[i], spread[i]}});
  }
  return true;
}

std::string feature_names() {
  return fmt::format("{}|{}", fmt::join(Features::sequence_names(), ","), fmt::join(Features::context_names(), ","));
}

}  // namespace

struct ModelCodec {
  static Result<std::string> encode(const GroupModel& model) {
    const GroupModel::State& state = *model.state_;
    ALMANAC_CHECK(state.settings.method == Method{}, "a model file holds the whole method");
    Attributes attributes;
    attributes["format"] = kFormat;
    attributes["features"] = feature_names();
    attributes["units"] =
        "demand in busy instances; sequences and context in log ratios to the base (docs/algorithms.md)";
    attributes["interval_seconds"] = std::to_string(state.settings.interval.count());
    attributes["cover_window_seconds"] = std::to_string(state.settings.cover_window.count());
    attributes["seed"] = std::to_string(state.settings.seed);
    attributes["use_calendar"] = state.settings.use_calendar ? "1" : "0";
    attributes["use_lstm"] = state.settings.use_lstm ? "1" : "0";
    attributes["winner"] = model.winner();
    if (state.trained_until) attributes["trained_until"] = format_timestamp(*state.trained_until);
    Arrays arrays;
    for (const Track& track : state.tracks) {
      const std::string& name = track.name;
      if (track.forecaster && !track.forecaster->fitted())
        return fail(ErrorCode::invalid_input, "a model is saved after it was trained");
      if (const auto* net = dynamic_cast<const NetworkForecaster*>(track.forecaster.get())) {
        arrays[name + ".center"] = net->scaling().center;
        arrays[name + ".scale"] = net->scaling().scale;
        if (net != &state.served()) arrays[name + ".parameters"] = to_doubles(net->network().parameters());
      } else if (const auto* naive = dynamic_cast<const SeasonalNaive*>(track.forecaster.get())) {
        arrays[name + ".spread"] = {naive->spread()};
      } else if (const auto* trees = dynamic_cast<const TreeForecaster*>(track.forecaster.get())) {
        arrays[name + ".median"] = trees->median().to_numbers();
        arrays[name + ".high"] = trees->high().to_numbers();
      }
      write_residuals(track, arrays);
      const ForecasterScore score = state.score(track);
      arrays[name + ".score"] = {score.pinball, score.coverage50, score.coverage90};
    }
    for (const auto& [name, numbers] : state.attachments) arrays[std::string(kAttached) + name] = numbers;
    return nn::encode_model(state.served().network(), attributes, arrays);
  }

  static Result<GroupModel> decode(std::string_view bytes) {
    auto file = nn::decode_model(bytes);
    if (!file) return tl::unexpected(file.error());
    if (file->foreign)
      return fail(ErrorCode::unsupported,
                  "a Keras model made elsewhere: it predicts CPU for the threshold policy only");
    Reader reader(file->attributes, file->arrays);
    if (reader.text("format") != kFormat)
      return fail(ErrorCode::unsupported, fmt::format("expected a model of format {}", kFormat));
    if (reader.text("features") != feature_names())
      return fail(ErrorCode::unsupported,
                  "the model was trained on other features than this version computes; train again");
    ModelSettings settings;
    settings.interval = Duration{reader.integer("interval_seconds")};
    settings.cover_window = Duration{reader.integer("cover_window_seconds")};
    settings.seed = static_cast<std::uint64_t>(reader.integer("seed"));
    settings.use_calendar = reader.integer("use_calendar") != 0;
    settings.use_lstm = reader.integer("use_lstm") != 0;
    const auto trained_until = parse_timestamp(reader.text("trained_until"));
    if (!reader.problem().empty()) return fail(ErrorCode::corrupt, reader.problem());
    if (!trained_until) return tl::unexpected(with_context(trained_until.error(), "trained_until"));
    if (settings.interval < kMinute || settings.interval > kHour || settings.cover_window < settings.interval ||
        settings.cover_window > 6 * kHour)
      return fail(ErrorCode::corrupt, "interval or cover window out of range");
    GroupModel model(settings);
    if (auto restored = restore(*model.state_, std::move(file->network), reader); !restored)
      return tl::unexpected(restored.error());
    model.state_->trained_until = *trained_until;
    for (const auto& [name, numbers] : file->arrays)
      if (name.starts_with(kAttached) &&
          std::all_of(numbers.begin(), numbers.end(), [](double v) { return std::isfinite(v); }))
        model.attach(name.substr(kAttached.size()), numbers);
    model.state_->finish();
    return model;
  }

 private:
  static Result<void> restore(GroupModel::State& state, nn::Network served, Reader& reader) {
    for (Track& track : state.tracks) {
      const std::string& name = track.name;
      if (auto* net = dynamic_cast<NetworkForecaster*>(track.forecaster.get())) {
        const bool is_served = net == &state.served();
        nn::Network network = is_served ? std::move(served) : net->network();
        if (!is_served) {
          const auto parameters = reader.array(name + ".parameters");
          if (parameters.size() != network.parameters().size())
            return fail(ErrorCode::corrupt, name + ".parameters: wrong length");
          std::copy(parameters.begin(), parameters.end(), network.parameters().begin());
        }
        if (auto restored =
                net->restore(std::move(network), {reader.array(name + ".center"), reader.array(name + ".scale")});
            !restored)
          return restored;
      } else if (auto* naive = dynamic_cast<SeasonalNaive*>(track.forecaster.get())) {
        const auto spread = reader.array(name + ".spread");
        if (spread.size() != 1 || !(spread[0] > 0))
          return fail(ErrorCode::corrupt, name + ".spread: expected one positive value");
        naive->restore(spread[0]);
      } else if (auto* trees = dynamic_cast<TreeForecaster*>(track.forecaster.get())) {
        const std::size_t columns = Features::context_names().size();
        auto median = trees::BoostedTrees::from_numbers(reader.array(name + ".median"), columns);
        auto high = trees::BoostedTrees::from_numbers(reader.array(name + ".high"), columns);
        if (!median || !high) return tl::unexpected(with_context((median ? high : median).error(), name));
        trees->restore(std::move(*median), std::move(*high));
      }
      if (!read_residuals(track, reader)) return fail(ErrorCode::corrupt, name + ": residuals do not belong together");
    }
    if (!reader.problem().empty()) return fail(ErrorCode::corrupt, reader.problem());
    return {};
  }
};

Result<std::string> GroupModel::to_bytes() const {
  return ModelCodec::encode(*this);
}

Result<GroupModel> GroupModel::from_bytes(std::string_view bytes) {
  return ModelCodec::decode(bytes);
}

}  // namespace almanac::forecast
