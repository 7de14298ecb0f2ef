// /admin: users of the dialect, their tokens and limits, and what was done, of the default tenant.
#include <algorithm>

#include "api/words.h"
#include "meetings/vexa/dialect.h"
#include "meetings/vexa/schemes.h"
#include "meetings/vexa/user_store.h"

namespace troupe::meetings::vexa {
namespace {

using namespace api::words;
namespace json = boost::json;

constexpr std::size_t kMostEmail = 254;
constexpr std::size_t kMostText = 2'048;
constexpr std::int64_t kMostAtOnce = 1'000;
constexpr std::int64_t kMostRows = 1'000;
constexpr std::int64_t kMostSkipped = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kLongestTokenS = 10LL * 365 * 86'400;

struct UserBody {
  std::string email{};
  Change<std::string> name{};
  Change<std::string> image_url{};
  Change<std::int64_t> most_at_once{};
  Change<json::object> data{};
};

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  return text.size() <= kMostEmail && at != text.npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == text.npos && !text.contains(' ') && !has_control(text);
}

Result<Change<std::string>> text_change(const json::object& body, std::string_view key) {
  const auto* value = body.if_contains(key);
  if (!value) return Change<std::string>{};
  if (value->is_null()) return Change<std::string>{.said = true};
  if (!is_text(*value, kMostText)) {
    return unprocessable("body", key, "Input should be a valid string", "string_type");
  }
  return Change<std::string>{.said = true, .value = std::string(value->get_string())};
}

Result<UserBody> user_body(const json::object& body) {
  UserBody read;
  TRY(const auto email, text_change(body, "email"));
  if (email.value && !is_email(*email.value)) {
    return unprocessable("body", "email", "value is not a valid email address");
  }
  read.email = email.value.value_or("");
  TRY(read.name, text_change(body, "name"));
  TRY(read.image_url, text_change(body, "image_url"));
  if (const auto* most = body.if_contains("max_concurrent_bots")) {
    read.most_at_once.said = true;
    if (!most->is_null()) {
      boost::system::error_code ec;
      const auto number = most->is_number() ? most->to_number<std::int64_t>(ec) : -1;
      if (ec || number < 0 || number > kMostAtOnce) {
        return unprocessable("body", "max_concurrent_bots", "Input should be a number from 0 to 1000", "int_type");
      }
      read.most_at_once.value = number;
    }
  }
  if (const auto* data = body.if_contains("data"); data && !data->is_null()) {
    if (!data->is_object()) return unprocessable("body", "data", "Input should be a valid dictionary", "dict_type");
    read.data = {.said = true, .value = data->get_object()};
    read.data.value->erase("webhook_secret");  // it belongs to the webhook, and is never shown
  }
  return read;
}

Result<std::int64_t> id_of(const Call& call, std::string_view name) {
  const auto id = net::route::whole_number(call.param(name));
  if (!id) return unprocessable("path", name, "Input should be a valid integer", "int_parsing");
  return *id;
}

std::int64_t tenant_of(const Call& call) { return call.caller->tenant_id; }

Task<Response> make_user(Dialect& dialect, Call& call) {
  CO_TRY(auto body, user_body(net::route::body_object(call)));
  if (body.email.empty()) co_return unprocessable("body", "email", "Field required", "missing");
  NewUser wanted{
      .email = std::move(body.email), .name = std::move(body.name.value), .image_url = std::move(body.image_url.value)};
  if (body.most_at_once.said) wanted.most_at_once = body.most_at_once.value;
  CO_TRY(auto found, co_await dialect.users.find_or_make(std::move(wanted)));
  const auto id = found.user.id;
  if (found.made) co_await api::audit(dialect.kit, call, "vexa_user.create", std::to_string(id));
  CO_TRY(const auto shown, co_await shown_user(dialect, std::move(found.user)));
  co_return api::answer(shown, found.made ? 201 : 200);
}

Task<Response> list_users(Dialect& dialect, Call& call) {
  CO_TRY(const auto skip, number_of(call.request, "skip", 0, 0, kMostSkipped));
  CO_TRY(const auto limit, number_of(call.request, "limit", 100, 1, kMostRows));
  CO_TRY(auto found, co_await dialect.users.list(tenant_of(call), skip, limit));
  json::array rows;
  for (auto& user : found) {
    CO_TRY(const auto shown, co_await shown_user(dialect, std::move(user)));
    rows.push_back(api::write(shown));
  }
  co_return reply(rows);
}

Task<Response> find_user(Dialect& dialect, Call& call) {
  CO_TRY(auto user, co_await dialect.users.by_email(tenant_of(call), call.param("email")));
  CO_TRY(const auto shown, co_await shown_user(dialect, std::move(user)));
  co_return api::answer(shown);
}

Task<Response> show_user(Dialect& dialect, Call& call) {
  CO_TRY(const auto id, id_of(call, "user_id"));
  CO_TRY(auto found, co_await dialect.users.with_tokens(tenant_of(call), id));
  CO_TRY(auto shown, co_await shown_user(dialect, std::move(found.user)));
  UserDetail detail{.user = std::move(shown)};
  for (const auto& token : found.tokens) detail.tokens.push_back(token_reply(token, {}));
  co_return api::answer(detail);
}

Task<Response> change_user(Dialect& dialect, Call& call) {
  CO_TRY(const auto id, id_of(call, "user_id"));
  CO_TRY(auto body, user_body(net::route::body_object(call)));
  CO_TRY(const auto before, co_await dialect.users.with_tokens(tenant_of(call), id));
  if (!body.email.empty() && body.email != before.user.email) {
    co_return Error(Errc::invalid_param, "Cannot change user email via this endpoint.");
  }
  CO_TRY(auto user, co_await dialect.users.change(tenant_of(call), id,
                                                  {.name = std::move(body.name),
                                                   .image_url = std::move(body.image_url),
                                                   .most_at_once = body.most_at_once,
                                                   .data = std::move(body.data)}));
  co_await api::audit(dialect.kit, call, "vexa_user.change", std::to_string(id));
  CO_TRY(const auto shown, co_await shown_user(dialect, std::move(user)));
  co_return api::answer(shown);
}

// ---- Tokens. ----

/// ?scope=bot or ?scopes=bot,tx; neither: all.
Result<std::vector<std::string>> scopes_of(const net::http::Request& request) {
  auto text = request.query_value("scopes").value_or(request.query_value("scope").value_or(""));
  std::vector<std::string> scopes;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto word = text.substr(0, comma);
    text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
    if (std::ranges::find(kTokenScopes, word) == std::end(kTokenScopes)) {
      return unprocessable("query", "scopes", "Input should be 'bot', 'tx' or 'browser'", "enum");
    }
    if (std::ranges::find(scopes, word) == scopes.end()) scopes.emplace_back(word);
  }
  return scopes;
}

