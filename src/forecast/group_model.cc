#include "forecast/group_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "core/aside.h"
#include "core/check.h"
#include "forecast/model_state.h"
#include "forecast/prediction_tape.h"
#include "forecast/stated_events.h"

namespace almanac::forecast {
namespace {

constexpr int kCalibrationDays = 28;
constexpr int kShortHistoryDays = 25;
constexpr std::size_t kLinear = 0, kLstm = 1, kTrees = 2;  // places among the tracks where the lstm is used
// Another must beat the average of lstm and trees by so much: who leads by less leads by chance, and changing over
// costs more than it gains (on days before any published test window 0.6 % at 1 % violating, 4 % at 0.1 %).
constexpr double kLeadOverAverage = 0.9;
constexpr int kRefitDays = 90;  // what daily refits look at: their price must not grow with the history

int intervals_in(Duration window, Duration interval) {
  return static_cast<int>((window + interval - Duration{1}) / interval);
}

std::vector<Origin> usable_origins(const Features& features, std::size_t first, std::size_t end, bool with_target) {
  std::vector<Origin> origins;
  for (std::size_t anchor = first; anchor < end; ++anchor) {
    const Origin origin{anchor, 0};
    if (!features.usable(origin)) continue;
    // A target belongs to the past only when its whole window does.
    if (with_target &&
        (anchor + static_cast<std::size_t>(features.window()) > end || is_missing(features.target(origin))))
      continue;
    origins.push_back(origin);
  }
  return origins;
}

// One after the other.
Result<void> fit_these(std::span<Forecaster* const> forecasters, const Features& features,
                       std::span<const Origin> origins, FitPlan plan, const ProgressSink& progress) {
  const NetworkForecaster* linear = nullptr;  // an lstm behind it starts its linear skip there
  for (Forecaster* forecaster : forecasters) {
    plan.refit = forecaster->fitted();
    auto* network = dynamic_cast<NetworkForecaster*>(forecaster);
    if (network && linear && !network->fitted()) network->start_from(*linear);
    if (auto fitted = forecaster->fit(features, origins, plan, progress); !fitted) return fitted;
    if (network && !linear) linear = network;
  }
  return {};
}

// Windows near events are a handful in a thousand, and what the calendar is for: unweighted they teach little. Together
// they count as much as the others, but none more than 15 times, nor less than once.
double near_weight_of(const Features& features, std::span<const Origin> origins) {
  const auto near = std::count_if(origins.begin(), origins.end(),
                                  [&](const Origin& o) { return features.situation(o) != Situation::ordinary; });
  if (near == 0) return 1;
  const auto ordinary = static_cast<std::ptrdiff_t>(origins.size()) - near;
  return std::clamp(static_cast<double>(ordinary) / static_cast<double>(near), 1.0, 15.0);
}

}  // namespace

GroupModel::State::State(ModelSettings model_settings) : settings(model_settings) {
  tracks.emplace_back(std::make_unique<NetworkForecaster>(NetworkForecaster::Shape::linear));
  if (settings.use_lstm) {
    tracks.emplace_back(std::make_unique<NetworkForecaster>(NetworkForecaster::Shape::lstm));
    tracks.emplace_back(std::make_unique<TreeForecaster>());
    tracks.emplace_back("lstm+trees", std::vector<std::size_t>{kLstm, kTrees});
  }
  tracks.emplace_back(std::make_unique<SeasonalNaive>());
}

Track::Track(const Track& other)
    : forecaster(other.forecaster ? other.forecaster->clone() : nullptr),
      parts(other.parts),
      name(other.name),
      residuals(other.residuals),
      pools(other.pools),
      volatility(other.volatility) {}
Track& Track::operator=(const Track& other) {
  if (this != &other) *this = Track(other);
  return *this;
}

namespace {
double scaled_error(const Residual& r) {
  return (log_ratio(r.peak, r.base) - r.prediction.median) / r.prediction.spread;
}
}  // namespace

double Track::mean_pinball(const std::function<bool(const Residual&)>& counts) const {
  double sum = 0, count = 0;
  for (const Residual& r : residuals)
    if (counts(r)) sum += pinball(r.prediction, log_ratio(r.peak, r.base)), count += 1;
  return count > 0 ? sum / count : std::numeric_limits<double>::infinity();
}

std::size_t GroupModel::State::best_track(const std::function<bool(const Residual&)>& counts) const {
  std::size_t found = 0;
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const double loss = tracks[i].mean_pinball(counts) * (tracks[i].parts.empty() ? 1.0 : kLeadOverAverage);
    const bool wanted = settings.method.forecaster.empty() || settings.method.forecaster == tracks[i].name;
    if (wanted && loss < best) best = loss, found = i;
  }
  return found;
}

