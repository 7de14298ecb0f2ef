// /api/v1/bots and /api/v1/brains.
#include <boost/json/parse.hpp>

#include "api/paging.h"
#include "api/reply.h"
#include "fleet/life/lifecycle.h"
#include "fleet/routes/bot_views.h"
#include "fleet/routes/fleet_routes.h"
#include "fleet/routes/shape_tables.h"
#include "matrix/json.h"
#include "net/route/params.h"

namespace troupe::fleet {
namespace {

using api::reply;
using net::Access;
using net::Call;
using net::Response;

constexpr std::string_view kStateParameter =
    R"({"type":"string","enum":["created","starting","running","degraded","exited","backing_off","crash_loop","stopping",
"stopped","failed","completed","troubled"]})";

struct BrainChoice {
  std::string kind;
  std::optional<boost::json::object> config;
};

std::optional<BrainChoice> chosen_brain(const Call& call) {
  const auto* brain = matrix::find_object(call.body.as_object(), "brain");
  if (brain == nullptr) return std::nullopt;
  BrainChoice choice{.kind = std::string(matrix::find_string(*brain, "kind").value_or("")), .config = std::nullopt};
  if (const auto* config = matrix::find_object(*brain, "config")) choice.config = *config;
  return choice;
}

Result<std::optional<RestartPolicy>> chosen_restart(const Call& call) {
  const auto* given = call.body.as_object().if_contains("restart");
  if (given == nullptr) return std::nullopt;
  TRY(auto policy, api::shape_of<RestartPolicy>().read(*given));
  return policy;
}

boost::json::object made_view(const MadeBot& made) {
  boost::json::object body{{"bot", bot_view(made.bot)}};
  if (made.generated_secret) body["generated_secret"] = *made.generated_secret;
  return body;
}

boost::json::object shown(const Call& call, const BotView& bot) {
  return sees_settings(call) ? bot_view(bot) : member_bot_view(bot);
}

/// ?state= of the list; empty: all. Error: invalid_param, with the list.
Result<std::string> wanted_state(const net::Request& request) {
  auto given = std::string(request.query_value("state").value_or(""));
  if (given.empty() || given == kTroubled || parse_state(given)) return given;
  std::string words;
  for (auto state : kBotStates) words += std::string(to_string(state)) + ", ";
  return Error(Errc::invalid_param, "state must be one of " + words + std::string(kTroubled) + ".");
}

Task<Response> list_bots(FleetApi& fleet, Call& call) {
  CO_TRY(auto at, api::paging(call.request));
  CO_TRY(auto search, net::query_search(call.request));
  CO_TRY(auto state, wanted_state(call.request));
  CO_TRY(auto found, co_await fleet.bots(call).list(std::move(search), at.from, at.limit, std::move(state)));
  boost::json::array items;
  for (const auto& bot : found.items) items.push_back(shown(call, bot));
  co_return reply(api::page(std::move(items), found.total, at));
}

Task<Response> create_bot(FleetApi& fleet, Call& call) {
  auto brain = chosen_brain(call);
  NewBot wanted;
  wanted.bot_id = net::body_text(call, "bot_id");
  wanted.display_name = net::body_text(call, "display_name");
  wanted.brain_kind = brain ? brain->kind : "";
  if (brain && brain->config) wanted.brain_config = *std::move(brain->config);
  wanted.flowise_url = net::body_text(call, "flowise_url");
  CO_TRY(const auto restart, chosen_restart(call));
  if (restart) wanted.restart = *restart;
  CO_TRY(auto made, co_await fleet.bots(call).create(std::move(wanted)));
  co_await api::audit(fleet.kit, call, "bot.create", made.bot.bot.bot_id,
                      {{"brain", made.bot.bot.brain_kind}, {"user_id", made.bot.bot.user_id}});
  api::ring_users(fleet.kit);
  co_return reply(made_view(made), 201);
}

Task<Response> get_bot(FleetApi& fleet, Call& call) {
  CO_TRY(auto bot, co_await fleet.bots(call).get(call.param("bot_id")));
  co_return reply(shown(call, bot));
}

