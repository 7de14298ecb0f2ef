// Seed 000's later face (2025-12-21 to 2026-02-18): forms in, {"success", "message"} or {"error"} out, a cookie after
// POST /login. Paths, statuses and messages are those of the original, as clients of it know them.
// NOTSPEC: no password hash comes back and no password stands in a command line; the role operator is needed (an API
// key will do, too); whoever makes an administrator must be one; making an account that exists is an error and not
// "created successfully"; attempts are limited; the caller's mistakes are 400 and not 500.
#include <ctime>

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

constexpr std::int64_t kPage = 1'000;
constexpr std::size_t kMaxRows = 10'000;
constexpr std::size_t kMinPassword = 3;
constexpr std::size_t kMaxLogBytes = 256UL * 1024;
constexpr std::string_view kAdmin = "admin";

Response failure(int status, std::string text) {
  return reply(boost::json::object{{"error", std::move(text)}}, status);
}
Response done(std::string text) { return reply(boost::json::object{{"success", true}, {"message", std::move(text)}}); }

/// What stops a call before it begins: nobody, or somebody without the role.
std::optional<Response> refusal(const Call& call) {
  if (!call.caller) return failure(401, "Not authenticated");
  if (call.caller->role == net::Role::member) return failure(403, "Only an operator or an administrator may do this.");
  return std::nullopt;
}

/// Overload goes its own way; everything else has the original's words, and 500 only when it is ours.
Result<Response> server_failure(Error error, const std::string& prefix = {}) {
  if (is_overload(error)) return std::unexpected(std::move(error));
  return failure(seed_failure_status(error), prefix + error.message());
}

/// "Fri, 20 Nov 2026 08:00:00 GMT"
std::string http_date(base::UnixMs time) {
  auto seconds = static_cast<std::time_t>(time / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  auto length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text.data(), length};
}

/// A name as people type it there: with or without @ and server. Nothing for another server's.
std::optional<std::string> localpart(const SeedApi& console, std::string_view name) {
  if (name.starts_with('@')) name.remove_prefix(1);
  const auto colon = name.find(':');
  if (colon == name.npos) return std::string(name);
  const auto server = name.substr(colon + 1);
  if (server != console.people.homeserver.server_name() && server != "localhost") return std::nullopt;
  return std::string(name.substr(0, colon));
}

/// The bot with our number, which is the {id} of this face.
Task<std::optional<fleet::BotView>> bot_by_number(fleet::TenantBots bots, std::string number) {
  const auto id = net::whole_number(number);
  if (!id) co_return std::nullopt;
  for (std::int64_t from = 0;; from += kPage) {
    CO_TRY(auto found, co_await bots.list("", from, kPage));
    for (auto& view : found.items) {
      if (view.bot.id == *id) co_return std::move(view);
    }
    if (std::ssize(found.items) < kPage) co_return std::nullopt;
  }
}

Task<Response> list_bots(SeedApi& console, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  boost::json::array rows;
  for (std::int64_t from = 0; rows.size() < kMaxRows; from += kPage) {
    CO_TRY(auto found, co_await console.bots(call).list("", from, kPage));
    for (const auto& view : found.items) {
      const auto& bot = view.bot;
      rows.push_back({{"id", bot.id},
                      {"bot_user_id", bot.user_id},
                      {"flowise_url", bot.flowise_url},
                      {"status", bot.observed == fleet::BotState::created ? "stopped" : seed_status(bot.observed)},
                      {"created_at", http_date(bot.created_ms)}});
    }
    if (std::ssize(found.items) < kPage) break;
  }
  // The newest first; numbers grow with time.
  std::ranges::sort(rows, [](const auto& a, const auto& b) {
    return a.at("id").template to_number<std::int64_t>() > b.at("id").template to_number<std::int64_t>();
  });
  co_return reply(rows);
}

