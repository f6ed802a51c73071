#include "records/model_store.h"

#include <fmt/format.h>

#include <charconv>

namespace almanac::records {
namespace {

Result<std::shared_ptr<const forecast::GroupModel>> parse(const std::string& bytes) {
  auto model = forecast::GroupModel::from_bytes(bytes);
  if (!model) return tl::unexpected(model.error());
  return std::make_shared<const forecast::GroupModel>(std::move(*model));
}

}  // namespace

LoadedModel ModelStore::load() {
  const auto object = store_.get(file_key());
  if (object && (cached_.model || cached_.cpu_model) && object->etag == cached_.etag) return cached_;
  LoadedModel loaded;
  bool readable = false;  // a model, though none that is served: no copy stands in for what somebody put there
  if (object) {
    loaded.etag = object->etag;
    auto model = parse(object->bytes);
    if (model) {
      loaded.model = std::move(*model);
      return cached_ = loaded;
    }
    loaded.problem = fmt::format("{}: {}", file_key(), model.error().message);
    loaded.made_elsewhere = nn::KerasModel::made_elsewhere(object->bytes);
    if (loaded.made_elsewhere) {
      auto foreign = forecast::CpuModel::from_bytes(object->bytes);
      if (foreign) {
        loaded.problem =
            fmt::format("{}: a Keras model made elsewhere: it predicts CPU for the threshold policy only, from {}",
                        file_key(), foreign->layout());
        loaded.cpu_model = std::make_shared<const forecast::CpuModel>(std::move(*foreign));
        return cached_ = loaded;
      }
      loaded.problem =
          fmt::format("{}: a Keras model made elsewhere that is NOT served: {}", file_key(), foreign.error().message);
      readable = foreign.error().code != ErrorCode::corrupt;
    }
  } else {
    loaded.problem = fmt::format("{}: {}", file_key(), object.error().message);
  }
  const bool is_gone = !object && object.error().code == ErrorCode::not_found;
  if (is_gone) loaded.problem = file_key() + " is gone";
  if (!readable) loaded.cpu_model = last_good_keras();
  if (loaded.cpu_model) {
    loaded.made_elsewhere = loaded.is_copy = true;
    loaded.problem += "; the last good copy of the Keras model stays in use";
    return loaded;
  }
  loaded.model = last_good();
  loaded.is_copy = loaded.model != nullptr;
  if (loaded.model) {
    loaded.problem += "; the last good model stays in use";
  } else if (is_gone) {
    loaded.problem = file_key() + " is not there yet: no training has finished";
  }
  return loaded;
}

// What worked in this process a moment ago is as good as the copy.
std::shared_ptr<const forecast::GroupModel> ModelStore::last_good() {
  if (cached_.model) return cached_.model;
  const auto copy = store_.get(copy_key());
  if (!copy) return nullptr;
  auto model = parse(copy->bytes);
  if (!model) return nullptr;
  cached_ = {};  // of no file: the next one there is parsed
  return cached_.model = std::move(*model);
}

std::shared_ptr<const forecast::CpuModel> ModelStore::last_good_keras() {
  if (cached_.cpu_model) return cached_.cpu_model;
  const auto copy = store_.get(keras_copy_key());
  if (!copy) return nullptr;
  auto model = forecast::CpuModel::from_bytes(copy->bytes);
  if (!model) return nullptr;
  cached_ = {};  // of no file, as above
  return cached_.cpu_model = std::make_shared<const forecast::CpuModel>(std::move(*model));
}

LoadedModel ModelStore::load_and_keep() {
  const LoadedModel loaded = load();
  if (!loaded.cpu_model || loaded.is_copy || loaded.etag == kept_etag_) return loaded;
  const auto file = store_.get(file_key());
  if (!file || file->etag != loaded.etag) return loaded;  // replaced meanwhile: the next load sees it
  const auto copy = store_.get(keras_copy_key());
  const bool same = copy && copy->bytes == file->bytes;
  if (same || store_.put(keras_copy_key(), file->bytes, ports::PutCondition::always())) kept_etag_ = loaded.etag;
  return loaded;
}

Result<std::size_t> ModelStore::save(const forecast::GroupModel& model, const std::string& seen_etag) {
  const auto bytes = model.to_bytes();
  if (!bytes) return tl::unexpected(with_context(bytes.error(), file_key()));
  if (const auto readable = parse(*bytes); !readable) {
    return tl::unexpected(with_context(readable.error(), "the new model cannot be read back; the old one stays"));
  }
  const auto put =
      store_.put(file_key(), *bytes,
                 seen_etag.empty() ? ports::PutCondition::if_absent() : ports::PutCondition::if_match(seen_etag));
  if (!put) {
    // The answer to our own put may have been lost on the way.
    const auto now_there = store_.get(file_key());
    if (!now_there || now_there->bytes != *bytes) return tl::unexpected(with_context(put.error(), file_key()));
  }
  const auto copied = store_.put(copy_key(), *bytes, ports::PutCondition::always());
  if (!copied) return tl::unexpected(with_context(copied.error(), copy_key()));
  cached_.cpu_model = nullptr;
  // Emptied rather than removed: a role that trains need not be allowed to delete.
  if (const auto keras = store_.get(keras_copy_key()); keras && !keras->bytes.empty()) {
    const auto emptied = store_.put(keras_copy_key(), "", ports::PutCondition::always());
    if (!emptied) return tl::unexpected(with_context(emptied.error(), keras_copy_key()));
  }
  return bytes->size();
}

Result<void> ModelStore::save_budget(const planning::ErrorBudget& budget) {
  const std::string text = fmt::format("{} {} {}\n", budget.position, budget.hours,
                                       budget.counted_until ? format_timestamp(*budget.counted_until) : "-");
  const auto put = store_.put(budget_key(), text, ports::PutCondition::always());
  if (!put) return tl::unexpected(with_context(put.error(), budget_key()));
  return {};
}

std::optional<planning::ErrorBudget> ModelStore::load_budget() {
  const auto object = store_.get(budget_key());
  if (!object) return std::nullopt;
  planning::ErrorBudget budget;
  const char* at = object->bytes.data();
  const char* end = at + object->bytes.size();
  for (double* value : {&budget.position, &budget.hours}) {
    const auto [next, error] = std::from_chars(at, end, *value);
    if (error != std::errc{} || next == end || *next != ' ') return std::nullopt;
    at = next + 1;
  }
  if (!(budget.position >= 0 && budget.position <= 25) || !(budget.hours >= 0)) return std::nullopt;
  if (const auto until =
          parse_timestamp(std::string_view(at, std::min<std::size_t>(20, static_cast<std::size_t>(end - at))))) {
    budget.counted_until = *until;
  }
  return budget;
}

}  // namespace almanac::records
