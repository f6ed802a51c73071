#include "nn/hdf5_io.h"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/mutex.h"

namespace almanac::nn {
namespace {

// libhdf5's only lock: the whole library is used by one thread at a time.
class Turn {
 public:
  Turn() : lock_(mutex()) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // errors are returned, never printed
  }

 private:
  static Mutex& mutex() {
    static Mutex one;
    return one;
  }
  MutexLock lock_;
};

class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      id_ = std::exchange(other.id_, -1);
      close_ = other.close_;
    }
    return *this;
  }
  operator hid_t() const { return id_; }
  bool ok() const { return id_ >= 0; }

 private:
  void reset() {
    if (id_ >= 0) close_(id_);
    id_ = -1;
  }
  hid_t id_;
  herr_t (*close_)(hid_t);
};

// A text type of variable or fixed length, as h5py writes and reads it.
Handle variable_text() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

std::size_t count(const std::vector<std::size_t>& shape) {
  std::size_t total = 1;
  for (std::size_t extent : shape) total *= extent;
  return total;
}

bool write_texts(hid_t object, const std::string& name, const std::vector<std::string>& texts, bool scalar) {
  const Handle type = variable_text();
  const hsize_t values = texts.size();
  const Handle space(scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &values, nullptr), H5Sclose);
  const Handle attribute(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  return attribute.ok() && (texts.empty() || H5Awrite(attribute, type, pointers.data()) >= 0);
}

bool write_array(hid_t file, const std::string& path, const std::vector<std::size_t>& shape, hid_t file_type,
                 hid_t memory_type, const void* values) {
  const std::vector<hsize_t> extents(shape.begin(), shape.end());
  const Handle space(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose);
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation, false);  // the same model must give the same bytes
  const Handle dataset(H5Dcreate2(file, path.c_str(), file_type, space, links, creation, H5P_DEFAULT), H5Dclose);
  return dataset.ok() &&
         (count(shape) == 0 || H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
}

Handle make_group(hid_t file, const std::string& path) {
  if (path.empty()) return {H5Oopen(file, "/", H5P_DEFAULT), H5Oclose};
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  return {H5Gcreate2(file, path.c_str(), links, H5P_DEFAULT, H5P_DEFAULT), H5Gclose};
}

Handle memory_file_access() {
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access, std::size_t{1} << 16, false);
  return access;
}

}  // namespace

Result<std::string> write_hdf5(const Hdf5Contents& contents) {
  Turn turn;
  const auto failed = [](std::string_view what) {
    return fail(ErrorCode::invalid_input, fmt::format("model file: {} cannot be written", what));
  };
  const Handle access = memory_file_access();
  const Handle file(H5Fcreate("almanac-new-model", H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose);
  if (!file.ok()) return failed("the file");
  for (const auto& [path, group] : contents.groups) {
    const Handle object = make_group(file, path);
    if (!object.ok()) return failed(path);
    for (const auto& [name, text] : group.texts) {
      if (!write_texts(object, name, {text}, true)) return failed(name);
    }
    for (const auto& [name, texts] : group.text_lists) {
      if (!write_texts(object, name, texts, false)) return failed(name);
    }
  }
  for (const auto& [path, array] : contents.floats) {
    if (!write_array(file, path, array.shape, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, array.values)) return failed(path);
  }
  for (const auto& [path, values] : contents.doubles) {
    if (!write_array(file, path, {values.size()}, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data()))
      return failed(path);
  }
  if (H5Fflush(file, H5F_SCOPE_GLOBAL) < 0) return failed("the file");
  const ssize_t size = H5Fget_file_image(file, nullptr, 0);
  if (size <= 0) return failed("the file");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (H5Fget_file_image(file, bytes.data(), bytes.size()) != size) return failed("the file");
  return bytes;
}

}  // namespace almanac::nn
