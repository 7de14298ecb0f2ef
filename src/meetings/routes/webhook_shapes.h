// What /api/v1/meetings/webhooks shows and takes.
#pragma once
#include <string>

#include "api/shape.h"
#include "meetings/hooks/webhooks.h"

namespace troupe::meetings::routes {

struct WebhookBody {
  std::string url;
  std::optional<std::string> secret;
  std::optional<boost::json::object> events;
  std::optional<std::string> format;
  std::optional<bool> tenant_wide;
};
struct WebhookChangeBody {
  std::optional<std::string> url;
  std::optional<std::string> secret;
  std::optional<boost::json::object> events;
  std::optional<std::string> format;
  std::optional<bool> enabled;
};

}  // namespace troupe::meetings::routes

namespace troupe::api {

template <>
struct Words<meetings::hooks::Format> {
  static constexpr std::string_view name = {};
  static constexpr auto values = meetings::hooks::kFormats;
  static std::string_view word(meetings::hooks::Format format) { return meetings::hooks::to_string(format); }
};
template <>
struct Words<meetings::hooks::DeliveryState> {
  static constexpr std::string_view name = {};
  static constexpr auto values = meetings::hooks::kDeliveryStates;
  static std::string_view word(meetings::hooks::DeliveryState state) { return meetings::hooks::to_string(state); }
};

Shape<meetings::routes::WebhookBody> make_shape(Of<meetings::routes::WebhookBody>);
Shape<meetings::routes::WebhookChangeBody> make_shape(Of<meetings::routes::WebhookChangeBody>);
Shape<meetings::hooks::Webhook> make_shape(Of<meetings::hooks::Webhook>);
Shape<meetings::hooks::Delivery> make_shape(Of<meetings::hooks::Delivery>);

}  // namespace troupe::api