void GroupModel::State::finish() {
  static std::atomic<std::uint64_t> versions{0};
  version = ++versions;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    tracks[i].pools = Pools(tracks[i].residuals, settings.interval, window(), settings.method);
    tracks[i].volatility.emplace(settings.interval);
    for (const Residual& r : tracks[i].residuals) tracks[i].volatility->add(scaled_error(r));
  }
  const auto is_near = [](const Residual& r) { return r.situation != Situation::ordinary; };
  winner = best_track([&](const Residual& r) { return !is_near(r); });
  if (tracks[winner].residuals.empty()) winner = best_track([](const Residual&) { return true; });
  winner_near = best_track(is_near);
  // Few windows near events choose nobody, and trees cannot learn from them: the lstm goes on along the analogues.
  const auto& residuals = tracks[winner].residuals;
  const auto near = std::count_if(residuals.begin(), residuals.end(), is_near);
  if (settings.method.forecaster.empty() && static_cast<std::size_t>(near) < kEnoughNear)
    winner_near = settings.use_lstm ? kLstm : winner;
}

const NetworkForecaster& GroupModel::State::served() const {
  const NetworkForecaster* last = nullptr;
  for (const Track& track : tracks)
    if (const auto* network = dynamic_cast<const NetworkForecaster*>(track.forecaster.get())) last = network;
  ALMANAC_CHECK(last, "a model has a network");
  return *last;
}

int GroupModel::State::window() const {
  return intervals_in(settings.cover_window, settings.interval);
}

void GroupModel::State::predict(std::size_t i, const Features& features, std::span<const Origin> origins,
                                std::span<Prediction> out) const {
  const Track& track = tracks[i];
  if (track.forecaster) {
    const auto& tape = settings.method.tape;
    if (tape && tape->sealed()) return tape->read(i, origins, out);
    track.forecaster->predict(features, origins, out);
    if (tape) tape->write(i, origins, out);
    return;
  }
  std::vector<Prediction> part(origins.size());
  std::fill(out.begin(), out.end(), Prediction{0, 0});
  for (const std::size_t p : track.parts) {
    predict(p, features, origins, part);
    for (std::size_t j = 0; j < out.size(); ++j) {
      out[j].median += part[j].median / static_cast<double>(track.parts.size());
      out[j].spread += part[j].spread / static_cast<double>(track.parts.size());
    }
  }
}

// Forecasts every origin of [first, end) with each forecaster as it stands and keeps what came.
void GroupModel::State::record_day(const Features& features, std::size_t first, std::size_t end) {
  const auto origins = usable_origins(features, first, end, true);
  std::vector<Prediction> predictions(origins.size());
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    Track& track = tracks[t];
    predict(t, features, origins, predictions);
    for (std::size_t i = 0; i < origins.size(); ++i)
      track.residuals.push_back({features.time_at(origins[i].anchor), features.base(origins[i].anchor),
                                 features.target_peak(origins[i]), features.situation(origins[i]), predictions[i]});
    const Timestamp oldest = features.time_at(end) - kCalibrationDays * kDay;
    std::erase_if(track.residuals, [&](const Residual& r) { return r.time < oldest; });
  }
}

Result<void> GroupModel::State::fit_all(const Features& features, std::size_t end, const ProgressSink& progress) {
  if (settings.method.tape && settings.method.tape->sealed()) return {};
  const bool refit = tracks.front().forecaster->fitted();
  const auto reach = static_cast<std::size_t>(kRefitDays * features.per_day());
  const auto origins = usable_origins(features, refit && end > reach ? end - reach : 0, end, true);
  if (origins.size() < 48)
    return fail(ErrorCode::invalid_input,
                fmt::format("{} windows of the history can be used to fit on; at least 48 are needed", origins.size()));
  FitPlan plan;
  plan.short_history = end < static_cast<std::size_t>(kShortHistoryDays * features.per_day());
  plan.seed = settings.seed;
  plan.near_weight = near_weight_of(features, origins);
  // The lstm takes longest; what does not depend on it is fitted meanwhile. The linear model comes first where the lstm
  // is to start from it.
  std::vector<Forecaster*> here, beside;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const bool independent = settings.use_lstm && (i == kTrees || (i == kLinear && refit));
    if (tracks[i].forecaster) (independent ? beside : here).push_back(tracks[i].forecaster.get());
  }
  Result<void> fitted_beside;
  Aside aside([&] { fitted_beside = fit_these(beside, features, origins, plan, {}); });
  if (auto fitted = fit_these(here, features, origins, plan, progress); !fitted) return fitted;
  aside.finish();
  return fitted_beside;
}

