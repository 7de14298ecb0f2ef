#include "meetings/hooks/webhook.h"

#include "base/transitions.h"

namespace troupe::meetings::hooks {

std::string_view to_string(Format format) { return format == Format::legacy ? "legacy" : "envelope"; }

std::optional<Format> parse_format(std::string_view text) { return base::find_named(kFormats, text); }

std::string_view to_string(DeliveryState state) {
  switch (state) {
    case DeliveryState::waiting:
      return "waiting";
    case DeliveryState::delivered:
      return "delivered";
    case DeliveryState::dead:
      return "dead";
  }
  return "";
}

std::optional<DeliveryState> parse_delivery_state(std::string_view text) {
  return base::find_named(kDeliveryStates, text);
}

bool Webhook::wants(std::string_view event) const {
  const auto* wanted = events.if_contains(event);
  return wanted && wanted->is_bool() && wanted->get_bool();
}

}  // namespace troupe::meetings::hooks
