#include "adapters/aws/client/request_sender.h"
#include "adapters/aws/client/sigv4.h"
#include "adapters/aws/client/uri.h"

namespace almanac::adapters::aws {

ports::HttpRequest build_request(const AwsCall& call, const Endpoint& endpoint, const std::string& region,
                                 const Credentials* credentials, Timestamp time) {
  const bool s3 = call.service == "s3";
  auto host = endpoint.url.authority();
  auto path = call.path.starts_with('/') ? call.path : '/' + call.path;
  if (!call.host_prefix.empty()) {
    const auto bucket = call.host_prefix.substr(0, call.host_prefix.find_last_not_of('.') + 1);
    if (needs_path_style(bucket, endpoint)) {
      path = '/' + bucket + (path == "/" ? "" : path);
    } else {
      host = bucket + '.' + host;
    }
  }
  // Keys of S3 are any text: "a//b" and "a/../b" are names of their own. Elsewhere the wire carries the normal form.
  auto wire_path = endpoint.url.path;
  while (wire_path.ends_with('/')) wire_path.pop_back();
  wire_path += uri_encode(s3 ? path : normalise_path(path), /*keep_slash=*/true);

  RequestToSign to_sign{.method = call.method,
                        .path = wire_path,
                        .query = canonical_query(call.query),
                        .headers = call.headers,
                        .payload_hash = sha256_hex(call.body)};
  ports::HttpRequest request{.method = call.method,
                             .url = endpoint.url.scheme + "://" + host + wire_path,
                             .headers = call.headers,
                             .body = call.body,
                             .timeout = call.timeout,
                             .max_response_bytes = call.max_response_bytes};
  if (!to_sign.query.empty()) request.url += '?' + to_sign.query;
  if (credentials == nullptr) return request;

  const auto add = [&](const char* name, const std::string& value) {
    to_sign.headers.emplace_back(name, value);
    request.headers.emplace_back(name, value);
  };
  add("x-amz-date", amz_date(time));
  if (s3) add("x-amz-content-sha256", to_sign.payload_hash);
  if (!credentials->session_token.empty()) add("x-amz-security-token", credentials->session_token);
  // The transport writes host itself, from the URL.
  to_sign.headers.emplace_back("host", host);
  const auto rule = s3 ? PathRule::as_sent : PathRule::normalised_and_encoded;
  const auto signature = sign(to_sign, {time, region, call.service, rule}, *credentials);
  request.headers.emplace_back("authorization", signature.authorization);
  return request;
}

}  // namespace almanac::adapters::aws
