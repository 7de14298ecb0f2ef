#include "meetings/routes/webhook_shapes.h"

namespace troupe::api {

using meetings::hooks::Delivery;
using meetings::hooks::kMostSecretBytes;
using meetings::hooks::kMostUrlBytes;
using meetings::hooks::Webhook;
using meetings::routes::WebhookBody;
using meetings::routes::WebhookChangeBody;

namespace {

constexpr std::string_view kFormatWords[] = {"envelope", "legacy"};
constexpr std::string_view kAboutEvents =
    "By name true or false: meeting.started, meeting.status_change, meeting.completed, bot.failed, "
    "transcription.ready, recording.ready, meeting.summarized. Absent: meeting.completed (legacy: "
    "meeting.status_change, too).";
constexpr std::string_view kAboutSecret = "Signs what is sent; at most 512 bytes of UTF-8.";
constexpr auto kMostUrl = static_cast<std::int64_t>(kMostUrlBytes);
constexpr auto kMostSecret = static_cast<std::int64_t>(kMostSecretBytes);

}  // namespace

Shape<WebhookBody> make_shape(Of<WebhookBody>) {
  return Shape<WebhookBody>::request(
      {}, {member<&WebhookBody::url>("url", {.description = "http or https.", .least = 1, .most = kMostUrl}),
           member<&WebhookBody::secret>(
               "secret", {.description = "Signs what is sent; absent: one is made.", .least = 1, .most = kMostSecret}),
           member<&WebhookBody::events>("events", {.description = kAboutEvents}),
           member<&WebhookBody::format>(
               "format", {.description = "envelope (without it), or Vexa 0.6's two bodies.", .one_of = kFormatWords}),
           member<&WebhookBody::tenant_wide>("tenant_wide",
                                             {.description = "Told of everybody's meetings; for operators."})});
}

Shape<WebhookChangeBody> make_shape(Of<WebhookChangeBody>) {
  return Shape<WebhookChangeBody>::request(
      {}, {member<&WebhookChangeBody::url>("url", {.least = 1, .most = kMostUrl}),
           member<&WebhookChangeBody::secret>("secret", {.description = kAboutSecret, .least = 1, .most = kMostSecret}),
           member<&WebhookChangeBody::events>("events", {.description = kAboutEvents}),
           member<&WebhookChangeBody::format>("format", {.one_of = kFormatWords}),
           member<&WebhookChangeBody::enabled>("enabled",
                                               {.description = "false gives up what waits; true also after a 410."})});
}

Shape<Webhook> make_shape(Of<Webhook>) {
  return Shape<Webhook>::answer(
      "MeetingWebhook",
      {member<&Webhook::id>("id"), member<&Webhook::url>("url"), member<&Webhook::events>("events"),
       member<&Webhook::format>("format"), member<&Webhook::enabled>("enabled"),
       member<&Webhook::disabled_why>("disabled_why", {.may_lack = true}), member<&Webhook::owner>("owner"),
       made<[](const Webhook& hook) { return hook.owner_id == 0; }>("tenant_wide",
                                                                    {.description = "Told of everybody's meetings."}),
       made<[](const Webhook& hook) { return !hook.sealed_secret.empty(); }>(
           "is_signed", {.description = "It has a secret, which is shown only when it is made."}),
       time<&Webhook::created_ms>("created_at")});
}

Shape<Delivery> make_shape(Of<Delivery>) {
  return Shape<Delivery>::answer(
      "MeetingWebhookDelivery",
      {member<&Delivery::id>("id"), member<&Delivery::event_id>("event_id"),
       member<&Delivery::event_type>("event_type"),
       member<&Delivery::meeting>("meeting_id", {.description = "0: a test."}), member<&Delivery::state>("state"),
       member<&Delivery::tries>("tries"),
       member<&Delivery::status>("status", {.description = "Of the last answer; 0: there was none."}),
       member<&Delivery::problem>("problem", {.description = "Why the last try did not do.", .may_lack = true}),
       member<&Delivery::body>("body", {.description = "As it goes out; not in lists.", .may_lack = true}),
       time<&Delivery::begun_ms>("begun_at"), made<[](const Delivery& delivery) {
         return delivery.state == meetings::hooks::DeliveryState::waiting ? std::optional(rfc3339(delivery.due_ms))
                                                                          : std::nullopt;
       }>("due_at", {.description = "The next try."}),
       time<&Delivery::done_ms>("done_at")});
}

}  // namespace troupe::api