Task<Response> make_token(Dialect& dialect, Call& call) {
  CO_TRY(const auto id, id_of(call, "user_id"));
  CO_TRY(auto scopes, scopes_of(call.request));
  CO_TRY(const auto lasts_s, number_of(call.request, "expires_in", 0, 1, kLongestTokenS));
  NewToken wanted{.scopes = std::move(scopes), .name = std::string(call.request.query_value("name").value_or(""))};
  if (wanted.name.size() > kMostEmail)
    co_return unprocessable("query", "name", "String is too long", "string_too_long");
  if (lasts_s > 0) wanted.expires_ms = dialect.kit.clock.unix_ms() + lasts_s * 1'000;
  CO_TRY(const auto made, co_await dialect.users.make_token(tenant_of(call), id, std::move(wanted)));
  co_await api::audit(dialect.kit, call, "vexa_token.create", std::to_string(id), {{"token_id", made.token.id}});
  co_return api::private_reply(api::write(token_reply(made.token, made.text)), 201);
}

Task<Response> delete_token(Dialect& dialect, Call& call) {
  CO_TRY(const auto id, id_of(call, "token_id"));
  CO_TRY(co_await dialect.users.delete_token(tenant_of(call), id));
  co_await api::audit(dialect.kit, call, "vexa_token.delete", std::to_string(id));
  co_return Response::empty(204);
}

// ---- What was done. ----

records::Whose all_of(const Call& call) { return {.tenant_id = tenant_of(call)}; }

