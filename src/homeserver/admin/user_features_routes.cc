// Synapse's admin API: features that Synapse may have on for single accounts. Here each is the same for everybody.
#include "homeserver/accounts/account_shapes.h"
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/admin_user.h"
#include "homeserver/admin/user_routes.h"

namespace troupe::homeserver::admin {
namespace {

/// What a request says of them, or what is true.
struct FeatureSwitches {
  std::optional<bool> remote_pushers;  ///< MSC3881: a device switches another's pushes off
  std::optional<bool> sliding_sync;    ///< MSC3575
  std::optional<bool> state_after;     ///< MSC4222
};
struct FeatureBody {
  FeatureSwitches features;
};

}  // namespace
}  // namespace troupe::homeserver::admin

namespace troupe::api {

Shape<homeserver::admin::FeatureSwitches> make_shape(Of<homeserver::admin::FeatureSwitches>) {
  using homeserver::admin::FeatureSwitches;
  return Shape<FeatureSwitches>::matrix_request({member<&FeatureSwitches::remote_pushers>("msc3881"),
                                                 member<&FeatureSwitches::sliding_sync>("msc3575"),
                                                 member<&FeatureSwitches::state_after>("msc4222")});
}

Shape<homeserver::admin::FeatureBody> make_shape(Of<homeserver::admin::FeatureBody>) {
  using homeserver::admin::FeatureBody;
  return Shape<FeatureBody>::matrix_request({member<&FeatureBody::features>("features")});
}

}  // namespace troupe::api

namespace troupe::homeserver::admin {
namespace {

using net::route::Call;

constexpr FeatureSwitches kAll{.remote_pushers = true, .sliding_sync = true, .state_after = true};

Task<net::http::Response> get_features(UserAdminApi& api, Call& call) {
  CO_TRY(co_await account_in_path(api.accounts, call));
  co_return api::answer(FeatureBody{.features = kAll});
}

Task<net::http::Response> put_features(UserAdminApi& api, Call& call) {
  CO_TRY(const auto wanted, api::body_of<FeatureBody>(call));
  for (const auto& [name, on] : *matrix::find_object(net::route::body_object(call), "features")) {
    const std::string_view word(name);
    if (word != "msc3881" && word != "msc3575" && word != "msc4222")
      co_return refused("'" + std::string(word) + "' is not recognised as a valid experimental feature.");
  }
  CO_TRY(co_await account_in_path(api.accounts, call));
  for (const auto which :
       {&FeatureSwitches::remote_pushers, &FeatureSwitches::sliding_sync, &FeatureSwitches::state_after}) {
    const auto& one = wanted.features.*which;
    if (one && *one != *(kAll.*which)) co_return refused("This feature is the same for all accounts of this server.");
  }
  co_return api::answer(accounts::Nothing());
}

}  // namespace

void add_user_feature_routes(net::route::Router& router, UserAdminApi& api) {
  const auto group = admin_group(router, "/v1/experimental_features/{user_id}");
  group.add({.method = "GET",
             .summary = "Show which features are on, which is the same for all accounts",
             .reply = api::schema_text<FeatureBody>(),
             .run = api::bind(get_features, api)});
  group.add({.method = "PUT",
             .summary = "Confirm that features are as they are; they cannot be changed",
             .body = api::schema_text<FeatureBody>(),
             .max_body_bytes = 16UL * 1024,
             .reply = api::schema_text<accounts::Nothing>(),
             .run = api::bind(put_features, api)});
}

}  // namespace troupe::homeserver::admin
