#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "forecast/cpu_model.h"
#include "forecast/group_model.h"
#include "planning/error_budget.h"
#include "ports/object_store.h"

namespace almanac::records {

struct LoadedModel {
  std::shared_ptr<const forecast::GroupModel> model;    // null when there is none that can be used
  std::string etag;                                     // of <group>/lstm_model.h5; empty when it is not there
  bool made_elsewhere = false;                          // the file is a Keras model that another program saved
  std::shared_ptr<const forecast::CpuModel> cpu_model;  // of such a file: it predicts CPU only; null: it is not served
  bool is_copy = false;                                 // what there is is only the last good copy
  std::string problem;                                  // why `model` is null, or why it is only the last good copy
};

// A group's model file <group>/lstm_model.h5 and its last good copy <group>/model/last_good.h5, which stands in when
// the file was removed, or replaced by something that cannot be read. Of a Keras model made elsewhere the copy is
// <group>/model/last_good_keras.h5; while it is there and not empty, it was what served last. One ModelStore parses a
// file only when it changed.
class ModelStore {
 public:
  ModelStore(ports::ObjectStore& store, std::string group) : store_(store), group_(std::move(group)) {}

  // Never fails: a store that cannot be read is a problem of the model, and the ladder has a rung for it.
  LoadedModel load();

  // The same for what works with the model: a Keras model made elsewhere that is served and not yet copied is copied.
  // A store that refuses the copy (one that is only looked at) is no reason not to serve.
  LoadedModel load_and_keep();

  // Replaces the model if the file still is the one that load() saw. The bytes are read back before anything is
  // written, so what cannot be read never replaces a model. conflict when another training was faster.
  Result<std::size_t> save(const forecast::GroupModel& model, const std::string& seen_etag);

  // The error budget warmed up by replaying history at training time: what the first decision starts from.
  Result<void> save_budget(const planning::ErrorBudget& budget);
  std::optional<planning::ErrorBudget> load_budget();

 private:
  std::shared_ptr<const forecast::GroupModel> last_good();
  std::shared_ptr<const forecast::CpuModel> last_good_keras();
  std::string file_key() const { return group_ + "/lstm_model.h5"; }
  std::string copy_key() const { return group_ + "/model/last_good.h5"; }
  std::string keras_copy_key() const { return group_ + "/model/last_good_keras.h5"; }
  std::string budget_key() const { return group_ + "/model/error_budget.txt"; }

  ports::ObjectStore& store_;
  std::string group_;
  LoadedModel cached_;
  std::string kept_etag_;  // of the Keras file that the copy is of
};

}  // namespace almanac::records
