// Seed 000's later face (2025-12-21 to 2026-02-18): forms in, {"success", "message"} or {"error"} out, a cookie after
// POST /login. Paths, statuses and messages are those of the original, as clients of it know them.
// NOTSPEC: no password hash comes back and no password stands in a command line; the role operator is needed (an API
// key will do, too); whoever makes an administrator must be one; making an account that exists is an error and not
// "created successfully"; attempts are limited; the caller's mistakes are 400 and not 500.
#include <charconv>
#include <ctime>

#include "console/api.h"
#include "console/seed/seed_view.h"
#include "console/shapes/schema.h"
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
std::optional<std::string> localpart(const Api& api, std::string_view name) {
  if (name.starts_with('@')) name.remove_prefix(1);
  const auto colon = name.find(':');
  if (colon == name.npos) return std::string(name);
  const auto server = name.substr(colon + 1);
  if (server != api.homeserver.server_name() && server != "localhost") return std::nullopt;
  return std::string(name.substr(0, colon));
}

/// The bot with our number, which is the {id} of this face.
Task<std::optional<fleet::BotView>> bot_by_number(Api& api, std::int64_t tenant_id, std::string number) {
  std::int64_t id = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id);
  if (error != std::errc() || end != number.data() + number.size()) co_return std::nullopt;
  for (std::int64_t from = 0;; from += kPage) {
    CO_TRY(auto found, co_await api.bots.list(tenant_id, "", from, kPage));
    for (auto& view : found.items) {
      if (view.bot.id == id) co_return std::move(view);
    }
    if (std::ssize(found.items) < kPage) co_return std::nullopt;
  }
}

