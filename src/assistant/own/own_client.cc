#include "assistant/own/own_client.h"

#include <algorithm>
#include <chrono>

#include "base/crypto.h"
#include "matrix/json.h"
#include "net/http/url.h"

namespace troupe::assistant::own {
namespace {

using net::client::ClientRequest;
using net::client::ClientResponse;

constexpr std::string_view kBearer = "Bearer tra_";
/// What the devices of our making are called: what a crash left of them is known by it.
constexpr std::string_view kDevice = "TROUPEASSISTANT";
constexpr auto kIdleMs = std::chrono::milliseconds(std::chrono::minutes(10)).count();
constexpr auto kLeftOverMs = std::chrono::milliseconds(std::chrono::hours(1)).count();
constexpr std::size_t kMostEnded = 10'000;

/// A key of ours never leaves the process, whatever a pack's base URL says.
std::string own_key(const ClientRequest& request) {
  const auto header = request.headers.get("Authorization");
  return header.starts_with(kBearer) ? std::string(header.substr(7)) : std::string();
}

Error gone() { return Error(Errc::not_found, "The account of whoever asked is closed or locked."); }

ClientResponse refusal(int status, std::string_view code, std::string_view words) {
  ClientResponse out{.status = status,
                     .headers = {},
                     .body = boost::json::serialize(matrix::JsonObject{{"errcode", code}, {"error", words}})};
  out.headers.add("Content-Type", "application/json");
  return out;
}

/// A password that a route makes is for whoever stands before the page, once. From here it would be kept in the task,
/// the conversation and the audit, and said in rooms.
std::string without_password(std::string body) {
  constexpr std::string_view kMade = "generated_password";
  if (!body.contains(kMade)) return body;
  auto parsed = matrix::parse_json(body);
  auto* object = parsed ? parsed->if_object() : nullptr;
  auto* made = object != nullptr ? object->if_contains(kMade) : nullptr;
  if (made == nullptr || !made->is_string()) return body;
  *made = "not shown here: an administrator sets one in the console, Users, Reset password";
  return boost::json::serialize(*parsed);
}

std::string new_device() {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out(kDevice);
  for (const char each : base::random_bytes(10)) out += kLetters[static_cast<unsigned char>(each) % kLetters.size()];
  return out;
}

}  // namespace

Task<Unit> OwnClient::may_act(tasks::Who who) const {
  CO_TRY(const auto principal, co_await uses_.principals.by_id(who.tenant_id, who.principal_id));
  if (principal.disabled_ms) co_return gone();
  if (principal.suspended) {
    co_return Error(Errc::not_found, "The account of whoever asked is suspended: nothing more is done for it.");
  }
  if (who.key_id == 0) co_return Unit{};
  CO_TRY(const auto key, co_await uses_.api_keys.find_by_id(who.key_id));
  if (!key || key->owner.id != who.principal_id) {
    co_return Error(Errc::not_found, "The API key that this was begun with is gone: nothing more is done with it.");
  }
  if (key->role < who.role) {
    co_return Error(Errc::not_found,
                    "The API key that this was begun with may less by now: nothing more is done with it.");
  }
  co_return Unit{};
}

Task<std::string> OwnClient::key_for(tasks::Who who, net::route::Role most) {
  CO_TRY(auto principal, co_await uses_.principals.by_id(who.tenant_id, who.principal_id));
  if (principal.disabled_ms) co_return gone();
  co_return uses_.keys.make(std::move(principal), most);
}

Task<ClientResponse> OwnClient::send(ClientRequest request) {
  auto key = own_key(request);
  if (key.empty()) co_return co_await uses_.outside.send(std::move(request));
  auto acting = uses_.keys.find(key);
  if (!acting) co_return refusal(401, "M_UNKNOWN_TOKEN", "The time of this step is over.");
  co_return co_await inside(std::move(request), std::move(key), *std::move(acting));
}

Task<ClientResponse> OwnClient::stream_events(ClientRequest request,
                                              std::function<bool(const net::client::ServerSentEvent&)> receive) {
  if (!own_key(request).empty()) co_return refusal(501, "M_UNRECOGNIZED", "Nothing is streamed here.");
  co_return co_await uses_.outside.stream_events(std::move(request), std::move(receive));
}

asio::awaitable<net::http::Response> OwnClient::dispatch(const ClientRequest& request, std::string target, bool matrix,
                                                         std::string credential) const {
  net::http::Request made;
  made.method = request.method;
  made.headers = request.headers;
  made.headers.set("Authorization", "Bearer " + credential);
  made.body = request.body;
  made.remote_address = "127.0.0.1";
  made.inside = true;
  made.request_id = base::random_token("own_").substr(0, 16);
  if (auto good = made.set_target(target); !good) co_return net::http::Response::empty(400);
  co_return co_await uses_.router.dispatch(matrix ? uses_.matrix_listener : std::string(net::route::kPlatformListener),
                                           made);
}

Task<ClientResponse> OwnClient::inside(ClientRequest request, std::string key, identity::ActingKeys::Acting acting) {
  CO_TRY(const auto url, net::http::Url::parse(request.url));
  const bool matrix = url.target.starts_with("/_matrix/");
  const auto& user_id = acting.principal.user_id;
  if (matrix && uses_.matrix_listener.empty()) {
    co_return refusal(501, "M_UNRECOGNIZED", "The homeserver is elsewhere: rooms cannot be reached from here.");
  }
  if (matrix && user_id.empty()) {
    co_return refusal(
        403, "M_FORBIDDEN",
        "Whoever asks has no account on the homeserver (the command line has none), and only accounts are in "
        "rooms: ask in the console or in a room, or with the API key of an account.");
  }
  net::http::Response answer;
  for (int tries = 0; tries < 2; ++tries) {
    auto credential = key;
    if (matrix) {
      CO_TRY(credential, co_await matrix_token(user_id));
    }
    answer = co_await dispatch(request, url.target, matrix, credential);
    if (!matrix || answer.status != 401) break;
    // Its session was ended elsewhere (all devices signed out): the next is made, or refused if the account is closed.
    const base::Lock lock(mutex_);
    sessions_.erase(user_id);
  }
  if (answer.stream || answer.websocket) co_return refusal(501, "M_UNRECOGNIZED", "Nothing is streamed here.");
  if (answer.shared_body) answer.body = *answer.shared_body;
  ClientResponse out{.status = answer.status, .headers = std::move(answer.headers), .body = std::move(answer.body)};
  if (!matrix) out.body = without_password(std::move(out.body));
  if (out.body.size() > request.max_body_bytes) co_return Error(Errc::too_large, "The answer is too large.");
  co_return out;
}

Task<std::string> OwnClient::matrix_token(std::string user_id) {
  const auto now = uses_.clock.unix_ms();
  {
    const base::Lock lock(mutex_);
    if (const auto found = sessions_.find(user_id); found != sessions_.end()) {
      found->second.used_ms = now;
      co_return found->second.token.access_token;
    }
  }
  if (auto known = co_await uses_.accounts.sessions(user_id)) {
    const base::Lock lock(mutex_);
    for (auto& each : *known) {
      const bool left_over = each.device_id.starts_with(kDevice) && each.last_seen_ms.value_or(now) < now - kLeftOverMs;
      if (left_over && ended_.size() < kMostEnded) ended_.emplace_back(user_id, std::move(each.device_id));
    }
  }
  CO_TRY(auto made, co_await uses_.accounts.issue_token(user_id, new_device()));
  const base::Lock lock(mutex_);
  const auto [place, fresh] = sessions_.try_emplace(user_id, Session{.token = made, .used_ms = now});
  if (!fresh) ended_.emplace_back(std::move(user_id), std::move(made.device_id));  // two at once: one is enough
  co_return place->second.token.access_token;
}

Task<Unit> OwnClient::sweep() {
  std::vector<std::pair<std::string, std::string>> ended;
  {
    const auto now = uses_.clock.unix_ms();
    const base::Lock lock(mutex_);
    ended.swap(ended_);
    std::erase_if(sessions_, [&](const auto& each) {
      if (each.second.used_ms > now - kIdleMs) return false;
      ended.emplace_back(each.first, each.second.token.device_id);
      return true;
    });
  }
  for (auto& [user_id, device_id] : ended) {
    const auto done = co_await uses_.accounts.revoke_token(user_id, device_id);
    if (done || done.error().code() == Errc::not_found) continue;
    const base::Lock lock(mutex_);
    if (ended_.size() < kMostEnded) ended_.emplace_back(std::move(user_id), std::move(device_id));
  }
  co_return Unit{};
}

}  // namespace troupe::assistant::own
