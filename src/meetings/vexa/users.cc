#include "meetings/vexa/users.h"

#include "base/crypto.h"
#include "base/log.h"
#include "identity/service_principals.h"
#include "meetings/records/meeting_store.h"
#include "meetings/vexa/user_store.h"

namespace troupe::meetings::vexa {
namespace {

constexpr base::UnixMs kTouchEveryMs = 60'000;
/// What clients of the first version know tokens by.
constexpr std::size_t kPlainTokenLength = 40;

Error no_user() { return Error(Errc::not_found, "User not found"); }

/// "@anna:example.org" is anna@example.org.invalid: an address that nobody's mail can have, or whoever takes a name
/// here would be found where somebody of that address is meant.
std::string email_of(const identity::Principal& principal) {
  const std::string_view id = principal.user_id;
  const auto colon = id.find(':');
  if (id.starts_with('@') && colon != id.npos && colon > 1) {
    return std::string(id.substr(1, colon - 1)) + "@" + std::string(id.substr(colon + 1)) + ".invalid";
  }
  return "principal-" + std::to_string(principal.id) + "@troupe.invalid";
}

}  // namespace

Task<FoundOrMade> Users::find_or_make(NewUser wanted) {
  auto look = [&](store::Connection& c) -> Result<std::optional<User>> {
    return find_user_by_email(c, identity::kDefaultTenant, wanted.email);
  };
  CO_TRY(auto found, co_await db_.read(look));
  if (found) co_return FoundOrMade{.user = *std::move(found)};
  CO_TRY(const auto principal, co_await identity::ensure_service(db_, clock_, "vexa:" + wanted.email));
  User user{.id = principal.id,
            .tenant_id = principal.tenant_id,
            .email = std::move(wanted.email),
            .name = std::move(wanted.name),
            .image_url = std::move(wanted.image_url),
            .created_ms = clock_.unix_ms(),
            .most_at_once = wanted.most_at_once};
  auto make = [&](store::Tx& tx) -> Result<FoundOrMade> {
    // Another request may have been faster.
    if (auto there = find_user_by_email(tx, user.tenant_id, user.email)) return FoundOrMade{.user = *std::move(there)};
    insert_user(tx, user);
    records::set_most_at_once(tx, user.tenant_id, user.id, user.most_at_once);
    return FoundOrMade{.user = user, .made = true};
  };
  co_return co_await db_.write(make);
}

Task<User> Users::of_principal(identity::Principal principal) {
  auto look = [&](store::Connection& c) -> Result<std::optional<User>> {
    return find_user(c, principal.tenant_id, principal.id);
  };
  CO_TRY(auto found, co_await db_.read(look));
  if (found) co_return *std::move(found);
  User user{.id = principal.id,
            .tenant_id = principal.tenant_id,
            .email = email_of(principal),
            .name = principal.name,
            .created_ms = clock_.unix_ms()};
  auto make = [&](store::Tx& tx) -> Result<User> {
    if (auto there = find_user(tx, user.tenant_id, user.id)) return *std::move(there);
    User made = user;
    if (find_user_by_email(tx, made.tenant_id, made.email)) {
      made.email = "principal-" + std::to_string(made.id) + "@troupe.invalid";
    }
    insert_user(tx, made);
    made.most_at_once = records::most_at_once(tx, made.tenant_id, made.id);
    return made;
  };
  co_return co_await db_.write(make);
}

Task<Unit> Users::widen(std::int64_t tenant_id, std::int64_t user_id) {
  auto change = [=](store::Tx& tx) -> Result<Unit> {
    auto user = find_user(tx, tenant_id, user_id);
    if (!user || user->wide) return Unit{};
    user->wide = true;
    update_user(tx, *user);
    return Unit{};
  };
  co_return co_await db_.write(change);
}

Task<User> Users::by_email(std::int64_t tenant_id, std::string email) {
  auto look = [&](store::Connection& c) -> Result<User> {
    auto found = find_user_by_email(c, tenant_id, email);
    if (!found) return no_user();
    return *std::move(found);
  };
  co_return co_await db_.read(look);
}

Task<UserWithTokens> Users::with_tokens(std::int64_t tenant_id, std::int64_t id) {
  auto look = [=](store::Connection& c) -> Result<UserWithTokens> {
    auto found = find_user(c, tenant_id, id);
    if (!found) return no_user();
    return UserWithTokens{.user = *std::move(found), .tokens = tokens_of(c, tenant_id, id)};
  };
  co_return co_await db_.read(look);
}

Task<std::vector<User>> Users::list(std::int64_t tenant_id, std::int64_t skip, std::int64_t limit) {
  auto look = [=](store::Connection& c) -> Result<std::vector<User>> { return list_users(c, tenant_id, skip, limit); };
  co_return co_await db_.read(look);
}

Task<User> Users::change(std::int64_t tenant_id, std::int64_t id, UserChange change) {
  auto write = [&](store::Tx& tx) -> Result<User> {
    auto user = find_user(tx, tenant_id, id);
    if (!user) return no_user();
    if (change.name.said) user->name = change.name.value;
    if (change.image_url.said) user->image_url = change.image_url.value;
    if (change.data.said) user->data = change.data.value.value_or(boost::json::object());
    if (change.recording.said) {
      user->data["recording_config"] = {{"enabled", change.recording.value.value_or(false)}};
    }
    if (change.most_at_once.said) {
      user->most_at_once = change.most_at_once.value;
      records::set_most_at_once(tx, tenant_id, id, user->most_at_once);
    }
    update_user(tx, *user);
    return *std::move(user);
  };
  co_return co_await db_.write(write);
}

Task<MadeToken> Users::make_token(std::int64_t tenant_id, std::int64_t user_id, NewToken wanted) {
  MadeToken made{.token = {.user_id = user_id,
                           .tenant_id = tenant_id,
                           .scopes = std::move(wanted.scopes),
                           .name = std::move(wanted.name),
                           .created_ms = clock_.unix_ms(),
                           .expires_ms = wanted.expires_ms},
                 .text = {}};
  auto random = base::random_alphanumeric(kPlainTokenLength);
  made.text = made.token.scopes.empty() ? std::move(random) : "vxa_" + made.token.scopes.front() + "_" + random;
  const auto hash = hash_of_token(made.text);
  auto write = [&](store::Tx& tx) -> Result<std::int64_t> {
    if (!find_user(tx, tenant_id, user_id)) return no_user();
    if (tokens_of(tx, tenant_id, user_id).size() >= kMaxTokensOfUser) {
      return Error(Errc::limit_exceeded, "A user has at most 100 tokens: delete one that is no longer used.");
    }
    auto token = made.token;
    token.id = tx.next_pos();
    insert_token(tx, token, hash);
    return token.id;
  };
  CO_TRY(made.token.id, co_await db_.write(write));
  guard_.good(hash);
  co_return made;
}

Task<Unit> Users::delete_token(std::int64_t tenant_id, std::int64_t id) {
  auto write = [=](store::Tx& tx) -> Result<Unit> {
    if (!vexa::delete_token(tx, tenant_id, id)) return Error(Errc::not_found, "Token not found");
    return Unit{};
  };
  co_return co_await db_.write(write);
}

Task<std::optional<Token>> Users::find_token(std::string text) {
  const auto now = clock_.unix_ms();
  auto look = [hash = hash_of_token(text)](store::Connection& c) -> Result<std::optional<Token>> {
    return vexa::find_token(c, hash);
  };
  CO_TRY(auto found, co_await db_.read(look));
  if (!found || (found->expires_ms && *found->expires_ms <= now)) co_return std::nullopt;
  if (now - found->last_used_ms.value_or(0) >= kTouchEveryMs) {
    auto touch = [id = found->id, now](store::Tx& tx) -> Result<Unit> {
      touch_token(tx, id, now);
      return Unit{};
    };
    // With a full disk tokens can be used still.
    if (const auto noted = co_await db_.write(touch); !noted) {
      base::log_warning("meetings", "the use of a token could not be noted", {{"error", noted.error().message()}});
    }
  }
  co_return found;
}

}  // namespace troupe::meetings::vexa
