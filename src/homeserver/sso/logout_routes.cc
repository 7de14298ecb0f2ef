// Where providers say that somebody has signed out: OpenID Connect Back-Channel Logout 1.0 section 2.5.
#include "base/log.h"
#include "homeserver/common/client_route.h"
#include "homeserver/sso/sso_routes.h"

namespace troupe::homeserver::sso {
namespace {

using net::http::Response;

constexpr std::size_t kMaxLogoutBytes = 64UL * 1024;

Response refused(std::string_view why) {
  return json_response({{"error", "invalid_request"}, {"error_description", why}}, 400);
}

Task<Response> post_logout_token(Logouts& logouts, net::route::Call& call) {
  const auto& form = net::route::body_object(call);
  std::string token(matrix::find_string(form, "logout_token").value_or(""));
  const auto taken = co_await logouts.take(std::move(token));
  if (!taken && !taken.error().detail().empty())
    base::log_warning("homeserver", "a logout of a provider was refused", {{"error", taken.error().detail()}});
  if (!taken && taken.error().code() != Errc::forbidden) co_return std::unexpected(taken.error());
  auto response = taken ? json_response({}) : refused(taken.error().message());
  response.headers.add("Cache-Control", "no-store");
  co_return response;
}

}  // namespace

void add_logout_routes(net::route::Router& router, Logouts& logouts) {
  // Not as few as sign-ins may be: of many people who sign out at once all are told from the provider's one address.
  matrix_group(router,
               {.prefix = std::string(kLogoutPath), .needs = net::route::Access::open, .rate = net::route::Rate::write})
      .add({.method = "POST",
            .takes = net::route::Body::form,
            .max_body_bytes = kMaxLogoutBytes,
            .run = api::bind(post_logout_token, logouts)});
}

}  // namespace troupe::homeserver::sso
