// /api/v1/users/import: many accounts from a CSV file, as a job.
#include "api/group.h"
#include "api/paging.h"
#include "api/words.h"
#include "console/shapes/csv.h"
#include "console/users/user_routes.h"
#include "console/users/user_shapes.h"
#include "net/route/params.h"

namespace troupe::console::users {
namespace {

using namespace api::words;

constexpr std::size_t kMaxRoomBytes = 255;

Task<Response> start_import(ImportApi& console, Call& call) {
  CO_TRY(auto dry_run, net::route::query_switch(call.request, "dry_run"));
  CO_TRY(auto generate, net::route::query_switch(call.request, "generate"));
  if (call.request.body.empty()) co_return Error(Errc::missing_param, "Send the CSV file as the body.");
  CO_TRY(auto plan, console.imports(call).plan(call.request.body));
  if (generate && !dry_run) generate_passwords(plan);
  auto join = std::string(call.request.query_value("join").value_or(""));
  if (join.size() > kMaxRoomBytes) co_return Error(Errc::invalid_param, "join must be a room id or alias.");
  std::optional<people::ReachedRoom> room;
  if (!join.empty()) {
    CO_TRY(auto there, co_await console.rooms(call).find(std::move(join)));
    room.emplace(std::move(there));
  }
  const auto rows = plan.rows.size() + plan.errors.size();
  CO_TRY(auto status, co_await console.imports(call).start(std::move(plan), room, dry_run));
  if (!dry_run) {
    co_await api::audit(console.kit, call, "user.import", status.room_id.value_or(""),
                        {{"rows", rows}, {"import_id", status.import_id}, {"generate", generate}});
  }
  co_return api::answer(ImportStarted{.import_id = status.import_id, .total = status.total}, 202);
}

Task<Response> list_imports(ImportApi& console, Call& call) {
  CO_TRY(const auto found, co_await console.imports(call).list());
  co_return reply(api::whole_list(api::write_all(found)));
}

Task<Response> get_import(ImportApi& console, Call& call) {
  CO_TRY(const auto status, co_await console.imports(call).find(call.param("import_id")));
  co_return api::answer(status);
}

Task<Response> cancel_import(ImportApi& console, Call& call) {
  CO_TRY(const auto status, co_await console.imports(call).cancel(call.param("import_id")));
  co_await api::audit(console.kit, call, "user.import_cancel", status.room_id.value_or(""),
                      {{"import_id", status.import_id}});
  co_return api::answer(status, 202);
}

Task<Response> take_import_passwords(ImportApi& console, Call& call) {
  const auto& import_id = call.param("import_id");
  CO_TRY(const auto taken, co_await console.imports(call).take_passwords(import_id));
  co_await api::audit(console.kit, call, "user.import_passwords", "",
                      {{"import_id", import_id}, {"accounts", taken.size()}});
  std::string text = "username,password\r\n";
  for (const auto& [username, password] : taken) shapes::append_csv_row(text, {username, password});
  co_return shapes::csv_response(std::move(text), "passwords.csv");
}

}  // namespace

void add_import_routes(net::route::Router& routes, ImportApi& console) {
  const api::Group group(
      routes, {.prefix = "/api/v1/users/import", .needs = Access::admin, .scope = "users", .tag = kUsersTag});
  group.add(
      {.method = "POST",
       .summary = "Make up to 10,000 accounts from a CSV file: username, password, display_name, role",
       .takes = net::route::Body::raw,
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

}  // namespace troupe::console::users
