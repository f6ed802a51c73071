#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/aws/client/aws_client.h"
#include "adapters/aws/client/query_protocol.h"
#include "adapters/aws/client/xml.h"
#include "core/result.h"
#include "core/time.h"

namespace almanac::adapters::aws {

// One call of the Auto Scaling Query API (version 2011-01-01).
struct AutoScalingAnswer {
  XmlElement result;                      // <OperationResult>; empty where the operation has none
  std::optional<Timestamp> service_time;  // by the service's own clock
};

// Errors as AwsClient gives them; corrupt when the answer cannot be read, naming operation and group.
Result<AutoScalingAnswer> call_auto_scaling(AwsClient& client, const std::string& group, const std::string& operation,
                                            const QueryParameters& parameters);

// A field that the API promises is missing or of another kind.
Error unreadable(std::string_view operation, std::string_view group, std::string_view field);

// Empty when missing or not readable.
std::optional<int> int_at(const XmlElement& element, std::string_view path);
std::optional<Timestamp> time_at(const XmlElement& element, std::string_view path);

}  // namespace almanac::adapters::aws
