// The later legacy face (2025-12-21 to 2026-02-18): forms in, {"success", "message"} or {"error"} out, a cookie after
// POST /login. Paths, statuses and messages are those of the original, as clients of it know them.
// NOTSPEC: no password hash comes back and no password stands in a command line; the role operator is needed (an API
// key will do, too); whoever makes an administrator must be one; making an account that exists is an error and not
// "created successfully"; attempts are limited; the caller's mistakes are 400 and not 500.

#include "api/group.h"
#include "api/words.h"
#include "base/utc.h"
#include "console/legacy/legacy_routes.h"
#include "console/legacy/legacy_shapes.h"
#include "console/legacy/legacy_words.h"
#include "fleet/routes/flowise_url.h"
#include "matrix/ids.h"
#include "net/route/params.h"

namespace troupe::console::legacy {
namespace {

using namespace api::words;

constexpr std::int64_t kFormPage = 1'000;
constexpr std::size_t kMinPassword = 3;
constexpr std::size_t kMaxLogBytes = 256UL * 1024;
constexpr std::string_view kAdmin = "admin";

Response form_failure(int status, std::string text) { return api::answer(SeedError{.error = std::move(text)}, status); }
Response done(std::string text) { return api::answer(SeedDone{.success = true, .message = std::move(text)}); }

/// What stops a call before it begins: nobody, or somebody without the role.
std::optional<Response> refusal(const Call& call) {
  if (!call.caller) return form_failure(401, "Not authenticated");
  if (call.caller->role == net::route::Role::member)
    return form_failure(403, "Only an operator or an administrator may do this.");
  return std::nullopt;
}

/// Overload goes its own way; everything else has the original's words, and 500 only when it is ours.
Result<Response> server_failure(Error error, const std::string& prefix = {}) {
  if (is_overload(error)) return std::unexpected(std::move(error));
  return form_failure(legacy_failure_status(error), prefix + error.message());
}

/// A name as people type it there: with or without @ and server. Nothing for another server's.
std::optional<std::string> localpart(const LegacyApi& console, std::string_view name) {
  if (name.starts_with('@')) name.remove_prefix(1);
  const auto colon = name.find(':');
  if (colon == name.npos) return std::string(name);
  const auto server = name.substr(colon + 1);
  if (server != console.people.server_name() && server != "localhost") return std::nullopt;
  return std::string(name.substr(0, colon));
}

/// The bot with our number, which is the {id} of this face.
Task<std::optional<fleet::BotView>> bot_by_number(fleet::routes::TenantBots bots, std::string number) {
  const auto id = net::route::whole_number(number);
  if (!id) co_return std::nullopt;
  for (std::int64_t from = 0;; from += kFormPage) {
    CO_TRY(auto found, co_await bots.list("", from, kFormPage));
    for (auto& view : found.items) {
      if (view.bot.id == *id) co_return std::move(view);
    }
    if (std::ssize(found.items) < kFormPage) co_return std::nullopt;
  }
}

Task<Response> list_form_bots(LegacyApi& console, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  CO_TRY(const auto found, co_await legacy_bots(console, call));
  std::vector<SeedFormBotRow> rows;
  for (const auto& view : found) {
    const auto& bot = view.bot;
    rows.push_back({.id = bot.id,
                    .bot_user_id = bot.user_id,
                    .flowise_url = std::string(fleet::routes::flowise_url_of(bot)),
                    .status = bot.observed == fleet::BotState::created ? "stopped" : legacy_status(bot.observed),
                    .created_at = base::utc_text(bot.created_ms, base::kHttpDate)});
  }
  std::ranges::sort(rows, std::ranges::greater(), &SeedFormBotRow::id);  // the newest first; numbers grow with time
  co_return reply(api::write_all(rows));
}

Task<Response> create_form_bot(LegacyApi& console, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  CO_TRY(auto body, api::body_of<SeedFormBot>(call));
  auto& [user, url, password] = body;
  if (!user || !url || !password) {
    co_return form_failure(400, "bot_user_id, flowise_url and bot_password are required");
  }
  if (user->empty()) co_return form_failure(400, "Bot user ID is required");
  auto name = localpart(console, *user);
  if (!name) co_return form_failure(400, "The bot must be a user of " + console.people.server_name());
  fleet::service::NewBot wanted;
  wanted.bot_id = *name;
  wanted.user_id = console.people.user_id(*name);
  wanted.password = *std::move(password);
  wanted.brain_kind = url->empty() ? "echo" : "flowise";
  fleet::routes::set_flowise_url(wanted, *url);
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
Task<bool> may_act(LegacyApi& console, const Call& call, std::string bot_user_id, std::string password) {
  auto bots = co_await console.sign_in.check(call, std::move(bot_user_id), password);
  if (bots) co_return true;
  if (is_overload(bots.error())) co_return std::unexpected(std::move(bots).error());
  auto person = call.caller->user_id;
  if (!call.caller->has_account() && identity::is_server_admin(*call.caller)) person = console.people.user_id(kAdmin);
  if (person.empty()) co_return false;
  auto own = co_await console.sign_in.check(call, std::move(person), std::move(password));
  if (!own && is_overload(own.error())) co_return std::unexpected(std::move(own).error());
  co_return own.has_value();
}

Task<Response> act_on_bot(LegacyApi& console, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  CO_TRY(auto body, api::body_of<SeedFormAction>(call));
  auto& [action, password] = body;
  if (action.empty() || password.empty()) co_return form_failure(400, "Action and password are required");
  CO_TRY(auto bot, co_await bot_by_number(console.bots(call), call.param("id")));
  if (!bot) co_return form_failure(404, "Bot not found");
  const auto bot_id = bot->bot.bot_id;
  CO_TRY(auto allowed, co_await may_act(console, call, bot->bot.user_id, std::move(password)));
  if (!allowed) {
    co_await api::audit(console.kit, call, "bot.refuse", bot_id, {{"face", "seed form"}});
    co_return form_failure(401, "Invalid password");
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
    co_return form_failure(400, "Invalid action");
  }
  co_await api::audit(console.kit, call, "bot." + action, bot_id, {{"face", "seed form"}});
  co_return done(action == "start"  ? "Bot started successfully"
                 : action == "stop" ? "Bot stopped successfully"
                                    : "Bot deleted successfully");
}

Task<Response> show_logs(LegacyApi& console, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  auto not_found = [] { return api::answer(SeedLogs{.success = false, .error = "Log file not found"}); };
  CO_TRY(auto bot, co_await bot_by_number(console.bots(call), call.param("id")));
  if (!bot) co_return not_found();
  CO_TRY(auto page, co_await console.bots(call).logs(bot->bot.bot_id, {.after = {}, .limit = kFormPage, .search = {}}));
  std::string text;
  for (const auto& line : page.items) {
    text += rfc3339(line.at_ms) + " " + line.level + " " + line.source + ": " + line.text + "\n";
  }
  if (text.size() > kMaxLogBytes) text.erase(0, text.find('\n', text.size() - kMaxLogBytes) + 1);
  co_return api::answer(SeedLogs{.success = true, .logs = std::move(text)});
}

Task<Response> create_form_user(LegacyApi& console, Call& call) {
  if (auto refused = refusal(call)) co_return *std::move(refused);
  CO_TRY(auto body, api::body_of<SeedFormUser>(call));
  auto& [given, password, is_admin] = body;
  if (!given || !password) co_return form_failure(400, "username and password are required");
  if (given->empty()) co_return form_failure(400, "Username is required");
  if (password->size() < kMinPassword) co_return form_failure(400, "Password must be at least 3 characters");
  const bool admin = is_admin == "on";
  if (admin && call.caller->role != net::route::Role::admin) {
    co_return form_failure(403, "Only an administrator may make an administrator.");
  }
  auto name = localpart(console, *given);
  if (!name) co_return form_failure(400, "The user must be one of " + console.people.server_name());
  matrix::NewAccount wanted{.localpart = *name,
                            .password = *std::move(password),
                            .kind = matrix::AccountKind::person,
                            .admin = false,
                            .display_name = *name};
  auto made = co_await console.people(call).create(std::move(wanted),
                                                   admin ? net::route::Role::admin : net::route::Role::member);
  if (!made && made.error().code() == Errc::forbidden) co_return form_failure(403, made.error().message());
  if (!made) co_return server_failure(std::move(made).error(), "Failed to create user: ");
  const auto& user_id = made->user_id();
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

bool is_open_person(const matrix::Account& account) {
  return !account.deactivated && !account.locked && account.kind == matrix::AccountKind::person;
}

Task<Response> show_login(LegacyApi&, Call&) { co_return login_page({}); }

Task<Response> log_in(LegacyApi& console, Call& call) {
  CO_TRY(identity::check_same_origin(call.request));
  CO_TRY(auto body, api::body_of<SeedLogin>(call));
  auto& [password, user] = body;
  if (user.empty()) user = kAdmin;
  auto proven = co_await console.sign_in.check(call, user, std::move(password));
  if (!proven && is_overload(proven.error())) co_return std::unexpected(std::move(proven).error());
  if (!proven || !is_open_person(proven->account())) {
    co_await console.sign_in.refuse(call, user, {{"face", "seed form"}});
    co_return login_page("Invalid password");
  }
  CO_TRY(auto entered, co_await console.sign_in.enter(call, *std::move(proven), {{"face", "seed form"}}));
  auto response = redirect("/");
  response.headers.add("Set-Cookie", entered.cookie);
  co_return response;
}

/// A GET that changes something, as the original has it: a link or an image on another site must not sign anybody out.
Task<Response> log_out(LegacyApi& console, Call& call) {
  auto response = redirect("/login");
  if (!identity::check_same_origin(call.request)) co_return response;
  CO_TRY(const bool left, co_await console.sign_in.leave(call));
  if (left) response.headers.add("Set-Cookie", session::no_cookie(call));
  co_return response;
}

}  // namespace

void add_legacy_form_routes(net::route::Router& routes, LegacyApi& console) {
  const net::route::Tag tag{
      "second API face (compatibility)",
      "Forms and a cookie from /login, with {\"error\"}: for programs written for that manager's later "
      "version. New ones use /api/v1.",
      true};
  // Who calls is looked at by the handlers, which refuse in the original's words.
  const api::Group group(
      routes,
      {.prefix = "", .needs = Access::optional, .scope = "bots", .tag = tag, .dialect = net::route::Dialect::error});
  group.add({.method = "GET",
             .path = "/api/bots",
             .summary = "All bots, the newest first",
             .reply = TROUPE_REF("SeedFormBots"),
             .run = api::bind(list_form_bots, console)});
  group.add({.method = "POST",
             .path = "/api/bots",
             .summary = "Make a bot",
             .body = TROUPE_REF("SeedFormBot"),
             .takes = net::route::Body::form,
             .reply = TROUPE_REF("SeedDone"),
             .run = api::bind(create_form_bot, console)});
  group.add({.method = "POST",
             .path = "/api/bot/{id}/action",
             .summary = "start, stop or delete, with the bot's or an administrator's password",
             .rate = net::route::Rate::login,
             .body = TROUPE_REF("SeedFormAction"),
             .takes = net::route::Body::form,
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
             .takes = net::route::Body::form,
             .reply = TROUPE_REF("SeedDone"),
             .run = api::bind(create_form_user, console)});
  group.add({.method = "GET",
             .path = "/logout",
             .summary = "Sign out and go to the sign-in page",
             .scope = "",
             .status = 302,
             .run = api::bind(log_out, console)});
  const api::Group page(routes, {.prefix = "/login",
                                 .needs = Access::open,
                                 .tag = tag,
                                 .dialect = net::route::Dialect::error,
                                 .rate = net::route::Rate::login});
  page.add({.method = "GET", .summary = "The sign-in page", .run = api::bind(show_login, console)});
  page.add({.method = "POST",
            .summary = "Sign in; 200 with the page again when the password is wrong",
            .body = TROUPE_REF("SeedLogin"),
            .takes = net::route::Body::form,
            .status = 302,
            .run = api::bind(log_in, console)});
}

}  // namespace troupe::console::legacy
