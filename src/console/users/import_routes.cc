// /api/v1/users/import: many accounts from a CSV file, as a job.
#include "console/reach.h"
#include "console/shapes/schema.h"
#include "console/users/user_import.h"
#include "host/age_clock.h"
#include "host/lease.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

constexpr std::size_t kMaxRoomBytes = 255;
constexpr std::chrono::seconds kRecoverEvery{30};

UserImports& service(Api& api) { return api.context.get<UserImports>(); }

Task<Response> start(Api& api, Call& call) {
  CO_TRY(auto dry_run, switched_on(call.request, "dry_run"));
  CO_TRY(auto generate, switched_on(call.request, "generate"));
  if (call.request.body.empty()) co_return Error(Errc::missing_param, "Send the CSV file as the body.");
  CO_TRY(auto plan, plan_import(call.request.body, api.homeserver.server_name()));
  if (generate && !dry_run) generate_passwords(plan);
  ImportOrder order{.who = {}, .room_id = std::nullopt, .dry_run = dry_run, .whole_server = false};
  auto room = std::string(call.request.query_value("join").value_or(""));
  if (room.size() > kMaxRoomBytes) co_return Error(Errc::invalid_param, "join must be a room id or alias.");
  if (!room.empty()) {
    CO_TRY(auto there, co_await find_room(api, call, std::move(room)));
    order.room_id = std::move(there.room_id);
  }
  for (const auto& row : plan.rows) {
    CO_TRY(check_may_give(call, row.role));
  }
  order.whole_server = !visible_tenant(call);
  order.who.tenant_id = tenant(call);
  order.who.actor_id = call.caller->principal_id;
  order.who.actor = identity::credential_of(*call.caller).principal.label();
  order.who.request_id = call.request.request_id;
  order.who.target = order.room_id.value_or("");
  const auto rows = plan.rows.size() + plan.errors.size();
  CO_TRY(auto status, co_await service(api).start(std::move(plan), std::move(order)));
  if (!dry_run) {
    co_await audit(api, call, "user.import", status.room_id.value_or(""),
                   {{"rows", rows}, {"import_id", status.import_id}, {"generate", generate}});
  }
  co_return reply(boost::json::object{{"import_id", status.import_id}, {"total", status.total}}, 202);
}

Task<Response> list(Api& api, Call& call) {
  boost::json::array items;
  CO_TRY(const auto found, co_await service(api).list(tenant(call)));
  for (const auto& status : found) items.push_back(import_view(status, true));
  auto total = static_cast<std::int64_t>(items.size());
  co_return reply(boost::json::object{{"items", std::move(items)}, {"total", total}});
}

Task<Response> get(Api& api, Call& call) {
  CO_TRY(const auto status, co_await service(api).find(tenant(call), call.param("import_id")));
  co_return reply(import_view(status, true));
}

Task<Response> cancel(Api& api, Call& call) {
  CO_TRY(const auto status, co_await service(api).cancel(tenant(call), call.param("import_id")));
  co_await audit(api, call, "user.import_cancel", status.room_id.value_or(""), {{"import_id", status.import_id}});
  co_return reply(import_view(status, true), 202);
}

Task<Response> take_passwords(Api& api, Call& call) {
  const auto& import_id = call.param("import_id");
  CO_TRY(const auto taken, co_await service(api).take_passwords(tenant(call), import_id, is_limited(call)));
  co_await audit(api, call, "user.import_passwords", "", {{"import_id", import_id}, {"accounts", taken.size()}});
  std::string text = "username,password\r\n";
  for (const auto& [username, password] : taken) append_csv_row(text, {username, password});
  co_return csv_response(std::move(text), "passwords.csv");
}

}  // namespace

Result<Unit> add_import_routes(Api& api) {
  auto& c = api.context;
  auto* leases = c.find<host::Leases>();
  auto& imports = c.make<UserImports>(UserImports::Parts{.db = c.db(),
                                                         .homeserver = api.homeserver,
                                                         .principals = api.principals,
                                                         .tenants = api.tenants,
                                                         .audit = api.audit,
                                                         .bus = c.bus(),
                                                         .io = c.io(),
                                                         .clock = c.clock(),
                                                         .sealing_key = c.sealing_key(),
                                                         .holder = leases ? leases->holder() : std::string()});
  TRY(imports.recover_now());
  c.every({.name = "console.interrupted_imports",
           .every = kRecoverEvery,
           .run = [&imports, &ages = host::age_clock(c)] { return imports.recover(ages.unix_ms()); },
           .singleton = true});
  c.offer(imports);
  c.on_stop([&imports] { return imports.stop(); });
  const std::string all = "/api/v1/users/import";
  add_route(
      api,
      {.method = "POST",
       .path = all,
       .needs = Access::admin,
       .scope = "users",
       .tag = "users",
       .summary = "Make up to 10,000 accounts from a CSV file: username, password, display_name, role",
       .reply = TROUPE_REF("ImportStarted"),
       .query = {{.name = "join", .description = "Room id or alias that they join"},
                 {.name = "generate",
                  .description = "Make a password for each account without one; POST …/{import_id}/passwords hands "
                                 "them out, once",
                  .schema = R"({"type":"boolean","default":false})"},
                 {.name = "dry_run",
                  .description = "Only say what would be done",
                  .schema = R"({"type":"boolean","default":false})"}},
       .good_status = 202,
       .takes = net::Body::raw,
       .body_type = "text/csv",
       .max_body_bytes = kMaxImportBytes},
      start);
  add_route(api,
            {.method = "GET",
             .path = all,
             .needs = Access::admin,
             .scope = "users",
             .tag = "users",
             .summary = "The last imports, newest first",
             .reply = TROUPE_REF("UserImports")},
            list);
  add_route(api,
            {.method = "GET",
             .path = all + "/{import_id}",
             .needs = Access::admin,
             .scope = "users",
             .tag = "users",
             .summary = "How far an import is, and which lines failed",
             .reply = TROUPE_REF("UserImport")},
            get);
  add_route(api,
            {.method = "DELETE",
             .path = all + "/{import_id}",
             .needs = Access::admin,
             .scope = "users",
             .tag = "users",
             .summary = "Ask a running import to end after its present step; what was made stays",
             .reply = TROUPE_REF("UserImport"),
             .good_status = 202},
            cancel);
  add_route(api,
            {.method = "POST",
             .path = all + "/{import_id}/passwords",
             .needs = Access::admin,
             .scope = "users",
             .tag = "users",
             .summary = "Take the passwords that an import made, as CSV: possible once, and within a day of it",
             .reply = R"({"type":"string"})",
             .reply_type = "text/csv"},
            take_passwords);
  return Unit{};
}

}  // namespace troupe::console
