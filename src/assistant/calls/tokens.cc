#include "assistant/calls/tokens.h"

#include <memory>
#include <tuple>

#include "assistant/calls/token_endpoint.h"
#include "assistant/packs/found_sign_in.h"

namespace troupe::assistant::calls {
namespace {

constexpr std::chrono::milliseconds kMargin{60'000};    ///< a token is not used so shortly before its end
constexpr std::chrono::milliseconds kLookForToken{20};  ///< while another call renews it
constexpr std::chrono::milliseconds kLookForTurn{250};  ///< while another process does

Error signed_out(const Service& service) {
  return Error(Errc::forbidden, "the sign-in at " + service.pack->title + " has ended: sign in there again");
}

Result<Grant> read_grant(const Service& service, const net::client::ClientResponse& response, base::UnixMs now,
                         const std::string& refresh_token) {
  auto answer = read_token_answer(response, now);
  const auto& error = answer.error;
  if (error == "invalid_grant" || error == "invalid_refresh_token" || error == "token_revoked")
    return signed_out(service);
  if (response.status >= 400 && response.status < 500 && response.status != 429 && response.status != 408)
    return Error(Errc::forbidden, service.pack->title + " refuses to renew the access token (status " +
                                      std::to_string(response.status) + ")");
  if (answer.access_token.empty())
    return Error(Errc::unavailable, service.pack->title + " answered the renewal of the access token with status " +
                                        std::to_string(response.status) + " and no token");
  return Grant{.access_token = std::move(answer.access_token),
               .refresh_token = answer.refresh_token.empty() ? refresh_token : std::move(answer.refresh_token),
               .expires_ms = answer.expires_ms.value_or(now + kUsualTokenSeconds * 1'000),
               .address = grant_address(service)};
}

}  // namespace

bool Tokens::is_good(const Grant& grant, const std::string& refused) const {
  return !grant.access_token.empty() && grant.access_token != refused &&
         grant.expires_ms - kMargin.count() > clock_.unix_ms();
}

std::optional<std::string> Tokens::usable(const Service& service, const std::string& refused) const {
  const base::Lock lock(mutex_);
  const auto found = kept_.find(service.account);
  if (found == kept_.end() || !found->second.grant || !found->second.saved) return std::nullopt;
  const auto& grant = *found->second.grant;
  return grant.address == grant_address(service) && is_good(grant, refused) ? std::optional(grant.access_token)
                                                                            : std::nullopt;
}

bool Tokens::begin(const std::string& account, std::size_t& renewals) {
  const base::Lock lock(mutex_);
  if (kept_.size() >= kMaxGrants)
    std::erase_if(kept_, [](const auto& each) { return each.second.saved && !each.second.renewing; });
  auto& kept = kept_[account];
  renewals = kept.renewals;
  return !std::exchange(kept.renewing, true);
}

void Tokens::end(const std::string& account, const std::optional<Error>& failed) {
  const base::Lock lock(mutex_);
  auto& kept = kept_[account];
  kept.renewing = false;
  ++kept.renewals;
  kept.failed = failed;
}

std::optional<Error> Tokens::failure(const std::string& account, std::size_t renewals) const {
  const base::Lock lock(mutex_);
  const auto found = kept_.find(account);
  if (found == kept_.end() || found->second.renewals == renewals) return std::nullopt;
  return found->second.failed;
}

Task<std::string> Tokens::access(Service service, std::string refused, CallContext context) {
  const auto account = service.account;
  // A service that gives no refresh token: its access token lasts until it is refused.
  if (auto lasting = secret_of(service, std::string(kLastingToken)); !lasting.empty()) {
    if (lasting == refused) co_return signed_out(service);
    co_return lasting;
  }
  for (std::size_t renewals = 0;;) {
    if (auto token = usable(service, refused)) co_return *std::move(token);
    if (begin(account, renewals)) break;
    if (!co_await pause_for(pause_, clock_, kLookForToken, context)) co_return Error(Errc::conflict, "cancelled");
    // Whoever waited does not ask an address again that just did not answer.
    if (auto failed = failure(account, renewals)) co_return *std::move(failed);
  }
  std::optional<Error> failed = Error(Errc::unavailable, "the access token was not renewed");
  const std::unique_ptr<Tokens, std::function<void(Tokens*)>> turn(
      this, [&account, &failed](auto* self) { self->end(account, failed); });
  // It may have come while this call took its turn.
  if (auto token = usable(service, refused)) {
    failed.reset();
    co_return *std::move(token);
  }
  auto token = co_await renewed(std::move(service), std::move(refused), context);
  // That this call was cancelled is no answer to those that waited for it.
  failed = token || is_cancelled(context) ? std::nullopt : std::optional(Error(token.error()));
  co_return token;
}

Task<std::string> Tokens::renewed(Service service, std::string refused, CallContext context) {
  if (auto kept = unsaved(service)) co_return co_await saved(service, refused, *std::move(kept));
  CO_TRY(const auto known, co_await stored_or_turn(service, refused, std::move(context)));
  if (is_good(known, refused)) {
    keep(service.account, known, true);
    co_return known.access_token;
  }
  // The one that is set is where the stored one comes from (grant_address): once used, it is not sent again.
  auto fresh =
      co_await ask(service, known.refresh_token.empty() ? secret_of(service, "refresh_token") : known.refresh_token);
  if (fresh) {
    fresh->version = known.version;
    co_return co_await saved(service, refused, *std::move(fresh));
  }
  auto failed = std::move(fresh).error();
  std::ignore = co_await store_.end_turn(service.account);  // or it lapses
  if (failed.code() != Errc::forbidden) co_return failed;
  // Somebody may have signed in anew meanwhile, or another process took this one for dead and was first.
  const auto again = co_await stored(service);
  if (!again || !is_good(*again, refused)) co_return failed;
  keep(service.account, *again, true);
  co_return again->access_token;
}

std::optional<Grant> Tokens::unsaved(const Service& service) const {
  const base::Lock lock(mutex_);
  const auto found = kept_.find(service.account);
  if (found == kept_.end() || found->second.saved || !found->second.grant) return std::nullopt;
  const auto& grant = *found->second.grant;
  return grant.address == grant_address(service) ? std::optional(grant) : std::nullopt;
}

void Tokens::keep(const std::string& account, std::optional<Grant> grant, bool is_saved) {
  const base::Lock lock(mutex_);
  auto& kept = kept_[account];
  kept.grant = std::move(grant);
  kept.saved = is_saved;
}

Task<Grant> Tokens::stored(const Service& service) {
  CO_TRY(auto found, co_await store_.load(service.account));
  Grant out;
  if (found && found->address == grant_address(service)) co_return *std::move(found);
  if (found) out.version = std::move(found->version);
  co_return out;
}

Task<Grant> Tokens::stored_or_turn(const Service& service, const std::string& refused, CallContext context) {
  std::string seen, lapsed;
  auto since = clock_.steady();
  for (;;) {
    CO_TRY(auto known, co_await stored(service));
    if (is_good(known, refused)) co_return known;
    CO_TRY(auto other, co_await store_.take_turn(service.account, lapsed));
    if (!other) break;
    if (*other != seen) since = clock_.steady();
    seen = *std::move(other);
    if (clock_.steady() - since >= kTurnTerm) {
      lapsed = seen;
    } else if (!co_await pause_for(pause_, clock_, kLookForTurn, context)) {
      co_return Error(Errc::conflict, "cancelled");
    }
  }
  // Whoever had the turn before may have renewed it.
  auto known = co_await stored(service);
  if (!known || is_good(*known, refused)) std::ignore = co_await store_.end_turn(service.account);
  co_return known;
}

Task<std::string> Tokens::saved(const Service& service, const std::string& refused, Grant fresh) {
  // If the store fails, the next call saves what is kept here, and this process keeps its turn: the old refresh token
  // may be void.
  keep(service.account, fresh, false);
  CO_TRY(const auto is_stored, co_await store_.save(service.account, fresh));
  keep(service.account, is_stored ? std::optional(fresh) : std::nullopt, true);
  if (!is_stored) {
    CO_TRY(const auto other, co_await stored(service));
    if (is_good(other, refused)) co_return other.access_token;
  }
  if (!is_good(fresh, refused) && fresh.access_token == refused) co_return signed_out(service);
  co_return fresh.access_token;
}

Task<Grant> Tokens::ask(Service service, std::string refresh_token) {
  const auto& auth = service.pack->config.auth;
  const auto client_id = secret_of(service, "client_id");
  // The client of an MCP server's is had while somebody signs in.
  const bool found = packs::finds_sign_in(service.pack->config) || !auth.resource.empty();
  if (refresh_token.empty() && (found || (!client_id.empty() && !auth.authorize_url.empty())))
    co_return Error(Errc::invalid_param,
                    "nobody has signed in at " + service.pack->title + " yet: an administrator does in the console");
  if (refresh_token.empty() || client_id.empty())
    co_return Error(Errc::invalid_param,
                    "the secret \"" + std::string(client_id.empty() ? "client_id" : "refresh_token") + "\" is not set");
  CO_TRY(const auto client, co_await token_client(http_, service));
  auto request =
      token_request(auth.refresh_url.empty() ? auth.token_url : auth.refresh_url, client,
                    {{"grant_type", "refresh_token"}, {"refresh_token", refresh_token}, {"resource", auth.resource}});
  CO_TRY(const auto response, co_await http_.send(std::move(request)));
  co_return read_grant(service, response, clock_.unix_ms(), refresh_token);
}

}  // namespace troupe::assistant::calls
