#include <algorithm>
#include <functional>

#include "api/shape.h"
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/deletion_store.h"
#include "homeserver/admin/redaction_store.h"
#include "homeserver/admin/server_routes.h"
#include "homeserver/common/nothing.h"

namespace troupe::homeserver::admin {
namespace {

struct ServerTask {
  std::string id;
  std::string action;
  std::string status;
  std::int64_t made_ms = 0;
  std::string resource_id;
  std::optional<boost::json::object> result;
  std::optional<std::string> error;
};
struct ServerTasks {
  std::vector<ServerTask> scheduled_tasks;
};

/// There are none: other servers are not spoken to.
struct Destinations {
  std::vector<boost::json::object> destinations;
  std::int64_t total = 0;
};

}  // namespace
}  // namespace troupe::homeserver::admin

namespace troupe::api {

Shape<homeserver::admin::ServerTask> make_shape(Of<homeserver::admin::ServerTask>) {
  using homeserver::admin::ServerTask;
  return Shape<ServerTask>::part({member<&ServerTask::id>("id"), member<&ServerTask::action>("action"),
                                  member<&ServerTask::status>("status"), member<&ServerTask::made_ms>("timestamp_ms"),
                                  member<&ServerTask::resource_id>("resource_id"),
                                  member<&ServerTask::result>("result", {.or_null = true}),
                                  member<&ServerTask::error>("error", {.or_null = true})});
}

Shape<homeserver::admin::ServerTasks> make_shape(Of<homeserver::admin::ServerTasks>) {
  using homeserver::admin::ServerTasks;
  return Shape<ServerTasks>::part({member<&ServerTasks::scheduled_tasks>("scheduled_tasks")});
}

Shape<homeserver::admin::Destinations> make_shape(Of<homeserver::admin::Destinations>) {
  using homeserver::admin::Destinations;
  return Shape<Destinations>::part(
      {member<&Destinations::destinations>("destinations"), member<&Destinations::total>("total")});
}

}  // namespace troupe::api

namespace troupe::homeserver::admin {
namespace {

/// Of each kind, those of a day: so long they are kept.
constexpr std::size_t kMostTasks = 1000;

ServerTask task_of(DeletionRow row) {
  ServerTask task{.id = std::move(row.delete_id),
                  .action = row.kind == DeletionKind::room ? "shutdown_and_purge_room" : "purge_history",
                  .status = std::string(kDeletionWords[static_cast<std::size_t>(row.status)]),
                  .made_ms = row.made_ms,
                  .resource_id = std::move(row.room_id),
                  .result = {},
                  .error = {}};
  if (row.status == DeletionStatus::complete) task.result = std::move(row.result);
  if (row.status == DeletionStatus::failed) task.error = "The task failed; the server's log says why.";
  return task;
}

ServerTask task_of(RedactionSummary row) {
  ServerTask task{.id = std::move(row.redact_id),
                  .action = "redact_all_events",
                  .status = std::string(kDeletionWords[static_cast<std::size_t>(row.status)]),
                  .made_ms = row.made_ms,
                  .resource_id = std::move(row.user_id),
                  .result = {},
                  .error = {}};
  if (row.status == DeletionStatus::complete) task.result = boost::json::object{{"redacted", row.redacted}};
  if (row.status == DeletionStatus::failed) task.error = std::move(row.error);
  return task;
}

/// Both kinds, the newest first.
Result<std::vector<ServerTask>> newest_tasks(store::Connection& connection) {
  std::vector<ServerTask> tasks;
  for (auto& row : deletion_store::newest(connection, kMostTasks)) tasks.push_back(task_of(std::move(row)));
  for (auto& row : redaction_store::newest(connection, kMostTasks)) tasks.push_back(task_of(std::move(row)));
  std::ranges::sort(tasks, std::greater(), [](const ServerTask& task) { return std::pair(task.made_ms, task.id); });
  return tasks;
}

Task<net::http::Response> get_tasks(store::Database& db, net::route::Call& call) {
  CO_TRY(const auto action, net::route::query_search(call.request, "action_name"));
  CO_TRY(const auto resource, net::route::query_search(call.request, "resource_id"));
  CO_TRY(const auto status,
         net::route::query_choice(call.request, "job_status", {"scheduled", "active", "complete", "failed"}));
  CO_TRY(const auto before, net::route::query_number(call.request, "max_timestamp",
                                                     {.otherwise = std::numeric_limits<std::int64_t>::max(),
                                                      .least = 0,
                                                      .most = std::numeric_limits<std::int64_t>::max()}));
  CO_TRY(auto tasks, co_await db.read(newest_tasks));
  ServerTasks found;
  for (auto& task : tasks) {
    const bool fits = (action.empty() || task.action == action) && (resource.empty() || task.resource_id == resource) &&
                      (!status || task.status == *status) && task.made_ms <= before;
    if (fits) found.scheduled_tasks.push_back(std::move(task));
  }
  co_return api::answer(found);
}

std::vector<net::route::QueryParam> destination_params() {
  auto params = admin_page_params();
  params.push_back({"order_by", "by what"});
  return params;
}

Task<net::http::Response> get_destinations(net::route::Call& call) {
  CO_TRY(admin_page(call.request));
  CO_TRY(net::route::query_choice(
      call.request, "order_by",
      {"destination", "retry_last_ts", "retry_interval", "failure_ts", "last_successful_stream_ordering"}));
  co_return api::answer(Destinations());
}

Task<net::http::Response> no_destination(net::route::Call&) { co_return Error(Errc::not_found, "Unknown destination"); }

}  // namespace

void add_server_status_routes(net::route::Router& router, store::Database& db) {
  const auto group = admin_group(router, "/v1");
  group.add({.method = "GET",
             .path = "/scheduled_tasks",
             .summary = "List deletions and redactions of a day, newest first",
             .reply = api::schema_text<ServerTasks>(),
             .query = {{"action_name", "shutdown_and_purge_room, purge_history or redact_all_events"},
                       {"resource_id", "of this room or person"},
                       {"job_status", "scheduled, active, complete or failed"},
                       {"max_timestamp", "begun by then, in milliseconds since 1970"}},
             .run = api::bind(get_tasks, db)});
  group.add({.method = "GET",
             .path = "/federation/destinations",
             .summary = "List the servers that are spoken to: none",
             .reply = api::schema_text<Destinations>(),
             .query = destination_params(),
             .run = get_destinations});
  group.add({.method = "GET",
             .path = "/federation/destinations/{destination}",
             .summary = "Show a server that is spoken to: there is none",
             .reply = api::schema_text<Nothing>(),
             .run = no_destination});
  group.add({.method = "GET",
             .path = "/federation/destinations/{destination}/rooms",
             .summary = "List the rooms of such a server: there is none",
             .reply = api::schema_text<Nothing>(),
             .run = no_destination});
  group.add({.method = "POST",
             .path = "/federation/destinations/{destination}/reset_connection",
             .summary = "Try such a server again: there is none",
             .reply = api::schema_text<Nothing>(),
             .run = no_destination});
}

}  // namespace troupe::homeserver::admin
