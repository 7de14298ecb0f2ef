#include "identity/sessions.h"

#include "base/crypto.h"
#include "identity/change.h"
#include "identity/identity_store.h"
#include "identity/token_hash.h"
#include "store/in_pieces.h"

namespace troupe::identity {
namespace {

constexpr std::string_view kPlainCookie = "troupe_session";
constexpr std::string_view kTlsCookie = "__Host-troupe_session";
constexpr std::size_t kMaxUserAgentBytes = 200;

std::int64_t to_ms(std::chrono::hours hours) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(hours).count();
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; };
    return lower(x) == lower(y);
  });
}

}  // namespace

Task<NewSession> Sessions::create(Principal principal, std::string remote_address, std::string user_agent,
                                  SessionOrigin origin, std::function<Result<Unit>(store::Tx&)> when) {
  auto now = clock_.unix_ms();
  NewSession made{.token = base::random_token(""), .expires_ms = now + to_ms(kSessionAbsolute)};
  user_agent.resize(std::min(user_agent.size(), kMaxUserAgentBytes));
  if (!base::is_utf8(user_agent)) user_agent.clear();
  auto hash = hash_of_token(made.token);
  auto insert = [&](store::Tx& tx) -> Result<Unit> {
    if (when) TRY(when(tx));
    SessionRow row{.id = next_id(tx, "session"),
                   .created_ms = now,
                   .last_seen_ms = now,
                   .expires_ms = made.expires_ms,
                   .principal = principal};
    insert_session(tx, hash, row, remote_address, user_agent);
    if (!origin.provider.empty()) put_session_origin(tx, row.id, origin);
    return Unit{};
  };
  CO_TRY(co_await db_.write(insert, {.savepoint = true}));
  guard_.good(hash);
  co_return made;
}

std::optional<LiveSession> Sessions::alive(std::optional<SessionRow> row) const {
  const auto now = clock_.unix_ms();
  if (!row || row->expires_ms <= now || row->last_seen_ms + to_ms(kSessionIdle) <= now || row->principal.disabled_ms) {
    return std::nullopt;
  }
  return LiveSession{.id = row->id,
                     .expires_ms = row->expires_ms,
                     .last_seen_ms = row->last_seen_ms,
                     .principal = std::move(row->principal)};
}

Task<std::optional<LiveSession>> Sessions::find(std::string token) {
  auto hash = hash_of_token(token);
  auto look = [&](store::Connection& c) -> Result<std::optional<LiveSession>> {
    return alive(session_by_hash(c, hash));
  };
  co_return co_await db_.read(look);
}

Task<std::optional<LiveSession>> Sessions::find_by_id(std::int64_t session_id) {
  auto look = [&](store::Connection& c) -> Result<std::optional<LiveSession>> {
    return alive(session_by_id(c, session_id));
  };
  co_return co_await db_.read(look);
}

void Sessions::end_all_of(store::Tx& tx, std::string_view user_id) {
  if (auto found = principal_by_user(tx, user_id)) delete_sessions_of(tx, found->id);
}

std::int64_t Sessions::end_from(store::Tx& tx, const SessionOrigin& ended) { return delete_sessions_from(tx, ended); }

Task<Unit> Sessions::touch(std::int64_t session_id) {
  const auto now = clock_.unix_ms();
  co_return co_await change(db_, [&](store::Tx& tx) { touch_session(tx, session_id, now); });
}

Task<Unit> Sessions::end(std::string token) {
  auto hash = hash_of_token(token);
  co_return co_await change(db_, [&](store::Tx& tx) { delete_session(tx, hash); });
}

Task<Unit> Sessions::end_all(std::int64_t principal_id) {
  co_return co_await change(db_, [&](store::Tx& tx) { delete_sessions_of(tx, principal_id); });
}

Task<std::vector<SessionOfPrincipal>> Sessions::list(std::int64_t principal_id) {
  auto look = [&](store::Connection& c) -> Result<std::vector<SessionOfPrincipal>> {
    auto found = sessions_of(c, principal_id);
    std::erase_if(found, [over = clock_.unix_ms() - to_ms(kSessionIdle)](const auto& session) {
      return session.last_seen_ms <= over;
    });
    return found;
  };
  co_return co_await db_.read(look);
}

Task<Unit> Sessions::end_one(std::int64_t principal_id, std::int64_t session_id) {
  auto change = [&](store::Tx& tx) -> Result<Unit> {
    if (delete_session_by_id(tx, principal_id, session_id)) return Unit{};
    return Error(Errc::not_found, "There is no such session.");
  };
  co_return co_await db_.write(change);
}

Task<Unit> Sessions::sweep(base::UnixMs now) {
  const auto idle_since = now - to_ms(kSessionIdle);
  co_return co_await store::write_in_pieces(
      db_, [now, idle_since](store::Tx& tx) { return delete_old_sessions(tx, now, idle_since); });
}

std::string_view session_cookie_name(bool tls) { return tls ? kTlsCookie : kPlainCookie; }

std::string session_cookie(std::string_view token, bool tls, std::int64_t max_age_s) {
  std::string cookie(session_cookie_name(tls));
  cookie += '=';
  cookie += token;
  cookie += "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(max_age_s);
  if (tls) cookie += "; Secure";
  return cookie;
}

std::string session_token(const net::http::Request& request) {
  return cookie_of(request, session_cookie_name(request.tls));
}

std::string cookie_of(const net::http::Request& request, std::string_view wanted) {
  for (const auto& [name, value] : request.headers.all()) {
    if (!equal_ignoring_case(name, "cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      auto end = rest.find(';');
      auto pair = rest.substr(0, end);
      rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      auto equals = pair.find('=');
      if (equals != pair.npos && pair.substr(0, equals) == wanted) return std::string(pair.substr(equals + 1));
    }
  }
  return {};
}

Result<Unit> check_same_origin(const net::http::Request& request) {
  auto site = request.headers.get("Sec-Fetch-Site");
  auto origin = request.headers.get("Origin");
  if (site.empty() && origin.empty()) return Unit{};
  if (site == "same-origin" || site == "none") return Unit{};
  if (auto scheme = origin.find("://"); scheme != origin.npos) {
    auto host = request.headers.get("Host");
    if (!host.empty() && equal_ignoring_case(origin.substr(scheme + 3), host)) return Unit{};
  }
  return Error(Errc::forbidden, "This request comes from another site. Use the dashboard itself, or an API key.");
}

}  // namespace troupe::identity
