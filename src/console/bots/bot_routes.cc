// /api/v1/bots and /api/v1/brains.
#include <boost/json/parse.hpp>

#include "console/api.h"
#include "console/shapes/schema.h"
#include "console/shapes/views.h"
#include "fleet/life/lifecycle.h"
#include "matrix/json.h"

namespace troupe::console {
namespace {

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

std::optional<fleet::RestartPolicy> chosen_restart(const Call& call) {
  const auto* given = matrix::find_object(call.body.as_object(), "restart");
  if (given == nullptr) return std::nullopt;
  fleet::RestartPolicy policy;
  policy.mode = fleet::parse_restart_mode(matrix::find_string(*given, "policy").value_or("")).value_or(policy.mode);
  policy.max_restarts = matrix::find_integer(*given, "max_restarts").value_or(policy.max_restarts);
  policy.window_s = matrix::find_integer(*given, "window_s").value_or(policy.window_s);
  return policy;
}

boost::json::object made_view(const fleet::MadeBot& made) {
  boost::json::object body{{"bot", bot_view(made.bot)}};
  if (made.generated_secret) body["generated_secret"] = *made.generated_secret;
  return body;
}

boost::json::object shown(const Call& call, const fleet::BotView& bot) {
  return sees_settings(call) ? bot_view(bot) : member_bot_view(bot);
}

/// ?state= of the list; empty: all. Error: invalid_param, with the list.
Result<std::string> wanted_state(const net::Request& request) {
  auto given = std::string(request.query_value("state").value_or(""));
  if (given.empty() || given == fleet::kTroubled || fleet::parse_state(given)) return given;
  std::string words;
  for (auto state : fleet::kBotStates) words += std::string(fleet::to_string(state)) + ", ";
  return Error(Errc::invalid_param, "state must be one of " + words + std::string(fleet::kTroubled) + ".");
}

Task<Response> list(Api& api, Call& call) {
  CO_TRY(auto at, paging(call.request));
  CO_TRY(auto search, search_text(call.request));
  CO_TRY(auto state, wanted_state(call.request));
  CO_TRY(auto found, co_await api.bots.list(tenant(call), std::move(search), at.from, at.limit, std::move(state)));
  boost::json::array items;
  for (const auto& bot : found.items) items.push_back(shown(call, bot));
  co_return reply(page(std::move(items), found.total, at));
}

Task<Response> create(Api& api, Call& call) {
  auto brain = chosen_brain(call);
  fleet::NewBot wanted;
  wanted.bot_id = text(call, "bot_id");
  wanted.display_name = text(call, "display_name");
  wanted.brain_kind = brain ? brain->kind : "";
  if (brain && brain->config) wanted.brain_config = *std::move(brain->config);
  wanted.flowise_url = text(call, "flowise_url");
  if (auto restart = chosen_restart(call)) wanted.restart = *restart;
  CO_TRY(auto made, co_await api.bots.create(tenant(call), std::move(wanted), actor(call)));
  co_await audit(api, call, "bot.create", made.bot.bot.bot_id,
                 {{"brain", made.bot.bot.brain_kind}, {"user_id", made.bot.bot.user_id}});
  api.context.bus().ring(bus::Topic::users, 0);
  co_return reply(made_view(made), 201);
}

Task<Response> get(Api& api, Call& call) {
  CO_TRY(auto bot, co_await api.bots.get(tenant(call), call.param("bot_id")));
  co_return reply(shown(call, bot));
}

Task<Response> change(Api& api, Call& call) {
  fleet::BotPatch patch;
  patch.display_name = optional_text(call, "display_name");
  patch.flowise_url = optional_text(call, "flowise_url");
  boost::json::object detail;
  if (auto brain = chosen_brain(call)) {
    detail["brain"] = brain->kind;
    patch.brain_kind = std::move(brain->kind);
    patch.brain_config = std::move(brain->config);
  }
  patch.restart = chosen_restart(call);
  if (patch.restart) detail["restart"] = fleet::to_string(patch.restart->mode);
  if (patch.display_name) detail["display_name"] = *patch.display_name;
  if (patch.flowise_url) detail["flowise_url"] = *patch.flowise_url;
  CO_TRY(auto changed, co_await api.bots.change(tenant(call), call.param("bot_id"), std::move(patch), actor(call)));
  co_await audit(api, call, "bot.change", changed.bot.bot.bot_id, std::move(detail));
  auto body = bot_view(changed.bot);
  if (changed.generated_secret) body["generated_secret"] = *changed.generated_secret;
  co_return reply(body);
}

Task<Response> remove(Api& api, Call& call) {
  const auto& bot_id = call.param("bot_id");
  if (call.request.query_value("confirm") != bot_id) {
    co_return Error(Errc::invalid_param, "Add ?confirm=" + bot_id.substr(0, 64) + ": this cannot be undone.");
  }
  CO_TRY(co_await api.bots.remove(tenant(call), bot_id, actor(call)));
  co_await audit(api, call, "bot.delete", bot_id);
  co_return Response::empty(204);
}

Task<Response> start(Api& api, Call& call) {
  CO_TRY(auto fresh, switched_on(call.request, "fresh"));
  CO_TRY(auto bot, co_await api.bots.start(tenant(call), call.param("bot_id"), actor(call), fresh));
  co_await audit(api, call, "bot.start", bot.bot.bot_id, {{"fresh", fresh}});
  co_return reply(bot_view(bot));
}

Task<Response> stop(Api& api, Call& call) {
  CO_TRY(auto bot, co_await api.bots.stop(tenant(call), call.param("bot_id"), actor(call)));
  co_await audit(api, call, "bot.stop", bot.bot.bot_id);
  co_return reply(bot_view(bot));
}

Task<Response> restart(Api& api, Call& call) {
  CO_TRY(auto bot, co_await api.bots.restart(tenant(call), call.param("bot_id"), actor(call)));
  co_await audit(api, call, "bot.restart", bot.bot.bot_id);
  co_return reply(bot_view(bot));
}

Task<Response> history(Api& api, Call& call) {
  CO_TRY(auto at, paging(call.request));
  CO_TRY(auto search, search_text(call.request));
  if (!sees_settings(call)) search.clear();  // it looks into what is not shown to them
  CO_TRY(auto found,
         co_await api.bots.history(tenant(call), call.param("bot_id"), std::move(search), at.from, at.limit));
  boost::json::array items;
  for (auto& row : found.items) {
    // Causes cite what services said, and who did it is no member's business.
    if (!sees_settings(call)) row.cause = row.actor = "";
    items.push_back(history_view(row));
  }
  co_return reply(page(std::move(items), found.total, at));
}

/// The rooms that the caller may know of: for members those that they are in themselves.
Task<std::vector<matrix::RoomSummary>> known_rooms(Api& api, const Call& call) {
  CO_TRY(auto found, co_await api.bots.rooms(tenant(call), call.param("bot_id")));
  if (sees_settings(call)) co_return found;
  std::vector<matrix::JoinedRoom> own;
  if (call.caller->has_account()) {
    CO_TRY(own, co_await api.homeserver.joined_rooms(call.caller->user_id));
  }
  std::erase_if(found, [&](const matrix::RoomSummary& room) {
    return std::ranges::find(own, room.room_id, &matrix::JoinedRoom::room_id) == own.end();
  });
  co_return found;
}

Task<Response> rooms(Api& api, Call& call) {
  CO_TRY(auto found, co_await known_rooms(api, call));
  boost::json::array items;
  for (const auto& room : found) items.push_back(room_view(room));
  auto total = static_cast<std::int64_t>(items.size());
  co_return reply(boost::json::object{{"items", std::move(items)}, {"total", total}});
}

Task<Response> brains(Api& api, Call&) {
  boost::json::array items;
  for (const auto& kind : api.bots.kinds().all()) {
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

Task<Response> lifecycle(Api&, Call&) {
  boost::json::array states, transitions;
  for (auto state : fleet::kBotStates) states.emplace_back(fleet::to_string(state));
  for (const auto& row : fleet::kTransitions) {
    transitions.push_back({{"from", fleet::to_string(row.from)},
                           {"event", fleet::to_string(row.event)},
                           {"to", fleet::to_string(row.to)}});
  }
  co_return reply(boost::json::object{{"states", std::move(states)}, {"transitions", std::move(transitions)}});
}

}  // namespace

void add_bot_routes(Api& api) {
  auto add = [&](std::string method, std::string path, Access needs, std::string summary, std::string_view reply_schema,
                 ApiHandler handler, std::string_view body_schema = {}, int good_status = 200,
                 std::vector<net::QueryParam> query = {}) {
    ApiRoute route{.method = std::move(method), .path = std::move(path), .needs = needs, .scope = "bots"};
    route.tag = "bots";
    route.summary = std::move(summary);
    route.reply = reply_schema;
    route.body = body_schema;
    route.good_status = good_status;
    route.query = std::move(query);
    add_route(api, std::move(route), handler);
  };
  constexpr auto kRead = Access::user;
  constexpr auto kWrite = Access::operator_;
  const std::string all = "/api/v1/bots", one = all + "/{bot_id}";
  add("GET", all, kRead, "List bots", TROUPE_REF("BotPage"), list, {}, 200,
      paging_params({{.name = "search", .description = "Part of the id, the name or the user id"},
                     {.name = "state",
                      .description = "Only bots in this state; troubled: all that somebody should look at, those that "
                                     "do not answer first",
                      .schema = kStateParameter}}));
  add("POST", all, kWrite, "Make a bot and its account", TROUPE_REF("CreatedBot"), create, TROUPE_REF("NewBot"), 201);
  add("GET", one, kRead, "One bot", TROUPE_REF("Bot"), get);
  add("PATCH", one, kWrite, "Change name or brain; a running bot goes on with it at once", TROUPE_REF("Bot"), change,
      TROUPE_REF("BotPatch"));
  add("DELETE", one, kWrite, "Delete a bot", {}, remove, {}, 204,
      {{.name = "confirm", .description = "The bot's id again: this cannot be undone", .required = true}});
  const std::vector<net::QueryParam> how = {
      {.name = "fresh",
       .description =
           "Leave what it was asked while it was stopped unanswered; else it takes that up, within the limits "
           "catch_up_minutes and catch_up_messages of its brain",
       .schema = R"({"type":"boolean","default":false})"}};
  add("POST", one + "/start", kWrite, "Start a bot", TROUPE_REF("Bot"), start, {}, 200, how);
  add("POST", one + "/stop", kWrite, "Stop a bot", TROUPE_REF("Bot"), stop);
  add("POST", one + "/restart", kWrite, "Stop a bot, wait for what it is sending, and start it", TROUPE_REF("Bot"),
      restart);
  add("GET", one + "/history", kRead, "What happened to a bot and why", TROUPE_REF("BotHistoryPage"), history, {}, 200,
      paging_params({{.name = "search", .description = "Part of the event, its states, its cause or who caused it"}}));
  add("GET", one + "/rooms", kRead, "Rooms a bot is in", TROUPE_REF("BotRooms"), rooms);
  add("GET", "/api/v1/brains", kRead, "Kinds of brains and their settings", TROUPE_REF("BrainKinds"), brains);
  add("GET", "/api/v1/lifecycle", kRead, "The states of a bot and what leads from one to the next",
      TROUPE_REF("Lifecycle"), lifecycle);
}

}  // namespace troupe::console
