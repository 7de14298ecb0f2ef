// /api/v1/users/import: many accounts from a CSV file, as a job.
#include "console/console_api.h"
#include "console/users/user_import.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

constexpr std::size_t kMaxRoomBytes = 255;

Task<Response> start_import(ImportApi& console, Call& call) {
  CO_TRY(auto dry_run, net::query_switch(call.request, "dry_run"));
  CO_TRY(auto generate, net::query_switch(call.request, "generate"));
  if (call.request.body.empty()) co_return Error(Errc::missing_param, "Send the CSV file as the body.");
  CO_TRY(auto plan, plan_import(call.request.body, console.people.homeserver.server_name()));
  if (generate && !dry_run) generate_passwords(plan);
  ImportOrder order{.who = {}, .room_id = std::nullopt, .dry_run = dry_run, .whole_server = false};
  auto room = std::string(call.request.query_value("join").value_or(""));
  if (room.size() > kMaxRoomBytes) co_return Error(Errc::invalid_param, "join must be a room id or alias.");
  if (!room.empty()) {
    CO_TRY(auto there, co_await find_room(console.people, call, std::move(room)));
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
  CO_TRY(auto status, co_await console.imports.start(std::move(plan), std::move(order)));
  if (!dry_run) {
    co_await api::audit(console.kit, call, "user.import", status.room_id.value_or(""),
                        {{"rows", rows}, {"import_id", status.import_id}, {"generate", generate}});
  }
  co_return reply(boost::json::object{{"import_id", status.import_id}, {"total", status.total}}, 202);
}

Task<Response> list_imports(ImportApi& console, Call& call) {
  boost::json::array items;
  CO_TRY(const auto found, co_await console.imports.list(tenant(call)));
  for (const auto& status : found) items.push_back(import_view(status, true));
  co_return reply(api::whole_list(std::move(items)));
}

Task<Response> get_import(ImportApi& console, Call& call) {
  CO_TRY(const auto status, co_await console.imports.find(tenant(call), call.param("import_id")));
  co_return reply(import_view(status, true));
}

Task<Response> cancel_import(ImportApi& console, Call& call) {
  CO_TRY(const auto status, co_await console.imports.cancel(tenant(call), call.param("import_id")));
  co_await api::audit(console.kit, call, "user.import_cancel", status.room_id.value_or(""),
                      {{"import_id", status.import_id}});
  co_return reply(import_view(status, true), 202);
}

Task<Response> take_import_passwords(ImportApi& console, Call& call) {
  const auto& import_id = call.param("import_id");
  CO_TRY(const auto taken, co_await console.imports.take_passwords(tenant(call), import_id, is_limited(call)));
  co_await api::audit(console.kit, call, "user.import_passwords", "",
                      {{"import_id", import_id}, {"accounts", taken.size()}});
  std::string text = "username,password\r\n";
  for (const auto& [username, password] : taken) append_csv_row(text, {username, password});
  co_return csv_response(std::move(text), "passwords.csv");
}

}  // namespace

void add_import_routes(net::Router& routes, ImportApi& console) {
  const api::Group group(routes,
                         {.prefix = "/api/v1/users/import", .needs = Access::admin, .scope = "users", .tag = "users"});
  group.add(
      {.method = "POST",
       .summary = "Make up to 10,000 accounts from a CSV file: username, password, display_name, role",
       .takes = net::Body::raw,
       .body_type = "text/csv",
       .max_body_bytes = kMaxImportBytes,
       .reply = TROUPE_REF("ImportStarted"),
       .query = {{.name = "join", .description = "Room id or alias that they join"},
                 {.name = "generate",
                  .description = "Make a password for each account without one; POST …/{import_id}/passwords hands "
                                 "them out, once",
                  .schema = R"({"type":"boolean","default":false})"},
                 {.name = "dry_run",
                  .description = "Only say what would be done",
                  .schema = R"({"type":"boolean","default":false})"}},
       .status = 202,
       .run = api::bind(start_import, console)});
  group.add({.method = "GET",
             .summary = "The last imports, newest first",
             .reply = TROUPE_REF("UserImports"),
             .run = api::bind(list_imports, console)});
  group.add({.method = "GET",
             .path = "/{import_id}",
             .summary = "How far an import is, and which lines failed",
             .reply = TROUPE_REF("UserImport"),
             .run = api::bind(get_import, console)});
  group.add({.method = "DELETE",
             .path = "/{import_id}",
             .summary = "Ask a running import to end after its present step; what was made stays",
             .reply = TROUPE_REF("UserImport"),
             .status = 202,
             .run = api::bind(cancel_import, console)});
  group.add({.method = "POST",
             .path = "/{import_id}/passwords",
             .summary = "Take the passwords that an import made, as CSV: possible once, and within a day of it",
             .reply = R"({"type":"string"})",
             .reply_type = "text/csv",
             .run = api::bind(take_import_passwords, console)});
}

}  // namespace troupe::console
