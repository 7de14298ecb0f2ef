#include "homeserver/oauth/oauth_answers.h"

#include "homeserver/common/client_route.h"
#include "homeserver/common/public_address.h"
#include "homeserver/oauth/client_metadata.h"
#include "homeserver/oauth/id_tokens.h"

namespace troupe::api {

using homeserver::oauth::Issuer;
using homeserver::oauth::LinkAnswer;
using homeserver::oauth::ServerMetadata;
using homeserver::oauth::TokenAnswer;

namespace {

using Words = std::vector<std::string_view>;

template <class... T>
Words words(T... word) {
  return {std::string_view(word)...};
}

}  // namespace

Shape<ServerMetadata> make_shape(Of<ServerMetadata>) {
  namespace oauth = homeserver::oauth;
  return Shape<ServerMetadata>::part(
      {member<&ServerMetadata::issuer>("issuer"),
       made<[](const ServerMetadata& m) { return m.root + "/authorize"; }>("authorization_endpoint"),
       made<[](const ServerMetadata& m) { return m.root + "/token"; }>("token_endpoint"),
       made<[](const ServerMetadata& m) { return m.root + "/register"; }>("registration_endpoint"),
       made<[](const ServerMetadata& m) { return m.root + "/revoke"; }>("revocation_endpoint"),
       made<[](const ServerMetadata& m) { return m.root + "/device"; }>("device_authorization_endpoint"),
       made<[](const ServerMetadata& m) { return m.root + "/keys"; }>("jwks_uri"),
       made<[](const ServerMetadata& m) { return m.root + "/account"; }>("account_management_uri"),
       made<[](const ServerMetadata&) {
         return words("org.matrix.profile", "org.matrix.devices_list", "org.matrix.device_view",
                      "org.matrix.device_delete", "org.matrix.cross_signing_reset", "org.matrix.account_deactivate",
                      // as they were called before they were specified
                      "org.matrix.sessions_list", "org.matrix.session_view", "org.matrix.session_end");
       }>("account_management_actions_supported"),
       made<[](const ServerMetadata&) { return words("code"); }>("response_types_supported"),
       made<[](const ServerMetadata&) { return words("query", "fragment"); }>("response_modes_supported"),
       made<[](const ServerMetadata&) { return words(oauth::kCodeGrant, oauth::kRefreshGrant, oauth::kLinkGrant); }>(
           "grant_types_supported"),
       made<[](const ServerMetadata&) { return words("S256"); }>("code_challenge_methods_supported"),
       made<[](const ServerMetadata&) { return words("none"); }>("token_endpoint_auth_methods_supported"),
       made<[](const ServerMetadata&) { return words("none"); }>("revocation_endpoint_auth_methods_supported"),
       made<[](const ServerMetadata& m) {
         return m.sign_up ? words("none", "login", "create") : words("none", "login");
       }>("prompt_values_supported"),
       made<[](const ServerMetadata&) {
         return words("openid", "urn:matrix:client:api:*", "urn:matrix:org.matrix.msc2967.client:api:*");
       }>("scopes_supported"),
       made<[](const ServerMetadata&) { return words("public"); }>("subject_types_supported"),
       made<[](const ServerMetadata&) { return words(oauth::IdTokens::kAlgorithm); }>(
           "id_token_signing_alg_values_supported"),
       made<[](const ServerMetadata&) { return true; }>("authorization_response_iss_parameter_supported"),
       made<[](const ServerMetadata&) { return false; }>("request_parameter_supported"),
       made<[](const ServerMetadata&) { return false; }>("request_uri_parameter_supported")});
}

Shape<Issuer> make_shape(Of<Issuer>) { return Shape<Issuer>::part({member<&Issuer::issuer>("issuer")}); }

Shape<TokenAnswer> make_shape(Of<TokenAnswer>) {
  return Shape<TokenAnswer>::part(
      {member<&TokenAnswer::access_token>("access_token"),
       made<[](const TokenAnswer&) { return std::string_view("Bearer"); }>("token_type"),
       member<&TokenAnswer::expires_in>("expires_in"), member<&TokenAnswer::refresh_token>("refresh_token"),
       member<&TokenAnswer::scope>("scope"), member<&TokenAnswer::id_token>("id_token", {.may_lack = true})});
}

Shape<LinkAnswer> make_shape(Of<LinkAnswer>) {
  return Shape<LinkAnswer>::part(
      {member<&LinkAnswer::device_code>("device_code"), member<&LinkAnswer::user_code>("user_code"),
       member<&LinkAnswer::verification_uri>("verification_uri"),
       member<&LinkAnswer::verification_uri_complete>("verification_uri_complete"),
       member<&LinkAnswer::expires_in>("expires_in"), member<&LinkAnswer::interval>("interval")});
}

}  // namespace troupe::api

namespace troupe::homeserver::oauth {

std::string issuer_of(const host::Settings& settings, const net::http::Request& request) {
  return public_address(settings, request) + "/";
}

Result<net::http::Response> in_oauth(Result<net::http::Response> answered) {
  if (!answered) {
    const auto& error = answered.error();
    auto code = error.wire_code();
    if (code.empty() && error.http_status() == 400) code = "invalid_request";
    if (code.empty() || code.starts_with("M_")) return answered;
    answered = json_response({{"error", code}, {"error_description", error.message()}}, error.http_status());
  }
  answered->headers.set("Cache-Control", "no-store");
  return answered;
}

}  // namespace troupe::homeserver::oauth
