#pragma once

#include <optional>
#include <vector>

#include "ports/notifier.h"

namespace almanac::ports {

// Keeps what was sent; fails on demand.
class FakeNotifier final : public Notifier {
 public:
  Result<void> notify(const Notification& notification) override {
    if (failure) return tl::unexpected(*failure);
    sent.push_back(notification);
    return {};
  }

  std::vector<Notification> sent;
  std::optional<Error> failure;
};

}  // namespace almanac::ports
