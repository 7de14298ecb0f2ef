#include "identity/oidc/provider.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"
#include "net/http/url.h"

namespace troupe::identity::oidc {
namespace {

using matrix::JsonObject;
using net::client::ClientRequest;
using net::client::Trust;

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::chrono::seconds kConnect{5};
constexpr std::chrono::seconds kPatience{15};

Error not_there(std::string detail) {
  return Error(Errc::unavailable, "The sign-in provider does not answer as it should. Try again later.",
               std::move(detail));
}

Error not_taken(std::string detail) {
  return Error(Errc::forbidden, "The sign-in provider did not confirm who you are. Begin again.", std::move(detail));
}

std::string pairs(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    out += (out.empty() ? "" : "&") + base::percent_encode(name) + "=" + base::percent_encode(value);
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

bool says(const JsonObject& document, std::string_view list, std::string_view word) {
  const auto* values = matrix::find_array(document, list);
  return values && std::ranges::any_of(*values, [word](const auto& value) {
           const auto* text = value.if_string();
           return text && matrix::view(*text) == word;
         });
}

/// An address of the document; over TLS where the issuer is.
Result<std::string> address(const JsonObject& document, std::string_view name, bool tls) {
  const auto text = matrix::find_string(document, name).value_or("");
  const auto url = net::http::Url::parse(text);
  if (!url || (tls && !url->tls) || text.contains('#')) return not_there("no usable " + std::string(name));
  return std::string(text);
}

Result<Endpoints> read_document(const JsonObject& document, const ProviderSettings& settings) {
  // Core, section 3.1.3.7, and RFC 8414, section 3.3: who answers in another's name is not believed.
  if (matrix::find_string(document, "issuer") != settings.issuer)
    return not_there("it calls itself another issuer than " + settings.issuer);
  const bool tls = settings.issuer.starts_with("https:");
  Endpoints read;
  TRY(read.authorization, address(document, "authorization_endpoint", tls));
  TRY(read.token, address(document, "token_endpoint", tls));
  TRY(read.keys, address(document, "jwks_uri", tls));
  if (matrix::find(document, "userinfo_endpoint")) {
    TRY(read.userinfo, address(document, "userinfo_endpoint", tls));
  }
  constexpr std::string_view kMethods = "token_endpoint_auth_methods_supported";
  read.secret_in_body =
      !says(document, kMethods, "client_secret_basic") && says(document, kMethods, "client_secret_post");
  read.says_issuer = matrix::find_bool(document, "authorization_response_iss_parameter_supported").value_or(false);
  return read;
}

/// RFC 6749 section 2.3.1: both are encoded as in a form before they are joined.
std::string basic(const ProviderSettings& settings) {
  auto encoded = base::base64(
      base::as_bytes(base::percent_encode(settings.client_id) + ":" + base::percent_encode(settings.client_secret)));
  while (encoded.size() % 4 != 0) encoded += '=';
  return "Basic " + encoded;
}

struct NameThere {
  std::string localpart;
  bool is_own = false;
};

/// The name of an account by what the provider says: the claim as it is, else the e-mail address before its '@', where
/// the provider has made sure of the address. What stands before the '@' is nobody's own: others have it at other
/// hosts.
NameThere name_of(const JsonObject& claims, std::string_view claim) {
  constexpr std::string_view kEmail = "email";
  const bool verified = matrix::find_bool(claims, "email_verified").value_or(false);
  if (auto name = line_of(claims, claim, kMaxNameBytes); !name.empty())
    return {.localpart = std::move(name), .is_own = claim != kEmail || verified};
  if (!verified) return {};
  const auto address = line_of(claims, kEmail, kMaxNameBytes);
  return {.localpart = address.substr(0, address.find('@')), .is_own = false};
}

}  // namespace

Provider::Provider(ProviderSettings settings, net::client::HttpClient& http, const base::Clock& clock)
    : settings_(std::move(settings)), http_(http), clock_(clock) {}

ClientRequest Provider::request_to(std::string_view url) const {
  const auto own = net::http::Url::parse(settings_.issuer);
  const auto there = net::http::Url::parse(url);
  const bool same = own && there && own->same_origin(*there);
  ClientRequest request(same ? Trust::configured : Trust::untrusted);
  request.url = std::string(url);
  request.headers.add("Accept", "application/json");
  request.connect_timeout = kConnect;
  request.first_byte_timeout = kPatience;
  request.idle_timeout = kPatience;
  request.total_timeout = kPatience;
  request.max_body_bytes = kMaxAnswerBytes;
  request.max_redirects = 0;
  return request;
}

Task<JsonObject> Provider::fetch(ClientRequest request, std::string what) {
  auto answer = co_await http_.send(std::move(request));
  if (!answer) co_return not_there(what + ": " + answer.error().message());
  if (answer->status != 200) co_return not_there(what + ": status " + std::to_string(answer->status));
  auto parsed = matrix::parse_json(answer->body);
  if (!parsed || !parsed->is_object()) co_return not_there(what + ": no JSON object");
  co_return std::move(parsed->get_object());
}

Task<Endpoints> Provider::discover() {
  auto url = settings_.issuer;
  while (url.ends_with('/')) url.pop_back();
  CO_TRY(const auto document, co_await fetch(request_to(url + "/.well-known/openid-configuration"), "discovery"));
  co_return read_document(document, settings_);
}

std::optional<Result<Endpoints>> Provider::known_endpoints() {
  using Known = Result<Endpoints>;
  const auto now = clock_.steady();
  const base::Lock lock(mutex_);
  if (endpoints_ && now - discovered_ < kFresh) return Known(*endpoints_);
  if (!failed_ || now - *failed_ >= kAfterFailure) return std::nullopt;
  return endpoints_ ? Known(*endpoints_) : Known(not_there("it did not answer a moment ago"));
}

Task<Endpoints> Provider::endpoints() {
  if (auto known = known_endpoints()) co_return *std::move(known);
  CO_TRY(const auto turn, co_await discovering_.enter());
  if (auto known = known_endpoints()) co_return *std::move(known);  // somebody before us has asked
  auto fresh = co_await ask();
  const base::Lock lock(mutex_);
  if (!fresh && endpoints_) co_return *endpoints_;
  co_return fresh;
}

Task<Endpoints> Provider::ask() {
  auto fresh = co_await discover();
  note(fresh);
  if (!fresh) {
    base::log_warning("identity", "a sign-in provider cannot be discovered",
                      {{"provider", settings_.id}, {"error", fresh.error().detail()}});
  }
  co_return fresh;
}

void Provider::note(const Result<Endpoints>& answer) {
  const base::Lock lock(mutex_);
  state_.kind = answer ? ProviderState::Kind::ready : ProviderState::Kind::failing;
  state_.asked_ms = clock_.unix_ms();
  state_.error = answer ? std::string() : answer.error().detail();
  if (!answer) {
    failed_ = clock_.steady();
    return;
  }
  endpoints_ = *answer;
  state_.authorization = answer->authorization;
  discovered_ = clock_.steady();
  failed_.reset();
}

void Provider::note_failure(std::string error) {
  const base::Lock lock(mutex_);
  state_.kind = ProviderState::Kind::failing;
  state_.asked_ms = clock_.unix_ms();
  state_.error = std::move(error);
}

ProviderState Provider::state() const {
  const base::Lock lock(mutex_);
  return state_;
}

Task<ProviderState> Provider::test() {
  CO_TRY(const auto turn, co_await discovering_.enter());
  const auto found = co_await ask();
  if (!found) co_return state();
  CO_TRY(const auto keys_turn, co_await asking_keys_.enter());
  const auto fetched = co_await fetch_keys(found->keys);
  if (!fetched) {
    note_failure(fetched.error().detail());
  } else if (const auto known = known_keys(); !known.keys || known.keys->list.empty()) {
    note_failure("keys: none that signs by RS256, ES256 or EdDSA");
  }
  co_return state();
}

Task<std::string> Provider::departure_to(Departure departure) {
  CO_TRY(const auto at, co_await endpoints());
  const auto challenge = base::base64url(base::sha256(departure.verifier));
  co_return at.authorization + (at.authorization.contains('?') ? "&" : "?") +
      pairs({{"response_type", "code"},
             {"client_id", settings_.client_id},
             {"redirect_uri", departure.redirect_uri},
             {"scope", joined(settings_.scopes)},
             {"state", departure.state},
             {"nonce", departure.nonce},
             {"code_challenge", challenge},
             {"code_challenge_method", "S256"},
             {"prompt", departure.sign_in_again ? "login" : ""},
             {"max_age", departure.sign_in_again ? "0" : ""}});
}

Task<JsonObject> Provider::redeem(const Endpoints& at, const Return& from) {
  auto request = request_to(at.token);
  request.method = "POST";
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  const bool open = settings_.client_secret.empty();
  const bool in_body = open || at.secret_in_body;
  if (!in_body) request.headers.add("Authorization", basic(settings_));
  request.body = pairs({{"grant_type", "authorization_code"},
                        {"code", from.code},
                        {"redirect_uri", from.redirect_uri},
                        {"code_verifier", from.verifier},
                        {"client_id", in_body ? std::string_view(settings_.client_id) : std::string_view()},
                        {"client_secret", in_body ? std::string_view(settings_.client_secret) : std::string_view()}});
  auto answer = co_await http_.send(std::move(request));
  if (!answer) co_return not_there("token: " + answer.error().message());
  auto parsed = matrix::parse_json(answer->body);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  if (answer->status == 400 || answer->status == 401) {
    const auto why = object ? line_of(*object, "error", 64) : std::string();
    co_return not_taken("the token endpoint refuses: " + why);
  }
  if (answer->status != 200 || !object) co_return not_there("token: status " + std::to_string(answer->status));
  co_return std::move(parsed->get_object());
}

Task<JsonObject> Provider::userinfo(const Endpoints& at, std::string access_token, std::string subject) {
  auto request = request_to(at.userinfo);
  request.headers.add("Authorization", "Bearer " + access_token);
  CO_TRY(auto claims, co_await fetch(std::move(request), "userinfo"));
  // Core, section 5.3.2: else somebody's token could be answered with another's claims.
  if (matrix::find_string(claims, "sub") != subject) co_return not_taken("userinfo is about somebody else");
  co_return claims;
}

Task<Unit> Provider::fetch_keys(std::string url) {
  auto set = co_await fetch(request_to(url), "keys");
  const auto now = clock_.steady();
  const base::Lock lock(mutex_);
  ask_keys_from_ = now + (set ? std::chrono::seconds(kBetweenKeys) : kAfterFailure);
  if (!set) co_return std::unexpected(set.error());
  keys_ = std::make_shared<const Keys>(Keys{.list = read_key_set(*set), .fetched = now});
  co_return Unit{};
}

Provider::KnownKeys Provider::known_keys() {
  const auto now = clock_.steady();
  const base::Lock lock(mutex_);
  const bool fresh = keys_ && now - keys_->fetched < kFresh;
  return {.keys = fresh ? keys_ : nullptr, .may_ask = !ask_keys_from_ || now >= *ask_keys_from_};
}

Task<Unit> Provider::check_signature(Jwt token, std::string keys_url) {
  const auto fit = [&token](const KnownKeys& known) {
    return known.keys && std::ranges::any_of(known.keys->list, [&token](const PublicKey& key) {
             return (token.key_id.empty() || key.key_id == token.key_id) && has_signed(key, token);
           });
  };
  auto known = known_keys();
  if (fit(known)) co_return Unit{};
  if (known.may_ask) {  // they rotate; who sends unknown keys must not make us ask all the time
    CO_TRY(const auto turn, co_await asking_keys_.enter());
    known = known_keys();
    if (fit(known)) co_return Unit{};
    if (known.may_ask) {  // else somebody before us has asked
      CO_TRY(co_await fetch_keys(std::move(keys_url)));
      known = known_keys();
      if (fit(known)) co_return Unit{};
    }
  }
  if (!known.keys) co_return not_there("its keys could not be fetched a moment ago");
  co_return not_taken("no key of the provider has signed the token");
}

Task<Person> Provider::welcome(Return from) {
  CO_TRY(const auto at, co_await endpoints());
  if (from.issuer ? *from.issuer != settings_.issuer : at.says_issuer)
    co_return not_taken("the answer came from another issuer");
  CO_TRY(const auto answer, co_await redeem(at, from));
  CO_TRY(auto token, read_jwt(matrix::find_string(answer, "id_token").value_or("")));
  CO_TRY(co_await check_signature(token, at.keys));
  CO_TRY(auto known, check_id_token(std::move(token), settings_, from.nonce, clock_.unix_ms()));
  if (from.signed_in_since) {
    CO_TRY(check_signed_in_since(known.claims, *from.signed_in_since));
  }
  const auto& role = settings_.required_role;
  const bool enough = matrix::find(known.claims, settings_.localpart_claim) && matrix::find(known.claims, "name") &&
                      (role.empty() || has_role(known.claims, settings_.client_id, role));
  const auto access_token = matrix::find_string(answer, "access_token").value_or("");
  if (!enough && !at.userinfo.empty() && !access_token.empty()) {
    CO_TRY(const auto more, co_await userinfo(at, std::string(access_token), known.subject));
    for (const auto& [name, value] : more) known.claims.emplace(name, value);  // what the token says comes first
  }
  auto name = name_of(known.claims, settings_.localpart_claim);
  co_return Person{.subject = std::move(known.subject),
                   .session_id = std::move(known.session_id),
                   .localpart = std::move(name.localpart),
                   .name_is_own = name.is_own,
                   .display_name = line_of(known.claims, "name", kMaxNameBytes),
                   .has_role = role.empty() || has_role(known.claims, settings_.client_id, role)};
}

Task<LogoutToken> Provider::read_logout(Jwt token) {
  CO_TRY(const auto at, co_await endpoints());
  CO_TRY(co_await check_signature(token, at.keys));
  co_return check_logout_token(token, settings_, clock_.unix_ms());
}

Providers::Providers(const OidcSettings& settings, net::client::HttpClient& http, const base::Clock& clock) {
  for (const auto& provider : settings.providers) all_.push_back(std::make_unique<Provider>(provider, http, clock));
}

Provider* Providers::find(std::string_view id) const {
  const auto found = std::ranges::find_if(all_, [id](const auto& provider) {
    return provider->settings().id == id || provider->settings().id == outer_id(id);
  });
  return found == all_.end() ? nullptr : found->get();
}

Provider* Providers::find_issuer_of(const Jwt& token) const {
  const auto issuer = matrix::find_string(token.claims, "iss");
  const auto same_issuer = [&](const auto& provider) { return provider->settings().issuer == issuer; };
  const auto named = [&](const auto& provider) {
    const auto* audience = matrix::find(token.claims, "aud");
    const auto is_it = [&](const matrix::Json& value) {
      return value.is_string() && matrix::view(value.get_string()) == provider->settings().client_id;
    };
    if (!audience || !same_issuer(provider)) return false;
    return audience->is_array() ? std::ranges::any_of(audience->get_array(), is_it) : is_it(*audience);
  };
  const auto found = std::ranges::find_if(all_, named);
  return found == all_.end() ? nullptr : found->get();
}

}  // namespace troupe::identity::oidc