Task<Response> list_bots(Api& api, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  boost::json::array rows;
  for (std::int64_t from = 0; rows.size() < kMaxRows; from += kPage) {
    CO_TRY(auto found, co_await api.bots.list(tenant(call), "", from, kPage));
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

Task<Response> create_bot(Api& api, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  auto user = optional_text(call, "bot_user_id"), url = optional_text(call, "flowise_url"),
       password = optional_text(call, "bot_password");
  if (!user || !url || !password) {
    co_return failure(400, "bot_user_id, flowise_url and bot_password are required");
  }
  if (user->empty()) co_return failure(400, "Bot user ID is required");
  auto name = localpart(api, *user);
  if (!name) co_return failure(400, "The bot must be a user of " + api.homeserver.server_name());
  fleet::NewBot wanted;
  wanted.bot_id = *name;
  wanted.user_id = full_user_id(api, *name);
  wanted.password = *std::move(password);
  wanted.flowise_url = *std::move(url);
  wanted.brain_kind = wanted.flowise_url.empty() ? "echo" : "flowise";
  wanted.allow_missing_brain = true;
  auto made = co_await api.bots.create(tenant(call), std::move(wanted), actor(call));
  if (!made) co_return server_failure(std::move(made).error());
  co_await audit(api, call, "bot.create", *name, {{"user_id", made->bot.bot.user_id}, {"face", "seed form"}});
  ring_users(api);
  co_return done("Bot created successfully");
}

/// The bot's own password, or that of the person who asks; for the server's own keys that of `admin`. Nobody else's
/// password is looked at: this must not tell anybody whether they guessed it. Error: limit_exceeded (too many wrong
/// ones).
Task<bool> may_act(Api& api, const Call& call, std::string bot_user_id, std::string password) {
  auto bots = co_await api.homeserver.check_password(std::move(bot_user_id), password, call.request.remote_address);
  if (bots) co_return true;
  if (is_overload(bots.error())) co_return std::unexpected(std::move(bots).error());
  auto person = call.caller->user_id;
  if (!call.caller->has_account() && identity::is_server_admin(*call.caller)) person = full_user_id(api, kAdmin);
  if (person.empty()) co_return false;
  auto own =
      co_await api.homeserver.check_password(std::move(person), std::move(password), call.request.remote_address);
  if (!own && is_overload(own.error())) co_return std::unexpected(std::move(own).error());
  co_return own.has_value();
}

Task<Response> act(Api& api, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  const auto action = text(call, "action");
  auto password = text(call, "password");
  if (action.empty() || password.empty()) co_return failure(400, "Action and password are required");
  CO_TRY(auto bot, co_await bot_by_number(api, tenant(call), call.param("id")));
  if (!bot) co_return failure(404, "Bot not found");
  const auto bot_id = bot->bot.bot_id;
  CO_TRY(auto allowed, co_await may_act(api, call, bot->bot.user_id, std::move(password)));
  if (!allowed) {
    co_await audit(api, call, "bot.refuse", bot_id, {{"face", "seed form"}});
    co_return failure(401, "Invalid password");
  }
  if (action == "start") {
    auto started = co_await api.bots.start(tenant(call), bot_id, actor(call));
    if (!started) co_return server_failure(std::move(started).error(), "Failed to start bot: ");
  } else if (action == "stop") {
    auto stopped = co_await api.bots.stop(tenant(call), bot_id, actor(call));
    if (!stopped) co_return server_failure(std::move(stopped).error(), "Failed to stop bot: ");
  } else if (action == "delete") {
    auto removed = co_await api.bots.remove(tenant(call), bot_id, actor(call));
    if (!removed) co_return server_failure(std::move(removed).error(), "Failed to delete bot: ");
  } else {
    co_return failure(400, "Invalid action");
  }
  co_await audit(api, call, "bot." + action, bot_id, {{"face", "seed form"}});
  co_return done(action == "start"  ? "Bot started successfully"
                 : action == "stop" ? "Bot stopped successfully"
                                    : "Bot deleted successfully");
}

Task<Response> logs(Api& api, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  auto not_found = [] { return reply(boost::json::object{{"success", false}, {"error", "Log file not found"}}); };
  CO_TRY(auto bot, co_await bot_by_number(api, tenant(call), call.param("id")));
  if (!bot) co_return not_found();
  CO_TRY(auto page, co_await api.bots.logs(tenant(call), bot->bot.bot_id, {.after = {}, .limit = kPage, .search = {}}));
  std::string text;
  for (const auto& line : page.items) {
    text += rfc3339(line.at_ms) + " " + line.level + " " + line.source + ": " + line.text + "\n";
  }
  if (text.size() > kMaxLogBytes) text.erase(0, text.find('\n', text.size() - kMaxLogBytes) + 1);
  co_return reply(boost::json::object{{"success", true}, {"logs", text}});
}

Task<Response> create_user(Api& api, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  auto given = optional_text(call, "username"), password = optional_text(call, "password");
  if (!given || !password) co_return failure(400, "username and password are required");
  if (given->empty()) co_return failure(400, "Username is required");
  if (password->size() < kMinPassword) co_return failure(400, "Password must be at least 3 characters");
  const bool admin = text(call, "is_admin") == "on";
  if (admin && call.caller->role != net::Role::admin) {
    co_return failure(403, "Only an administrator may make an administrator.");
  }
  auto name = localpart(api, *given);
  if (!name) co_return failure(400, "The user must be one of " + api.homeserver.server_name());
  matrix::NewAccount wanted{.localpart = *name,
                            .password = *std::move(password),
                            .kind = matrix::AccountKind::person,
                            .admin = false,
                            .display_name = *name};
  auto made = co_await make_user(api, call, std::move(wanted), admin ? net::Role::admin : net::Role::member);
  if (!made && made.error().code() == Errc::forbidden) co_return failure(403, made.error().message());
  if (!made) co_return server_failure(std::move(made).error(), "Failed to create user: ");
  const auto& user_id = made->account.user_id;
  co_await audit(api, call, "user.create", user_id, {{"admin", admin}, {"face", "seed form"}});
  ring_users(api);
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

Task<Response> show_login(Api&, Call&) { co_return login_page({}); }

Task<Response> login(Api& api, Call& call) {
  CO_TRY(identity::check_same_origin(call.request));
  auto user = text(call, "username");
  if (user.empty()) user = kAdmin;
  auto account = co_await api.homeserver.check_password(user, text(call, "password"), call.request.remote_address);
  const bool closed =
      account && (account->deactivated || account->locked || account->kind != matrix::AccountKind::person);
  if (!account && is_overload(account.error())) co_return std::unexpected(std::move(account).error());
  if (!account || closed) {
    co_await audit_refusal(api, call, user, {{"face", "seed form"}});
    co_return login_page("Invalid password");
  }
  CO_TRY(auto principal, co_await api.principals.for_account(*account));
  if (auto old = identity::session_token(call.request); !old.empty()) {
    CO_TRY(co_await api.sessions.end(std::move(old)));
  }
  CO_TRY(auto session, co_await api.sessions.create(principal, call.request.remote_address,
                                                    std::string(call.request.headers.get("User-Agent"))));
  co_await audit_sign_in(api, call, principal, {{"face", "seed form"}});
  auto response = redirect("/");
  auto seconds = (session.expires_ms - api.context.clock().unix_ms()) / 1000;
  response.headers.add("Set-Cookie", identity::session_cookie(session.token, call.request.tls, seconds));
  co_return response;
}

/// A GET that changes something, as the original has it: a link or an image on another site must not sign anybody out.
Task<Response> logout(Api& api, Call& call) {
  auto response = redirect("/login");
  auto token = identity::session_token(call.request);
  if (token.empty() || !identity::check_same_origin(call.request)) co_return response;
  CO_TRY(co_await api.sessions.end(std::move(token)));
  if (call.caller) co_await audit(api, call, "session.end", identity::credential_of(*call.caller).principal.label());
  ring_users(api);
  response.headers.add("Set-Cookie", identity::session_cookie("", call.request.tls, 0));
  co_return response;
}

}  // namespace

void add_seed_form_routes(Api& api) {
  auto add = [&](std::string method, std::string path, std::string scope, std::string summary,
                 std::string_view reply_schema, ApiHandler handler, std::string_view form = {},
                 std::optional<net::Rate> rate = std::nullopt, int good_status = 200) {
    ApiRoute route{.method = std::move(method), .path = std::move(path), .needs = Access::optional};
    route.scope = std::move(scope);
    route.tag = "second API face (compatibility)";
    route.summary = std::move(summary);
    route.reply = reply_schema;
    route.body = form;
    route.takes = form.empty() ? net::Body::none : net::Body::form;
    route.rate = rate;
    route.good_status = good_status;
    route.dialect = net::Dialect::error;
    add_route(api, std::move(route), handler);
  };
  add("GET", "/api/bots", "bots", "All bots, the newest first", TROUPE_REF("SeedFormBots"), list_bots);
  add("POST", "/api/bots", "bots", "Make a bot", TROUPE_REF("SeedDone"), create_bot, TROUPE_REF("SeedFormBot"));
  add("POST", "/api/bot/{id}/action", "bots", "start, stop or delete, with the bot's or an administrator's password",
      TROUPE_REF("SeedDone"), act, TROUPE_REF("SeedFormAction"), net::Rate::login);
  add("GET", "/api/bot/{id}/logs", "bots", "The newest lines of a bot's log, as text", TROUPE_REF("SeedLogs"), logs);
  add("POST", "/api/create_user", "users", "Make an account", TROUPE_REF("SeedDone"), create_user,
      TROUPE_REF("SeedFormUser"));
  auto page = [&](std::string method, std::string path, std::string summary, ApiHandler handler, int good_status,
                  std::string_view form = {}) {
    ApiRoute route{.method = std::move(method), .path = std::move(path), .needs = Access::open};
    route.tag = "second API face (compatibility)";
    route.summary = std::move(summary);
    route.body = form;
    route.takes = form.empty() ? net::Body::none : net::Body::form;
    route.rate = net::Rate::login;
    route.dialect = net::Dialect::error;
    route.good_status = good_status;
    add_route(api, std::move(route), handler);
  };
  page("GET", "/login", "The sign-in page", show_login, 200);
  page("POST", "/login", "Sign in; 200 with the page again when the password is wrong", login, 302,
       TROUPE_REF("SeedLogin"));
  add("GET", "/logout", "", "Sign out and go to the sign-in page", {}, logout, {}, std::nullopt, 302);
}

}  // namespace troupe::console