Task<Response> change_bot(FleetApi& fleet, Call& call) {
  BotPatch patch;
  patch.display_name = net::optional_body_text(call, "display_name");
  patch.flowise_url = net::optional_body_text(call, "flowise_url");
  boost::json::object detail;
  if (auto brain = chosen_brain(call)) {
    detail["brain"] = brain->kind;
    patch.brain_kind = std::move(brain->kind);
    patch.brain_config = std::move(brain->config);
  }
  CO_TRY(patch.restart, chosen_restart(call));
  if (patch.restart) detail["restart"] = to_string(patch.restart->mode);
  if (patch.display_name) detail["display_name"] = *patch.display_name;
  if (patch.flowise_url) detail["flowise_url"] = *patch.flowise_url;
  CO_TRY(auto changed, co_await fleet.bots(call).change(call.param("bot_id"), std::move(patch)));
  co_await api::audit(fleet.kit, call, "bot.change", changed.bot.bot.bot_id, std::move(detail));
  auto body = bot_view(changed.bot);
  if (changed.generated_secret) body["generated_secret"] = *changed.generated_secret;
  co_return reply(body);
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
  CO_TRY(auto fresh, net::query_switch(call.request, "fresh"));
  CO_TRY(auto bot, co_await fleet.bots(call).start(call.param("bot_id"), fresh));
  co_await api::audit(fleet.kit, call, "bot.start", bot.bot.bot_id, {{"fresh", fresh}});
  co_return reply(bot_view(bot));
}

Task<Response> stop_bot(FleetApi& fleet, Call& call) {
  CO_TRY(auto bot, co_await fleet.bots(call).stop(call.param("bot_id")));
  co_await api::audit(fleet.kit, call, "bot.stop", bot.bot.bot_id);
  co_return reply(bot_view(bot));
}

Task<Response> restart_bot(FleetApi& fleet, Call& call) {
  CO_TRY(auto bot, co_await fleet.bots(call).restart(call.param("bot_id")));
  co_await api::audit(fleet.kit, call, "bot.restart", bot.bot.bot_id);
  co_return reply(bot_view(bot));
}

Task<Response> list_history(FleetApi& fleet, Call& call) {
  CO_TRY(auto at, api::paging(call.request));
  CO_TRY(auto search, net::query_search(call.request));
  if (!sees_settings(call)) search.clear();  // it looks into what is not shown to them
  CO_TRY(auto found, co_await fleet.bots(call).history(call.param("bot_id"), std::move(search), at.from, at.limit));
  boost::json::array items;
  for (auto& row : found.items) {
    // Causes cite what services said, and who did it is no member's business.
    if (!sees_settings(call)) row.cause = row.actor = "";
    items.push_back(history_view(row));
  }
  co_return reply(api::page(std::move(items), found.total, at));
}

Task<Response> list_rooms(FleetApi& fleet, Call& call) {
  const auto& bot_id = call.param("bot_id");
  const auto bots = fleet.bots(call);
  // Members may know of the rooms that they are in themselves.
  CO_TRY(auto found, co_await (sees_settings(call) ? bots.rooms(bot_id) : bots.shared_rooms(bot_id)));
  boost::json::array items;
  for (const auto& room : found) items.push_back(room_view(room));
  co_return reply(api::whole_list(std::move(items)));
}

Task<Response> list_brains(FleetApi& fleet, Call&) {
  boost::json::array items;
  for (const auto& kind : fleet.bots.kinds().all()) {
    boost::json::object item{{"kind", kind.name},
                             {"title", kind.title},
                             {"description", kind.description},
                             {"testable", static_cast<bool>(kind.test)},
                             {"config_schema", boost::json::parse(kind.config_schema)}};
    if (!kind.off.empty()) item["off"] = kind.off;
    items.push_back(std::move(item));
  }
  co_return reply(boost::json::object{{"items", std::move(items)}});
}

Task<Response> show_lifecycle(FleetApi&, Call&) {
  boost::json::array states, transitions;
  for (auto state : kBotStates) states.emplace_back(to_string(state));
  for (const auto& row : kTransitions) {
    transitions.push_back({{"from", to_string(row.from)}, {"event", to_string(row.event)}, {"to", to_string(row.to)}});
  }
  co_return reply(boost::json::object{{"states", std::move(states)}, {"transitions", std::move(transitions)}});
}

}  // namespace

void add_bot_routes(const api::Group& group, FleetApi& fleet) {
  constexpr auto kOperator = Access::operator_;
  const net::QueryParam state{.name = "state",
                              .description =
                                  "Only bots in this state; troubled: all that somebody should look at, "
                                  "those that do not answer first",
                              .schema = kStateParameter};
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
  const net::QueryParam fresh{
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

}  // namespace troupe::fleet