bool GroupModel::State::calibrated() const {
  const auto half_a_day = static_cast<std::size_t>(kDay / settings.interval / 2);
  return trained_until && tracks[winner].residuals.size() >= half_a_day;
}

void GroupModel::State::tell(const Features& features, std::size_t first, std::size_t end,
                             const DayObserver& observer) {
  trained_until = features.time_at(first);
  finish();
  std::vector<std::pair<std::size_t, Forecast>> forecasts;
  if (calibrated()) forecasts = forecast_range(features, first, end - 1);
  observer(features, first, end, forecasts);
}

// Walks in whole days that end at `until`.
Result<void> GroupModel::State::advance(const Features& features, Timestamp until, const ProgressSink& progress,
                                        const DayObserver& observer, const std::atomic<bool>* stop) {
  const auto end = std::min(features.index_of(std::max(until, features.start())), features.size());
  const auto day = static_cast<std::size_t>(features.per_day());
  std::size_t at = 0;
  if (trained_until) {
    at = features.index_of(std::max(*trained_until, features.start()));
  } else {
    const std::size_t days = end / day;
    if (days < 2)
      return fail(ErrorCode::invalid_input, fmt::format("the history has {:.1f} days; fitting needs at least 2",
                                                        static_cast<double>(end) / static_cast<double>(day)));
    // Leave up to 28 days to forecast out of sample, but fit the first model on a week or at least half of what is
    // there.
    const std::size_t behind =
        std::max(days > kCalibrationDays ? days - kCalibrationDays : 0, std::min<std::size_t>(days / 2 + 1, 7));
    at = end - (days - std::min(behind, days)) * day;
    if (auto fitted = fit_all(features, at, progress); !fitted) return fitted;
  }
  const double total = static_cast<double>((end - std::min(at, end)) / day);
  for (double done = 0; at + day <= end; at += day, done += 1) {
    report(progress, {"Walking forward", done, total, format_timestamp(features.time_at(at)).substr(0, 10)});
    if (stop != nullptr && *stop) return fail(ErrorCode::conflict, "cancelled");
    if (observer) tell(features, at, at + day, observer);
    record_day(features, at, at + day);
    if (auto fitted = fit_all(features, at + day, {}); !fitted) return fitted;
  }
  if (total > 0) report(progress, {"Walking forward", total, total, ""});
  trained_until = features.time_at(at);
  finish();
  return {};
}

// Coverage here is that of the forecaster's own quantiles, before calibration.
ForecasterScore GroupModel::State::score(const Track& track) const {
  ForecasterScore score;
  score.forecaster = track.name;
  score.windows = static_cast<int>(track.residuals.size());
  score.pinball = track.mean_pinball([](const Residual&) { return true; });
  if (track.residuals.empty()) return score;
  for (const Residual& r : track.residuals) {
    const double z = log_ratio(r.peak, r.base);
    score.coverage50 += z <= r.prediction.median;
    score.coverage90 += z <= r.prediction.median + r.prediction.spread;
  }
  score.coverage50 /= score.windows;
  score.coverage90 /= score.windows;
  return score;
}

// The volatility at an anchor needs the windows that finished before it and that are younger than the residuals.
std::size_t GroupModel::State::first_needed(const Features& features, std::size_t first) const {
  const auto known_until = trained_until ? features.index_of(std::max(*trained_until, features.start())) : first;
  return std::min(first, std::max(known_until, first > 288 ? first - 288 : 0));
}

