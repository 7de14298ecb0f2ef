// Routes under /api/v1/homeserver: a file a subject.
#pragma once
#include "api/kit.h"
#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/registration_tokens.h"
#include "homeserver/admin/room_changes.h"
#include "homeserver/admin/room_deletion.h"
#include "homeserver/admin/room_list.h"
#include "homeserver/media/media_moderation.h"
#include "homeserver/media/media_removal.h"
#include "homeserver/media/media_service.h"
#include "homeserver/reports/reports.h"
#include "identity/oidc/provider.h"

namespace troupe::homeserver::console_routes {

// What the handlers of each file use; it lives as long as the route table.

struct RoomsApi {
  api::Kit kit;
  admin::RoomList& list;
  admin::RoomChanges& changes;
  admin::RoomDeletion& deletion;
};
void add_room_routes(net::route::Router& routes, RoomsApi& console);  ///< rooms and their deletions

struct MediaApi {
  api::Kit kit;
  media::MediaModeration& moderation;
  media::MediaRemoval& removal;
  media::MediaService& files;
};
void add_media_routes(net::route::Router& routes, MediaApi& console);

struct TokensApi {
  api::Kit kit;
  accounts::RegistrationTokens& tokens;
  const host::Settings& settings;
};
void add_registration_routes(net::route::Router& routes, TokensApi& console);  ///< tokens, and who may register

struct ReportsApi {
  api::Kit kit;
  reports::Reports& reports;
};
void add_report_routes(net::route::Router& routes, ReportsApi& console);

struct ProvidersApi {
  api::Kit kit;
  identity::oidc::Providers& providers;
  const host::Settings& settings;
};
void add_provider_routes(net::route::Router& routes, ProvidersApi& console);

struct IdentitiesApi {
  api::Kit kit;
  accounts::AccountService& accounts;
  const identity::oidc::Providers& providers;
};
void add_identity_routes(net::route::Router& routes, IdentitiesApi& console);

}  // namespace troupe::homeserver::console_routes
