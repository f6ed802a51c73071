#include "adapters/aws/services/object_checksum.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>

#include "core/check.h"
#include "core/text.h"

namespace almanac::adapters::aws {
namespace {

std::string digest_base64(std::string_view bytes, const EVP_MD* kind) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const int ok = EVP_Digest(bytes.data(), bytes.size(), digest, &size, kind, nullptr);
  ALMANAC_CHECK(ok == 1, "SHA-1 and SHA-256 are always available");
  return base64({reinterpret_cast<const char*>(digest), size});
}

// Reflected CRCs that begin and end with all bits set, by a table of one byte (as in RFC 1952, section 8).
template <typename Word>
std::string crc_base64(std::string_view bytes, Word reflected_polynomial) {
  std::array<Word, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    Word word = i;
    for (int bit = 0; bit < 8; ++bit) word = (word >> 1) ^ ((word & 1) != 0 ? reflected_polynomial : Word{0});
    table[i] = word;
  }
  Word crc = static_cast<Word>(~Word{0});
  for (const char c : bytes) crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xFF] ^ (crc >> 8);
  crc = static_cast<Word>(~crc);
  std::array<unsigned char, sizeof(Word)> big_endian{};
  for (std::size_t i = 0; i < sizeof(Word); ++i) {
    big_endian[i] = static_cast<unsigned char>(crc >> (8 * (sizeof(Word) - 1 - i)));
  }
  return base64({reinterpret_cast<const char*>(big_endian.data()), big_endian.size()});
}

std::optional<std::string> expected_of(std::string_view header, std::string_view bytes) {
  if (header == "x-amz-checksum-sha256") return sha256_base64(bytes);
  if (header == "x-amz-checksum-sha1") return digest_base64(bytes, EVP_sha1());
  if (header == "x-amz-checksum-crc32") return crc_base64<std::uint32_t>(bytes, 0xEDB88320U);
  if (header == "x-amz-checksum-crc32c") return crc_base64<std::uint32_t>(bytes, 0x82F63B78U);
  if (header == "x-amz-checksum-crc64nvme") return crc_base64<std::uint64_t>(bytes, 0x9A6C9329AC4BC9B5U);
  return std::nullopt;
}

}  // namespace

std::string sha256_base64(std::string_view bytes) {
  return digest_base64(bytes, EVP_sha256());
}

std::optional<std::string> disagreeing_checksum(const ports::HttpHeaders& headers, std::string_view bytes) {
  for (const auto& [name, value] : headers) {
    if (name == "x-amz-checksum-type" && value == "COMPOSITE") return std::nullopt;
  }
  for (const auto& [name, value] : headers) {
    if (!name.starts_with("x-amz-checksum-") || value.find('-') != std::string::npos) continue;
    const auto expected = expected_of(name, bytes);
    if (expected && *expected != value) return name;
  }
  return std::nullopt;
}

}  // namespace almanac::adapters::aws
