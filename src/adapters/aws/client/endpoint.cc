#include "adapters/aws/client/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "adapters/aws/client/text.h"

namespace almanac::adapters::aws {
namespace {

struct Partition {
  std::string_view prefix;  // of its regions
  std::string_view id;
  std::string_view suffix;
  std::string_view dual_stack_suffix;
};

// As the endpoint rules of the AWS SDKs have them (partitions.json). The last one takes every other region.
constexpr std::array kPartitions{
    Partition{"cn-", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    Partition{"us-gov-", "aws-us-gov", "amazonaws.com", "api.aws"},
    Partition{"eusc-", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"},
    Partition{"us-iso-", "aws-iso", "c2s.ic.gov", "api.aws.ic.gov"},
    Partition{"us-isob-", "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"},
    Partition{"eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    Partition{"us-isof-", "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
    Partition{"", "aws", "amazonaws.com", "api.aws"},
};

const Partition& partition(std::string_view region) {
  return *std::find_if(kPartitions.begin(), kPartitions.end(),
                       [&](const Partition& candidate) { return region.starts_with(candidate.prefix); });
}

// The name by which endpoint settings call a service: its "service id", not its host name.
std::string_view setting_name(std::string_view service) {
  if (service == "monitoring") return "cloudwatch";
  if (service == "autoscaling") return "auto_scaling";
  if (service == "elasticloadbalancing") return "elastic_load_balancing_v2";
  return service;
}

std::string upper_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

bool is_region(std::string_view region) {
  return !region.empty() && region.size() <= 63 && region.front() != '-' &&
         std::all_of(region.begin(), region.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

struct Named {
  std::string place;
  std::string url;
};

std::optional<Named> named_endpoint(const AwsConfiguration& configuration, const std::optional<std::string>& option,
                                    std::string_view service) {
  if (option) return Named{"the endpoint setting", *option};
  const auto& environment = configuration.environment;
  const auto ignore = switched_on(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
  if (ignore.value_or(lower_case(configuration.setting("ignore_configured_endpoint_urls").value_or("")) == "true"))
    return std::nullopt;
  const auto variable = "AWS_ENDPOINT_URL_" + upper_case(setting_name(service));
  if (auto url = environment(variable)) return Named{variable, *url};
  if (auto url = environment("AWS_ENDPOINT_URL")) return Named{"AWS_ENDPOINT_URL", *url};
  const auto place = "profile " + for_message(configuration.profile_name);
  if (const auto section = configuration.setting("services")) {
    const auto found = configuration.files.services.find(*section);
    if (found != configuration.files.services.end()) {
      const auto url = found->second.find(std::string(setting_name(service)) + ".endpoint_url");
      if (url != found->second.end() && !url->second.empty())
        return Named{place + ", its services section", url->second};
    }
  }
  if (auto url = configuration.setting("endpoint_url")) return Named{place + ", endpoint_url", *url};
  return std::nullopt;
}

bool chosen(const AwsConfiguration& configuration, std::string_view variable, std::string_view setting) {
  if (const auto on = switched_on(configuration.environment, variable)) return *on;
  return lower_case(configuration.setting(setting).value_or("")) == "true";
}

std::string regional_host(const Partition& home, std::string_view service, std::string_view region, bool fips,
                          bool dual_stack) {
  if (service == "s3")
    return fmt::format("s3{}{}.{}.{}", fips ? "-fips" : "", dual_stack ? ".dualstack" : "", region, home.suffix);
  // IAM has one address for all regions of a partition; its calls are signed for the first of them.
  if (service == "iam" && home.id == "aws") return "iam.amazonaws.com";
  if (service == "iam" && home.id == "aws-us-gov") return "iam.us-gov.amazonaws.com";
  // GovCloud's ordinary endpoints are validated already.
  const bool already = home.id == "aws-us-gov" && (!dual_stack || service == "monitoring");
  return fmt::format("{}{}.{}.{}", service, fips && !already ? "-fips" : "", region,
                     dual_stack ? home.dual_stack_suffix : home.suffix);
}

}  // namespace

std::string_view partition_of(std::string_view region) {
  return partition(region).id;
}

bool needs_path_style(std::string_view bucket, const Endpoint& endpoint) {
  return endpoint.custom || bucket.size() < 3 || !is_region(bucket);
}

Result<Endpoint> resolve_endpoint(const AwsConfiguration& configuration, const std::optional<std::string>& option,
                                  std::string_view service, std::string_view region) {
  if (const auto named = named_endpoint(configuration, option, service)) {
    auto url = parse_url(named->url);
    if (!url) return tl::unexpected(with_context(std::move(url.error()), named->place));
    return Endpoint{std::move(*url), true};
  }
  if (!is_region(region))
    return fail(ErrorCode::invalid_input,
                fmt::format("found the region \"{}\"; expected one such as eu-central-1", for_message(region, 80)));
  const auto& home = partition(region);
  const bool fips = chosen(configuration, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
  const bool dual_stack = chosen(configuration, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
  if (fips && service == "s3" && home.id == "aws-cn")
    return fail(ErrorCode::unsupported, "S3 has no FIPS endpoints in China; unset AWS_USE_FIPS_ENDPOINT");
  return Endpoint{Url{"https", regional_host(home, service, region, fips, dual_stack), "", ""}, false};
}

}  // namespace almanac::adapters::aws
