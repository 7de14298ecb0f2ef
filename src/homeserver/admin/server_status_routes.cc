#include "api/shape.h"
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/deletion_store.h"
#include "homeserver/admin/server_routes.h"

namespace troupe::homeserver::admin {
namespace {

struct Updates {
  bool enabled = true;
  boost::json::object current_updates;
};
struct UpdatesEnabled {
  bool enabled = true;
};

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
struct Nobody {};

}  // namespace
}  // namespace troupe::homeserver::admin

namespace troupe::api {

template <>
const Shape<homeserver::admin::Updates>& shape_of() {
  using homeserver::admin::Updates;
  static const auto shape = Shape<Updates>::part(
      {member<&Updates::enabled>("enabled"), member<&Updates::current_updates>("current_updates")});
  return shape;
}

template <>
const Shape<homeserver::admin::UpdatesEnabled>& shape_of() {
  using homeserver::admin::UpdatesEnabled;
  static const auto shape = Shape<UpdatesEnabled>::part({member<&UpdatesEnabled::enabled>("enabled")});
  return shape;
}

template <>
const Shape<homeserver::admin::ServerTask>& shape_of() {
  using homeserver::admin::ServerTask;
  static const auto shape = Shape<ServerTask>::part(
      {member<&ServerTask::id>("id"), member<&ServerTask::action>("action"), member<&ServerTask::status>("status"),
       member<&ServerTask::made_ms>("timestamp_ms"), member<&ServerTask::resource_id>("resource_id"),
       member<&ServerTask::result>("result"), member<&ServerTask::error>("error")});
  return shape;
}

template <>
const Shape<homeserver::admin::ServerTasks>& shape_of() {
  using homeserver::admin::ServerTasks;
  static const auto shape = Shape<ServerTasks>::part({member<&ServerTasks::scheduled_tasks>("scheduled_tasks")});
  return shape;
}

template <>
const Shape<homeserver::admin::Destinations>& shape_of() {
  using homeserver::admin::Destinations;
  static const auto shape = Shape<Destinations>::part(
      {member<&Destinations::destinations>("destinations"), member<&Destinations::total>("total")});
  return shape;
}

template <>
const Shape<homeserver::admin::Nobody>& shape_of() {
  static const auto shape = Shape<homeserver::admin::Nobody>::part({});
  return shape;
}

}  // namespace troupe::api

namespace troupe::homeserver::admin {
namespace {

/// Those of a day: so long deletions are kept.
constexpr std::size_t kMostTasks = 1000;

Task<net::http::Response> get_updates(net::route::Call&) { co_return api::answer(Updates()); }

/// A start waits for its migrations; nothing of the kind runs beside the server, and nothing can be switched off.
Task<net::http::Response> get_updates_enabled(net::route::Call&) { co_return api::answer(UpdatesEnabled()); }

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

Task<net::http::Response> get_tasks(store::Database& db, net::route::Call& call) {
  CO_TRY(const auto action, net::route::query_search(call.request, "action_name"));
  CO_TRY(const auto resource, net::route::query_search(call.request, "resource_id"));
  CO_TRY(const auto status,
         net::route::query_choice(call.request, "job_status", {"scheduled", "active", "complete", "failed"}));
  CO_TRY(const auto before, net::route::query_number(call.request, "max_timestamp",
                                                     {.otherwise = std::numeric_limits<std::int64_t>::max(),
                                                      .least = 0,
                                                      .most = std::numeric_limits<std::int64_t>::max()}));
  auto look = [](store::Connection& connection) -> Result<std::vector<DeletionRow>> {
    return deletion_store::newest(connection, kMostTasks);
  };
  CO_TRY(auto rows, co_await db.read(look));
  ServerTasks found;
  for (auto& row : rows) {
    auto task = task_of(std::move(row));
    const bool fits = (action.empty() || task.action == action) && (resource.empty() || task.resource_id == resource) &&
                      (!status || task.status == *status) && task.made_ms <= before;
    if (fits) found.scheduled_tasks.push_back(std::move(task));
  }
  co_return api::answer(found);
}

Task<net::http::Response> get_destinations(net::route::Call& call) {
  CO_TRY(admin_page(call.request));
  co_return api::answer(Destinations());
}

Task<net::http::Response> no_destination(net::route::Call&) { co_return Error(Errc::not_found, "Unknown destination"); }

}  // namespace

void add_server_status_routes(net::route::Router& router, store::Database& db) {
  const auto group = admin_group(router, "/v1");
  group.add({.method = "GET",
             .path = "/background_updates/status",
             .summary = "Show updates that run in the background: none",
             .reply = api::schema_text<Updates>(),
             .run = get_updates});
  group.add({.method = "GET",
             .path = "/background_updates/enabled",
             .summary = "Whether updates may run in the background",
             .reply = api::schema_text<UpdatesEnabled>(),
             .run = get_updates_enabled});
  group.add({.method = "GET",
             .path = "/scheduled_tasks",
             .summary = "List deletions of a day, newest first",
             .reply = api::schema_text<ServerTasks>(),
             .query = {{"action_name", "shutdown_and_purge_room or purge_history"},
                       {"resource_id", "of this room"},
                       {"job_status", "scheduled, active, complete or failed"},
                       {"max_timestamp", "begun by then, in milliseconds since 1970"}},
             .run = api::bind(get_tasks, db)});
  group.add({.method = "GET",
             .path = "/federation/destinations",
             .summary = "List the servers that are spoken to: none",
             .reply = api::schema_text<Destinations>(),
             .query = admin_page_params(),
             .run = get_destinations});
  group.add({.method = "GET",
             .path = "/federation/destinations/{destination}",
             .summary = "Show a server that is spoken to: there is none",
             .reply = api::schema_text<Nobody>(),
             .run = no_destination});
  group.add({.method = "GET",
             .path = "/federation/destinations/{destination}/rooms",
             .summary = "List the rooms of such a server: there is none",
             .reply = api::schema_text<Nobody>(),
             .run = no_destination});
  group.add({.method = "POST",
             .path = "/federation/destinations/{destination}/reset_connection",
             .summary = "Try such a server again: there is none",
             .reply = api::schema_text<Nobody>(),
             .run = no_destination});
}

}  // namespace troupe::homeserver::admin
