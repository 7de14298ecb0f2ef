#include "homeserver/oauth/links.h"

#include "base/crypto.h"
#include "homeserver/accounts/tokens.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::oauth {
namespace {

constexpr std::string_view kDevicePrefix = "mcd_";
/// No vowels, so that no words come out, and nothing that looks like another letter (RFC 8628 section 6.1).
constexpr std::string_view kLetters = "BCDFGHJKLMNPQRSTVWXZ";
constexpr std::size_t kUserCodeLetters = 8;
constexpr std::size_t kTries = 5;

Error no_such_code() { return Error(Errc::not_found, "No device waits with this code, or it has expired."); }

std::string new_user_code() {
  // The bytes from here on would make some letters more likely than others.
  const auto fair = 256 / kLetters.size() * kLetters.size();
  std::string code;
  while (code.size() < kUserCodeLetters) {
    for (const char c : base::random_bytes(4 * kUserCodeLetters)) {
      const auto number = static_cast<unsigned char>(c);
      if (number < fair && code.size() < kUserCodeLetters) code += kLetters[number % kLetters.size()];
    }
  }
  return code;
}

/// As it is stored; empty when it cannot be one.
std::string typed(std::string_view text) {
  std::string code;
  for (char c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (kLetters.contains(c)) {
      code += c;
    } else if (c != '-' && c != ' ') {
      return {};
    }
  }
  return code.size() == kUserCodeLetters ? code : std::string();
}

}  // namespace

std::string shown_code(std::string_view user_code) {
  std::string shown(user_code);
  if (shown.size() == kUserCodeLetters) shown.insert(kUserCodeLetters / 2, 1, '-');
  return shown;
}

Task<NewLink> Links::begin(std::string client_id, Scope scope) {
  const auto now = clock_.unix_ms();
  auto device_code = base::random_token(kDevicePrefix);
  LinkRow row{.code_hash = accounts::token_hash(device_code),
              .user_code = {},
              .client_id = std::move(client_id),
              .scope = std::move(scope.granted),
              .device_id = std::move(scope.device_id),
              .made_ms = now,
              .ends_ms = now + std::chrono::milliseconds(kLife).count(),
              .asked_ms = 0,
              .state = LinkState::waiting,
              .user_id = std::nullopt};
  std::vector<std::string> codes;
  while (codes.size() < kTries) codes.push_back(new_user_code());
  auto write = [&row, &codes](store::Tx& tx) -> Result<Unit> {
    if (oauth_store::count_links(tx, kMaxWaiting) >= kMaxWaiting)
      return Error(Errc::limit_exceeded, "Too many devices wait to be signed in.").with_retry_after(kInterval * 12);
    for (const auto& code : codes) {
      row.user_code = code;
      if (oauth_store::insert_link(tx, row)) return Unit{};
    }
    return Error(Errc::unavailable, "No free code was found; try again.");
  };
  CO_TRY(co_await db_.write(write));
  co_return NewLink{.device_code = std::move(device_code), .user_code = shown_code(row.user_code)};
}

Task<Tokens> Links::exchange(std::string device_code, Client client, std::string address) {
  const auto hash = accounts::token_hash(device_code);
  const auto now = clock_.unix_ms();
  auto ask = [&](store::Tx& tx) -> Result<std::optional<LinkRow>> {
    auto link = oauth_store::find_link(tx, hash);
    if (link && link->client_id == client.client_id) oauth_store::note_asked(tx, hash, now);
    return link;
  };
  CO_TRY(const auto link, co_await db_.write(ask));
  if (!link || link->client_id != client.client_id) co_return refusal("invalid_grant", "The device code is not known.");
  if (link->state == LinkState::used) {
    CO_TRY(co_await grants_.end_session_of(link->user_id.value_or(""), link->device_id, link->code_hash));
    co_return refusal("invalid_grant", "The device code was used already.");
  }
  if (link->ends_ms <= now) co_return refusal("expired_token", "Nobody has typed the code in time: ask for another.");
  if (link->state == LinkState::denied) co_return refusal("access_denied", "The person has refused.");
  if (now - link->asked_ms < std::chrono::milliseconds(kInterval).count())
    co_return refusal("slow_down", "Ask every five seconds.");
  if (link->state == LinkState::waiting) co_return refusal("authorization_pending", "Nobody has typed the code yet.");
  auto use = [hash](store::Tx& tx) -> Result<Unit> {
    if (oauth_store::move_link(tx, hash, LinkState::allowed, LinkState::used, std::nullopt)) return Unit{};
    return refusal("invalid_grant", "The device code was used already.");
  };
  accounts::DelegatedSession session{.user_id = link->user_id.value_or(""),
                                     .device_id = link->device_id,
                                     .client_id = link->client_id,
                                     .scope = link->scope,
                                     .grant_hash = hash,
                                     .made_ms = now};
  co_return co_await grants_.sign_in(std::move(session), link->origin, client.shown_name(), std::move(address),
                                     std::move(use));
}

Task<LinkRow> Links::find(std::string user_code) {
  const auto code = typed(user_code);
  if (code.empty()) co_return no_such_code();
  auto look = [&code](store::Connection& connection) -> Result<std::optional<LinkRow>> {
    return oauth_store::find_link_by_user_code(connection, code);
  };
  CO_TRY(auto link, co_await db_.read(look));
  if (!link || link->state != LinkState::waiting || link->ends_ms <= clock_.unix_ms()) co_return no_such_code();
  co_return *std::move(link);
}

Task<Unit> Links::decide(LinkRow link, Visit visit, bool allowed) {
  const auto now = clock_.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    const auto to = allowed ? LinkState::allowed : LinkState::denied;
    if (link.ends_ms <= now || !oauth_store::move_link(tx, link.code_hash, LinkState::waiting, to, visit.user_id))
      return no_such_code();
    oauth_store::put_link_origin(tx, link.code_hash, visit.origin);
    return Unit{};
  };
  CO_TRY(co_await db_.write(write));
  co_return Unit{};
}

Task<Unit> Links::sweep(base::UnixMs age_now) {
  // Used ones stay as long as codes do: a second use ends the session.
  const auto used = age_now - std::chrono::milliseconds(Grants::kKeepCodes).count();
  auto piece = [=](store::Tx& tx) { return oauth_store::delete_old_links(tx, age_now, used, store::kPiece); };
  co_return co_await store::write_in_pieces(db_, piece);
}

}  // namespace troupe::homeserver::oauth
