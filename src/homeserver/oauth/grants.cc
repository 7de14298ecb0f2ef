#include "homeserver/oauth/grants.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "homeserver/accounts/tokens.h"
#include "homeserver/common/settings.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::oauth {
namespace {

using accounts::DelegatedSession;
namespace account_store = accounts::account_store;
namespace delegated_store = accounts::delegated_store;

constexpr std::string_view kCodePrefix = "mcc_";
constexpr std::size_t kLeastVerifier = 43;
constexpr std::size_t kMostVerifier = 128;

Error unknown_code() { return refusal("invalid_grant", "The code is not known, or was used or has expired."); }
Error unknown_refresh_token() {
  return refusal("invalid_grant", "The refresh token is not known or was used already: sign in again.");
}

std::string hash_of(std::string_view token) { return accounts::token_hash(token); }

/// PKCE with S256 (RFC 7636 section 4.6).
Result<Unit> check_verifier(std::string_view verifier, std::string_view challenge) {
  if (verifier.empty()) return refusal("invalid_request", "code_verifier is missing.");
  if (verifier.size() < kLeastVerifier || verifier.size() > kMostVerifier)
    return refusal("invalid_grant", "code_verifier has 43 to 128 characters.");
  const auto digest = base::sha256(verifier);
  if (!base::constant_time_equal(base::base64url(digest), challenge))
    return refusal("invalid_grant", "code_verifier does not fit the code_challenge.");
  return Unit{};
}

/// The code may be exchanged now by whoever shows this.
Result<Unit> check_code(const CodeRow& code, const CodeProof& proof, base::UnixMs now) {
  if (code.client_id != proof.client_id || code.ends_ms <= now) return unknown_code();
  if (code.redirect_uri != proof.redirect_uri)
    return refusal("invalid_grant", "redirect_uri is not the one that the code was asked for with.");
  return check_verifier(proof.verifier, code.challenge);
}

/// Inside the transaction that signs in. Refusal: invalid_grant.
Result<Unit> check_account(store::Tx& tx, std::string_view user_id) {
  const auto account = account_store::find_account(tx, user_id);
  if (account && !account->deactivated && !account->locked) return Unit{};
  return refusal("invalid_grant", "This account cannot sign in any more.");
}

}  // namespace

std::int64_t Grants::access_life_ms() const { return parts_.settings.of<OAuthSettings>().access_token_ttl_s * 1000; }

Task<std::string> Grants::issue_code(Allowed allowed) {
  auto code = base::random_token(kCodePrefix);
  const auto now = parts_.clock.unix_ms();
  const CodeRow row{.code_hash = hash_of(code),
                    .client_id = std::move(allowed.client_id),
                    .redirect_uri = std::move(allowed.redirect_uri),
                    .challenge = std::move(allowed.challenge),
                    .scope = std::move(allowed.scope.granted),
                    .nonce = std::move(allowed.nonce),
                    .user_id = std::move(allowed.user_id),
                    .device_id = std::move(allowed.scope.device_id),
                    .made_ms = now,
                    .ends_ms = now + std::chrono::milliseconds(kCodeLife).count(),
                    .used = false,
                    .origin = std::move(allowed.origin)};
  auto write = [&row](store::Tx& tx) -> Result<Unit> {
    oauth_store::insert_code(tx, row);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write));
  co_return code;
}

Task<Tokens> Grants::exchange(CodeProof proof) {
  if (!accounts::looks_like_token(proof.code, kCodePrefix)) co_return unknown_code();
  auto look = [hash = hash_of(proof.code)](store::Connection& connection) -> Result<std::optional<CodeRow>> {
    return oauth_store::find_code(connection, hash);
  };
  CO_TRY(auto code, co_await parts_.db.read(look));
  if (!code) co_return unknown_code();
  if (code->used) {
    CO_TRY(co_await end_session_of(code->user_id, code->device_id, code->code_hash));
    co_return unknown_code();
  }
  CO_TRY(check_code(*code, proof, parts_.clock.unix_ms()));
  auto find_name = [&](store::Connection& connection) -> Result<std::optional<std::string>> {
    return oauth_store::find_client(connection, code->client_id);
  };
  CO_TRY(const auto metadata, co_await parts_.db.read(find_name));
  const Client client{.client_id = code->client_id, .metadata = from_stored(metadata.value_or(""))};
  auto use = [hash = code->code_hash](store::Tx& tx) -> Result<Unit> {
    if (!oauth_store::use_code(tx, hash)) return unknown_code();
    return Unit{};
  };
  DelegatedSession session{.user_id = code->user_id,
                           .device_id = code->device_id,
                           .client_id = code->client_id,
                           .scope = code->scope,
                           .grant_hash = code->code_hash,
                           .made_ms = parts_.clock.unix_ms()};
  CO_TRY(auto tokens, co_await sign_in(std::move(session), std::move(code->origin), client.shown_name(),
                                       std::move(proof.address), std::move(use)));
  tokens.nonce = std::move(code->nonce);
  co_return tokens;
}

