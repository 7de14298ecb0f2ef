#include "homeserver/delayed/delayed_shapes.h"

namespace troupe::api {

using homeserver::delayed::ActionBody;
using homeserver::delayed::DelayedPage;
using homeserver::delayed::DelayFailure;
using homeserver::delayed::DelayIdAnswer;
using homeserver::delayed::DelayOutcome;
using homeserver::delayed::EndedEvent;
using homeserver::delayed::LaterBody;
using homeserver::delayed::PlannedEvent;
using homeserver::delayed::ShownEvent;

namespace {

/// Of an event that stands where `To` points to.
template <auto... To>
std::vector<MemberRow> event_rows() {
  return {member<To..., &PlannedEvent::delay_id>("delay_id"),
          member<To..., &PlannedEvent::room_id>("room_id"),
          member<To..., &PlannedEvent::type>("type"),
          member<To..., &PlannedEvent::state_key>("state_key"),
          member<To..., &PlannedEvent::delay_ms>("delay", {.description = "milliseconds"}),
          member<To..., &PlannedEvent::delay_ms>("delay_ms"),
          member<To..., &PlannedEvent::since_ms>("running_since", {.description = "asked for or last restarted"}),
          member<To..., &PlannedEvent::since_ms>("delayed_since_ts"),
          member<To..., &PlannedEvent::content>("content")};
}

}  // namespace

Shape<PlannedEvent> make_shape(Of<PlannedEvent>) { return Shape<PlannedEvent>::part(event_rows<>()); }

Shape<DelayFailure> make_shape(Of<DelayFailure>) {
  return Shape<DelayFailure>::part({member<&DelayFailure::errcode>("errcode"), member<&DelayFailure::error>("error")});
}

Shape<DelayOutcome> make_shape(Of<DelayOutcome>) {
  return Shape<DelayOutcome>::part({member<&DelayOutcome::error>("error"), member<&DelayOutcome::event_id>("event_id"),
                                    member<&DelayOutcome::ended_ms>("finalised_ts")});
}

Shape<ShownEvent> make_shape(Of<ShownEvent>) {
  return [] {
    auto rows = event_rows<&ShownEvent::event>();
    rows.push_back(member<&ShownEvent::finalised>("finalised", {.description = "absent: it is still to be sent"}));
    return Shape<ShownEvent>::part(std::move(rows));
  }();
}

Shape<EndedEvent> make_shape(Of<EndedEvent>) {
  return Shape<EndedEvent>::part({member<&EndedEvent::event>("delayed_event"),
                                  member<&EndedEvent::outcome>("outcome", {.description = "send or cancel"}),
                                  member<&EndedEvent::reason>("reason", {.description = "delay, action or error"}),
                                  member<&EndedEvent::how, &DelayOutcome::error>("error"),
                                  member<&EndedEvent::how, &DelayOutcome::event_id>("event_id"),
                                  member<&EndedEvent::how, &DelayOutcome::ended_ms>("origin_server_ts")});
}

Shape<DelayedPage> make_shape(Of<DelayedPage>) {
  return Shape<DelayedPage>::part(
      {member<&DelayedPage::scheduled>("scheduled", {.description = "the next due first"}),
       member<&DelayedPage::scheduled>("delayed_events", {.description = "the same"}),
       member<&DelayedPage::finalised>("finalised", {.description = "the last ended first"}),
       member<&DelayedPage::next_batch>("next_batch")});
}

Shape<ActionBody> make_shape(Of<ActionBody>) {
  return Shape<ActionBody>::matrix_request(
      {member<&ActionBody::action>("action", {.description = "cancel, restart or send"})});
}

Shape<LaterBody> make_shape(Of<LaterBody>) {
  return Shape<LaterBody>::matrix_request(
      {member<&LaterBody::delay_ms>("delay_ms", {.least = 1}),
       member<&LaterBody::delay>("delay", {.description = "older name", .least = 1}),
       member<&LaterBody::state_key>("state_key", {.most = 255}), member<&LaterBody::content>("content")});
}

Shape<DelayIdAnswer> make_shape(Of<DelayIdAnswer>) {
  return Shape<DelayIdAnswer>::part({member<&DelayIdAnswer::delay_id>("delay_id")});
}

}  // namespace troupe::api
