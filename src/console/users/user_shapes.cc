#include "console/users/user_shapes.h"

namespace troupe::api {

using console::people::UserEntry;
using console::users::ConfirmBody;
using console::users::CreatedUser;
using console::users::GeneratedPassword;
using console::users::ImportStarted;
using console::users::ImportStatus;
using console::users::LineError;
using console::users::NewPasswordBody;
using console::users::NewUserBody;
using console::users::OpenSession;
using console::users::UserPatchBody;
using identity::Principal;
using matrix::Account;

namespace {

constexpr std::string_view kSessionKinds[] = {"matrix", "console"};

std::optional<ImportStatus::Reason> reason_of(const ImportStatus& status) {
  return status.reason == ImportStatus::Reason::none ? std::nullopt : std::optional(status.reason);
}
std::optional<std::size_t> passwords_of(const ImportStatus& status) {
  return status.passwords > 0 ? std::optional(status.passwords) : std::nullopt;
}

}  // namespace

Shape<UserEntry> make_shape(Of<UserEntry>) {
  return Shape<UserEntry>::answer(
      "User",
      {member<&UserEntry::principal, &Principal::id>("id"), member<&UserEntry::account, &Account::user_id>("user_id"),
       made<[](const UserEntry& user) { return console::people::username(user.account.user_id); }>("username"),
       member<&UserEntry::account, &Account::display_name>("display_name"),
       member<&UserEntry::principal, &Principal::kind>("kind"), member<&UserEntry::principal, &Principal::role>("role"),
       member<&UserEntry::account, &Account::deactivated>("deactivated",
                                                          {.description = "Closed for ever; the name stays taken."}),
       member<&UserEntry::account, &Account::locked>("locked", {.description = "Can do nothing until it is unlocked."}),
       member<&UserEntry::principal, &Principal::tenant_id>("tenant_id"),
       time<&UserEntry::account, &Account::created_ms>("created_at"),
       member<&UserEntry::account, &Account::avatar_url>("avatar_url", {.may_lack = true}),
       member<&UserEntry::has_password>(
           "has_password", {.description = "Of one account: whether a password opens it. Not there: not known."}),
       member<&UserEntry::identities>(
           "identities", {.description = "Of one account: who its person is at providers.", .may_lack = true})});
}

Shape<matrix::LinkedIdentity> make_shape(Of<matrix::LinkedIdentity>) {
  return Shape<matrix::LinkedIdentity>::part(
      {member<&matrix::LinkedIdentity::provider>("provider", {.description = "Its id in the configuration."}),
       member<&matrix::LinkedIdentity::subject>("subject",
                                                {.description = "The provider's own, lasting name for the person."})});
}

Shape<NewUserBody> make_shape(Of<NewUserBody>) {
  return Shape<NewUserBody>::request(
      "NewUser", {member<&NewUserBody::username>(
                      "username", {.description = "Local part: a-z 0-9 . _ = - / +", .least = 1, .most = 200}),
                  member<&NewUserBody::password>(
                      "password", {.description = "Left out: one is made and returned once.", .least = 8, .most = 512}),
                  member<&NewUserBody::display_name>("display_name", {.most = 256, .may_lack = true}),
                  member<&NewUserBody::role>("role")});
}

Shape<CreatedUser> make_shape(Of<CreatedUser>) {
  return Shape<CreatedUser>::answer("CreatedUser", {member<&CreatedUser::user>("user"),
                                                    member<&CreatedUser::generated_password>(
                                                        "generated_password", {.description = "Shown this once."})});
}

Shape<UserPatchBody> make_shape(Of<UserPatchBody>) {
  return Shape<UserPatchBody>::request(
      "UserPatch",
      {member<&UserPatchBody::display_name>("display_name", {.most = 256}), member<&UserPatchBody::role>("role"),
       member<&UserPatchBody::tenant_id>("tenant_id", {.least = 1})});
}

Shape<NewPasswordBody> make_shape(Of<NewPasswordBody>) {
  return Shape<NewPasswordBody>::request(
      "NewPassword",
      {member<&NewPasswordBody::password>("password", {.description = "Or else `generate`.", .least = 8, .most = 512}),
       member<&NewPasswordBody::generate>(
           "generate",
           {.description = "Make a random password and answer it once (administrators).", .may_lack = true}),
       member<&NewPasswordBody::current_password>("current_password",
                                                  {.description = "Needed for one's own account.", .most = 512}),
       member<&NewPasswordBody::logout_devices>(
           "logout_devices", {.description = "End all sessions of the account. Default true.", .may_lack = true}),
       member<&NewPasswordBody::revoke_keys>(
           "revoke_keys",
           {.description = "Revoke all API keys of the account, too. Default false: keys outlive a password.",
            .may_lack = true})});
}

Shape<GeneratedPassword> make_shape(Of<GeneratedPassword>) {
  return Shape<GeneratedPassword>::answer(
      "GeneratedPassword", {member<&GeneratedPassword::password>("password", {.description = "Shown this once."})});
}

Shape<ConfirmBody> make_shape(Of<ConfirmBody>) {
  return Shape<ConfirmBody>::request(
      "Confirm",
      {member<&ConfirmBody::confirm>(
          "confirm", {.description = "The id of what is about to go, typed again.", .least = 1, .most = 255})});
}

Shape<OpenSession> make_shape(Of<OpenSession>) {
  return Shape<OpenSession>::part(
      {member<&OpenSession::device_id>("device_id", {.description = "Of a console session: console:<number>."}),
       member<&OpenSession::kind>("kind", {.one_of = kSessionKinds}),
       member<&OpenSession::display_name>("display_name"), time<&OpenSession::last_seen_ms>("last_seen_at"),
       member<&OpenSession::last_seen_ip>("last_seen_ip", {.may_lack = true})});
}

Shape<ImportStarted> make_shape(Of<ImportStarted>) {
  return Shape<ImportStarted>::answer(
      "ImportStarted", {member<&ImportStarted::import_id>("import_id"), member<&ImportStarted::total>("total")});
}

Shape<LineError> make_shape(Of<LineError>) {
  return Shape<LineError>::part({member<&LineError::line>("line"), member<&LineError::message>("message")});
}

Shape<ImportStatus> make_shape(Of<ImportStatus>) {
  return Shape<ImportStatus>::answer(
      "UserImport",
      {member<&ImportStatus::import_id>("import_id"), member<&ImportStatus::state>("state"),
       member<&ImportStatus::dry_run>("dry_run"),
       member<&ImportStatus::total>("total", {.description = "Rows of the file."}), member<&ImportStatus::done>("done"),
       member<&ImportStatus::created>("created", {.description = "With dry_run: would be made."}),
       member<&ImportStatus::existed>("existed"),
       made<[](const ImportStatus& status) { return status.errors.size(); }>("failed"),
       member<&ImportStatus::joined>("joined", {.description = "Are in the room now."}),
       member<&ImportStatus::errors>("errors"), time<&ImportStatus::started_ms>("started_at"),
       member<&ImportStatus::room_id>("room_id"),
       made<passwords_of>("passwords",
                          {.description = "Made by this import (generate) and not taken yet; not there: none."}),
       member<&ImportStatus::error>(
           "error",
           {.description = "Why it stopped before its end; the same file again goes on from there.", .may_lack = true}),
       made<reason_of>("reason", {.description = "Of a failed one: somebody cancelled it, or its server stopped."}),
       time<&ImportStatus::finished_ms>("finished_at")});
}

}  // namespace troupe::api

namespace troupe::console::users {

void add_user_shapes(const api::Kit& kit) {
  api::add_shapes_of<people::UserEntry, NewUserBody, CreatedUser, UserPatchBody, NewPasswordBody, GeneratedPassword,
                     ConfirmBody, ImportStarted, ImportStatus>(kit);
  api::add_shape(kit, "UserPage", api::page_schema<people::UserEntry>());
  api::add_shape(kit, "UserSessions", api::list_schema<OpenSession>());
  api::add_shape(kit, "UserImports", api::list_schema<ImportStatus>());
}

}  // namespace troupe::console::users
