#include "assistant/calls/tokens.h"

#include <algorithm>
#include <memory>

#include "base/crypto.h"
#include "base/encoding.h"
#include "matrix/json.h"

namespace troupe::assistant::calls {
namespace {

constexpr std::chrono::milliseconds kMargin{60'000};    ///< a token is not used so shortly before its end
constexpr std::chrono::milliseconds kLookForToken{20};  ///< while another call renews it
constexpr std::int64_t kUsualSeconds = 3'600, kMostSeconds = 365 * 86'400;
constexpr std::size_t kMaxAnswerBytes = 64 * 1024, kMaxTokenBytes = 8 * 1024;

std::string secret_of(const Service& service, const std::string& name) {
  const auto found = service.secrets.find(name);
  return found == service.secrets.end() ? std::string() : found->second;
}

/// With a hash of the sign-in that was put in: who puts in another account's means that one from then on.
std::string address_of(const Service& service) {
  const auto sign_in = base::sha256(secret_of(service, "client_id") + "\n" + secret_of(service, "refresh_token"));
  return service.pack->config.auth.token_url + " " + service.base_url + " " + base::base64url(sign_in);
}

Error signed_out(const Service& service) {
  return Error(Errc::forbidden, "the sign-in at " + service.pack->title + " has ended: sign in there again");
}

Result<Grant> read_grant(const Service& service, const net::client::ClientResponse& response, base::UnixMs now,
                         const std::string& refresh_token) {
  const auto answer = matrix::parse_json(response.body);
  const auto* object = answer ? answer->if_object() : nullptr;
  const auto error = object ? matrix::find_string(*object, "error").value_or("") : std::string_view();
  // Slack says ok:false with status 200.
  if (error == "invalid_grant" || error == "invalid_refresh_token" || error == "token_revoked")
    return signed_out(service);
  if (response.status >= 400 && response.status < 500 && response.status != 429 && response.status != 408)
    return Error(Errc::forbidden, service.pack->title + " refuses to renew the access token (status " +
                                      std::to_string(response.status) + ")");
  const auto token = object ? matrix::find_string(*object, "access_token").value_or("") : std::string_view();
  if (response.status != 200 || token.empty() || token.size() > kMaxTokenBytes)
    return Error(Errc::unavailable, service.pack->title + " answered the renewal of the access token with status " +
                                        std::to_string(response.status) + " and no token");
  Grant out{.access_token = std::string(token),
            .refresh_token = refresh_token,
            .expires_ms = 0,
            .address = address_of(service)};
  if (const auto next = matrix::find_string(*object, "refresh_token");
      next && !next->empty() && next->size() <= kMaxTokenBytes)
    out.refresh_token = *next;
  const auto seconds =
      std::clamp<std::int64_t>(matrix::find_integer(*object, "expires_in").value_or(kUsualSeconds), 1, kMostSeconds);
  out.expires_ms = now + seconds * 1'000;
  return out;
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
  return grant.address == address_of(service) && is_good(grant, refused) ? std::optional(grant.access_token)
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
  auto token = co_await renewed(std::move(service), std::move(refused));
  failed = token ? std::nullopt : std::optional(Error(token.error()));
  co_return token;
}

Task<std::string> Tokens::renewed(Service service, std::string refused) {
  const auto account = service.account;
  std::optional<Grant> known;
  bool saved = true;
  {
    const base::Lock lock(mutex_);
    known = kept_[account].grant;
    saved = kept_[account].saved;
  }
  if (!known) {
    CO_TRY(known, co_await store_.load(account));
  }
  if (known && known->address != address_of(service)) {
    known.reset();
    saved = true;
  }
  if (!known || (saved && !is_good(*known, refused))) {
    const auto own = secret_of(service, "refresh_token");
    const auto stored = known ? known->refresh_token : std::string();
    auto asked = co_await ask(service, stored.empty() ? own : stored);
    // An administrator has put in a new one since.
    if (!asked && asked.error().code() == Errc::forbidden && !stored.empty() && !own.empty() && own != stored)
      asked = co_await ask(service, own);
    CO_TRY(known, std::move(asked));
    saved = false;
  }
  const auto keep = [&] {
    const base::Lock lock(mutex_);
    kept_[account].grant = known;
    kept_[account].saved = saved;
  };
  keep();  // if the store fails, the next call saves what is kept here: the old refresh token may be void
  if (!saved) {
    CO_TRY(co_await store_.save(account, *known));
    saved = true;
    keep();
  }
  if (!is_good(*known, refused) && known->access_token == refused) co_return signed_out(service);
  co_return known->access_token;
}

Task<Grant> Tokens::ask(Service service, std::string refresh_token) {
  const auto& auth = service.pack->config.auth;
  const auto client_id = secret_of(service, "client_id");
  if (refresh_token.empty() || client_id.empty())
    co_return Error(Errc::invalid_param,
                    "the secret \"" + std::string(client_id.empty() ? "client_id" : "refresh_token") + "\" is not set");
  // A secret that travels to this address alone: no list of hosts is needed, and no redirect is followed.
  net::client::ClientRequest request(net::client::Trust::untrusted);
  request.method = "POST";
  request.url = auth.token_url;
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.headers.add("Accept", "application/json");
  request.body = "grant_type=refresh_token&refresh_token=" + base::percent_encode(refresh_token) +
                 "&client_id=" + base::percent_encode(client_id);
  if (const auto secret = secret_of(service, "client_secret"); !secret.empty())
    request.body += "&client_secret=" + base::percent_encode(secret);
  request.max_redirects = 0;
  request.max_body_bytes = kMaxAnswerBytes;
  request.total_timeout = std::chrono::seconds(30);
  request.fresh_connection = true;  // a refresh token that is good once is not sent twice
  CO_TRY(const auto response, co_await http_.send(std::move(request)));
  co_return read_grant(service, response, clock_.unix_ms(), refresh_token);
}

}  // namespace troupe::assistant::calls
