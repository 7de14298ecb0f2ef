// Synapse's admin API: until when an account may be used.
// https://element-hq.github.io/synapse/latest/admin_api/account_validity.html
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/admin_user.h"
#include "homeserver/admin/user_routes.h"
#include "matrix/ids.h"

namespace troupe::homeserver::admin {
namespace {

struct ValidityBody {
  std::string user_id;
  std::int64_t expiration_ts = 0;
  std::optional<bool> enable_renewal_emails;  ///< none are sent
};
struct Validity {
  std::int64_t expiration_ts = 0;
};
constexpr std::int64_t kLatestMs = 1LL << 53;

}  // namespace
}  // namespace troupe::homeserver::admin

namespace troupe::api {

Shape<homeserver::admin::ValidityBody> make_shape(Of<homeserver::admin::ValidityBody>) {
  using homeserver::admin::ValidityBody;
  return Shape<ValidityBody>::matrix_request(
      {member<&ValidityBody::user_id>("user_id", {.least = 1, .most = matrix::kMaxIdBytes}),
       member<&ValidityBody::expiration_ts>(
           "expiration_ts",
           {.description = "in milliseconds since 1970", .least = 0, .most = homeserver::admin::kLatestMs}),
       member<&ValidityBody::enable_renewal_emails>("enable_renewal_emails", {.description = "none are sent"})});
}

Shape<homeserver::admin::Validity> make_shape(Of<homeserver::admin::Validity>) {
  using homeserver::admin::Validity;
  return Shape<Validity>::part({member<&Validity::expiration_ts>("expiration_ts")});
}

}  // namespace troupe::api

namespace troupe::homeserver::admin {
namespace {

Task<net::http::Response> post_validity(UserAdminApi& api, net::route::Call& call) {
  CO_TRY(auto wanted, api::body_of<ValidityBody>(call));
  CO_TRY(const auto account, co_await account_of(api.accounts, std::move(wanted.user_id)));
  if (account.kind != matrix::AccountKind::person) co_return refused("Only people's accounts end by themselves.");
  if (account.admin) co_return refused("Administrators' accounts do not end: take the right first.");
  CO_TRY(co_await api.accounts.set_valid_until(account.user_id, wanted.expiration_ts));
  co_await api.audit.record(call, "user.validity", account.user_id, {{"expiration_ts", wanted.expiration_ts}});
  co_return api::answer(Validity{.expiration_ts = wanted.expiration_ts});
}

}  // namespace

void add_user_validity_routes(net::route::Router& router, UserAdminApi& api) {
  admin_group(router, "/v1")
      .add({.method = "POST",
            .path = "/account_validity/validity",
            .summary = "Say until when an account may be used; it is locked then",
            .body = api::schema_text<ValidityBody>(),
            .max_body_bytes = 16UL * 1024,
            .reply = api::schema_text<Validity>(),
            .run = api::bind(post_validity, api)});
}

}  // namespace troupe::homeserver::admin
