#include "adapters/aws/client/query_protocol.h"

#include "adapters/aws/client/uri.h"

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

namespace {

std::string with_plus(std::string_view text) {
  std::string encoded = uri_encode(text);
  for (std::size_t at = 0; (at = encoded.find("%20", at)) != std::string::npos; ++at) encoded.replace(at, 3, "+");
  return encoded;
}

}  // namespace

std::string form_encode(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string form;
  for (const auto& [name, value] : parameters) {
    if (!form.empty()) form += '&';
    form += with_plus(name) + '=' + with_plus(value);
  }
  return form;
}

AwsCall query_call(std::string service, std::string operation, std::string_view version, std::string resource,
                   const QueryParameters& parameters) {
  auto form = form_encode({{"Action", operation}, {"Version", std::string(version)}});
  if (!parameters.all().empty()) form += '&' + form_encode(parameters.all());
  return AwsCall{.service = std::move(service),
                 .operation = std::move(operation),
                 .resource = std::move(resource),
                 .headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}},
                 .body = std::move(form)};
}

}  // namespace almanac::adapters::aws