// Forecasts at every usable anchor of [first, last].
std::vector<std::pair<std::size_t, Forecast>> GroupModel::State::forecast_by(std::size_t by, const Features& features,
                                                                             std::size_t first, std::size_t last,
                                                                             RecentPredictions* recent) const {
  const Track& track = tracks[by];
  const std::size_t from = first_needed(features, first);
  const auto origins = usable_origins(features, from, last + 1, false);
  std::vector<Prediction> predictions(origins.size());
  const auto ask = [&](std::span<const Origin> of, std::span<Prediction> out) { predict(by, features, of, out); };
  if (settings.method.tape && !settings.method.tape->sealed()) {
    // Another walk over the tape may choose another forecaster, and ask at these anchors too.
    for (std::size_t i = 0; i < tracks.size(); ++i) predict(i, features, origins, predictions);
  }
  if (recent)
    recent->predict(by, ask, features, origins, predictions);
  else
    ask(origins, predictions);

  Volatility volatility(settings.interval);
  if (track.volatility && !track.residuals.empty() && track.residuals.back().time < features.time_at(from)) {
    volatility = *track.volatility;
  } else {
    for (const Residual& r : track.residuals)
      if (r.time < features.time_at(from)) volatility.add(scaled_error(r));
  }
  std::vector<std::pair<std::size_t, Forecast>> forecasts;
  StatedEvents stated(features.history(), features.events(), features.calendar(), window());
  const bool learns = track.name != "seasonal_naive";
  std::size_t finished = 0;
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const Origin& origin = origins[i];
    for (; finished < i && origins[finished].anchor + static_cast<std::size_t>(window()) <= origin.anchor; ++finished) {
      const double z = features.target(origins[finished]);
      if (!is_missing(z)) volatility.add((z - predictions[finished].median) / predictions[finished].spread);
    }
    if (origin.anchor < first) continue;
    Forecast forecast;
    forecast.now = features.time_at(origin.anchor);
    forecast.window = {forecast.now, forecast.now + settings.interval * window()};
    forecast.forecaster = track.name;
    forecast.base = features.base(origin.anchor);
    forecast.median = peak_of(predictions[i].median, forecast.base);
    forecast.near_event = features.situation(origin) != Situation::ordinary;
    forecast.peak = track.pools.distribution(predictions[i], settings.method.volatility ? volatility.factor() : 1.0,
                                             forecast.base, features.situation(origin));
    stated.apply(origin.anchor, learns, forecast);
    forecast.event_words = stated.words(origin.anchor);
    forecasts.emplace_back(origin.anchor, std::move(forecast));
  }
  return forecasts;
}

std::size_t GroupModel::State::track_at(const Features& features, std::size_t anchor) const {
  return features.situation({anchor, 0}) == Situation::ordinary ? winner : winner_near;
}

std::vector<std::pair<std::size_t, Forecast>> GroupModel::State::forecast_range(const Features& features,
                                                                                std::size_t first,
                                                                                std::size_t last) const {
  auto forecasts = forecast_by(winner, features, first, last);
  if (winner_near == winner) return forecasts;
  const auto is_near = [](const auto& entry) { return entry.second.near_event; };
  if (std::none_of(forecasts.begin(), forecasts.end(), is_near)) return forecasts;
  auto near = forecast_by(winner_near, features, first, last);  // of the same anchors
  for (std::size_t i = 0; i < forecasts.size(); ++i)
    if (is_near(forecasts[i])) forecasts[i] = std::move(near[i]);
  return forecasts;
}

GroupModel::GroupModel(ModelSettings settings) : state_(std::make_unique<State>(settings)) {}
GroupModel::GroupModel(GroupModel&&) noexcept = default;
GroupModel& GroupModel::operator=(GroupModel&&) noexcept = default;
GroupModel::GroupModel(const GroupModel& other) : state_(std::make_unique<State>(*other.state_)) {}
GroupModel& GroupModel::operator=(const GroupModel& other) {
  if (this != &other) state_ = std::make_unique<State>(*other.state_);
  return *this;
}
GroupModel::~GroupModel() = default;

Features GroupModel::features(const History& history, const calendar::Calendar& calendar) const {
  Features features(history, settings().use_calendar ? calendar : calendar::Calendar{}, state_->window());
  features.blank(settings().method.blank_context);
  features.keep_contexts();
  return features;
}

Result<void> GroupModel::advance(const History& history, const calendar::Calendar& calendar, Timestamp until,
                                 const ProgressSink& progress, const DayObserver& observer) {
  return advance(features(history, calendar), until, progress, observer);
}

Result<void> GroupModel::advance(const Features& features, Timestamp until, const ProgressSink& progress,
                                 const DayObserver& observer, const std::atomic<bool>* stop) {
  State next(*state_);  // what fails leaves the model as it was
  if (auto walked = next.advance(features, until, progress, observer, stop); !walked) return walked;
  *state_ = std::move(next);
  return {};
}

std::vector<std::pair<std::size_t, Forecast>> GroupModel::forecast_range(const Features& features, std::size_t first,
                                                                         std::size_t last) const {
  return state_->forecast_range(features, first, last);
}

