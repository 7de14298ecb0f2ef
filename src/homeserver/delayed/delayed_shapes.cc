#include "homeserver/delayed/delayed_shapes.h"

namespace troupe::api {

using homeserver::delayed::ActionBody;
using homeserver::delayed::DelayedPage;
using homeserver::delayed::DelayFailure;
using homeserver::delayed::DelayIdAnswer;
using homeserver::delayed::DelayOutcome;
using homeserver::delayed::EndedEvent;
using homeserver::delayed::LaterBody;
using homeserver::delayed::Nothing;
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

template <>
const Shape<PlannedEvent>& shape_of() {
  static const auto shape = Shape<PlannedEvent>::part(event_rows<>());
  return shape;
}

template <>
const Shape<DelayFailure>& shape_of() {
  static const auto shape =
      Shape<DelayFailure>::part({member<&DelayFailure::errcode>("errcode"), member<&DelayFailure::error>("error")});
  return shape;
}

template <>
const Shape<DelayOutcome>& shape_of() {
  static const auto shape =
      Shape<DelayOutcome>::part({member<&DelayOutcome::error>("error"), member<&DelayOutcome::event_id>("event_id"),
                                 member<&DelayOutcome::ended_ms>("finalised_ts")});
  return shape;
}

template <>
const Shape<ShownEvent>& shape_of() {
  static const auto shape = [] {
    auto rows = event_rows<&ShownEvent::event>();
    rows.push_back(member<&ShownEvent::finalised>("finalised", {.description = "absent: it is still to be sent"}));
    return Shape<ShownEvent>::part(std::move(rows));
  }();
  return shape;
}

template <>
const Shape<EndedEvent>& shape_of() {
  static const auto shape =
      Shape<EndedEvent>::part({member<&EndedEvent::event>("delayed_event"),
                               member<&EndedEvent::outcome>("outcome", {.description = "send or cancel"}),
                               member<&EndedEvent::reason>("reason", {.description = "delay, action or error"}),
                               member<&EndedEvent::how, &DelayOutcome::error>("error"),
                               member<&EndedEvent::how, &DelayOutcome::event_id>("event_id"),
                               member<&EndedEvent::how, &DelayOutcome::ended_ms>("origin_server_ts")});
  return shape;
}

template <>
const Shape<DelayedPage>& shape_of() {
  static const auto shape =
      Shape<DelayedPage>::part({member<&DelayedPage::scheduled>("scheduled", {.description = "the next due first"}),
                                member<&DelayedPage::scheduled>("delayed_events", {.description = "the same"}),
                                member<&DelayedPage::finalised>("finalised", {.description = "the last ended first"}),
                                member<&DelayedPage::next_batch>("next_batch")});
  return shape;
}

template <>
const Shape<ActionBody>& shape_of() {
  static const auto shape = Shape<ActionBody>::matrix_request(
      {member<&ActionBody::action>("action", {.description = "cancel, restart or send"})});
  return shape;
}

template <>
const Shape<LaterBody>& shape_of() {
  static const auto shape = Shape<LaterBody>::matrix_request(
      {member<&LaterBody::delay_ms>("delay_ms", {.least = 1}),
       member<&LaterBody::delay>("delay", {.description = "older name", .least = 1}),
       member<&LaterBody::state_key>("state_key", {.most = 255}), member<&LaterBody::content>("content")});
  return shape;
}

template <>
const Shape<DelayIdAnswer>& shape_of() {
  static const auto shape = Shape<DelayIdAnswer>::part({member<&DelayIdAnswer::delay_id>("delay_id")});
  return shape;
}

template <>
const Shape<Nothing>& shape_of() {
  static const auto shape = Shape<Nothing>::part({});
  return shape;
}

}  // namespace troupe::api
