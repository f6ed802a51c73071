#include "adapters/aws/services/s3_object_store.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "adapters/aws/client/xml.h"
#include "ports/object_key.h"

namespace almanac::adapters::aws {
namespace {

constexpr std::size_t kLargestObject = 256U << 20U;
constexpr std::string_view kChecksumHeader = "x-amz-checksum-sha256";

std::string sha256_base64(std::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  unsigned char text[4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1];
  const int length = EVP_EncodeBlock(text, digest, SHA256_DIGEST_LENGTH);
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(length)};
}

std::optional<std::string> header(const AwsAnswer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

bool bucket_name(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
  return name.size() >= 3 && name.size() <= 63 && std::all_of(name.begin(), name.end(), fits) && name.front() != '.' &&
         name.front() != '-' && name.back() != '.' && name.back() != '-' && name.find("..") == std::string_view::npos;
}

// What S3 says of an object's bytes must be true of what arrived.
Result<void> verify(const AwsAnswer& answer, const std::string& resource) {
  if (const auto stated = header(answer, "content-length")) {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(stated->data(), stated->data() + stated->size(), length);
    if (error == std::errc{} && end == stated->data() + stated->size() && length != answer.body.size()) {
      return fail(ErrorCode::unavailable, fmt::format("S3 GetObject {}: {} of {} bytes arrived; try again", resource,
                                                      answer.body.size(), length));
    }
  }
  const auto stated = header(answer, kChecksumHeader);
  // A checksum of parts ("...-2") cannot be compared with that of the whole.
  if (stated && stated->find('-') == std::string::npos && *stated != sha256_base64(answer.body)) {
    return fail(ErrorCode::unavailable,
                fmt::format("S3 GetObject {}: what arrived does not match its SHA-256; try again", resource));
  }
  return {};
}

}  // namespace

Result<S3Location> parse_s3_url(std::string_view url) {
  constexpr std::string_view kScheme = "s3://";
  const auto refuse = [&] {
    return fail(ErrorCode::invalid_input, fmt::format("expected s3://bucket or s3://bucket/prefix, found \"{}\"", url));
  };
  if (!url.starts_with(kScheme)) return refuse();
  const std::string_view rest = url.substr(kScheme.size());
  const auto slash = rest.find('/');
  S3Location location;
  location.bucket = rest.substr(0, slash);
  if (slash != std::string_view::npos) location.prefix = rest.substr(slash + 1);
  while (location.prefix.ends_with('/')) location.prefix.pop_back();
  if (!bucket_name(location.bucket)) return refuse();
  if (!location.prefix.empty() && !ports::check_key(location.prefix)) return refuse();
  return location;
}

std::string S3ObjectStore::full_key(std::string_view key) const {
  return location_.prefix.empty() ? std::string(key) : location_.prefix + "/" + std::string(key);
}

AwsCall S3ObjectStore::call_for(std::string_view operation, std::string_view method, std::string_view key) const {
  AwsCall call;
  call.service = "s3";
  call.operation = operation;
  call.method = method;
  const std::string path = key.empty() ? "" : full_key(key);
  call.resource = fmt::format("s3://{}/{}", location_.bucket, path);
  call.host_prefix = location_.bucket + ".";
  call.path = "/" + path;
  call.max_response_bytes = kLargestObject;
  return call;
}

Error S3ObjectStore::missing_bucket() const {
  return {ErrorCode::invalid_input,
          fmt::format("there is no bucket {} that these credentials may see; check the name in `store` and its region",
                      location_.bucket)};
}

Result<ports::Object> S3ObjectStore::get(std::string_view key) {
  if (auto valid = ports::check_key(key); !valid) return tl::unexpected(valid.error());
  AwsCall call = call_for("GetObject", "GET", key);
  call.headers = {{"x-amz-checksum-mode", "ENABLED"}};
  call.expected = {404};
  const auto answer = client_->call(call);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 404) {
    if (answer->error_code == "NoSuchBucket") return tl::unexpected(missing_bucket());
    return fail(ErrorCode::not_found, call.resource + ": there is no such object");
  }
  if (auto whole = verify(*answer, call.resource); !whole) return tl::unexpected(whole.error());
  const auto etag = header(*answer, "etag");
  if (!etag) return fail(ErrorCode::corrupt, "S3 GetObject " + call.resource + ": the answer has no ETag");
  return ports::Object{answer->body, *etag};
}

