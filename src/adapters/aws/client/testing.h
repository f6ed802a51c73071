#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "adapters/aws/client/default_aws_client.h"
#include "adapters/aws/client/environment.h"
#include "ports/clock.h"
#include "ports/fake_http_transport.h"

namespace almanac::adapters::aws::testing {

inline constexpr std::string_view kSecret = "geheim/SECRETSECRETSECRET+1";
inline constexpr std::string_view kToken = "geheimTOKENTOKENTOKEN//2==";
inline constexpr std::string_view kKeyId = "AKIAGEHEIMGEHEIM0001";

inline Timestamp at(std::string_view text) {
  return *parse_timestamp(text);
}

inline ports::HttpResponse answer(int status, std::string body = {}, ports::HttpHeaders headers = {}) {
  return {status, std::move(headers), std::move(body)};
}

inline std::string header(const ports::HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

inline std::string query_error(std::string_view code, std::string_view message) {
  return "<ErrorResponse xmlns=\"http://x/\"><Error><Type>Sender</Type><Code>" + std::string(code) +
         "</Code><Message>" + std::string(message) + "</Message></Error><RequestId>req-1</RequestId></ErrorResponse>";
}

// STS's answer to AssumeRole or AssumeRoleWithWebIdentity.
inline std::string sts_answer(std::string_view action, std::string_view key_id, std::string_view expires) {
  const std::string name(action);
  return "<" + name + "Response><" + name + "Result><Credentials><AccessKeyId>" + std::string(key_id) +
         "</AccessKeyId><SecretAccessKey>" + std::string(kSecret) + "</SecretAccessKey><SessionToken>" +
         std::string(kToken) + "</SessionToken><Expiration>" + std::string(expires) + "</Expiration></Credentials></" +
         name + "Result></" + name + "Response>";
}

inline std::string credentials_json(std::string_view key_id, std::string_view expires,
                                    std::string_view token_name = "Token") {
  return "{\"Code\":\"Success\",\"Version\":1,\"AccessKeyId\":\"" + std::string(key_id) + "\",\"SecretAccessKey\":\"" +
         std::string(kSecret) + "\",\"" + std::string(token_name) + "\":\"" + std::string(kToken) +
         "\",\"Expiration\":\"" + std::string(expires) + "\"}";
}

// A world to make clients in: a folder for files, a clock, a transport by script, an environment and the pauses made.
struct World : ::testing::Test {
  std::filesystem::path root = [] {
    std::string name = (std::filesystem::temp_directory_path() / "almanac-aws-XXXXXX").string();
    return std::filesystem::path(::mkdtemp(name.data()));
  }();
  std::shared_ptr<ports::FakeHttpTransport> http = std::make_shared<ports::FakeHttpTransport>();
  std::shared_ptr<ports::ManualClock> clock = std::make_shared<ports::ManualClock>(at("2026-11-27T08:00:00Z"));
  std::map<std::string, std::string, std::less<>> variables{{"HOME", root.string()},
                                                            {"AWS_EC2_METADATA_DISABLED", "true"}};
  std::vector<std::chrono::milliseconds> pauses;

  ~World() override {
    std::error_code ignored;
    std::filesystem::remove_all(root, ignored);
  }

  std::string write(const std::string& name, std::string_view text) {
    const auto path = root / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  void with_keys() {
    variables["AWS_ACCESS_KEY_ID"] = kKeyId;
    variables["AWS_SECRET_ACCESS_KEY"] = kSecret;
    variables["AWS_SESSION_TOKEN"] = kToken;
  }
  AwsClientOptions options() {
    AwsClientOptions made;
    made.transport = http;
    made.clock = clock;
    made.region = "eu-central-1";
    made.environment = fixed_environment(variables);
    made.sleep = [this](std::chrono::milliseconds pause) { pauses.push_back(pause); };
    made.seed = 1;
    return made;
  }
  // The credentials that the chain finds.
  Result<std::shared_ptr<const Credentials>> credentials() { return (*make_credential_source(options()))->current(); }
  std::shared_ptr<AwsClient> client() { return *make_aws_client(options()); }
};

inline AwsCall describe_call() {
  return {
      .service = "autoscaling", .operation = "DescribeAutoScalingGroups", .resource = "group shop", .body = "Action=D"};
}

}  // namespace almanac::adapters::aws::testing