json::object short_user(const User& user) {
  return {{"id", user.id}, {"email", user.email}, {"name", user.name ? json::value(*user.name) : json::value(nullptr)}};
}

Task<json::array> meetings_of(Dialect& dialect, records::Whose whose, records::Wanted wanted, std::int64_t& total) {
  CO_TRY(const auto page, co_await dialect.reading.list(whose, std::move(wanted)));
  total = page.total;
  json::array rows;
  for (const auto& shown : page.items) {
    auto row = api::write(reply_of(shown, dialect.rules.style));
    const auto& meeting = shown.meeting;
    auto look = [&](store::Connection& c) -> Result<std::optional<User>> {
      return vexa::find_user(c, meeting.tenant_id, meeting.owner_id);
    };
    CO_TRY(const auto user, co_await dialect.db.read(look));
    row["user"] = user ? short_user(*user) : json::object{{"id", meeting.owner_id}, {"email", meeting.owner}};
    rows.push_back(std::move(row));
  }
  co_return rows;
}

Task<Response> show_stats(Dialect& dialect, Call& call) {
  CO_TRY(const auto skip, number_of(call.request, "skip", 0, 0, kMostSkipped));
  CO_TRY(const auto limit, number_of(call.request, "limit", 100, 1, kMostRows));
  std::int64_t total = 0;
  CO_TRY(auto rows, co_await meetings_of(dialect, all_of(call), {.from = skip, .limit = limit}, total));
  co_return reply(json::object{{"total", total}, {"items", std::move(rows)}});
}

Task<Response> analyse_meetings(Dialect& dialect, Call& call) {
  CO_TRY(const auto skip, number_of(call.request, "skip", 0, 0, kMostSkipped));
  CO_TRY(const auto limit, number_of(call.request, "limit", 100, 1, kMostRows));
  CO_TRY(const auto page, co_await dialect.reading.list(all_of(call), {.from = skip, .limit = limit}));
  json::array rows;
  for (const auto& shown : page.items) rows.push_back(api::write(reply_of(shown, dialect.rules.style)));
  co_return reply(rows);
}

bool asks(const net::http::Request& request, std::string_view name) {
  const auto value = request.query_value(name);
  return value && (*value == "true" || *value == "1");
}

