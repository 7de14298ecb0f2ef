// Shapes of /api/v1/homeserver (api/shape.h).
#pragma once
#include "api/shape.h"
#include "homeserver/accounts/registration_tokens.h"
#include "homeserver/admin/deletion_store.h"
#include "homeserver/admin/room_shapes.h"
#include "homeserver/common/settings.h"
#include "homeserver/media/moderation_store.h"
#include "homeserver/reports/reports.h"
#include "identity/oidc/provider.h"

namespace troupe::homeserver::console_routes {

// Answers.

struct ListedRoom {
  admin::RoomEntry of;
};
struct ShownRoom {
  admin::RoomDetails of;
  std::int64_t events = 0;
  std::optional<std::string> blocked_by;
};
struct RoomMember {
  std::string user_id;
};
struct ShownDeletion {
  admin::DeletionProgress of;
};
struct ListedMedia {
  media::ModeratedMedia of;
};
struct ListedUsage {
  media::UserUsage of;
};
struct QuarantinedUploads {
  std::int64_t count = 0;
};
struct ShownToken {
  accounts::RegistrationToken of;
  bool valid = false;
};
struct WhoMayRegister {
  Registration mode = Registration::closed;
};
struct ListedReport {
  reports::NamedReport of;
};
struct ShownReport {
  reports::ReportedEvent of;
};

struct ShownProvider {
  identity::oidc::ProviderSettings settings;
  identity::oidc::ProviderState state;
  std::string redirect_uri = {};  ///< empty: public_base_url is not set
  std::string logout_uri = {};    ///< empty: that, or it may not sign people out
};

// Bodies.

struct BlockBody {
  bool blocked = false;
};
struct DeleteBody {
  std::string confirm;
  bool block = false;
};
struct RemoveMediaBody {
  std::string confirm;
};
struct NewTokenBody {
  std::optional<std::string> token;
  std::optional<std::int64_t> uses_allowed;
  std::optional<std::int64_t> valid_for_s;
};
/// 0 takes the bound away.
struct TokenPatchBody {
  std::optional<std::int64_t> uses_allowed;
  std::optional<std::int64_t> valid_for_s;
};

/// Words of the reports' kinds, in the order of reports::ReportKind.
inline constexpr std::string_view kReportKinds[] = {"event", "room", "user"};

void add_homeserver_shapes(const api::Kit& kit);

}  // namespace troupe::homeserver::console_routes

namespace troupe::api {

template <>
const Shape<homeserver::console_routes::ListedRoom>& shape_of();
template <>
const Shape<homeserver::console_routes::ShownRoom>& shape_of();
template <>
const Shape<homeserver::console_routes::RoomMember>& shape_of();
template <>
const Shape<homeserver::console_routes::ShownDeletion>& shape_of();
template <>
const Shape<homeserver::console_routes::ListedMedia>& shape_of();
template <>
const Shape<homeserver::console_routes::ListedUsage>& shape_of();
template <>
const Shape<homeserver::console_routes::QuarantinedUploads>& shape_of();
template <>
const Shape<homeserver::console_routes::ShownToken>& shape_of();
template <>
const Shape<homeserver::console_routes::WhoMayRegister>& shape_of();
template <>
const Shape<homeserver::console_routes::ListedReport>& shape_of();
template <>
const Shape<homeserver::console_routes::ShownReport>& shape_of();
template <>
const Shape<homeserver::console_routes::ShownProvider>& shape_of();
template <>
const Shape<homeserver::console_routes::BlockBody>& shape_of();
template <>
const Shape<homeserver::console_routes::DeleteBody>& shape_of();
template <>
const Shape<homeserver::console_routes::RemoveMediaBody>& shape_of();
template <>
const Shape<homeserver::console_routes::NewTokenBody>& shape_of();
template <>
const Shape<homeserver::console_routes::TokenPatchBody>& shape_of();

}  // namespace troupe::api
