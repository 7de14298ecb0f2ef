// What clients read first: where everything is and what is offered (RFC 8414). Client-Server API
// #get_matrixclientv1auth_metadata.
#include "homeserver/common/client_route.h"
#include "homeserver/common/public_address.h"
#include "homeserver/oauth/oauth_answers.h"
#include "homeserver/oauth/oauth_routes.h"

namespace troupe::homeserver::oauth {
namespace {

ServerMetadata metadata_of(MetadataApi& api, const net::route::Call& call) {
  const auto issuer = issuer_of(api.settings, call.request);
  return {.issuer = issuer,
          .root = issuer.substr(0, issuer.size() - 1) + std::string(kRoot),
          .sign_up = api.sign_up.offered()};
}

Task<net::http::Response> get_metadata(MetadataApi& api, net::route::Call& call) {
  co_return api::answer(metadata_of(api, call));
}

Task<net::http::Response> get_issuer(MetadataApi& api, net::route::Call& call) {
  co_return api::answer(Issuer{.issuer = issuer_of(api.settings, call.request)});
}

Task<net::http::Response> get_keys(MetadataApi& api, net::route::Call&) {
  CO_TRY(const auto keys, co_await api.id_tokens.key_set());
  co_return json_response(keys);
}

}  // namespace

void add_metadata_routes(net::route::Router& router, MetadataApi& api) {
  const auto group = matrix_group(router, {.prefix = {}, .needs = net::route::Access::open});
  // The second for clients from before it was specified, the third for those that ask any OpenID provider.
  for (const std::string_view path :
       {"/_matrix/client/v1/auth_metadata", "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata",
        "/.well-known/openid-configuration"}) {
    group.add({.method = "GET",
               .path = path,
               .reply = api::schema_text<ServerMetadata>(),
               .run = api::bind(get_metadata, api)});
  }
  group.add({.method = "GET",
             .path = "/_matrix/client/unstable/org.matrix.msc2965/auth_issuer",
             .reply = api::schema_text<Issuer>(),
             .run = api::bind(get_issuer, api)});
  group.add({.method = "GET", .path = "/_matrix/client/oauth/keys", .run = api::bind(get_keys, api)});
}

}  // namespace troupe::homeserver::oauth