Task<Response> analyse_meeting(Dialect& dialect, Call& call) {
  CO_TRY(const auto id, id_of(call, "meeting_id"));
  CO_TRY(const auto shown, co_await dialect.reading.by_id(all_of(call), id, "Meeting not found"));
  json::object answer{{"meeting", api::write(reply_of(shown, dialect.rules.style))}};
  CO_TRY(const auto sessions, co_await dialect.transcripts.sessions(id));
  if (asks(call.request, "include_sessions")) {
    json::array rows;
    for (const auto& session : sessions) {
      rows.push_back(json::object{{"session_uid", session.uid},
                                  {"session_start_time", naive_time(session.began_ms)},
                                  {"meeting_id", session.meeting}});
    }
    answer["sessions"] = std::move(rows);
  }
  if (asks(call.request, "include_transcriptions")) {
    CO_TRY(const auto segments, co_await read_transcript(dialect, call, id));
    answer["transcriptions"] = json::array(segments.begin(), segments.end());
  }
  const auto& meeting = shown.meeting;
  const auto until = meeting.ended_ms.value_or(dialect.kit.clock.unix_ms());
  answer["performance"] =
      json::object{{"join_time", meeting.active_ms
                                     ? json::value(static_cast<double>(*meeting.active_ms - meeting.created_ms) / 1'000)
                                     : json::value(nullptr)},
                   {"total_duration", static_cast<double>(until - meeting.created_ms) / 1'000},
                   {"sessions", sessions.size()},
                   {"attempts", meeting.life.attempts}};
  co_return reply(answer);
}

Task<Response> analyse_user(Dialect& dialect, Call& call) {
  CO_TRY(const auto id, id_of(call, "user_id"));
  CO_TRY(auto found, co_await dialect.users.with_tokens(tenant_of(call), id));
  std::int64_t total = 0;
  const records::Whose whose{.tenant_id = tenant_of(call), .owner_id = id};
  CO_TRY(auto rows, co_await meetings_of(dialect, whose, {.limit = 100}, total));
  CO_TRY(const auto shown, co_await shown_user(dialect, std::move(found.user)));
  json::object answer{{"user", api::write(shown)},
                      {"meeting_stats", json::object{{"total_meetings", total}}},
                      {"meetings", std::move(rows)}};
  if (asks(call.request, "include_tokens")) {
    json::array tokens;
    for (const auto& token : found.tokens) tokens.push_back(api::write(token_reply(token, {})));
    answer["api_tokens"] = std::move(tokens);
  }
  co_return reply(answer);
}

}  // namespace

void add_admin_routes(Dialect& dialect, const Mount& mount) {
  const auto group = group_of(dialect, mount, kAdminKey);
  const std::vector<net::route::QueryParam> paging{
      {.name = "skip", .description = "Rows.", .schema = R"({"type":"integer"})"},
      {.name = "limit", .description = "1 to 1000.", .schema = R"({"type":"integer"})"}};
  group.add({.method = "POST",
             .path = "/admin/users",
             .summary = "Make a user of Vexa's dialect, or find the one with this address (200)",
             .takes = net::route::Body::json_required,
             .reply = TROUPE_REF("VexaUser"),
             .status = 201,
             .run = api::bind(make_user, dialect)});
  group.add({.method = "GET",
             .path = "/admin/users",
             .summary = "Users of Vexa's dialect",
             .query = paging,
             .run = api::bind(list_users, dialect)});
  group.add({.method = "GET",
             .path = "/admin/users/email/{email}",
             .summary = "The user with this address",
             .reply = TROUPE_REF("VexaUser"),
             .run = api::bind(find_user, dialect)});
  group.add({.method = "GET",
             .path = "/admin/users/{user_id}",
             .summary = "A user with the tokens, without what they are",
             .reply = TROUPE_REF("VexaUserDetail"),
             .run = api::bind(show_user, dialect)});
  group.add({.method = "PATCH",
             .path = "/admin/users/{user_id}",
             .summary = "Change a user; data takes the place of what is there",
             .takes = net::route::Body::json_required,
             .reply = TROUPE_REF("VexaUser"),
             .run = api::bind(change_user, dialect)});
  group.add({.method = "POST",
             .path = "/admin/users/{user_id}/tokens",
             .summary = "Make a token; it is shown this once",
             .reply = TROUPE_REF("VexaToken"),
             .query = {{.name = "scopes", .description = "bot, tx, browser, apart by commas; not said: all."},
                       {.name = "scope", .description = "The same for one."},
                       {.name = "name", .description = "To tell tokens apart."},
                       {.name = "expires_in", .description = "Seconds.", .schema = R"({"type":"integer"})"}},
             .status = 201,
             .run = api::bind(make_token, dialect)});
  group.add({.method = "DELETE",
             .path = "/admin/tokens/{token_id}",
             .summary = "Delete a token",
             .status = 204,
             .run = api::bind(delete_token, dialect)});
  group.add({.method = "GET",
             .path = "/admin/stats/meetings-users",
             .summary = "All meetings with whose they are, newest first",
             .query = paging,
             .run = api::bind(show_stats, dialect)});
  group.add({.method = "GET",
             .path = "/admin/analytics/users",
             .summary = "The same as GET /admin/users",
             .query = paging,
             .run = api::bind(list_users, dialect)});
  group.add({.method = "GET",
             .path = "/admin/analytics/meetings",
             .summary = "All meetings, newest first",
             .query = paging,
             .run = api::bind(analyse_meetings, dialect)});
  group.add({.method = "GET",
             .path = "/admin/analytics/meetings/{meeting_id}/telematics",
             .summary = "How a meeting went",
             .query = {{.name = "include_transcriptions", .description = "true: what was said, too."},
                       {.name = "include_sessions", .description = "true: the stretches of hearing, too."}},
             .run = api::bind(analyse_meeting, dialect)});
  group.add({.method = "GET",
             .path = "/admin/analytics/users/{user_id}/details",
             .summary = "A user with their meetings",
             .query = {{.name = "include_tokens", .description = "true: the tokens, without what they are."}},
             .run = api::bind(analyse_user, dialect)});
}

}  // namespace troupe::meetings::vexa