Task<Response> create_bot(SeedApi& console, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  auto user = net::optional_body_text(call, "bot_user_id"), url = net::optional_body_text(call, "flowise_url"),
       password = net::optional_body_text(call, "bot_password");
  if (!user || !url || !password) {
    co_return failure(400, "bot_user_id, flowise_url and bot_password are required");
  }
  if (user->empty()) co_return failure(400, "Bot user ID is required");
  auto name = localpart(console, *user);
  if (!name) co_return failure(400, "The bot must be a user of " + console.people.homeserver.server_name());
  fleet::NewBot wanted;
  wanted.bot_id = *name;
  wanted.user_id = full_user_id(console.people, *name);
  wanted.password = *std::move(password);
  wanted.flowise_url = *std::move(url);
  wanted.brain_kind = wanted.flowise_url.empty() ? "echo" : "flowise";
  wanted.allow_missing_brain = true;
  auto made = co_await console.bots(call).create(std::move(wanted));
  if (!made) co_return server_failure(std::move(made).error());
  co_await api::audit(console.kit, call, "bot.create", *name,
                      {{"user_id", made->bot.bot.user_id}, {"face", "seed form"}});
  api::ring_users(console.kit);
  co_return done("Bot created successfully");
}

/// The bot's own password, or that of the person who asks; for the server's own keys that of `admin`. Nobody else's
/// password is looked at: this must not tell anybody whether they guessed it. Error: limit_exceeded (too many wrong
/// ones).
Task<bool> may_act(SeedApi& console, const Call& call, std::string bot_user_id, std::string password) {
  auto bots =
      co_await console.people.homeserver.check_password(std::move(bot_user_id), password, call.request.remote_address);
  if (bots) co_return true;
  if (is_overload(bots.error())) co_return std::unexpected(std::move(bots).error());
  auto person = call.caller->user_id;
  if (!call.caller->has_account() && identity::is_server_admin(*call.caller))
    person = full_user_id(console.people, kAdmin);
  if (person.empty()) co_return false;
  auto own = co_await console.people.homeserver.check_password(std::move(person), std::move(password),
                                                               call.request.remote_address);
  if (!own && is_overload(own.error())) co_return std::unexpected(std::move(own).error());
  co_return own.has_value();
}

Task<Response> act_on_bot(SeedApi& console, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  const auto action = net::body_text(call, "action");
  auto password = net::body_text(call, "password");
  if (action.empty() || password.empty()) co_return failure(400, "Action and password are required");
  CO_TRY(auto bot, co_await bot_by_number(console.bots(call), call.param("id")));
  if (!bot) co_return failure(404, "Bot not found");
  const auto bot_id = bot->bot.bot_id;
  CO_TRY(auto allowed, co_await may_act(console, call, bot->bot.user_id, std::move(password)));
  if (!allowed) {
    co_await api::audit(console.kit, call, "bot.refuse", bot_id, {{"face", "seed form"}});
    co_return failure(401, "Invalid password");
  }
  if (action == "start") {
    auto started = co_await console.bots(call).start(bot_id);
    if (!started) co_return server_failure(std::move(started).error(), "Failed to start bot: ");
  } else if (action == "stop") {
    auto stopped = co_await console.bots(call).stop(bot_id);
    if (!stopped) co_return server_failure(std::move(stopped).error(), "Failed to stop bot: ");
  } else if (action == "delete") {
    auto removed = co_await console.bots(call).remove(bot_id);
    if (!removed) co_return server_failure(std::move(removed).error(), "Failed to delete bot: ");
  } else {
    co_return failure(400, "Invalid action");
  }
  co_await api::audit(console.kit, call, "bot." + action, bot_id, {{"face", "seed form"}});
  co_return done(action == "start"  ? "Bot started successfully"
                 : action == "stop" ? "Bot stopped successfully"
                                    : "Bot deleted successfully");
}

