#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "core/inflate.h"

// For tests only, which link zlib for it.
namespace almanac {

// What core/inflate.h unpacks: `text` as one member of a gzip file, or as another packing has it.
inline std::string packed(const std::string& text, Packing packing = Packing::gzip) {
  constexpr int kWindow = 15;  // the window and its frame in one number, as zlib's manual has it
  const int format = packing == Packing::gzip ? kWindow + 16 : (packing == Packing::zlib ? kWindow : -kWindow);
  z_stream out{};
  EXPECT_EQ(deflateInit2(&out, Z_BEST_SPEED, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string bytes(deflateBound(&out, text.size()) + 64, '\0');
  out.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  out.avail_in = static_cast<unsigned>(text.size());
  out.next_out = reinterpret_cast<Bytef*>(bytes.data());
  out.avail_out = static_cast<unsigned>(bytes.size());
  EXPECT_EQ(deflate(&out, Z_FINISH), Z_STREAM_END);
  bytes.resize(out.total_out);
  deflateEnd(&out);
  return bytes;
}

}  // namespace almanac
