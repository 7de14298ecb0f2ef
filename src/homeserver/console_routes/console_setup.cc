#include "homeserver/console_routes/console_setup.h"

#include "homeserver/common/settings.h"
#include "homeserver/console_routes/homeserver_routes.h"
#include "homeserver/console_routes/homeserver_shapes.h"

namespace troupe::homeserver::console_routes {

void setup_console_routes(host::Context& context, const ConsoleBasis& basis) {
  if (context.find<identity::PlatformAuthenticator>() == nullptr) return;
  const auto kit = api::kit_of(context);
  add_homeserver_shapes(kit);
  auto& db = context.db();
  auto& list = context.make<admin::RoomList>(db, basis.rooms);
  auto& changes = context.make<admin::RoomChanges>(db, basis.rooms, basis.service, context.clock());
  add_room_routes(kit.routes, context.make<RoomsApi>(
                                  RoomsApi{.kit = kit, .list = list, .changes = changes, .deletion = basis.deletion}));
  auto& moderation = context.make<media::MediaModeration>(db, context.clock());
  add_media_routes(kit.routes,
                   context.make<MediaApi>(
                       MediaApi{.kit = kit, .moderation = moderation, .removal = basis.removal, .files = basis.files}));
  auto& tokens = context.make<accounts::RegistrationTokens>(db, context.clock());
  add_registration_routes(
      kit.routes, context.make<TokensApi>(TokensApi{.kit = kit, .tokens = tokens, .settings = context.settings()}));
  auto& reports = context.make<reports::Reports>(db, basis.rooms, basis.lookup, context.clock());
  add_report_routes(kit.routes, context.make<ReportsApi>(ReportsApi{.kit = kit, .reports = reports}));
  add_provider_routes(
      kit.routes,
      context.make<ProvidersApi>(ProvidersApi{
          .kit = kit, .providers = context.get<identity::oidc::Providers>(), .settings = context.settings()}));
  add_identity_routes(
      kit.routes, context.make<IdentitiesApi>(IdentitiesApi{
                      .kit = kit, .accounts = basis.accounts, .providers = context.get<identity::oidc::Providers>()}));
}

}  // namespace troupe::homeserver::console_routes
