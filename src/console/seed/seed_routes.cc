// Seed 000's first face (2025-12-20), word for word: paths, their double mounts, statuses, messages, {"detail": …}.
// NOTSPEC: a credential with the role operator is needed, no password is ever given back or stored in plain. The seed
// answered much with 500 that was the caller's mistake: that is 400 here with the same `detail`, and overload is 503.
#include "console/console_api.h"
#include "console/seed/seed_view.h"
#include "console/shapes/views.h"
#include "console/users/user_list.h"
#include "matrix/ids.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

constexpr std::size_t kMaxRows = 10'000;
constexpr std::int64_t kPage = 1'000;

Response message(std::string text) { return reply(boost::json::object{{"message", std::move(text)}}); }

Error failure(int status, std::string text) {
  return Error(status < 500 ? Errc::invalid_param : Errc::internal, std::move(text)).with_status(status);
}

/// What stopped a call, in the seed's words. What only the caller can mend is told without "Error …:" where the seed
/// did so, too.
Error seed_failure(Error error, std::string_view prefix) {
  if (is_overload(error)) return error;
  const auto status = seed_failure_status(error);
  return failure(status, std::string(prefix) + error.message());
}

constexpr std::size_t kMaxAddressBytes = 2'048;

/// A bot that cannot exist is not looked for: the database need not know what no id can hold.
Error no_bot(const std::string& bot_id) { return failure(400, "Bot with id " + bot_id + " does not exist"); }

