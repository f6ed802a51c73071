#include "adapters/aws/client/credential_chain.h"

namespace almanac::adapters::aws {

Result<std::optional<Credentials>> CredentialChain::load() {
  for (const auto& provider : providers_) {
    auto found = provider->load();
    if (!found) return tl::unexpected(with_context(std::move(found.error()), "AWS credentials"));
    if (*found) return found;
  }
  return fail(ErrorCode::permission_denied,
              "AWS credentials: none found; looked in " + place() + ". Set one of these, or give the machine a role");
}

std::string CredentialChain::place() const {
  std::string places;
  for (const auto& provider : providers_) {
    const auto next = provider->place();
    if (places.find(next) != std::string::npos) continue;  // the profile stands in two places of the order
    places += (places.empty() ? "" : "; ") + next;
  }
  return places;
}

}  // namespace almanac::adapters::aws