Task<Response> show_logs(SeedApi& console, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  auto not_found = [] { return reply(boost::json::object{{"success", false}, {"error", "Log file not found"}}); };
  CO_TRY(auto bot, co_await bot_by_number(console.bots(call), call.param("id")));
  if (!bot) co_return not_found();
  CO_TRY(auto page, co_await console.bots(call).logs(bot->bot.bot_id, {.after = {}, .limit = kPage, .search = {}}));
  std::string text;
  for (const auto& line : page.items) {
    text += rfc3339(line.at_ms) + " " + line.level + " " + line.source + ": " + line.text + "\n";
  }
  if (text.size() > kMaxLogBytes) text.erase(0, text.find('\n', text.size() - kMaxLogBytes) + 1);
  co_return reply(boost::json::object{{"success", true}, {"logs", text}});
}

Task<Response> create_user(SeedApi& console, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  auto given = net::optional_body_text(call, "username"), password = net::optional_body_text(call, "password");
  if (!given || !password) co_return failure(400, "username and password are required");
  if (given->empty()) co_return failure(400, "Username is required");
  if (password->size() < kMinPassword) co_return failure(400, "Password must be at least 3 characters");
  const bool admin = net::body_text(call, "is_admin") == "on";
  if (admin && call.caller->role != net::Role::admin) {
    co_return failure(403, "Only an administrator may make an administrator.");
  }
  auto name = localpart(console, *given);
  if (!name) co_return failure(400, "The user must be one of " + console.people.homeserver.server_name());
  matrix::NewAccount wanted{.localpart = *name,
                            .password = *std::move(password),
                            .kind = matrix::AccountKind::person,
                            .admin = false,
                            .display_name = *name};
  auto made = co_await make_user(console.people, call, std::move(wanted), admin ? net::Role::admin : net::Role::member);
  if (!made && made.error().code() == Errc::forbidden) co_return failure(403, made.error().message());
  if (!made) co_return server_failure(std::move(made).error(), "Failed to create user: ");
  const auto& user_id = made->account.user_id;
  co_await api::audit(console.kit, call, "user.create", user_id, {{"admin", admin}, {"face", "seed form"}});
  api::ring_users(console.kit);
  co_return done("User " + user_id + " created successfully");
}

Response redirect(std::string where) {
  auto response = Response::empty(302);
  response.headers.add("Location", std::move(where));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

Response login_page(std::string_view error) {
  std::string html =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>Sign in</title></head><body><main><h1>Sign in</h1>";
  if (!error.empty()) html += "<p role=\"alert\">" + std::string(error) + "</p>";
  html +=
      "<form method=\"post\" action=\"/login\"><p><label>User <input name=\"username\" value=\"admin\" "
      "autocomplete=\"username\"></label></p><p><label>Password <input type=\"password\" name=\"password\" "
      "autocomplete=\"current-password\" required autofocus></label></p><p><button>Sign in</button></p></form></main>"
      "</body></html>";
  auto response = Response::text(std::move(html), 200, "text/html; charset=utf-8");
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
  response.headers.add("Cache-Control", "no-store");
  return response;
}

Task<Response> show_login(SeedApi&, Call&) { co_return login_page({}); }

Task<Response> login(SeedApi& console, Call& call) {
  CO_TRY(identity::check_same_origin(call.request));
  auto user = net::body_text(call, "username");
  if (user.empty()) user = kAdmin;
  auto account = co_await console.people.homeserver.check_password(user, net::body_text(call, "password"),
                                                                   call.request.remote_address);
  const bool closed =
      account && (account->deactivated || account->locked || account->kind != matrix::AccountKind::person);
  if (!account && is_overload(account.error())) co_return std::unexpected(std::move(account).error());
  if (!account || closed) {
    co_await audit_refusal(console.kit, console.people, call, user, {{"face", "seed form"}});
    co_return login_page("Invalid password");
  }
  CO_TRY(auto principal, co_await console.people.principals.for_account(*account));
  if (auto old = identity::session_token(call.request); !old.empty()) {
    CO_TRY(co_await console.sessions.end(std::move(old)));
  }
  CO_TRY(auto session, co_await console.sessions.create(principal, call.request.remote_address,
                                                        std::string(call.request.headers.get("User-Agent"))));
  co_await audit_sign_in(console.kit, call, principal, {{"face", "seed form"}});
  auto response = redirect("/");
  auto seconds = (session.expires_ms - console.kit.clock.unix_ms()) / 1000;
  response.headers.add("Set-Cookie", identity::session_cookie(session.token, call.request.tls, seconds));
  co_return response;
}

/// A GET that changes something, as the original has it: a link or an image on another site must not sign anybody out.
Task<Response> logout(SeedApi& console, Call& call) {
  auto response = redirect("/login");
  auto token = identity::session_token(call.request);
  if (token.empty() || !identity::check_same_origin(call.request)) co_return response;
  CO_TRY(co_await console.sessions.end(std::move(token)));
  if (call.caller)
    co_await api::audit(console.kit, call, "session.end", identity::credential_of(*call.caller).principal.label());
  api::ring_users(console.kit);
  response.headers.add("Set-Cookie", identity::session_cookie("", call.request.tls, 0));
  co_return response;
}

}  // namespace

