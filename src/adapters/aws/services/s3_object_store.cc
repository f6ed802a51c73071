#include "adapters/aws/services/s3_object_store.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <optional>

#include "adapters/aws/client/text.h"
#include "adapters/aws/client/xml.h"
#include "adapters/aws/services/object_checksum.h"
#include "core/check.h"
#include "ports/object_key.h"

namespace almanac::adapters::aws {
namespace {

constexpr std::size_t kLargestObject = 256U << 20U;
constexpr std::string_view kChecksumHeader = "x-amz-checksum-sha256";

// AWS' user metadata: kept with the object, given back with it.
constexpr std::string_view kNumberHeader = "x-amz-meta-almanac-put";
constexpr int kAttempts = 3;

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

// False when the answer states another length than what arrived has.
bool is_whole(const AwsAnswer& answer) {
  const auto stated = header(answer, "content-length");
  if (!stated) return true;
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(stated->data(), stated->data() + stated->size(), length);
  return error == std::errc{} && end == stated->data() + stated->size() && length == answer.body.size();
}

// No two puts have the same.
std::string new_put_number() {
  unsigned char bytes[16];
  const int ok = RAND_bytes(bytes, sizeof bytes);
  ALMANAC_CHECK(ok == 1, "the system's random numbers are always available");
  std::string text;
  for (const unsigned char byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

// 20 s and what the body takes at 1 MiB/s.
std::chrono::milliseconds time_for(std::size_t bytes) {
  return std::chrono::seconds{20} + std::chrono::milliseconds{bytes / 1049};
}

std::string named(const AwsCall& call) {
  return fmt::format("S3 {}, {}", call.operation, call.resource);
}

Error not_of_s3(const AwsCall& call, std::string_view what) {
  return {ErrorCode::unavailable,
          fmt::format("{}: {}; is the endpoint that of S3, and nothing in between?", named(call), what)};
}

Error faster_writer(const AwsCall& call, std::string_view how) {
  return {ErrorCode::conflict,
          fmt::format("{}: another writer was faster ({}); read it again and merge", named(call), how)};
}

Result<std::string> etag_of(const AwsCall& call, const AwsAnswer& answer) {
  auto etag = header(answer, "etag");
  if (!etag || etag->empty()) return tl::unexpected(not_of_s3(call, "the answer has no ETag"));
  return std::move(*etag);
}

// "%3D" in the names of a listing; S3 writes a space as '+'.
std::string url_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned int byte = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
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
          fmt::format("S3: there is no bucket \"{}\" in {}; create it, or correct the store's s3:// URL and the region",
                      location_.bucket, client_->region())};
}

struct S3ObjectStore::Stored {
  std::string bytes;
  std::string etag;
  std::string number;
};

Result<AwsAnswer> S3ObjectStore::read_whole(const AwsCall& call) {
  for (int attempt = 1;; ++attempt) {
    auto answer = client_->call(call);
    if (!answer || answer->status >= 300 || is_whole(*answer)) return answer;
    if (attempt < kAttempts) continue;
    return fail(ErrorCode::unavailable,
                fmt::format("{}: {} of {} bytes arrived, {} times in a row; it is tried again later", named(call),
                            answer->body.size(), header(*answer, "content-length").value_or(""), kAttempts));
  }
}

Result<std::optional<S3ObjectStore::Stored>> S3ObjectStore::fetch_unless(std::string_view known_etag,
                                                                         std::string_view key) {
  AwsCall call = call_for("GetObject", "GET", key);
  call.headers = {{"x-amz-checksum-mode", "ENABLED"}};
  call.expected = {404};
  if (!known_etag.empty()) {
    call.headers.emplace_back("if-none-match", known_etag);
    call.expected.push_back(304);
  }
  call.timeout = std::chrono::seconds{60};
  for (int attempt = 1;; ++attempt) {
    auto answer = read_whole(call);
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status == 304) return std::nullopt;
    if (answer->status == 404) {
      if (answer->error_code == "NoSuchBucket") return tl::unexpected(missing_bucket());
      // Whatever else says 404 must not look like an empty store.
      if (answer->error_code != "NoSuchKey") return tl::unexpected(not_of_s3(call, "404 without S3's NoSuchKey"));
      return fail(ErrorCode::not_found, fmt::format("{}: there is no such object", call.resource));
    }
    if (const auto wrong = disagreeing_checksum(answer->headers, answer->body)) {
      if (attempt < kAttempts) continue;
      return fail(ErrorCode::corrupt,
                  fmt::format("{}: the bytes do not agree with {}, {} times in a row; restore an earlier version of it",
                              named(call), *wrong, kAttempts));
    }
    auto etag = etag_of(call, *answer);
    if (!etag) return tl::unexpected(etag.error());
    return Stored{std::move(answer->body), std::move(*etag), header(*answer, kNumberHeader).value_or("")};
  }
}

Result<S3ObjectStore::Stored> S3ObjectStore::fetch(std::string_view key) {
  auto stored = fetch_unless("", key);
  if (!stored) return tl::unexpected(stored.error());
  return **std::move(stored);
}

Result<ports::Object> S3ObjectStore::get(std::string_view key) {
  if (auto valid = ports::check_key(key); !valid) return tl::unexpected(valid.error());
  auto known = cache_.find(key);
  auto stored = fetch_unless(known ? known->etag : "", key);
  if (!stored) {
    cache_.forget(key);
    return tl::unexpected(stored.error());
  }
  if (!*stored) return *std::move(known);
  ports::Object object{std::move((*stored)->bytes), std::move((*stored)->etag)};
  cache_.keep(key, object);
  return object;
}

Result<std::string> S3ObjectStore::put(std::string_view key, std::string_view bytes,
                                       const ports::PutCondition& condition) {
  if (auto valid = ports::check_key(key); !valid) return tl::unexpected(valid.error());
  auto etag = put_object(key, bytes, condition);
  if (etag) cache_.keep(key, {std::string(bytes), *etag});
  return etag;
}

Result<std::string> S3ObjectStore::put_object(std::string_view key, std::string_view bytes,
                                              const ports::PutCondition& condition) {
  using Kind = ports::PutCondition::Kind;
  const std::string number = new_put_number();
  AwsCall call = call_for("PutObject", "PUT", key);
  // Named, because a form's type makes emulators read the body as parameters.
  call.headers = {{"content-type", "application/octet-stream"},
                  {std::string(kChecksumHeader), sha256_base64(bytes)},
                  {"x-amz-sdk-checksum-algorithm", "SHA256"},
                  {std::string(kNumberHeader), number}};
  if (condition.kind == Kind::if_absent) call.headers.emplace_back("if-none-match", "*");
  if (condition.kind == Kind::if_match) call.headers.emplace_back("if-match", condition.etag);
  call.body = bytes;
  call.expected = {404, 409, 412};
  call.repeat_after_timeout = condition.kind == Kind::always;
  call.timeout = time_for(bytes.size());

  for (int attempt = 1;; ++attempt) {
    const auto answer = client_->call(call);
    if (!answer && answer.error().code != ErrorCode::timed_out) return tl::unexpected(answer.error());
    if (answer) {
      if (answer->status < 300) return etag_of(call, *answer);
      if (answer->error_code == "NoSuchBucket") return tl::unexpected(missing_bucket());
      if (answer->status == 409) return tl::unexpected(faster_writer(call, "both wrote at the same time"));
      if (answer->status == 404) {
        if (condition.kind == Kind::if_match) return tl::unexpected(faster_writer(call, "it was removed"));
        return tl::unexpected(not_of_s3(call, "404"));
      }
    }
    // Refused by the condition, which our own effect may have broken, or without an answer: what stands there decides.
    const auto there = fetch(key);
    if (there && there->number == number) return there->etag;
    if (answer) return tl::unexpected(faster_writer(call, "the condition does not hold"));
    if (!there && there.error().code != ErrorCode::not_found)
      return tl::unexpected(with_context(answer.error(), "it could not be read back (" + there.error().message + ")"));
    // A store that keeps no metadata.
    if (there && there->bytes == bytes && (there->number.empty() || condition.kind == Kind::always)) return there->etag;
    const bool as_before = condition.kind == Kind::always || (condition.kind == Kind::if_absent && !there) ||
                           (condition.kind == Kind::if_match && there && there->etag == condition.etag);
    if (!as_before) return tl::unexpected(faster_writer(call, "no answer came, and other bytes stand there"));
    if (attempt >= kAttempts) return tl::unexpected(answer.error());
  }
}

Result<std::vector<std::string>> S3ObjectStore::list(std::string_view prefix) {
  if (auto valid = ports::check_prefix(prefix); !valid) return tl::unexpected(valid.error());
  const std::string within = location_.prefix.empty() ? "" : location_.prefix + "/";
  std::vector<std::string> keys;
  std::string token;
  do {
    AwsCall call = call_for("ListObjectsV2", "GET", "");
    call.resource += within + std::string(prefix) + "*";
    call.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", within + std::string(prefix)}};
    if (!token.empty()) call.query.emplace_back("continuation-token", token);
    call.expected = {404};
    const auto answer = read_whole(call);
    if (!answer) return tl::unexpected(answer.error());
    if (answer->error_code == "NoSuchBucket") return tl::unexpected(missing_bucket());
    if (answer->status >= 300) return tl::unexpected(not_of_s3(call, fmt::format("{}", answer->status)));
    const auto root = parse_xml(answer->body);
    if (!root) return tl::unexpected(with_context(root.error(), named(call)));
    // Whatever else answers with XML must not look like an empty store.
    if (root->name != "ListBucketResult")
      return tl::unexpected(not_of_s3(call, fmt::format("the answer is <{}>", for_message(root->name, 60))));
    for (const XmlElement* object : root->list("", "Contents")) {
      const std::string key = url_decoded(object->text_at("Key"));
      // Objects that no ObjectStore could have written are somebody else's.
      if (!key.starts_with(within)) continue;
      if (auto own = key.substr(within.size()); ports::check_key(own)) keys.push_back(std::move(own));
    }
    const std::string next(root->text_at("NextContinuationToken"));
    const bool more = root->text_at("IsTruncated") == "true";
    if (more && (next.empty() || next == token))
      return tl::unexpected(not_of_s3(call, "the listing says it goes on, but not where"));
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
  if (answer->status == 404 && answer->error_code != "NoSuchKey") return tl::unexpected(not_of_s3(call, "404"));
  return {};
}

}  // namespace almanac::adapters::aws
