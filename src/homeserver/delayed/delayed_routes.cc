// The routes of delayed events (MSC4140), under the proposal's name. Whoever has a delay id may manage the event: it is
// as hard to guess as an access token, and services that watch a call are given it.
#include "homeserver/accounts/session.h"
#include "homeserver/common/client_route.h"
#include "homeserver/delayed/delayed_setup.h"
#include "homeserver/delayed/delayed_shapes.h"

namespace troupe::homeserver::delayed {
namespace {

using net::route::Access;
using net::route::Call;

Result<PlannedEvent> planned(const DelayedRow& row) {
  TRY(auto content, matrix::parse_json(row.content));
  if (!content.is_object()) return Error(Errc::internal, "A stored event is damaged.", row.delay_id);
  return PlannedEvent{.delay_id = row.delay_id,
                      .room_id = row.room_id,
                      .type = row.type,
                      .state_key = row.state_key,
                      .delay_ms = row.delay_ms,
                      .since_ms = row.since_ms,
                      .content = std::move(content.get_object())};
}

DelayOutcome outcome_of(const DelayedRow& row) {
  DelayOutcome outcome{.error = {}, .event_id = {}, .ended_ms = row.ended_ms.value_or(0)};
  if (row.state == DelayedState::failed) outcome.error = DelayFailure{.errcode = row.errcode, .error = row.error};
  if (row.state == DelayedState::sent) outcome.event_id = row.event_id;
  return outcome;
}

Result<EndedEvent> ended(const DelayedRow& row) {
  TRY(auto event, planned(row));
  const bool by_error = row.state == DelayedState::failed || (row.state == DelayedState::cancelled && !row.by_action);
  return EndedEvent{.event = std::move(event),
                    .outcome = row.state == DelayedState::sent ? "send" : "cancel",
                    .reason = by_error        ? "error"
                              : row.by_action ? "action"
                                              : "delay",
                    .how = outcome_of(row)};
}

/// Where a page ended, as its client gives it back.
std::string token_of(const DelayedRow& last) { return std::to_string(last.ended_ms.value_or(0)) + "_" + last.delay_id; }

Result<std::pair<std::int64_t, std::string>> read_token(std::string_view text) {
  constexpr std::size_t kMaxToken = 100;
  const auto bar = text.find('_');
  const auto at = net::route::whole_number(text.substr(0, bar));
  if (bar == text.npos || !at || text.size() > kMaxToken)
    return Error(Errc::invalid_param, "from is no token of this list.");
  return std::pair(*at, std::string(text.substr(bar + 1)));
}

Result<DelayedQuery> read_query(const net::http::Request& request) {
  DelayedQuery query;
  if (const auto status = request.query_value("status")) {
    if (*status != "scheduled" && *status != "finalised")
      return Error(Errc::invalid_param, "status must be scheduled or finalised.").with_wire_code("M_UNKNOWN");
    query.scheduled = *status == "scheduled";
    query.ended = !query.scheduled;
  }
  for (const auto id : request.query_values("delay_id")) query.delay_ids.emplace_back(id);
  if (query.delay_ids.size() > DelayedEvents::kMaxIds)
    return Error(Errc::invalid_param, "At most 100 delay ids may be asked for.");
  if (const auto from = request.query_value("from"); from && !from->empty()) {
    TRY(query.after, read_token(*from));
  }
  return query;
}

Task<net::http::Response> list_delayed(DelayedEvents& events, Call& call) {
  CO_TRY(auto query, read_query(call.request));
  DelayedPage page;
  if (query.scheduled) page.scheduled.emplace();
  if (query.ended) page.finalised.emplace();
  CO_TRY(const auto found, co_await events.list(call.caller->user_id, std::move(query)));
  for (const auto& row : found.scheduled) {
    CO_TRY(auto event, planned(row));
    page.scheduled->push_back(std::move(event));
  }
  for (const auto& row : found.ended) {
    CO_TRY(auto event, ended(row));
    page.finalised->push_back(std::move(event));
  }
  if (found.more) page.next_batch = token_of(found.ended.back());
  co_return api::answer(page);
}

Task<net::http::Response> get_delayed(DelayedEvents& events, Call& call) {
  CO_TRY(const auto row, co_await events.find(call.caller->user_id, call.param("delay_id")));
  ShownEvent shown;
  CO_TRY(shown.event, planned(row));
  if (row.state != DelayedState::scheduled) shown.finalised = outcome_of(row);
  co_return api::answer(shown);
}

Task<net::http::Response> act_on(DelayedEvents& events, Call& call, Action action) {
  CO_TRY(co_await events.act(call.param("delay_id"), action));
  co_return api::answer(Nothing());
}
Task<net::http::Response> post_cancel(DelayedEvents& events, Call& call) {
  return act_on(events, call, Action::cancel);
}
Task<net::http::Response> post_restart(DelayedEvents& events, Call& call) {
  return act_on(events, call, Action::restart);
}
Task<net::http::Response> post_send(DelayedEvents& events, Call& call) { return act_on(events, call, Action::send); }

Task<net::http::Response> post_action(DelayedEvents& events, Call& call) {
  CO_TRY(const auto body, api::body_of<ActionBody>(call));
  if (!body.action) co_return Error(Errc::missing_param, "action is missing.");
  for (const auto& [word, action] :
       {std::pair("cancel", Action::cancel), std::pair("restart", Action::restart), std::pair("send", Action::send)}) {
    if (*body.action == word) co_return co_await act_on(events, call, action);
  }
  co_return Error(Errc::invalid_param, "action must be cancel, restart or send.");
}

Task<net::http::Response> put_later(DelayedEvents& events, Call& call) {
  CO_TRY(auto body, api::body_of<LaterBody>(call));
  const auto delay = body.delay_ms ? body.delay_ms : body.delay;
  if (!delay) co_return Error(Errc::missing_param, "delay_ms is missing.");
  const auto& room_id = call.param("room_id");
  const auto& type = call.param("event_type");
  rooms::LaterEvent event{.user_id = call.caller->user_id,
                          .device_id = call.caller->device_id,
                          .room_id = room_id,
                          .type = type,
                          .state_key = std::move(body.state_key),
                          .content = std::move(body.content),
                          .delay_ms = *delay,
                          .txn_hash = {},
                          .by_service = accounts::service_of(call) != nullptr};
  event.txn_hash = memory::txn_hash(event.user_id, event.device_id,
                                    memory::txn_path({"delayed_event", room_id, type, call.param("txn_id")}));
  CO_TRY(auto delay_id, co_await events.schedule(std::move(event)));
  co_return api::answer(DelayIdAnswer{std::move(delay_id)});
}

}  // namespace

void add_delayed_routes(net::route::Router& router, DelayedEvents& events) {
  const std::string prefix = "/_matrix/client/unstable/org.matrix.msc4140";
  const auto own = matrix_group(router, {.prefix = prefix, .needs = Access::user});
  own.add({.method = "GET",
           .path = "/delayed_events",
           .summary = "List one's delayed events",
           .reply = api::schema_text<DelayedPage>(),
           .query = {{"status", "scheduled or finalised; absent: both"},
                     {"delay_id", "only this one; may be given several times"},
                     {"from", "next_batch of the page before"}},
           .run = api::bind(list_delayed, events)});
  own.add({.method = "GET",
           .path = "/delayed_events/{delay_id}",
           .summary = "Show one of one's delayed events",
           .reply = api::schema_text<ShownEvent>(),
           .run = api::bind(get_delayed, events)});
  own.add({.method = "PUT",
           .path = "/rooms/{room_id}/delayed_event/{event_type}/{txn_id}",
           .summary = "Send an event later",
           .rate = net::route::Rate::message,
           .body = api::schema_text<LaterBody>(),
           .reply = api::schema_text<DelayIdAnswer>(),
           .run = api::bind(put_later, events)});
  const auto managed = matrix_group(
      router,
      {.prefix = prefix + "/delayed_events/{delay_id}", .needs = Access::open, .rate = net::route::Rate::message});
  managed.add({.method = "POST",
               .summary = "Cancel, restart or send a delayed event",
               .body = api::schema_text<ActionBody>(),
               .reply = api::schema_text<Nothing>(),
               .run = api::bind(post_action, events)});
  managed.add({.method = "POST",
               .path = "/cancel",
               .summary = "Never send a delayed event",
               .reply = api::schema_text<Nothing>(),
               .run = api::bind(post_cancel, events)});
  managed.add({.method = "POST",
               .path = "/restart",
               .summary = "Let a delayed event wait anew",
               .reply = api::schema_text<Nothing>(),
               .run = api::bind(post_restart, events)});
  managed.add({.method = "POST",
               .path = "/send",
               .summary = "Send a delayed event now",
               .reply = api::schema_text<Nothing>(),
               .run = api::bind(post_send, events)});
}

}  // namespace troupe::homeserver::delayed
