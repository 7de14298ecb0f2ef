// Shapes of the two legacy faces (api/shape.h): JSON (2025-12-20) and forms (2026-02-18).
// The first ({"detail": …}, operator): POST /create_bot /start_bot /stop_bot /create_user /create_regular_user
//   /create_bot_user, GET /bots /users, and the same under /bots/… and /users/….
// The later one (forms, {"error": …} and {"success", "message"}): POST /login, GET /logout, GET|POST /api/bots,
//   POST /api/bot/{id}/action, GET /api/bot/{id}/logs, POST /api/create_user.
// None refuses members that it does not know: the original did not.
#pragma once
#include "api/shape.h"

namespace troupe::console::legacy {

// The first face.

struct SeedCreateBot {
  std::string bot_id;
  std::string homeserver;
  std::string user_id;
  std::string password;
  std::string flowise_url;
};
struct SeedBotId {
  std::string bot_id;
};
struct SeedMessage {
  std::string message;
};
struct SeedBot {
  std::int64_t id = 0;
  std::string bot_id;
  std::string homeserver;
  std::string user_id;
  std::string_view flowise_url;
  std::string_view status;
  std::string created_at;
};
struct SeedCreateUser {
  std::string username;
  std::string password;
  std::string user_type;
};
struct SeedNewUser {
  std::string username;
  std::string password;
};
struct SeedUserInfo {
  std::int64_t id = 0;
  std::string username;
  std::string_view user_type;
  bool admin = false;
};
struct SeedUserMade {
  std::string message;
  SeedUserInfo user_info;
};
struct SeedUser {
  SeedUserInfo info;
  std::string created_at;
};

// The later one.

struct SeedDone {
  bool success = false;
  std::optional<std::string> message = {};
  std::optional<std::string> error = {};
};
struct SeedError {
  std::string error;
};
struct SeedLogin {
  std::string password;
  std::string username;
};
struct SeedFormBotRow {
  std::int64_t id = 0;
  std::string bot_user_id;
  std::string flowise_url;
  std::string_view status;
  std::string created_at;
};
struct SeedFormBot {
  std::optional<std::string> bot_user_id;
  std::optional<std::string> flowise_url;
  std::optional<std::string> bot_password;
};
struct SeedFormAction {
  std::string action;
  std::string password;
};
struct SeedFormUser {
  std::optional<std::string> username;
  std::optional<std::string> password;
  std::string is_admin;
};
struct SeedLogs {
  bool success = false;
  std::optional<std::string> logs = {};
  std::optional<std::string> error = {};
};

void add_legacy_shapes(const api::Kit& kit);

}  // namespace troupe::console::legacy

namespace troupe::api {

Shape<console::legacy::SeedCreateBot> make_shape(Of<console::legacy::SeedCreateBot>);
Shape<console::legacy::SeedBotId> make_shape(Of<console::legacy::SeedBotId>);
Shape<console::legacy::SeedMessage> make_shape(Of<console::legacy::SeedMessage>);
Shape<console::legacy::SeedBot> make_shape(Of<console::legacy::SeedBot>);
Shape<console::legacy::SeedCreateUser> make_shape(Of<console::legacy::SeedCreateUser>);
Shape<console::legacy::SeedNewUser> make_shape(Of<console::legacy::SeedNewUser>);
Shape<console::legacy::SeedUserMade> make_shape(Of<console::legacy::SeedUserMade>);
Shape<console::legacy::SeedUser> make_shape(Of<console::legacy::SeedUser>);
Shape<console::legacy::SeedDone> make_shape(Of<console::legacy::SeedDone>);
Shape<console::legacy::SeedError> make_shape(Of<console::legacy::SeedError>);
Shape<console::legacy::SeedLogin> make_shape(Of<console::legacy::SeedLogin>);
Shape<console::legacy::SeedFormBotRow> make_shape(Of<console::legacy::SeedFormBotRow>);
Shape<console::legacy::SeedFormBot> make_shape(Of<console::legacy::SeedFormBot>);
Shape<console::legacy::SeedFormAction> make_shape(Of<console::legacy::SeedFormAction>);
Shape<console::legacy::SeedFormUser> make_shape(Of<console::legacy::SeedFormUser>);
Shape<console::legacy::SeedLogs> make_shape(Of<console::legacy::SeedLogs>);

}  // namespace troupe::api
