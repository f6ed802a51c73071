#include "forecast/prediction_tape.h"

#include "core/check.h"

namespace almanac::forecast {

void PredictionTape::write(std::size_t track, std::span<const Origin> origins,
                           std::span<const Prediction> predictions) {
  ALMANAC_CHECK(!sealed_, "a sealed tape is read");
  if (tracks_.size() <= track) tracks_.resize(track + 1);
  auto& entries = tracks_[track];
  for (std::size_t i = 0; i < origins.size(); ++i) {
    ALMANAC_CHECK(origins[i].lead == 0, "a walk forecasts the cover window");
    if (entries.size() <= origins[i].anchor) entries.resize(origins[i].anchor + 1);
    Entry& entry = entries[origins[i].anchor];
    const Prediction& said = predictions[i];
    ALMANAC_CHECK(!entry.known || (entry.prediction.median == said.median && entry.prediction.spread == said.spread),
                  "a tape holds one walk");
    entry = {said, true};
  }
}

void PredictionTape::read(std::size_t track, std::span<const Origin> origins, std::span<Prediction> out) const {
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const std::size_t anchor = origins[i].anchor;
    ALMANAC_CHECK(track < tracks_.size() && anchor < tracks_[track].size() && tracks_[track][anchor].known,
                  "the walk that was recorded went here too");
    out[i] = tracks_[track][anchor].prediction;
  }
}

}  // namespace almanac::forecast