bool GroupModel::trained() const {
  return state_->calibrated();
}
void GroupModel::attach(const std::string& name, std::vector<double> numbers) {
  state_->attachments[name] = std::move(numbers);
}
std::span<const double> GroupModel::attached(const std::string& name) const {
  const auto it = state_->attachments.find(name);
  return it == state_->attachments.end() ? std::span<const double>() : std::span<const double>(it->second);
}
const ModelSettings& GroupModel::settings() const {
  return state_->settings;
}
std::optional<Timestamp> GroupModel::trained_until() const {
  return state_->trained_until;
}
std::string GroupModel::winner() const {
  return state_->tracks[state_->winner].name;
}

std::string GroupModel::winner_near_events() const {
  return state_->tracks[state_->winner_near].name;
}

std::vector<ForecasterScore> GroupModel::scores() const {
  std::vector<ForecasterScore> scores;
  for (const Track& track : state_->tracks) scores.push_back(state_->score(track));
  return scores;
}

namespace {

// index_of for a tick that may be the end of the history, or lie beyond it when the newest rows are late.
Result<std::size_t> anchor_of(const Features& features, Timestamp now) {
  if (now < features.start() || features.size() == 0)
    return fail(ErrorCode::unavailable, fmt::format("no rows before {}", format_timestamp(now)));
  const std::size_t anchor = std::min(features.index_of(now), features.size());
  if (features.time_at(anchor) + 3 * features.interval() < now || is_missing(features.base(anchor)))
    return fail(ErrorCode::unavailable,
                fmt::format("no demand is known in the 15 minutes before {}", format_timestamp(now)));
  return anchor;
}

}  // namespace

Result<Forecast> GroupModel::forecast(const History& history, const calendar::Calendar& calendar, Timestamp now,
                                      RecentPredictions* recent) const {
  if (!trained()) return fail(ErrorCode::unavailable, "the model has not learned enough yet");
  const calendar::Calendar believed = settings().use_calendar ? calendar : calendar::Calendar{};
  RecentPredictions none;
  RecentPredictions& known = recent ? *recent : none;
  known.prepare(state_->version, history, believed);
  const auto features_from = [&](std::size_t first) {
    return Features::of_tail(history, believed, known.events(), state_->window(), first);
  };
  const Features glance = features_from(history.size() + 1);
  const auto anchor = anchor_of(glance, now);
  if (!anchor) return tl::unexpected(anchor.error());
  const std::size_t track = state_->track_at(glance, *anchor);
  const std::size_t first = known.first_missing(track, glance, state_->first_needed(glance, *anchor));
  auto forecasts = state_->forecast_by(track, features_from(first), *anchor, *anchor, &known);
  if (forecasts.empty()) return fail(ErrorCode::unavailable, "less than a day of history lies behind this tick");
  return std::move(forecasts.back().second);
}

Result<Forecast> seasonal_naive_forecast(const History& history, const calendar::Calendar& calendar, Timestamp now,
                                         Duration cover_window) {
  const Features features(history, calendar::Calendar{}, intervals_in(cover_window, history.interval));
  const auto anchor = anchor_of(features, now);
  if (!anchor) return tl::unexpected(anchor.error());
  const auto origins = usable_origins(features, 0, *anchor, true);
  const Origin origin{*anchor, 0};
  if (origins.size() < static_cast<std::size_t>(features.per_day()) || !features.usable(origin))
    return fail(ErrorCode::unavailable, "under two days of history: yesterday cannot be compared with today");
  SeasonalNaive naive;
  if (auto fitted = naive.fit(features, origins, {}, {}); !fitted) return tl::unexpected(fitted.error());
  std::vector<Prediction> predictions(origins.size());
  naive.predict(features, origins, predictions);
  std::vector<Residual> residuals;
  for (std::size_t i = 0; i < origins.size(); ++i)
    residuals.push_back({features.time_at(origins[i].anchor), features.base(origins[i].anchor),
                         features.target_peak(origins[i]), Situation::ordinary, predictions[i]});
  Prediction prediction;
  naive.predict(features, {&origin, 1}, {&prediction, 1});
  Forecast forecast;
  forecast.now = features.time_at(*anchor);
  forecast.window = {forecast.now, forecast.now + cover_window};
  forecast.forecaster = "seasonal_naive";
  forecast.base = features.base(*anchor);
  forecast.median = peak_of(prediction.median, forecast.base);
  forecast.peak = Pools(residuals, history.interval, features.window())
                      .distribution(prediction, 1.0, forecast.base, Situation::ordinary);
  const EventIndex events(calendar.between(Features::events_range(history)));
  StatedEvents stated(history, events, calendar, features.window());
  stated.apply(*anchor, false, forecast);
  if (forecast.announced > 0) forecast.event_words = stated.words(*anchor);
  return forecast;
}

}  // namespace almanac::forecast
