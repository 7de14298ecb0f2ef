// Synapse's admin API: updates that run beside the server. Here there are none: a start waits for its migrations, and
// directories and totals are read from what is stored, so that nothing of them can be out of date.
// https://element-hq.github.io/synapse/latest/usage/administration/admin_api/background_updates.html
#include <algorithm>

#include "homeserver/accounts/account_shapes.h"
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/admin_user.h"
#include "homeserver/admin/server_routes.h"

namespace troupe::homeserver::admin {
namespace {

constexpr std::size_t kMaxUpdateBody = 16UL * 1024;
constexpr std::int64_t kLongestJobName = 255;
/// What Synapse makes anew on demand; scripts ask for it after they have changed a setting.
constexpr std::string_view kJobs[] = {"populate_stats_process_rooms", "regenerate_directory"};

struct Updates {
  bool enabled = true;
  boost::json::object current_updates;
};
struct UpdatesEnabled {
  bool enabled = true;
};
struct UpdateJob {
  std::string job_name;
};

}  // namespace
}  // namespace troupe::homeserver::admin

namespace troupe::api {

Shape<homeserver::admin::Updates> make_shape(Of<homeserver::admin::Updates>) {
  using homeserver::admin::Updates;
  return Shape<Updates>::part(
      {member<&Updates::enabled>("enabled"), member<&Updates::current_updates>("current_updates")});
}

Shape<homeserver::admin::UpdatesEnabled> make_shape(Of<homeserver::admin::UpdatesEnabled>) {
  using homeserver::admin::UpdatesEnabled;
  return Shape<UpdatesEnabled>::matrix_request({member<&UpdatesEnabled::enabled>("enabled")});
}

Shape<homeserver::admin::UpdateJob> make_shape(Of<homeserver::admin::UpdateJob>) {
  using homeserver::admin::UpdateJob;
  return Shape<UpdateJob>::matrix_request(
      {member<&UpdateJob::job_name>("job_name", {.least = 1, .most = homeserver::admin::kLongestJobName})});
}

}  // namespace troupe::api

namespace troupe::homeserver::admin {
namespace {

using net::route::Call;

Task<net::http::Response> get_updates(BackgroundUpdates& updates, Call&) {
  co_return api::answer(Updates{.enabled = updates.enabled, .current_updates = {}});
}
Task<net::http::Response> get_updates_enabled(BackgroundUpdates& updates, Call&) {
  co_return api::answer(UpdatesEnabled{.enabled = updates.enabled});
}
Task<net::http::Response> post_updates_enabled(BackgroundUpdates& updates, Call& call) {
  CO_TRY(const auto wanted, api::body_of<UpdatesEnabled>(call));
  updates.enabled = wanted.enabled;
  co_return api::answer(wanted);
}

Task<net::http::Response> post_start_job(Call& call) {
  CO_TRY(const auto wanted, api::body_of<UpdateJob>(call));
  if (std::ranges::find(kJobs, wanted.job_name) == std::end(kJobs)) co_return refused("Invalid job_name");
  co_return api::answer(accounts::Nothing());
}

}  // namespace

void add_background_update_routes(net::route::Router& router, BackgroundUpdates& updates) {
  const auto group = admin_group(router, "/v1/background_updates");
  group.add({.method = "GET",
             .path = "/status",
             .summary = "Show updates that run in the background: none",
             .reply = api::schema_text<Updates>(),
             .run = api::bind(get_updates, updates)});
  group.add({.method = "GET",
             .path = "/enabled",
             .summary = "Whether updates may run in the background",
             .reply = api::schema_text<UpdatesEnabled>(),
             .run = api::bind(get_updates_enabled, updates)});
  group.add({.method = "POST",
             .path = "/enabled",
             .summary = "Say whether updates may run in the background; there are none",
             .body = api::schema_text<UpdatesEnabled>(),
             .max_body_bytes = kMaxUpdateBody,
             .reply = api::schema_text<UpdatesEnabled>(),
             .run = api::bind(post_updates_enabled, updates)});
  group.add({.method = "POST",
             .path = "/start_job",
             .summary = "Make a directory or totals anew: done at once, for they are always as they should be",
             .body = api::schema_text<UpdateJob>(),
             .max_body_bytes = kMaxUpdateBody,
             .reply = api::schema_text<accounts::Nothing>(),
             .run = post_start_job});
}

}  // namespace troupe::homeserver::admin
