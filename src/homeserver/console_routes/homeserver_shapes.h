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
struct LinkBody {
  std::string user_id;
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

Shape<homeserver::console_routes::ListedRoom> make_shape(Of<homeserver::console_routes::ListedRoom>);
Shape<homeserver::console_routes::ShownRoom> make_shape(Of<homeserver::console_routes::ShownRoom>);
Shape<homeserver::console_routes::RoomMember> make_shape(Of<homeserver::console_routes::RoomMember>);
Shape<homeserver::console_routes::ShownDeletion> make_shape(Of<homeserver::console_routes::ShownDeletion>);
Shape<homeserver::console_routes::ListedMedia> make_shape(Of<homeserver::console_routes::ListedMedia>);
Shape<homeserver::console_routes::ListedUsage> make_shape(Of<homeserver::console_routes::ListedUsage>);
Shape<homeserver::console_routes::QuarantinedUploads> make_shape(Of<homeserver::console_routes::QuarantinedUploads>);
Shape<homeserver::console_routes::ShownToken> make_shape(Of<homeserver::console_routes::ShownToken>);
Shape<homeserver::console_routes::WhoMayRegister> make_shape(Of<homeserver::console_routes::WhoMayRegister>);
Shape<homeserver::console_routes::ListedReport> make_shape(Of<homeserver::console_routes::ListedReport>);
Shape<homeserver::console_routes::ShownReport> make_shape(Of<homeserver::console_routes::ShownReport>);
Shape<homeserver::console_routes::ShownProvider> make_shape(Of<homeserver::console_routes::ShownProvider>);
Shape<homeserver::console_routes::BlockBody> make_shape(Of<homeserver::console_routes::BlockBody>);
Shape<homeserver::console_routes::DeleteBody> make_shape(Of<homeserver::console_routes::DeleteBody>);
Shape<homeserver::console_routes::RemoveMediaBody> make_shape(Of<homeserver::console_routes::RemoveMediaBody>);
Shape<homeserver::console_routes::NewTokenBody> make_shape(Of<homeserver::console_routes::NewTokenBody>);
Shape<homeserver::console_routes::LinkBody> make_shape(Of<homeserver::console_routes::LinkBody>);
Shape<homeserver::console_routes::TokenPatchBody> make_shape(Of<homeserver::console_routes::TokenPatchBody>);

}  // namespace troupe::api
