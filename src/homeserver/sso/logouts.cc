#include "homeserver/sso/logouts.h"

#include "store/in_pieces.h"

namespace troupe::homeserver::sso {
namespace {

namespace sso_store = accounts::sso_store;

/// Devices that are ended at once; then the next.
constexpr std::int64_t kDevicesAtOnce = 200;
constexpr int kMaxRounds = 50;

Error not_taken(std::string why) {
  return Error(Errc::forbidden, "This logout token is not taken here: " + std::move(why) + ".");
}

}  // namespace

Task<Unit> Logouts::end_console_sessions(accounts::SsoOrigin ended) {
  const identity::SessionOrigin origin{
      .provider = std::move(ended.provider), .subject = std::move(ended.external_id), .sid = std::move(ended.sid)};
  bool any = false;
  auto end = [&](store::Tx& tx) {
    const auto count = parts_.sessions.end_from(tx, origin);
    any = any || count > 0;
    return count;
  };
  CO_TRY(co_await store::write_in_pieces(parts_.db, end));
  if (any) parts_.bus.ring(bus::Topic::users, parts_.db.head());  // open streams of theirs end
  co_return Unit{};
}

Task<Unit> Logouts::take(std::string token) {
  CO_TRY(auto read, identity::oidc::read_jwt(token));
  auto* provider = parts_.providers.find_issuer_of(read);
  if (!provider) co_return not_taken("no provider here has its issuer and audience");
  if (!provider->settings().backchannel_logout) co_return not_taken("the provider may not sign anybody out");
  CO_TRY(const auto logout, co_await provider->read_logout(std::move(read)));
  const accounts::SsoOrigin ended{
      .provider = provider->settings().id, .external_id = logout.subject, .sid = logout.session_id};
  const auto now = parts_.clock.unix_ms();
  const auto once = accounts::token_hash(ended.provider + '\0' + logout.token_id);
  auto end = [&](store::Tx& tx) -> Result<std::vector<accounts::SsoSession>> {
    if (sign_in_store::was_logout_taken(tx, once)) return not_taken("it was used already");
    sso_store::end_unredeemed(tx, ended, now);
    sign_in_store::remove_of(tx, ended, now);
    return sso_store::sessions_of(tx, ended, kDevicesAtOnce);
  };
  for (int round = 0; round < kMaxRounds; ++round) {
    CO_TRY(auto sessions, co_await parts_.db.write(end));
    for (auto& session : sessions) {
      auto still = [&session](store::Tx& tx) {
        const auto origin = sso_store::origin_of(tx, session.user_id, session.device_id);
        return origin.provider == session.origin.provider && origin.external_id == session.origin.external_id &&
               origin.sid == session.origin.sid;
      };
      CO_TRY(co_await parts_.devices.remove(session.user_id, {session.device_id}, still));
    }
    if (sessions.size() < static_cast<std::size_t>(kDevicesAtOnce)) break;
  }
  // Once no token waits any more: one that is redeemed just now would let somebody in behind this.
  CO_TRY(co_await end_console_sessions(ended));
  // Last: a provider that heard of a failure sends the same token again.
  auto done = [&](store::Tx& tx) -> Result<Unit> {
    sign_in_store::note_logout(tx, once, logout.ends_ms);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(done));
  co_return Unit{};
}

}  // namespace troupe::homeserver::sso
