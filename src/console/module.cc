#include "console/module.h"

#include "console/api.h"
#include "console/schemas.h"

namespace troupe::console {
namespace {

Result<Unit> setup(host::Context& c) {
  auto& api = c.make<Api>(Api{.context = c,
                              .homeserver = c.get<matrix::Homeserver>(),
                              .principals = c.get<identity::Principals>(),
                              .sessions = c.get<identity::Sessions>(),
                              .api_keys = c.get<identity::ApiKeys>(),
                              .audit = c.get<identity::Audit>(),
                              .bots = c.get<fleet::BotService>(),
                              .started_ms = c.clock().unix_ms(),
                              .started = c.clock().steady()});
  for (const auto& [name, text] : schema::kNamed) c.routes().add_schema(std::string(name), text);
  add_session_routes(api);
  add_overview_routes(api);
  add_user_routes(api);
  add_bot_routes(api);
  add_key_routes(api);
  add_room_routes(api);
  add_live_routes(api);
  add_document_routes(api);
  add_seed_routes(api);
  add_web_routes(api);
  return Unit{};
}

}  // namespace

host::Module console_module() { return {.name = "console", .migrations = {}, .setup = setup}; }

}  // namespace troupe::console
