#include "console/legacy/legacy_shapes.h"

namespace troupe::api {

using console::legacy::SeedBot;
using console::legacy::SeedBotId;
using console::legacy::SeedCreateBot;
using console::legacy::SeedCreateUser;
using console::legacy::SeedDone;
using console::legacy::SeedError;
using console::legacy::SeedFormAction;
using console::legacy::SeedFormBot;
using console::legacy::SeedFormBotRow;
using console::legacy::SeedFormUser;
using console::legacy::SeedLogin;
using console::legacy::SeedLogs;
using console::legacy::SeedMessage;
using console::legacy::SeedNewUser;
using console::legacy::SeedUser;
using console::legacy::SeedUserInfo;
using console::legacy::SeedUserMade;

namespace {

constexpr std::string_view kStatuses[] = {"created", "running", "stopped"};

}  // namespace

Shape<SeedCreateBot> make_shape(Of<SeedCreateBot>) {
  return Shape<SeedCreateBot>::answer(
      "SeedCreateBot", {member<&SeedCreateBot::bot_id>("bot_id"), member<&SeedCreateBot::homeserver>("homeserver"),
                        member<&SeedCreateBot::user_id>("user_id"), member<&SeedCreateBot::password>("password"),
                        member<&SeedCreateBot::flowise_url>("flowise_url")});
}

Shape<SeedBotId> make_shape(Of<SeedBotId>) {
  return Shape<SeedBotId>::answer("SeedBotId", {member<&SeedBotId::bot_id>("bot_id")});
}

Shape<SeedMessage> make_shape(Of<SeedMessage>) {
  return Shape<SeedMessage>::answer("SeedMessage", {member<&SeedMessage::message>("message")});
}

Shape<SeedBot> make_shape(Of<SeedBot>) {
  return Shape<SeedBot>::part(
      {member<&SeedBot::id>("id"), member<&SeedBot::bot_id>("bot_id"), member<&SeedBot::homeserver>("homeserver"),
       member<&SeedBot::user_id>("user_id"), member<&SeedBot::flowise_url>("flowise_url"),
       member<&SeedBot::status>("status", {.one_of = kStatuses}), member<&SeedBot::created_at>("created_at")});
}

Shape<SeedCreateUser> make_shape(Of<SeedCreateUser>) {
  return Shape<SeedCreateUser>::answer(
      "SeedCreateUser", {member<&SeedCreateUser::username>("username"), member<&SeedCreateUser::password>("password"),
                         member<&SeedCreateUser::user_type>("user_type")});
}

Shape<SeedNewUser> make_shape(Of<SeedNewUser>) {
  return Shape<SeedNewUser>::answer(
      "SeedNewUser", {member<&SeedNewUser::username>("username"), member<&SeedNewUser::password>("password")});
}

Shape<SeedUserInfo> make_shape(Of<SeedUserInfo>) {
  return Shape<SeedUserInfo>::part({member<&SeedUserInfo::id>("id"), member<&SeedUserInfo::username>("username"),
                                    member<&SeedUserInfo::user_type>("user_type"),
                                    member<&SeedUserInfo::admin>("admin")});
}

Shape<SeedUserMade> make_shape(Of<SeedUserMade>) {
  return Shape<SeedUserMade>::answer(
      "SeedUserMade", {member<&SeedUserMade::message>("message"), member<&SeedUserMade::user_info>("user_info")});
}

Shape<SeedUser> make_shape(Of<SeedUser>) {
  return Shape<SeedUser>::part(
      {member<&SeedUser::info, &SeedUserInfo::id>("id"), member<&SeedUser::info, &SeedUserInfo::username>("username"),
       member<&SeedUser::info, &SeedUserInfo::user_type>("user_type"),
       member<&SeedUser::info, &SeedUserInfo::admin>("admin"), member<&SeedUser::created_at>("created_at")});
}

Shape<SeedDone> make_shape(Of<SeedDone>) {
  return Shape<SeedDone>::answer("SeedDone",
                                 {member<&SeedDone::success>("success"), member<&SeedDone::message>("message"),
                                  member<&SeedDone::error>("error")});
}

Shape<SeedError> make_shape(Of<SeedError>) {
  return Shape<SeedError>::answer("SeedError", {member<&SeedError::error>("error")});
}

Shape<SeedLogin> make_shape(Of<SeedLogin>) {
  return Shape<SeedLogin>::answer(
      "SeedLogin",
      {member<&SeedLogin::password>("password", {.most = 512, .may_lack = true}),
       member<&SeedLogin::username>("username", {.description = "Default admin.", .most = 255, .may_lack = true})});
}

Shape<SeedFormBotRow> make_shape(Of<SeedFormBotRow>) {
  return Shape<SeedFormBotRow>::part({member<&SeedFormBotRow::id>("id"),
                                      member<&SeedFormBotRow::bot_user_id>("bot_user_id"),
                                      member<&SeedFormBotRow::flowise_url>("flowise_url"),
                                      member<&SeedFormBotRow::status>("status", {.one_of = kStatuses}),
                                      member<&SeedFormBotRow::created_at>("created_at")});
}

Shape<SeedFormBot> make_shape(Of<SeedFormBot>) {
  return Shape<SeedFormBot>::answer("SeedFormBot", {member<&SeedFormBot::bot_user_id>("bot_user_id", {.most = 255}),
                                                    member<&SeedFormBot::flowise_url>("flowise_url", {.most = 2048}),
                                                    member<&SeedFormBot::bot_password>("bot_password", {.most = 512})});
}

Shape<SeedFormAction> make_shape(Of<SeedFormAction>) {
  return Shape<SeedFormAction>::answer(
      "SeedFormAction", {member<&SeedFormAction::action>("action", {.most = 100, .may_lack = true}),
                         member<&SeedFormAction::password>("password", {.most = 512, .may_lack = true})});
}

Shape<SeedFormUser> make_shape(Of<SeedFormUser>) {
  return Shape<SeedFormUser>::answer("SeedFormUser",
                                     {member<&SeedFormUser::username>("username", {.most = 255}),
                                      member<&SeedFormUser::password>("password", {.most = 512}),
                                      member<&SeedFormUser::is_admin>("is_admin", {.most = 10, .may_lack = true})});
}

Shape<SeedLogs> make_shape(Of<SeedLogs>) {
  return Shape<SeedLogs>::answer("SeedLogs", {member<&SeedLogs::success>("success"), member<&SeedLogs::logs>("logs"),
                                              member<&SeedLogs::error>("error")});
}

}  // namespace troupe::api

namespace troupe::console::legacy {

void add_legacy_shapes(const api::Kit& kit) {
  api::add_shapes_of<SeedCreateBot, SeedBotId, SeedMessage, SeedCreateUser, SeedNewUser, SeedUserMade, SeedDone,
                     SeedError, SeedLogin, SeedFormBot, SeedFormAction, SeedFormUser, SeedLogs>(kit);
  api::add_shape(kit, "SeedBots", api::array_schema<SeedBot>());
  api::add_shape(kit, "SeedUsers", api::array_schema<SeedUser>());
  api::add_shape(kit, "SeedFormBots", api::array_schema<SeedFormBotRow>());
}

}  // namespace troupe::console::legacy