void add_seed_form_routes(net::Router& routes, SeedApi& console) {
  const auto tag = "second API face (compatibility)";
  // Who calls is looked at by the handlers, which refuse in the original's words.
  const api::Group group(
      routes, {.prefix = "", .needs = Access::optional, .scope = "bots", .tag = tag, .dialect = net::Dialect::error});
  group.add({.method = "GET",
             .path = "/api/bots",
             .summary = "All bots, the newest first",
             .reply = TROUPE_REF("SeedFormBots"),
             .run = api::bind(list_bots, console)});
  group.add({.method = "POST",
             .path = "/api/bots",
             .summary = "Make a bot",
             .body = TROUPE_REF("SeedFormBot"),
             .takes = net::Body::form,
             .reply = TROUPE_REF("SeedDone"),
             .run = api::bind(create_bot, console)});
  group.add({.method = "POST",
             .path = "/api/bot/{id}/action",
             .summary = "start, stop or delete, with the bot's or an administrator's password",
             .rate = net::Rate::login,
             .body = TROUPE_REF("SeedFormAction"),
             .takes = net::Body::form,
             .reply = TROUPE_REF("SeedDone"),
             .run = api::bind(act_on_bot, console)});
  group.add({.method = "GET",
             .path = "/api/bot/{id}/logs",
             .summary = "The newest lines of a bot's log, as text",
             .reply = TROUPE_REF("SeedLogs"),
             .run = api::bind(show_logs, console)});
  group.add({.method = "POST",
             .path = "/api/create_user",
             .summary = "Make an account",
             .scope = "users",
             .body = TROUPE_REF("SeedFormUser"),
             .takes = net::Body::form,
             .reply = TROUPE_REF("SeedDone"),
             .run = api::bind(create_user, console)});
  group.add({.method = "GET",
             .path = "/logout",
             .summary = "Sign out and go to the sign-in page",
             .scope = "",
             .status = 302,
             .run = api::bind(logout, console)});
  const api::Group page(routes, {.prefix = "/login",
                                 .needs = Access::open,
                                 .tag = tag,
                                 .dialect = net::Dialect::error,
                                 .rate = net::Rate::login});
  page.add({.method = "GET", .summary = "The sign-in page", .run = api::bind(show_login, console)});
  page.add({.method = "POST",
            .summary = "Sign in; 200 with the page again when the password is wrong",
            .body = TROUPE_REF("SeedLogin"),
            .takes = net::Body::form,
            .status = 302,
            .run = api::bind(login, console)});
}

}  // namespace troupe::console
