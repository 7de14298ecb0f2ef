#include "assistant/sign_in/sign_ins.h"

#include "assistant/calls/redactor.h"
#include "assistant/calls/token_endpoint.h"
#include "assistant/mcp_auth/find.h"
#include "assistant/sign_in/sign_in_store.h"
#include "assistant/tasks/types.h"
#include "base/text.h"
#include "net/http/url.h"

namespace troupe::assistant::sign_in {
namespace {

constexpr std::size_t kShownDescription = 200;

Error not_now(std::string message) { return Error(Errc::conflict, std::move(message)).with_status(400); }

Error no_such() {
  return Error(Errc::not_found,
               "No sign-in of yours has begun here, or it is over: it is good for ten minutes, once, "
               "in the browser or terminal that it began in.");
}

/// What the service writes is shown as one line of text.
std::string line_of(std::string_view text) {
  auto out = tasks::cut(std::string(text), kShownDescription);
  for (auto& c : out) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

/// As it is used for signing in. Errors: not_found, conflict.
Result<calls::Service> usable(const services::Stock& stock, std::string_view service) {
  const auto* item = stock.find(service);
  if (!item) return Error(Errc::not_found, "There is no such pack.");
  if (!item->use) return not_now("The pack has errors: mend it first.");
  const auto& found = item->use->service;
  const auto& auth = found.pack->config.auth;
  if (auth.scheme != packs::Scheme::oauth2 && !item->finds_sign_in)
    return not_now("Nobody signs in to this service on a page: it takes keys.");
  if (item->finds_sign_in && !item->found)
    return not_now("It is not known yet where people sign in there: begin again.");
  if (auth.authorize_url.empty())
    return not_now("The pack does not say where people sign in: add auth.authorize_url to its config.json.");
  if (services::address_of(*found.pack, found.base_url).empty())
    return not_now("Nothing says where the service is: set its address first.");
  if (calls::secret_of(found, "client_id").empty())
    return not_now("Set the client id first: the service gives one to programs that are registered there.");
  return found;
}

std::string refusal(const std::string& title, const Return& back) {
  if (back.error == "access_denied") return title + ": the access was not allowed.";
  return title + " did not let the sign-in through: " + line_of(back.error) +
         (back.description.empty() ? "" : " (" + line_of(back.description) + ")");
}

}  // namespace

Task<Unit> SignIns::find_out(Beginner who, std::string service, std::string redirect_uri) {
  CO_TRY(const auto stock, co_await uses_.packs.stock(who.tenant_id));
  const auto* item = stock->find(service);
  if (!item || !item->use || !item->finds_sign_in) co_return Unit{};
  const auto used = item->use->service;
  CO_TRY(auto found, co_await mcp_auth::find_sign_in(uses_.http, used));
  const auto now = uses_.clock.unix_ms();
  const auto& before = item->found;
  const bool same_server = before && before->token_url == found.token_url && before->issuer == found.issuer;
  const bool has_client = same_server && !calls::secret_of(used, "client_id").empty();
  // A client that a person has set is theirs to change; one that was registered is good for the address that it was
  // registered with, and not for ever.
  const bool is_ours = has_client && !before->registered_for.empty();
  const bool is_good = has_client && (!is_ours || (before->registered_for == redirect_uri &&
                                                   (before->registered_until == 0 || before->registered_until > now)));
  std::optional<services::RegisteredClient> client;
  if (is_good) {
    found.registered_for = before->registered_for;
    found.registered_until = before->registered_until;
  } else if (!found.registration_url.empty()) {
    CO_TRY(auto registered, co_await mcp_auth::register_client(uses_.http, used, found, redirect_uri));
    found.registered_for = redirect_uri;
    found.registered_until = registered.until;
    client = services::RegisteredClient{.id = std::move(registered.id), .secret = std::move(registered.secret)};
  }
  const bool lacks_client = !is_good && !client;
  const auto where = net::http::Url::parse(found.authorize_url);
  CO_TRY(co_await uses_.packs.keep_found(who.tenant_id, service, used.base_url, std::move(found), std::move(client)));
  if (lacks_client)
    co_return not_now(used.pack->title + " has people sign in at " + (where ? where->origin() : std::string()) +
                      ", which does not register programs by itself. Register " + redirect_uri +
                      " there by hand, set the client id that it gives, and begin again.");
  co_return Unit{};
}

Task<Leaving> SignIns::begin(Beginner who, std::string service, std::string origin, store::AlsoWrite also) {
  CO_TRY(co_await find_out(who, service, origin + arrival_path(service)));
  CO_TRY(const auto stock, co_await uses_.packs.stock(who.tenant_id));
  CO_TRY(const auto found, usable(*stock, service));
  const auto& auth = found.pack->config.auth;
  const auto state = base::random_token("");
  const auto hash = hash_of_state(state);
  const Begun begun{.verifier = base::random_token(""),
                    .redirect_uri = origin + arrival_path(service),
                    .address = services::address_of(*found.pack, found.base_url),
                    .client_id = calls::secret_of(found, "client_id")};
  const Pending pending{.state_hash = hash,
                        .who = who,
                        .service = service,
                        .sealed = seal(uses_.sealing_key, hash, begun),
                        .expires_ms = uses_.clock.unix_ms() + base::UnixMs{std::chrono::milliseconds(kLife).count()}};
  const auto write = [&](store::Tx& tx) -> Result<Unit> {
    sign_in_store::put(tx, pending);
    if (also) also(tx);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write));
  co_return Leaving{.address = departure(auth, begun, state),
                    .redirect_uri = begun.redirect_uri,
                    .scopes = auth.scopes,
                    .expires_ms = pending.expires_ms};
}

Task<Begun> SignIns::take(Beginner who, const std::string& service, const std::string& state) {
  const auto hash = hash_of_state(state);
  const auto write = [&, now = uses_.clock.unix_ms()](store::Tx& tx) -> Result<std::optional<Pending>> {
    return sign_in_store::take(tx, hash, who, service, now);
  };
  CO_TRY(const auto pending, co_await uses_.db.write(write));
  if (!pending) co_return no_such();
  co_return open(uses_.sealing_key, hash, pending->sealed);
}

Task<Arrived> SignIns::finish(Beginner who, std::string service, Return back, store::AlsoWrite also) {
  CO_TRY(check(back));
  CO_TRY(auto begun, co_await take(who, service, back.state));
  CO_TRY(const auto stock, co_await uses_.packs.stock(who.tenant_id));
  CO_TRY(const auto found, usable(*stock, service));
  const auto& title = found.pack->title;
  CO_TRY(check_issuer(found.pack->config.auth, back));
  if (!back.error.empty() || back.code.empty()) co_return told(who.tenant_id, refusal(title, back));
  // The code goes to the address that the sign-in began with, or nowhere.
  if (services::address_of(*found.pack, found.base_url) != begun.address ||
      calls::secret_of(found, "client_id") != begun.client_id)
    co_return not_now("The service's settings were changed while the sign-in was under way. Begin again.");
  CO_TRY(auto tokens, co_await redeem(who.tenant_id, found, std::move(begun), std::move(back.code)));
  CO_TRY(co_await uses_.packs.keep_sign_in(who.tenant_id, service, std::move(tokens), std::move(also)));
  co_return Arrived{.service = service, .title = title};
}

Task<services::SignedIn> SignIns::redeem(std::int64_t tenant_id, calls::Service service, Begun begun,
                                         std::string code) {
  const auto& title = service.pack->title;
  const auto none = [&title](const Error& error) {
    return Error(error.code() == Errc::forbidden ? Errc::forbidden : Errc::unavailable,
                 title + " gave no tokens: " + error.message());
  };
  const auto client = co_await calls::token_client(uses_.http, service);
  if (!client) co_return none(client.error());
  auto request = calls::token_request(service.pack->config.auth.token_url, *client,
                                      {{"grant_type", "authorization_code"},
                                       {"code", code},
                                       {"redirect_uri", begun.redirect_uri},
                                       {"code_verifier", begun.verifier},
                                       {"resource", service.pack->config.auth.resource}});
  auto response = co_await uses_.http.send(std::move(request));
  if (!response) co_return none(response.error());
  const auto now = uses_.clock.unix_ms();
  auto answer = calls::read_token_answer(*response, now);
  if (answer.access_token.empty() && !answer.error.empty()) {
    calls::Redactor redactor;  // as HTTP Basic has it, too
    redactor.add(calls::basic_pair(*client));
    co_return told(tenant_id, title + " did not take the code: " + redactor.text(std::move(answer.error)));
  }
  if (answer.access_token.empty())
    co_return Error(Errc::unavailable,
                    title + " answered with status " + std::to_string(answer.status) + " and no token");
  co_return services::SignedIn{.address = begun.address,
                               .client_id = begun.client_id,
                               .access_token = std::move(answer.access_token),
                               .refresh_token = std::move(answer.refresh_token),
                               .expires_ms = answer.expires_ms.value_or(now + calls::kUsualTokenSeconds * 1'000)};
}

Error SignIns::told(std::int64_t tenant_id, const std::string& message) {
  return Error(Errc::forbidden, uses_.secrets.redactor(tenant_id)->text(message));
}

Task<Unit> SignIns::sweep() {
  const auto write = [now = uses_.clock.unix_ms()](store::Tx& tx) -> Result<Unit> {
    sign_in_store::sweep(tx, now);
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

}  // namespace troupe::assistant::sign_in
