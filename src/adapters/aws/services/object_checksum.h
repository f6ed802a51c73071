#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ports/http_transport.h"

namespace almanac::adapters::aws {

// The checksum that is sent with a put: base64 of the SHA-256, the value of x-amz-checksum-sha256.
std::string sha256_base64(std::string_view bytes);

// Compares what S3 states of an object ("Checking object integrity" in its user guide: SHA-256, SHA-1, CRC-32,
// CRC-32C, CRC-64/NVME in x-amz-checksum-*; header names in lower case) with the bytes that arrived. The name of the
// first header that does not agree; nothing when all do or none is there. Those of an upload in parts ("...-2",
// x-amz-checksum-type COMPOSITE) say nothing about the whole and are passed over.
std::optional<std::string> disagreeing_checksum(const ports::HttpHeaders& headers, std::string_view bytes);

}  // namespace almanac::adapters::aws
