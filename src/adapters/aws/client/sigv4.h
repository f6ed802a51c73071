#pragma once

#include <string>
#include <string_view>

#include "adapters/aws/client/credentials.h"
#include "core/time.h"
#include "ports/http_transport.h"

namespace almanac::adapters::aws {

// AWS Signature Version 4 as docs.aws.amazon.com describes it ("Create a signed AWS API request"), with the signature
// in the Authorization header.

// How the path enters the canonical request: S3 signs it as it stands on the wire; every other service signs it
// normalised and encoded once more.
enum class PathRule { as_sent, normalised_and_encoded };

// A request as it goes over the wire. All its headers are signed, so it holds only those that no one on the way
// changes: host and x-amz-date must be among them, x-amz-security-token too where there is one.
struct RequestToSign {
  std::string method;
  std::string path;   // encoded
  std::string query;  // as canonical_query() writes it
  ports::HttpHeaders headers;
  std::string payload_hash;  // sha256_hex of the body, or "UNSIGNED-PAYLOAD"
};

struct SigningScope {
  Timestamp time;
  std::string region;
  std::string service;
  PathRule path_rule = PathRule::normalised_and_encoded;
};

// The steps stand here for tests and for nothing else: only `authorization` leaves the process.
struct Signature {
  std::string canonical_request;
  std::string string_to_sign;
  std::string signature;      // 64 hexadecimal digits
  std::string authorization;  // value of the header
};

Signature sign(const RequestToSign& request, const SigningScope& scope, const Credentials& credentials);

std::string sha256_hex(std::string_view bytes);

// "20150830T123600Z", as x-amz-date wants it.
std::string amz_date(Timestamp time);

}  // namespace almanac::adapters::aws
