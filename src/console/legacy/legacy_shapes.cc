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

template <>
const Shape<SeedCreateBot>& shape_of() {
  static const auto shape = Shape<SeedCreateBot>::answer(
      "SeedCreateBot", {member<&SeedCreateBot::bot_id>("bot_id"), member<&SeedCreateBot::homeserver>("homeserver"),
                        member<&SeedCreateBot::user_id>("user_id"), member<&SeedCreateBot::password>("password"),
                        member<&SeedCreateBot::flowise_url>("flowise_url")});
  return shape;
}

template <>
const Shape<SeedBotId>& shape_of() {
  static const auto shape = Shape<SeedBotId>::answer("SeedBotId", {member<&SeedBotId::bot_id>("bot_id")});
  return shape;
}

template <>
const Shape<SeedMessage>& shape_of() {
  static const auto shape = Shape<SeedMessage>::answer("SeedMessage", {member<&SeedMessage::message>("message")});
  return shape;
}

template <>
const Shape<SeedBot>& shape_of() {
  static const auto shape = Shape<SeedBot>::part(
      {member<&SeedBot::id>("id"), member<&SeedBot::bot_id>("bot_id"), member<&SeedBot::homeserver>("homeserver"),
       member<&SeedBot::user_id>("user_id"), member<&SeedBot::flowise_url>("flowise_url"),
       member<&SeedBot::status>("status", {.one_of = kStatuses}), member<&SeedBot::created_at>("created_at")});
  return shape;
}

template <>
const Shape<SeedCreateUser>& shape_of() {
  static const auto shape = Shape<SeedCreateUser>::answer(
      "SeedCreateUser", {member<&SeedCreateUser::username>("username"), member<&SeedCreateUser::password>("password"),
                         member<&SeedCreateUser::user_type>("user_type")});
  return shape;
}

template <>
const Shape<SeedNewUser>& shape_of() {
  static const auto shape = Shape<SeedNewUser>::answer(
      "SeedNewUser", {member<&SeedNewUser::username>("username"), member<&SeedNewUser::password>("password")});
  return shape;
}

template <>
const Shape<SeedUserInfo>& shape_of() {
  static const auto shape =
      Shape<SeedUserInfo>::part({member<&SeedUserInfo::id>("id"), member<&SeedUserInfo::username>("username"),
                                 member<&SeedUserInfo::user_type>("user_type"), member<&SeedUserInfo::admin>("admin")});
  return shape;
}

template <>
const Shape<SeedUserMade>& shape_of() {
  static const auto shape = Shape<SeedUserMade>::answer(
      "SeedUserMade", {member<&SeedUserMade::message>("message"), member<&SeedUserMade::user_info>("user_info")});
  return shape;
}

template <>
const Shape<SeedUser>& shape_of() {
  static const auto shape = Shape<SeedUser>::part(
      {member<&SeedUser::info, &SeedUserInfo::id>("id"), member<&SeedUser::info, &SeedUserInfo::username>("username"),
       member<&SeedUser::info, &SeedUserInfo::user_type>("user_type"),
       member<&SeedUser::info, &SeedUserInfo::admin>("admin"), member<&SeedUser::created_at>("created_at")});
  return shape;
}

template <>
const Shape<SeedDone>& shape_of() {
  static const auto shape =
      Shape<SeedDone>::answer("SeedDone", {member<&SeedDone::success>("success"), member<&SeedDone::message>("message"),
                                           member<&SeedDone::error>("error")});
  return shape;
}

template <>
const Shape<SeedError>& shape_of() {
  static const auto shape = Shape<SeedError>::answer("SeedError", {member<&SeedError::error>("error")});
  return shape;
}

template <>
const Shape<SeedLogin>& shape_of() {
  static const auto shape = Shape<SeedLogin>::answer(
      "SeedLogin",
      {member<&SeedLogin::password>("password", {.most = 512, .may_lack = true}),
       member<&SeedLogin::username>("username", {.description = "Default admin.", .most = 255, .may_lack = true})});
  return shape;
}

template <>
const Shape<SeedFormBotRow>& shape_of() {
  static const auto shape = Shape<SeedFormBotRow>::part(
      {member<&SeedFormBotRow::id>("id"), member<&SeedFormBotRow::bot_user_id>("bot_user_id"),
       member<&SeedFormBotRow::flowise_url>("flowise_url"),
       member<&SeedFormBotRow::status>("status", {.one_of = kStatuses}),
       member<&SeedFormBotRow::created_at>("created_at")});
  return shape;
}

template <>
const Shape<SeedFormBot>& shape_of() {
  static const auto shape =
      Shape<SeedFormBot>::answer("SeedFormBot", {member<&SeedFormBot::bot_user_id>("bot_user_id", {.most = 255}),
                                                 member<&SeedFormBot::flowise_url>("flowise_url", {.most = 2048}),
                                                 member<&SeedFormBot::bot_password>("bot_password", {.most = 512})});
  return shape;
}

template <>
const Shape<SeedFormAction>& shape_of() {
  static const auto shape = Shape<SeedFormAction>::answer(
      "SeedFormAction", {member<&SeedFormAction::action>("action", {.most = 100, .may_lack = true}),
                         member<&SeedFormAction::password>("password", {.most = 512, .may_lack = true})});
  return shape;
}

template <>
const Shape<SeedFormUser>& shape_of() {
  static const auto shape = Shape<SeedFormUser>::answer(
      "SeedFormUser", {member<&SeedFormUser::username>("username", {.most = 255}),
                       member<&SeedFormUser::password>("password", {.most = 512}),
                       member<&SeedFormUser::is_admin>("is_admin", {.most = 10, .may_lack = true})});
  return shape;
}

template <>
const Shape<SeedLogs>& shape_of() {
  static const auto shape = Shape<SeedLogs>::answer(
      "SeedLogs",
      {member<&SeedLogs::success>("success"), member<&SeedLogs::logs>("logs"), member<&SeedLogs::error>("error")});
  return shape;
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
