#include "adapters/aws/client/query_protocol.h"

#include "core/text.h"

namespace almanac::adapters::aws {

QueryParameters& QueryParameters::add(std::string name, std::string value) {
  all_.emplace_back(std::move(name), std::move(value));
  return *this;
}

QueryParameters& QueryParameters::add(std::string name, bool value) {
  return add(std::move(name), std::string(value ? "true" : "false"));
}

QueryParameters& QueryParameters::add(std::string name, int value) {
  return add(std::move(name), std::to_string(value));
}

QueryParameters& QueryParameters::add_list(std::string_view name, const std::vector<std::string>& values) {
  std::size_t number = 0;
  for (const auto& value : values) add(std::string(name) + ".member." + std::to_string(++number), value);
  return *this;
}

AwsCall query_call(std::string service, std::string operation, std::string_view version, std::string resource,
                   const QueryParameters& parameters) {
  // AWS takes a space as %20 as well, but emulators that write the form anew before they verify its signature write
  // '+', as form_encode does.
  auto form = form_encode({{"Action", operation}, {"Version", std::string(version)}});
  if (!parameters.all().empty()) form += '&' + form_encode(parameters.all());
  return AwsCall{.service = std::move(service),
                 .operation = std::move(operation),
                 .resource = std::move(resource),
                 .headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}},
                 .body = std::move(form)};
}

}  // namespace almanac::adapters::aws