Task<Response> create_bot(SeedApi& console, Call& call) {
  auto user_id = net::body_text(call, "user_id");
  fleet::NewBot wanted;
  wanted.bot_id = net::body_text(call, "bot_id");
  wanted.homeserver = net::body_text(call, "homeserver");
  if (wanted.homeserver.size() > kMaxAddressBytes ||
      std::ranges::any_of(wanted.homeserver, [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
    co_return failure(400, "homeserver must be an address");
  }
  wanted.flowise_url = net::body_text(call, "flowise_url");
  // Without an address there is nothing to ask: the bot echoes, and can be given a brain later.
  wanted.brain_kind = wanted.flowise_url.empty() ? "echo" : "flowise";
  wanted.allow_missing_brain = true;
  wanted.user_id = full_user_id(console.people, user_id.empty() ? wanted.bot_id : user_id);
  wanted.password = net::body_text(call, "password");
  auto bot_id = wanted.bot_id;
  auto made = co_await console.bots(call).create(std::move(wanted));
  if (!made) {
    auto& error = made.error();
    const bool told_bare = error.code() == Errc::conflict || error.code() == Errc::invalid_param ||
                           error.code() == Errc::forbidden || error.code() == Errc::user_in_use;
    co_return seed_failure(std::move(error), told_bare ? "" : "Error creating bot: ");
  }
  co_await api::audit(console.kit, call, "bot.create", bot_id, {{"user_id", made->bot.bot.user_id}, {"face", "seed"}});
  api::ring_users(console.kit);
  co_return message("Bot " + bot_id + " created successfully");
}

Task<Response> start_bot(SeedApi& console, Call& call) {
  auto bot_id = net::body_text(call, "bot_id");
  if (!fleet::is_bot_id(bot_id)) co_return no_bot(bot_id);
  auto started = co_await console.bots(call).start(bot_id);
  if (!started) {
    auto& error = started.error();
    if (error.code() == Errc::not_found) co_return no_bot(bot_id);
    co_return seed_failure(std::move(error), error.code() == Errc::invalid_param ? "" : "Error starting bot: ");
  }
  co_await api::audit(console.kit, call, "bot.start", bot_id, {{"face", "seed"}});
  co_return message("Bot " + bot_id + " started successfully");
}

Task<Response> stop_bot(SeedApi& console, Call& call) {
  auto bot_id = net::body_text(call, "bot_id");
  // The seed says yes to unknown bots, too.
  if (!fleet::is_bot_id(bot_id)) co_return message("Bot " + bot_id + " stopped successfully");
  auto stopped = co_await console.bots(call).stop(bot_id);
  if (!stopped && stopped.error().code() != Errc::not_found) {
    co_return seed_failure(std::move(stopped).error(), "Error stopping bot: ");
  }
  if (stopped) co_await api::audit(console.kit, call, "bot.stop", bot_id, {{"face", "seed"}});
  co_return message("Bot " + bot_id + " stopped successfully");
}

Task<Response> list_bots(SeedApi& console, Call& call) {
  boost::json::array rows;
  for (std::int64_t from = 0; rows.size() < kMaxRows; from += kPage) {
    CO_TRY(auto found, co_await console.bots(call).list("", from, kPage));
    for (const auto& view : found.items) {
      const auto& bot = view.bot;
      rows.push_back({{"id", bot.id},
                      {"bot_id", bot.bot_id},
                      {"homeserver", bot.homeserver.empty() ? console.people.homeserver.server_name() : bot.homeserver},
                      {"user_id", bot.user_id},
                      {"flowise_url", bot.flowise_url},
                      {"status", seed_status(bot.observed)},
                      {"created_at", seed_time(bot.created_ms)}});
    }
    if (static_cast<std::int64_t>(found.items.size()) < kPage) break;
  }
  co_return reply(rows);
}

boost::json::object user_row(const matrix::Account& account, const identity::Principal& principal) {
  auto parts = matrix::parse_user_id(account.user_id);
  return {{"id", principal.id},
          {"username", parts ? parts->localpart : std::string_view(account.user_id)},
          {"user_type", principal.kind == identity::PrincipalKind::bot ? "bot" : "user"},
          {"admin", account.admin}};
}

Task<Response> make_account(SeedApi& console, Call& call, std::string user_type) {
  if (user_type != "user" && user_type != "bot") {
    co_return failure(400, "Error creating user: 400: Invalid user type. Must be 'user' or 'bot'");
  }
  auto username = net::body_text(call, "username");
  matrix::NewAccount wanted{.localpart = username,
                            .password = net::body_text(call, "password"),
                            .kind = user_type == "bot" ? matrix::AccountKind::bot : matrix::AccountKind::person,
                            .admin = false,
                            .display_name = username};
  if (wanted.password->empty()) co_return failure(400, "Error creating user: the password is empty");
  auto made = co_await make_user(console.people, call, std::move(wanted), net::Role::member);
  if (!made) co_return seed_failure(std::move(made).error(), "Error creating user: ");
  co_await api::audit(console.kit, call, "user.create", made->account.user_id, {{"kind", user_type}, {"face", "seed"}});
  api::ring_users(console.kit);
  co_return reply(boost::json::object{{"message", "User " + username + " created successfully"},
                                      {"user_info", user_row(made->account, made->principal)}});
}

Task<Response> create_user(SeedApi& console, Call& call) {
  co_return co_await make_account(console, call, net::body_text(call, "user_type"));
}
Task<Response> create_regular_user(SeedApi& console, Call& call) {
  co_return co_await make_account(console, call, "user");
}
Task<Response> create_bot_user(SeedApi& console, Call& call) { co_return co_await make_account(console, call, "bot"); }

Task<Response> list_accounts(SeedApi& console, Call& call) {
  const auto house = visible_tenant(call);
  boost::json::array rows;
  for (std::int64_t from = 0; rows.size() < kMaxRows; from += kPage) {
    CO_TRY(auto found, co_await console.people.homeserver.accounts({.search = {}, .from = from, .limit = kPage}));
    CO_TRY(auto principals, co_await console.people.principals.for_accounts(found.accounts));
    for (const auto& account : found.accounts) {
      const auto& principal = principals.at(account.user_id);
      if (house && principal.tenant_id != *house) continue;
      auto row = user_row(account, principal);
      row["created_at"] = seed_time(account.created_ms);
      rows.push_back(std::move(row));
    }
    if (static_cast<std::int64_t>(found.accounts.size()) < kPage) break;
  }
  co_return reply(rows);
}

}  // namespace

void add_seed_routes(net::Router& routes, SeedApi& console) {
  const auto tag = "first API face (compatibility)";
  // Each is mounted twice, as in the original.
  for (const std::string_view mount : {"", "/bots"}) {
    const api::Group group(routes, {.prefix = std::string(mount),
                                    .needs = Access::operator_,
                                    .scope = "bots",
                                    .tag = tag,
                                    .dialect = net::Dialect::detail});
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
                                    .dialect = net::Dialect::detail});
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
               .run = api::bind(list_accounts, console)});
  }
}

}  // namespace troupe::console
