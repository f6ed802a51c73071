#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/aws/client/aws_client.h"

namespace almanac::adapters::aws {

// Parameters of a Query API call (CloudWatch, Auto Scaling, Elastic Load Balancing, STS, SNS), in order. Names are
// dotted paths, lists count from 1: "Dimensions.member.1.Name".
class QueryParameters {
 public:
  QueryParameters& add(std::string name, std::string value);
  QueryParameters& add(std::string name, const char* value) { return add(std::move(name), std::string(value)); }
  QueryParameters& add(std::string name, bool value);
  QueryParameters& add(std::string name, int value);
  // name.member.1, name.member.2, ...; an empty list adds nothing.
  QueryParameters& add_list(std::string_view name, const std::vector<std::string>& values);

  const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

// A signed-later POST of `operation` in version `version` ("2011-01-01") of the service's API.
AwsCall query_call(std::string service, std::string operation, std::string_view version, std::string resource,
                   const QueryParameters& parameters);

}  // namespace almanac::adapters::aws
