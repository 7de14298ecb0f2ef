#include "console/module.h"

#include "console/api.h"
#include "console/shapes/schemas.h"

namespace troupe::console {
namespace {

constexpr char kChatSql[] = {
#embed "migrations/0001_chat.sql"
};
constexpr char kImportSql[] = {
#embed "migrations/0002_import.sql"
};
constexpr char kPasswordsSql[] = {
#embed "migrations/0003_import_passwords.sql"
};

Result<Unit> setup(host::Context& c) {
  auto& api = c.make<Api>(Api{.context = c,
                              .homeserver = c.get<matrix::Homeserver>(),
                              .principals = c.get<identity::Principals>(),
                              .sessions = c.get<identity::Sessions>(),
                              .api_keys = c.get<identity::ApiKeys>(),
                              .audit = c.get<identity::Audit>(),
                              .tenants = c.get<identity::Tenants>(),
                              .bots = c.get<fleet::BotService>(),
                              .started_ms = c.clock().unix_ms(),
                              .started = c.clock().steady()});
  auto add_shapes = [&](const auto& shapes) {
    for (const auto& [name, text] : shapes) c.routes().add_schema(std::string(name), text);
  };
  add_shapes(schema::kCommonShapes);
  add_shapes(schema::kUserShapes);
  add_shapes(schema::kBotShapes);
  add_shapes(schema::kRoomShapes);
  add_shapes(schema::kSeedShapes);
  add_session_routes(api);
  add_overview_routes(api);
  add_user_routes(api);
  add_user_access_routes(api);
  TRY([[maybe_unused]] auto imports, add_import_routes(api));
  add_settings_routes(api);
  add_audit_routes(api);
  add_bot_routes(api);
  add_bot_watch_routes(api);
  add_brain_test_routes(api);
  add_chat_routes(api);
  add_hook_routes(api);
  add_key_routes(api);
  add_room_routes(api);
  add_live_routes(api);
  add_document_routes(api);
  add_seed_routes(api);
  add_seed_form_routes(api);
  add_web_routes(api);
  return Unit{};
}

}  // namespace

host::Module console_module() {
  return {.name = "console",
          .migrations = {{.number = 1, .name = "chat", .sql = {kChatSql, sizeof kChatSql}},
                         {.number = 2, .name = "import", .sql = {kImportSql, sizeof kImportSql}},
                         {.number = 3, .name = "import_passwords", .sql = {kPasswordsSql, sizeof kPasswordsSql}}},
          .setup = setup};
}

}  // namespace troupe::console
