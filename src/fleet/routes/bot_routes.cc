// /api/v1/bots and /api/v1/brains.
#include "api/paging.h"
#include "api/words.h"
#include "fleet/routes/bot_views.h"
#include "fleet/routes/fleet_routes.h"
#include "fleet/routes/flowise_url.h"
#include "fleet/routes/shape_tables.h"
#include "fleet/types/lifecycle.h"
#include "net/route/params.h"

namespace troupe::fleet::routes {
namespace {

using namespace api::words;

/// One of the states, or "troubled".
std::string_view state_schema() {
  static const auto text = [] {
    auto words = api::forms::words_of<BotState>();
    words.push_back(kTroubled);
    return boost::json::serialize(api::forms::words_schema(words, {}, {}));
  }();
  return text;
}

boost::json::object shown(const Call& call, const BotView& bot) {
  return sees_settings(call) ? api::write(bot) : member_bot_view(bot);
}

/// ?state= of the list; empty: all. Error: invalid_param, with the list.
Result<std::string> wanted_state(const net::http::Request& request) {
  auto given = std::string(request.query_value("state").value_or(""));
  if (given.empty() || given == kTroubled || parse_state(given)) return given;
  std::string words;
  for (auto state : kBotStates) words += std::string(to_string(state)) + ", ";
  return Error(Errc::invalid_param, "state must be one of " + words + std::string(kTroubled) + ".");
}

Task<Response> list_bots(FleetApi& fleet, Call& call) {
  CO_TRY(auto at, api::paging(call.request));
  CO_TRY(auto search, net::route::query_search(call.request));
  CO_TRY(auto state, wanted_state(call.request));
  CO_TRY(auto found, co_await fleet.bots(call).list(std::move(search), at.from, at.limit, std::move(state)));
  boost::json::array items;
  for (const auto& bot : found.items) items.push_back(shown(call, bot));
  co_return reply(api::page(std::move(items), found.total, at));
}

Task<Response> create_bot(FleetApi& fleet, Call& call) {
  CO_TRY(auto body, api::body_of<NewBotBody>(call));
  service::NewBot wanted;
  wanted.bot_id = std::move(body.bot_id);
  wanted.display_name = std::move(body.display_name);
  wanted.brain_kind = std::move(body.brain.kind);
  if (body.brain.config) wanted.brain_config = *std::move(body.brain.config);
  set_flowise_url(wanted, body.flowise_url);
  if (body.restart) wanted.restart = *body.restart;
  CO_TRY(auto made, co_await fleet.bots(call).create(std::move(wanted)));
  co_await api::audit(fleet.kit, call, "bot.create", made.bot.bot.bot_id,
                      {{"brain", made.bot.bot.brain_kind}, {"user_id", made.bot.bot.user_id}});
  api::ring_users(fleet.kit);
  co_return api::answer(made, 201);
}

Task<Response> get_bot(FleetApi& fleet, Call& call) {
  CO_TRY(auto bot, co_await fleet.bots(call).get(call.param("bot_id")));
  co_return reply(shown(call, bot));
}

Task<Response> change_bot(FleetApi& fleet, Call& call) {
  CO_TRY(auto body, api::body_of<BotPatchBody>(call));
  service::BotPatch patch;
  boost::json::object detail;
  if (body.brain) {
    detail["brain"] = body.brain->kind;
    patch.brain_kind = std::move(body.brain->kind);
    patch.brain_config = std::move(body.brain->config);
  }
  patch.restart = body.restart;
  if (patch.restart) detail["restart"] = to_string(patch.restart->mode);
  patch.display_name = std::move(body.display_name);
  if (patch.display_name) detail["display_name"] = *patch.display_name;
  if (body.flowise_url) detail["flowise_url"] = *body.flowise_url;
  set_flowise_url(patch, std::move(body.flowise_url));
  CO_TRY(auto changed, co_await fleet.bots(call).change(call.param("bot_id"), std::move(patch)));
  co_await api::audit(fleet.kit, call, "bot.change", changed.bot.bot.bot_id, std::move(detail));
  auto shown = api::write(changed.bot);
  if (changed.generated_secret) shown["generated_secret"] = *changed.generated_secret;
  co_return reply(shown);
}

Task<Response> delete_bot(FleetApi& fleet, Call& call) {
  const auto& bot_id = call.param("bot_id");
  if (call.request.query_value("confirm") != bot_id) {
    co_return Error(Errc::invalid_param, "Add ?confirm=" + bot_id.substr(0, 64) + ": this cannot be undone.");
  }
  CO_TRY(co_await fleet.bots(call).remove(bot_id));
  co_await api::audit(fleet.kit, call, "bot.delete", bot_id);
  co_return Response::empty(204);
}

Task<Response> start_bot(FleetApi& fleet, Call& call) {
  CO_TRY(auto fresh, net::route::query_switch(call.request, "fresh"));
  CO_TRY(auto bot, co_await fleet.bots(call).start(call.param("bot_id"), fresh));
  co_await api::audit(fleet.kit, call, "bot.start", bot.bot.bot_id, {{"fresh", fresh}});
  co_return api::answer(bot);
}

Task<Response> stop_bot(FleetApi& fleet, Call& call) {
  CO_TRY(auto bot, co_await fleet.bots(call).stop(call.param("bot_id")));
  co_await api::audit(fleet.kit, call, "bot.stop", bot.bot.bot_id);
  co_return api::answer(bot);
}

Task<Response> restart_bot(FleetApi& fleet, Call& call) {
  CO_TRY(auto bot, co_await fleet.bots(call).restart(call.param("bot_id")));
  co_await api::audit(fleet.kit, call, "bot.restart", bot.bot.bot_id);
  co_return api::answer(bot);
}

Task<Response> list_history(FleetApi& fleet, Call& call) {
  CO_TRY(auto at, api::paging(call.request));
  CO_TRY(auto search, net::route::query_search(call.request));
  if (!sees_settings(call)) search.clear();  // it looks into what is not shown to them
  CO_TRY(auto found, co_await fleet.bots(call).history(call.param("bot_id"), std::move(search), at.from, at.limit));
  boost::json::array items;
  for (auto& row : found.items) {
    // Causes cite what services said, and who did it is no member's business.
    if (!sees_settings(call)) row.cause = row.actor = "";
    items.push_back(api::write(row));
  }
  co_return reply(api::page(std::move(items), found.total, at));
}

Task<Response> list_rooms(FleetApi& fleet, Call& call) {
  const auto& bot_id = call.param("bot_id");
  const auto bots = fleet.bots(call);
  // Members may know of the rooms that they are in themselves.
  CO_TRY(auto found, co_await (sees_settings(call) ? bots.rooms(bot_id) : bots.shared_rooms(bot_id)));
  co_return reply(api::whole_list(api::write_all(found)));
}

Task<Response> list_brains(FleetApi& fleet, Call&) {
  co_return reply(boost::json::object{{"items", api::write_all(fleet.bots.kinds().all())}});
}

Task<Response> show_lifecycle(FleetApi&, Call&) {
  co_return api::answer(Lifecycle{.states = {kBotStates.begin(), kBotStates.end()},
                                  .transitions = {kTransitions.begin(), kTransitions.end()}});
}

}  // namespace

void add_bot_routes(const api::Group& group, FleetApi& fleet) {
  constexpr auto kOperator = Access::operator_;
  const net::route::QueryParam state{.name = "state",
                                     .description =
                                         "Only bots in this state; troubled: all that somebody should look at, "
                                         "those that do not answer first",
                                     .schema = state_schema()};
  group.add({.method = "GET",
             .path = "/bots",
             .summary = "List bots",
             .reply = TROUPE_REF("BotPage"),
             .query = api::paging_params(
                 {{.name = "search", .description = "Part of the id, the name or the user id"}, state}),
             .run = api::bind(list_bots, fleet)});
  group.add({.method = "POST",
             .path = "/bots",
             .summary = "Make a bot and its account",
             .needs = kOperator,
             .body = TROUPE_REF("NewBot"),
             .reply = TROUPE_REF("CreatedBot"),
             .status = 201,
             .run = api::bind(create_bot, fleet)});
  group.add({.method = "GET",
             .path = "/bots/{bot_id}",
             .summary = "One bot",
             .reply = TROUPE_REF("Bot"),
             .run = api::bind(get_bot, fleet)});
  group.add({.method = "PATCH",
             .path = "/bots/{bot_id}",
             .summary = "Change name or brain; a running bot goes on with it at once",
             .needs = kOperator,
             .body = TROUPE_REF("BotPatch"),
             .reply = TROUPE_REF("Bot"),
             .run = api::bind(change_bot, fleet)});
  group.add(
      {.method = "DELETE",
       .path = "/bots/{bot_id}",
       .summary = "Delete a bot",
       .needs = kOperator,
       .query = {{.name = "confirm", .description = "The bot's id again: this cannot be undone", .required = true}},
       .status = 204,
       .run = api::bind(delete_bot, fleet)});
  const net::route::QueryParam fresh{
      .name = "fresh",
      .description =
          "Leave what it was asked while it was stopped unanswered; else it takes that up, within the "
          "limits catch_up_minutes and catch_up_messages of its brain",
      .schema = R"({"type":"boolean","default":false})"};
  group.add({.method = "POST",
             .path = "/bots/{bot_id}/start",
             .summary = "Start a bot",
             .needs = kOperator,
             .reply = TROUPE_REF("Bot"),
             .query = {fresh},
             .run = api::bind(start_bot, fleet)});
  group.add({.method = "POST",
             .path = "/bots/{bot_id}/stop",
             .summary = "Stop a bot",
             .needs = kOperator,
             .reply = TROUPE_REF("Bot"),
             .run = api::bind(stop_bot, fleet)});
  group.add({.method = "POST",
             .path = "/bots/{bot_id}/restart",
             .summary = "Stop a bot, wait for what it is sending, and start it",
             .needs = kOperator,
             .reply = TROUPE_REF("Bot"),
             .run = api::bind(restart_bot, fleet)});
  group.add({.method = "GET",
             .path = "/bots/{bot_id}/history",
             .summary = "What happened to a bot and why",
             .reply = TROUPE_REF("BotHistoryPage"),
             .query = api::paging_params(
                 {{.name = "search", .description = "Part of the event, its states, its cause or who caused it"}}),
             .run = api::bind(list_history, fleet)});
  group.add({.method = "GET",
             .path = "/bots/{bot_id}/rooms",
             .summary = "Rooms a bot is in",
             .reply = TROUPE_REF("BotRooms"),
             .run = api::bind(list_rooms, fleet)});
  group.add({.method = "GET",
             .path = "/brains",
             .summary = "Kinds of brains and their settings",
             .reply = TROUPE_REF("BrainKinds"),
             .run = api::bind(list_brains, fleet)});
  group.add({.method = "GET",
             .path = "/lifecycle",
             .summary = "The states of a bot and what leads from one to the next",
             .reply = TROUPE_REF("Lifecycle"),
             .run = api::bind(show_lifecycle, fleet)});
}

}  // namespace troupe::fleet::routes
