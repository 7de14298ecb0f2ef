// Synapse's admin API: how fast an account may send messages, where that is not as for everybody.
#include "homeserver/accounts/account_shapes.h"
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/admin_user.h"
#include "homeserver/admin/user_data_shapes.h"
#include "homeserver/admin/user_routes.h"

namespace troupe::homeserver::admin {
namespace {

using net::route::Call;

Task<net::http::Response> get_rate(UserAdminApi& api, Call& call) {
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  auto look = [&account](store::Connection& connection) -> Result<std::optional<accounts::MessageRate>> {
    return accounts::account_store::message_rate(connection, account.user_id);
  };
  CO_TRY(const auto rate, co_await api.db.read(look));
  RateOverride shown;
  if (rate) shown = {.messages_per_second = rate->per_s, .burst_count = rate->at_once};
  co_return api::answer(shown);
}

Task<net::http::Response> post_rate(UserAdminApi& api, Call& call) {
  CO_TRY(const auto wanted, api::body_of<RateOverride>(call));
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  const accounts::MessageRate rate{.per_s = wanted.messages_per_second.value_or(0),
                                   .at_once = wanted.burst_count.value_or(0)};
  CO_TRY(co_await api.accounts.set_message_rate(account.user_id, rate));
  co_await api.audit.record(call, "user.change", account.user_id,
                            {{"messages_per_second", rate.per_s}, {"burst_count", rate.at_once}});
  co_return api::answer(RateOverride{.messages_per_second = rate.per_s, .burst_count = rate.at_once});
}

Task<net::http::Response> delete_rate(UserAdminApi& api, Call& call) {
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  CO_TRY(co_await api.accounts.set_message_rate(account.user_id, std::nullopt));
  co_await api.audit.record(call, "user.change", account.user_id, {{"messages_per_second", nullptr}});
  co_return api::answer(accounts::Nothing());
}

}  // namespace

void add_user_rate_routes(net::route::Router& router, UserAdminApi& api) {
  const auto group = admin_group(router, "/v1/users/{user_id}/override_ratelimit");
  group.add({.method = "GET",
             .summary = "How fast an account may send; empty: as everybody",
             .reply = api::schema_text<RateOverride>(),
             .run = api::bind(get_rate, api)});
  group.add({.method = "POST",
             .summary = "Let an account send faster or slower; 0 a second: without limit",
             .body = api::schema_text<RateOverride>(),
             .takes = net::route::Body::json_object,
             .max_body_bytes = 16UL * 1024,
             .reply = api::schema_text<RateOverride>(),
             .run = api::bind(post_rate, api)});
  group.add({.method = "DELETE",
             .summary = "Let an account send as everybody",
             .reply = api::schema_text<accounts::Nothing>(),
             .run = api::bind(delete_rate, api)});
}

}  // namespace troupe::homeserver::admin
