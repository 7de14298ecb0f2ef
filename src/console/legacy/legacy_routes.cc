// The first legacy face (2025-12-20), word for word: paths, their double mounts, statuses, messages, {"detail": …}.
// NOTSPEC: a credential with the role operator is needed, no password is ever given back or stored in plain.
// The original answered much with 500 that was the caller's mistake: that is 400 here with the same `detail`, and
// overload is 503.
#include "console/legacy/legacy_routes.h"

#include <algorithm>
#include <iterator>

#include "api/group.h"
#include "api/words.h"
#include "console/legacy/legacy_shapes.h"
#include "console/legacy/legacy_words.h"
#include "fleet/routes/flowise_url.h"

namespace troupe::console::legacy {
namespace {

using namespace api::words;

constexpr std::int64_t kPage = 1'000;

Response message(std::string text) { return api::answer(SeedMessage{.message = std::move(text)}); }

Error failure(int status, std::string text) {
  return Error(status < 500 ? Errc::invalid_param : Errc::internal, std::move(text)).with_status(status);
}

/// What stopped a call, in the original's words. What only the caller can mend is told without "Error …:" where the
/// original did so, too.
Error legacy_failure(Error error, std::string_view prefix) {
  if (is_overload(error)) return error;
  const auto status = legacy_failure_status(error);
  return failure(status, std::string(prefix) + error.message());
}

constexpr std::size_t kMaxAddressBytes = 2'048;

/// A bot that cannot exist is not looked for: the database need not know what no id can hold.
Error no_bot(const std::string& bot_id) { return failure(400, "Bot with id " + bot_id + " does not exist"); }

Task<Response> create_bot(LegacyApi& console, Call& call) {
  CO_TRY(auto body, api::body_of<SeedCreateBot>(call));
  fleet::service::NewBot wanted;
  wanted.bot_id = std::move(body.bot_id);
  wanted.homeserver = std::move(body.homeserver);
  if (wanted.homeserver.size() > kMaxAddressBytes ||
      std::ranges::any_of(wanted.homeserver, [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
    co_return failure(400, "homeserver must be an address");
  }
  // Without an address there is nothing to ask: the bot echoes, and can be given a brain later.
  wanted.brain_kind = body.flowise_url.empty() ? "echo" : "flowise";
  fleet::routes::set_flowise_url(wanted, body.flowise_url);
  wanted.user_id = console.people.user_id(body.user_id.empty() ? wanted.bot_id : body.user_id);
  wanted.password = std::move(body.password);
  auto bot_id = wanted.bot_id;
  auto made = co_await console.bots(call).create(std::move(wanted));
  if (!made) {
    auto& error = made.error();
    const bool told_bare = error.code() == Errc::conflict || error.code() == Errc::invalid_param ||
                           error.code() == Errc::forbidden || error.code() == Errc::user_in_use;
    co_return legacy_failure(std::move(error), told_bare ? "" : "Error creating bot: ");
  }
  co_await api::audit(console.kit, call, "bot.create", bot_id, {{"user_id", made->bot.bot.user_id}, {"face", "seed"}});
  api::ring_users(console.kit);
  co_return message("Bot " + bot_id + " created successfully");
}

Task<Response> start_bot(LegacyApi& console, Call& call) {
  CO_TRY(const auto body, api::body_of<SeedBotId>(call));
  const auto& bot_id = body.bot_id;
  if (!fleet::service::is_bot_id(bot_id)) co_return no_bot(bot_id);
  auto started = co_await console.bots(call).start(bot_id);
  if (!started) {
    auto& error = started.error();
    if (error.code() == Errc::not_found) co_return no_bot(bot_id);
    const auto* begins = error.code() == Errc::invalid_param ? "" : "Error starting bot: ";
    co_return legacy_failure(std::move(error), begins);
  }
  co_await api::audit(console.kit, call, "bot.start", bot_id, {{"face", "seed"}});
  co_return message("Bot " + bot_id + " started successfully");
}

Task<Response> stop_bot(LegacyApi& console, Call& call) {
  CO_TRY(const auto body, api::body_of<SeedBotId>(call));
  const auto& bot_id = body.bot_id;
  // The original says yes to unknown bots, too.
  if (!fleet::service::is_bot_id(bot_id)) co_return message("Bot " + bot_id + " stopped successfully");
  auto stopped = co_await console.bots(call).stop(bot_id);
  if (!stopped && stopped.error().code() != Errc::not_found) {
    co_return legacy_failure(std::move(stopped).error(), "Error stopping bot: ");
  }
  if (stopped) co_await api::audit(console.kit, call, "bot.stop", bot_id, {{"face", "seed"}});
  co_return message("Bot " + bot_id + " stopped successfully");
}

Task<Response> list_bots(LegacyApi& console, Call& call) {
  boost::json::array rows;
  const auto server = console.people.server_name();
  CO_TRY(const auto found, co_await legacy_bots(console, call));
  for (const auto& view : found) {
    const auto& bot = view.bot;
    rows.push_back(api::write(SeedBot{.id = bot.id,
                                      .bot_id = bot.bot_id,
                                      .homeserver = bot.homeserver.empty() ? server : bot.homeserver,
                                      .user_id = bot.user_id,
                                      .flowise_url = fleet::routes::flowise_url_of(bot),
                                      .status = legacy_status(bot.observed),
                                      .created_at = legacy_time(bot.created_ms)}));
  }
  co_return reply(rows);
}

SeedUserInfo user_info(const people::UserEntry& user) {
  const auto& account = user.account;
  const auto& principal = user.principal;
  return {.id = principal.id,
          .username = std::string(people::username(account.user_id)),
          .user_type = principal.kind == identity::PrincipalKind::bot ? "bot" : "user",
          .admin = account.admin};
}

Task<Response> create_account(LegacyApi& console, const Call& call, SeedCreateUser body) {
  const auto& [name, password, user_type] = body;
  if (user_type != "user" && user_type != "bot") {
    co_return failure(400, "Error creating user: 400: Invalid user type. Must be 'user' or 'bot'");
  }
  matrix::NewAccount wanted{.localpart = name,
                            .password = password,
                            .kind = user_type == "bot" ? matrix::AccountKind::bot : matrix::AccountKind::person,
                            .admin = false,
                            .display_name = name};
  if (wanted.password->empty()) co_return failure(400, "Error creating user: the password is empty");
  auto made = co_await console.people(call).create(std::move(wanted), net::route::Role::member);
  if (!made) co_return legacy_failure(std::move(made).error(), "Error creating user: ");
  co_await api::audit(console.kit, call, "user.create", made->user_id(), {{"kind", user_type}, {"face", "seed"}});
  api::ring_users(console.kit);
  co_return api::answer(
      SeedUserMade{.message = "User " + name + " created successfully", .user_info = user_info(made->entry())});
}

Task<Response> create_user(LegacyApi& console, Call& call) {
  CO_TRY(auto body, api::body_of<SeedCreateUser>(call));
  co_return co_await create_account(console, call, std::move(body));
}
Task<Response> create_account_of(LegacyApi& console, const Call& call, std::string user_type) {
  CO_TRY(auto body, api::body_of<SeedNewUser>(call));
  SeedCreateUser wanted{
      .username = std::move(body.username), .password = std::move(body.password), .user_type = std::move(user_type)};
  co_return co_await create_account(console, call, std::move(wanted));
}
Task<Response> create_regular_user(LegacyApi& console, Call& call) {
  co_return co_await create_account_of(console, call, "user");
}
Task<Response> create_bot_user(LegacyApi& console, Call& call) {
  co_return co_await create_account_of(console, call, "bot");
}

Task<Response> list_users(LegacyApi& console, Call& call) {
  boost::json::array rows;
  CO_TRY(const auto found, co_await console.people(call).first(kMaxLegacyRows));
  for (const auto& user : found) {
    rows.push_back(api::write(SeedUser{.info = user_info(user), .created_at = legacy_time(user.account.created_ms)}));
  }
  co_return reply(rows);
}

}  // namespace

Task<std::vector<fleet::BotView>> legacy_bots(const LegacyApi& console, const net::route::Call& call) {
  std::vector<fleet::BotView> all;
  while (all.size() < kMaxLegacyRows) {
    CO_TRY(auto found, co_await console.bots(call).list("", std::ssize(all), kPage));
    const auto last = std::ssize(found.items) < kPage;
    std::ranges::move(found.items, std::back_inserter(all));
    if (last) break;
  }
  co_return all;
}

void add_legacy_routes(net::route::Router& routes, LegacyApi& console) {
  const net::route::Tag tag{
      "first API face (compatibility)",
      "JSON at the root, with {\"detail\"} for errors: for programs written for the first bot manager of "
      "this kind. New ones use /api/v1.",
      true};
  // Each is mounted twice, as in the original.
  for (const std::string_view mount : {"", "/bots"}) {
    const api::Group group(routes, {.prefix = std::string(mount),
                                    .needs = Access::operator_,
                                    .scope = "bots",
                                    .tag = tag,
                                    .dialect = net::route::Dialect::detail});
    group.add({.method = "POST",
               .path = "/create_bot",
               .summary = "Make a bot",
               .body = TROUPE_REF("SeedCreateBot"),
               .reply = TROUPE_REF("SeedMessage"),
               .run = api::bind(create_bot, console)});
    group.add({.method = "POST",
               .path = "/start_bot",
               .summary = "Start a bot",
               .body = TROUPE_REF("SeedBotId"),
               .reply = TROUPE_REF("SeedMessage"),
               .run = api::bind(start_bot, console)});
    group.add({.method = "POST",
               .path = "/stop_bot",
               .summary = "Stop a bot",
               .body = TROUPE_REF("SeedBotId"),
               .reply = TROUPE_REF("SeedMessage"),
               .run = api::bind(stop_bot, console)});
    group.add({.method = "GET",
               .path = "/bots",
               .summary = "All bots, a bare array",
               .reply = TROUPE_REF("SeedBots"),
               .run = api::bind(list_bots, console)});
  }
  for (const std::string_view mount : {"", "/users"}) {
    const api::Group group(routes, {.prefix = std::string(mount),
                                    .needs = Access::operator_,
                                    .scope = "users",
                                    .tag = tag,
                                    .dialect = net::route::Dialect::detail});
    group.add({.method = "POST",
               .path = "/create_user",
               .summary = "Make an account",
               .body = TROUPE_REF("SeedCreateUser"),
               .reply = TROUPE_REF("SeedUserMade"),
               .run = api::bind(create_user, console)});
    group.add({.method = "POST",
               .path = "/create_regular_user",
               .summary = "Make a person's account",
               .body = TROUPE_REF("SeedNewUser"),
               .reply = TROUPE_REF("SeedUserMade"),
               .run = api::bind(create_regular_user, console)});
    group.add({.method = "POST",
               .path = "/create_bot_user",
               .summary = "Make a bot's account",
               .body = TROUPE_REF("SeedNewUser"),
               .reply = TROUPE_REF("SeedUserMade"),
               .run = api::bind(create_bot_user, console)});
    group.add({.method = "GET",
               .path = "/users",
               .summary = "All accounts, a bare array",
               .reply = TROUPE_REF("SeedUsers"),
               .run = api::bind(list_users, console)});
  }
}

}  // namespace troupe::console::legacy