Task<Tokens> Grants::sign_in(DelegatedSession session, accounts::SsoOrigin origin, std::string device_name,
                             std::string address, std::function<Result<Unit>(store::Tx&)> use) {
  auto also = [&session, &origin, &use](store::Tx& tx, const std::string&) -> Result<Unit> {
    TRY(check_account(tx, session.user_id));
    TRY(use(tx));
    delegated_store::put_session(tx, session);
    if (!origin.none())
      accounts::sso_store::put_session(tx,
                                       {.user_id = session.user_id, .device_id = session.device_id, .origin = origin});
    oauth_store::note_use(tx, session.client_id, session.made_ms);
    return Unit{};
  };
  accounts::SignIn request{.user_id = session.user_id,
                           .device_id = session.device_id,
                           .display_name = std::move(device_name),
                           .with_refresh_token = true,
                           .remote_address = std::move(address),
                           .access_life_ms = access_life_ms(),
                           .also = std::move(also)};
  auto made = co_await parts_.devices.sign_in(std::move(request));
  if (!made && made.error().code() == Errc::forbidden) co_return refusal("invalid_grant", made.error().message());
  if (!made) co_return std::unexpected(std::move(made).error());
  co_return Tokens{.made = *std::move(made),
                   .client_id = std::move(session.client_id),
                   .scope = std::move(session.scope),
                   .nonce = std::nullopt};
}

Task<Unit> Grants::end_session_of(std::string user_id, std::string device_id, std::string grant_hash) {
  auto same = [user_id, device_id, grant_hash](store::Tx& tx) {
    const auto session = delegated_store::find_session(tx, user_id, device_id);
    return session && session->grant_hash == grant_hash;
  };
  co_return co_await parts_.devices.remove(user_id, {device_id}, same);
}

Task<Tokens> Grants::refresh(std::string client_id, std::string refresh_token) {
  std::string scope;
  auto check = [&](store::Tx& tx, const std::string& user_id, const std::string& device_id) -> Result<Unit> {
    const auto session = delegated_store::find_session(tx, user_id, device_id);
    if (!session || session->client_id != client_id) return unknown_refresh_token();
    scope = session->scope;
    return Unit{};
  };
  auto made = co_await parts_.devices.refresh(
      std::move(refresh_token), accounts::RefreshRules{.access_life_ms = access_life_ms(), .check = check});
  if (!made && made.error().code() == Errc::unknown_token) co_return unknown_refresh_token();
  if (!made) co_return std::unexpected(std::move(made).error());
  co_return Tokens{
      .made = *std::move(made), .client_id = std::move(client_id), .scope = std::move(scope), .nonce = std::nullopt};
}

Task<Unit> Grants::revoke(std::string client_id, std::string token) {
  auto look = [hash = hash_of(token)](store::Connection& connection) -> Result<std::optional<DelegatedSession>> {
    if (const auto access = account_store::find_session(connection, hash))
      return delegated_store::find_session(connection, access->token.user_id, access->token.device_id);
    if (const auto refresh = account_store::find_refresh_token(connection, hash))
      return delegated_store::find_session(connection, refresh->user_id, refresh->device_id);
    return std::nullopt;
  };
  CO_TRY(const auto session, co_await parts_.db.read(look));
  if (!session) co_return Unit{};
  if (!client_id.empty() && client_id != session->client_id)
    co_return refusal("invalid_client", "The token belongs to another client.");
  co_return co_await end_session_of(session->user_id, session->device_id, session->grant_hash);
}

Task<Unit> Grants::sweep(base::UnixMs age_now) {
  const auto codes = age_now - std::chrono::milliseconds(kKeepCodes).count();
  auto piece = [codes](store::Tx& tx) { return oauth_store::delete_old_codes(tx, codes, store::kPiece); };
  CO_TRY(co_await store::write_in_pieces(parts_.db, piece));
  auto browsers = [age_now](store::Tx& tx) { return oauth_store::delete_old_browsers(tx, age_now, store::kPiece); };
  co_return co_await store::write_in_pieces(parts_.db, browsers);
}

}  // namespace troupe::homeserver::oauth
