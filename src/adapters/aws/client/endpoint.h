#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/aws/client/profile_file.h"
#include "adapters/aws/client/uri.h"
#include "core/result.h"

namespace almanac::adapters::aws {

// Where calls of one service in one region go.
struct Endpoint {
  Url url;
  bool custom = false;  // named by the user, not derived from the region
};

// In this order: `option`; AWS_ENDPOINT_URL_<SERVICE>; AWS_ENDPOINT_URL; the profile's [services] section; its
// endpoint_url (the last four not with AWS_IGNORE_CONFIGURED_ENDPOINT_URLS); https by region, with
// AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT or the profile's use_fips_endpoint and use_dualstack_endpoint.
// STS is always regional. invalid_input for a URL or region that is none, unsupported for what the partition does not
// have.
Result<Endpoint> resolve_endpoint(const AwsConfiguration& configuration, const std::optional<std::string>& option,
                                  std::string_view service, std::string_view region);

// "arn:PARTITION:...": aws, aws-cn, aws-us-gov, aws-eusc or one of the isolated ones, by the region's name.
std::string_view partition_of(std::string_view region);

// True where a bucket's name cannot be part of the host: with dots no certificate covers it, and capitals or
// underscores are no host name.
bool needs_path_style(std::string_view bucket, const Endpoint& endpoint);

}  // namespace almanac::adapters::aws
