#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace almanac::nn {

// Reads an HDF5 file that lies in memory, which may come from anyone: libhdf5 itself crashes on damaged files, so this
// is a reader of its own (HDF5 File Format Specification 3.0) in which every access is checked. It knows what libhdf5
// writes by default, and so what h5py and Keras write: superblocks 0 to 1, object headers 1, symbol-table groups,
// contiguous and compact arrays. Anything else is unsupported. Links out of the file are not followed.
class Hdf5Reader {
 public:
  // corrupt when `bytes`, which must outlive the reader, are not an HDF5 file.
  static Result<Hdf5Reader> open(std::string_view bytes);

  // Paths are "a/b"; "" is the root. not_found, corrupt, unsupported.
  bool has_group(const std::string& path) const;
  Result<std::string> text(const std::string& path, const std::string& attribute) const;
  Result<std::vector<std::string>> texts(const std::string& path, const std::string& attribute) const;
  Result<std::vector<std::string>> attribute_names(const std::string& path) const;
  Result<std::vector<std::string>> children(const std::string& path) const;

  template <typename T>
  struct Array {
    std::vector<std::size_t> shape;
    std::vector<T> values;
  };
  // unsupported unless the stored type is a little-endian float of 32 or 64 bits.
  Result<Array<float>> floats(const std::string& path) const;
  Result<Array<double>> doubles(const std::string& path) const;

 private:
  Hdf5Reader(std::string_view bytes, std::uint64_t root) : bytes_(bytes), root_(root) {}
  std::string_view bytes_;  // from the superblock on: addresses count from there
  std::uint64_t root_ = 0;  // address of the root group's object header
};

// What a new file holds. Nested groups are made as their paths need them.
struct Hdf5Contents {
  struct Group {
    std::map<std::string, std::string> texts;
    std::map<std::string, std::vector<std::string>> text_lists;
  };
  struct Floats {
    std::vector<std::size_t> shape;
    const float* values;
  };
  std::map<std::string, Group> groups;  // by path; "" is the root
  std::map<std::string, Floats> floats;
  std::map<std::string, std::vector<double>> doubles;
};

// The bytes of the file; the same contents give the same bytes.
Result<std::string> write_hdf5(const Hdf5Contents& contents);

}  // namespace almanac::nn
