// Shapes of /api/v1/users (api/shape.h).
#pragma once
#include "api/shape.h"
#include "console/people/user_entry.h"
#include "console/shapes/words.h"
#include "console/users/import_status.h"

namespace troupe::console::users {

struct NewUserBody {
  std::string username;
  std::optional<std::string> password;
  std::string display_name;
  std::optional<net::route::Role> role;
};
struct CreatedUser {
  people::UserEntry user;
  std::optional<std::string> generated_password;
};
struct UserPatchBody {
  std::optional<std::string> display_name;
  std::optional<net::route::Role> role;
  std::optional<std::int64_t> tenant_id;
};
struct NewPasswordBody {
  std::optional<std::string> password;
  bool generate = false;
  std::optional<std::string> current_password;
  bool logout_devices = true;
  bool revoke_keys = false;
};
struct GeneratedPassword {
  std::string password;
};
struct ConfirmBody {
  std::string confirm;
};
/// A Matrix device or a console.
struct OpenSession {
  std::string device_id;
  std::string_view kind;
  std::string display_name;
  std::optional<base::UnixMs> last_seen_ms;
  std::string last_seen_ip;
};
struct ImportStarted {
  std::string import_id;
  std::size_t total = 0;
};

void add_user_shapes(const api::Kit& kit);

}  // namespace troupe::console::users

namespace troupe::api {

template <>
struct Words<console::users::ImportStatus::State> {
  using State = console::users::ImportStatus::State;
  static constexpr std::string_view name = {};
  static constexpr State values[] = {State::running, State::done, State::failed};
  static std::string_view word(State state) {
    return state == State::running ? "running" : state == State::done ? "done" : "failed";
  }
};
template <>
struct Words<console::users::ImportStatus::Reason> {
  using Reason = console::users::ImportStatus::Reason;
  static constexpr std::string_view name = {};
  static constexpr Reason values[] = {Reason::cancelled, Reason::interrupted};
  static std::string_view word(Reason reason) { return reason == Reason::cancelled ? "cancelled" : "interrupted"; }
};

Shape<console::people::UserEntry> make_shape(Of<console::people::UserEntry>);
Shape<matrix::LinkedIdentity> make_shape(Of<matrix::LinkedIdentity>);
Shape<console::users::NewUserBody> make_shape(Of<console::users::NewUserBody>);
Shape<console::users::CreatedUser> make_shape(Of<console::users::CreatedUser>);
Shape<console::users::UserPatchBody> make_shape(Of<console::users::UserPatchBody>);
Shape<console::users::NewPasswordBody> make_shape(Of<console::users::NewPasswordBody>);
Shape<console::users::GeneratedPassword> make_shape(Of<console::users::GeneratedPassword>);
Shape<console::users::ConfirmBody> make_shape(Of<console::users::ConfirmBody>);
Shape<console::users::OpenSession> make_shape(Of<console::users::OpenSession>);
Shape<console::users::ImportStarted> make_shape(Of<console::users::ImportStarted>);
Shape<console::users::ImportStatus> make_shape(Of<console::users::ImportStatus>);

}  // namespace troupe::api
