// Synapse's admin API: redacting all that somebody said, in the background, with its status.
// https://element-hq.github.io/synapse/latest/admin_api/user_admin_api.html
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/admin_user.h"
#include "homeserver/admin/room_routes.h"

namespace troupe::homeserver::admin {
namespace {

constexpr std::size_t kMostRedactionBody = 512UL * 1024;

Task<net::http::Response> post_redaction(UserRedactionApi& api, net::route::Call& call) {
  CO_TRY(auto wanted, api::body_of<RedactUserBody>(call));
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  boost::json::object detail{{"rooms", wanted.rooms.size()}, {"limit", wanted.limit}};
  if (wanted.before_ts) detail["before_ts"] = *wanted.before_ts;
  if (wanted.after_ts) detail["after_ts"] = *wanted.after_ts;
  CO_TRY(auto redact_id, co_await api.redaction.start(call.caller->user_id, account.user_id, std::move(wanted)));
  co_await api.audit.record(call, "user.redact", account.user_id, std::move(detail));
  co_return api::answer(RedactId{std::move(redact_id)});
}

Task<net::http::Response> get_redaction(UserRedactionApi& api, net::route::Call& call) {
  CO_TRY(auto row, co_await api.redaction.state(call.param("redact_id")));
  RedactionState state{.status = kDeletionWords[static_cast<std::size_t>(row.status)],
                       .failed_redactions = std::move(row.failed),
                       .redacted = row.redacted,
                       .error = std::nullopt};
  if (!row.error.empty()) state.error = std::move(row.error);
  co_return api::answer(state);
}

}  // namespace

void add_user_redaction_routes(net::route::Router& router, UserRedactionApi& api) {
  const auto group = admin_group(router, "/v1/user");
  group.add({.method = "POST",
             .path = "/{user_id}/redact",
             .summary = "Redact what somebody said, in the background",
             .body = api::schema_text<RedactUserBody>(),
             .max_body_bytes = kMostRedactionBody,
             .reply = api::schema_text<RedactId>(),
             .run = api::bind(post_redaction, api)});
  group.add({.method = "GET",
             .path = "/redact_status/{redact_id}",
             .summary = "How far such a redaction is",
             .reply = api::schema_text<RedactionState>(),
             .run = api::bind(get_redaction, api)});
}

}  // namespace troupe::homeserver::admin