Result<std::string> S3ObjectStore::put(std::string_view key, std::string_view bytes,
                                       const ports::PutCondition& condition) {
  using Kind = ports::PutCondition::Kind;
  if (auto valid = ports::check_key(key); !valid) return tl::unexpected(valid.error());
  AwsCall call = call_for("PutObject", "PUT", key);
  call.headers = {{"content-type", "application/octet-stream"}, {std::string(kChecksumHeader), sha256_base64(bytes)}};
  if (condition.kind == Kind::if_absent) call.headers.emplace_back("if-none-match", "*");
  if (condition.kind == Kind::if_match) call.headers.emplace_back("if-match", condition.etag);
  call.body = bytes;
  call.expected = {404, 409, 412};
  // Sent twice, a conditional put would meet its own first effect and call that a conflict.
  call.repeat_after_timeout = condition.kind == Kind::always;
  const auto answer = client_->call(call);

  const bool unknown = !answer && answer.error().code == ErrorCode::timed_out;
  if (!answer && !unknown) return tl::unexpected(answer.error());
  if (answer && answer->status < 300) {
    const auto etag = header(*answer, "etag");
    if (!etag) return fail(ErrorCode::corrupt, "S3 PutObject " + call.resource + ": the answer has no ETag");
    return *etag;
  }
  if (answer && answer->error_code == "NoSuchBucket") return tl::unexpected(missing_bucket());
  if (unknown) {
    // What stands there now decides whether it took effect.
    const auto there = get(key);
    if (there && there->bytes == bytes) return there->etag;
    return tl::unexpected(answer.error());
  }
  return fail(ErrorCode::conflict,
              fmt::format("{}: {}", call.resource,
                          answer->status == 404 ? "the object is gone meanwhile" : "another writer was faster"));
}

Result<std::vector<std::string>> S3ObjectStore::list(std::string_view prefix) {
  if (auto valid = ports::check_prefix(prefix); !valid) return tl::unexpected(valid.error());
  std::vector<std::string> keys;
  const std::string within = location_.prefix.empty() ? "" : location_.prefix + "/";
  std::string token;
  do {
    AwsCall call = call_for("ListObjectsV2", "GET", "");
    call.resource += within + std::string(prefix) + "*";
    call.query = {{"list-type", "2"}, {"prefix", within + std::string(prefix)}};
    if (!token.empty()) call.query.emplace_back("continuation-token", token);
    call.expected = {404};
    const auto answer = client_->call(call);
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status == 404) return tl::unexpected(missing_bucket());
    const auto root = parse_xml(answer->body);
    if (!root) return tl::unexpected(with_context(root.error(), "S3 ListObjectsV2 " + call.resource));
    if (root->name != "ListBucketResult") {
      return fail(ErrorCode::corrupt, "S3 ListObjectsV2 " + call.resource + ": the answer is no listing");
    }
    for (const XmlElement* object : root->list("", "Contents")) {
      const std::string_view key = object->text_at("Key");
      // Objects that no ObjectStore could have written are somebody else's.
      if (key.starts_with(within) && ports::check_key(key.substr(within.size()))) {
        keys.emplace_back(key.substr(within.size()));
      }
    }
    const std::string next(root->text_at("NextContinuationToken"));
    const bool more = root->text_at("IsTruncated") == "true";
    if (more && (next.empty() || next == token)) {
      return fail(ErrorCode::corrupt, "S3 ListObjectsV2 " + call.resource + ": the listing does not go on");
    }
    token = more ? next : "";
  } while (!token.empty());
  std::sort(keys.begin(), keys.end());
  return keys;
}

Result<void> S3ObjectStore::remove(std::string_view key) {
  if (auto valid = ports::check_key(key); !valid) return tl::unexpected(valid.error());
  AwsCall call = call_for("DeleteObject", "DELETE", key);
  call.expected = {404};
  const auto answer = client_->call(call);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->error_code == "NoSuchBucket") return tl::unexpected(missing_bucket());
  return {};
}

}  // namespace almanac::adapters::aws
