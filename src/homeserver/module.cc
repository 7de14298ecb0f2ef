#include "homeserver/module.h"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "homeserver/account_changes.h"
#include "homeserver/account_data/account_data_routes.h"
#include "homeserver/accounts/account_parts.h"
#include "homeserver/admin/room_setup.h"
#include "homeserver/admin/server_routes.h"
#include "homeserver/admin/user_setup.h"
#include "homeserver/appservice/queries.h"
#include "homeserver/appservice_feed/feed_setup.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/offers.h"
#include "homeserver/common/settings.h"
#include "homeserver/console_routes/console_setup.h"
#include "homeserver/crypto/crypto_routes.h"
#include "homeserver/dehydrated/dehydrated_routes.h"
#include "homeserver/delayed/delayed_setup.h"
#include "homeserver/follower.h"
#include "homeserver/gateway/gateway_setup.h"
#include "homeserver/mail/mail_setup.h"
#include "homeserver/media/bucket_files.h"
#include "homeserver/media/bucket_objects.h"
#include "homeserver/media/folder_files.h"
#include "homeserver/media/media_removal.h"
#include "homeserver/media/media_routes.h"
#include "homeserver/media/thumbnail_worker.h"
#include "homeserver/media_admin/media_admin_routes.h"
#include "homeserver/metrics/synapse_metrics.h"
#include "homeserver/migrations.gen.h"
#include "homeserver/missed_mail/missed_setup.h"
#include "homeserver/notices/notice_routes.h"
#include "homeserver/oauth/oauth_setup.h"
#include "homeserver/port/embedded_call_states.h"
#include "homeserver/port/embedded_erasures.h"
#include "homeserver/port/embedded_homeserver.h"
#include "homeserver/port/embedded_key_exchange.h"
#include "homeserver/previews/preview_setup.h"
#include "homeserver/push/push_setup.h"
#include "homeserver/reports/report_routes.h"
#include "homeserver/rooms/room_routes.h"
#include "homeserver/rtc/rtc_routes.h"
#include "homeserver/search/search_setup.h"
#include "homeserver/server_info_routes.h"
#include "homeserver/sliding/sliding_setup.h"
#include "homeserver/spaces/space_setup.h"
#include "homeserver/sso/sso_setup.h"
#include "homeserver/streams/stream_setup.h"
#include "homeserver/sync/sync_setup.h"
#include "host/age_clock.h"
#include "matrix/ids.h"
#include "store/blob_store.h"

namespace troupe::homeserver {
namespace {

constexpr std::size_t kGoodTokenLength = 16;
constexpr std::chrono::minutes kIdleUser{30};
/// The same while rooms take more memory than they should.
constexpr std::chrono::minutes kIdleUserWhenFull{1};

Task<net::http::Response> get_health(net::route::Call&) { co_return net::http::Response::text("OK"); }

Task<net::http::Response> get_metrics(metrics::SynapseMetrics& metrics, net::route::Call&) {
  const auto counted = co_await metrics.accounts.read();
  const auto accounts = counted ? std::optional(*counted) : std::nullopt;
  co_return net::http::Response::text(metrics.registry.expose() + metrics::process_metrics(metrics.settings) +
                                          metrics::synapse_metrics(metrics, accounts),
                                      200, "text/plain; version=0.0.4; charset=utf-8");
}

void add_operation_routes(net::route::Router& router, metrics::SynapseMetrics& metrics) {
  matrix_group(router, {.prefix = "/health", .needs = net::route::Access::open})
      .add({.method = "GET", .rate = net::route::Rate::none, .run = get_health});
  matrix_group(router, {.prefix = "/_synapse/metrics", .needs = net::route::Access::metrics})
      .add({.method = "GET", .run = api::bind(get_metrics, metrics)});
}

/// By which the server writes to people; empty: it does not.
std::string server_account(const host::Settings& settings) {
  const auto& localpart = settings.of<NoticeSettings>().localpart;
  return localpart.empty() ? std::string() : matrix::make_user_id(localpart, settings.server_name);
}

/// Rooms and users in memory, and what keeps them from growing.
struct Memory {
  Memory(host::Context& context, memory::EventLookup& lookup)
      : users(context.db(), context.clock()),
        rooms(context.db(), context.clock(), lookup, users),
        typing(context.db(), rooms, users, context.bus(), context.io().next().get_executor()),
        account_data(context.db(), rooms, users,
                     context.settings().of<HomeserverSettings>().account_data_bytes_per_user,
                     server_account(context.settings())) {
    context.db().add_participant(rooms);
    context.db().on_head([this](StreamPos) { users.wake_touched(); });
    context.every({.name = "homeserver.idle_users", .every = std::chrono::minutes(1), .run = [this]() -> Task<Unit> {
                     users.evict_idle(kIdleUser);
                     co_return Unit{};
                   }});
    context.every(
        {.name = "homeserver.idle_rooms", .every = std::chrono::minutes(1), .run = [this, &context]() -> Task<Unit> {
           const auto budget = context.settings().of<KeepSettings>().room_memory_bytes;
           if (rooms.memory_bytes() > budget) users.evict_idle(kIdleUserWhenFull);  // their views hold rooms
           rooms.evict_idle(kIdleUser, budget);
           co_return Unit{};
         }});
  }
  memory::Users users;
  memory::Rooms rooms;
  memory::Typing typing;
  account_data::AccountData account_data;
};

/// Application services, and the ways to ask them.
struct Bridges {
  Bridges(host::Context& context, std::unique_ptr<appservice::Services> registered)
      : services(std::move(registered)),
        client(context.http()),
        home(context.io().next().get_executor()),
        queries(*services, client, context.clock(), home) {
    context.on_stop([this]() -> Task<Unit> {
      co_await asio::co_spawn(home, queries.stop(kPatience), asio::use_awaitable);
      co_return Unit{};
    });
  }
  static constexpr std::chrono::seconds kPatience{5};
  std::unique_ptr<appservice::Services> services;
  appservice::ServiceClient client;
  asio::any_io_executor home;
  appservice::Queries queries;
};

Result<std::unique_ptr<appservice::Services>> load_bridges(const host::Settings& settings) {
  auto loaded = appservice::load_services(settings.of<AppserviceSettings>().files, settings.server_name);
  if (loaded.problems.empty()) return std::move(loaded.services);
  return Error(Errc::invalid_param, "appservices.files: " + loaded.problems.front());
}

struct RoomParts {
  rooms::RoomService* service;
  delayed::DelayedEvents* delayed;
};

RoomParts setup_rooms(host::Context& context, memory::EventLookup& lookup, Memory& memory, Bridges& bridges,
                      Offers& offers) {
  rooms::offer_rooms(offers, context.settings());
  auto& rooms = context.make<rooms::RoomService>(context.db(), memory.rooms, lookup, context.settings(),
                                                 context.clock(), bridges.services.get());
  auto& delayed = context.make<delayed::DelayedEvents>(delayed::DelayedEvents::Parts{.db = context.db(),
                                                                                     .rooms = memory.rooms,
                                                                                     .service = rooms,
                                                                                     .settings = context.settings(),
                                                                                     .clock = context.clock()});
  auto& api = context.make<rooms::RoomApi>(rooms::RoomApi{.db = context.db(),
                                                          .rooms = rooms,
                                                          .settings = context.settings(),
                                                          .typing = memory.typing,
                                                          .scheduler = &delayed,
                                                          .queries = &bridges.queries});
  rooms::add_room_routes(context.routes(), api);
  rooms::add_membership_routes(context.routes(), api);
  rooms::add_directory_routes(context.routes(), api);
  context.every({.name = "homeserver.guests",
                 .every = std::chrono::minutes(10),
                 .run = [&rooms] { return rooms.send_guests_away(); },
                 .singleton = true});
  context.every({.name = "homeserver.old_txns",
                 .every = std::chrono::minutes(10),
                 .run = [&rooms, &ages = host::age_clock(context)] { return rooms.forget_old_txns(ages.unix_ms()); },
                 .singleton = true});
  delayed::setup_delayed(context, delayed, offers);
  return {.service = &rooms, .delayed = &delayed};
}

void setup_account_data(host::Context& context, account_data::AccountData& data) {
  account_data::add_account_data_routes(context.routes(), data);
  account_data::add_push_rule_routes(context.routes(), data);
  account_data::add_pusher_routes(context.routes(), context.make<account_data::PusherApi>(account_data::PusherApi{
                                                        context.db(), context.clock(), context.settings()}));
}

Result<media::MediaFiles*> setup_folder(host::Context& context) {
  auto disk = std::make_shared<store::DiskWatch>(
      "storing a file", &context.metrics().counter("troupe_store_slow_files_total",
                                                   "Uploaded files that took longer than 2 s to become durable"));
  context.health("slow_media_disk", [disk] { return disk->trouble(); });
  TRY(auto opened, store::BlobStore::open(media_folder(context.settings()), disk));
  auto& blobs = context.make<store::BlobStore>(std::move(opened));
  return &context.make<media::FolderFiles>(blobs, context.files());
}

Result<media::MediaFiles*> setup_bucket(host::Context& context) {
  const auto& set = context.settings().of<S3Settings>();
  TRY(auto made,
      s3::Bucket::make({.endpoint = set.endpoint,
                        .bucket = set.bucket,
                        .keys = {.access_key = set.access_key, .secret_key = set.secret_key, .region = set.region}},
                       context.http(), context.clock()));
  auto& bucket = context.make<s3::Bucket>(std::move(made));
  auto& owner =
      context.make<media::BucketOwner>(media::BucketOwner::Parts{.bucket = bucket,
                                                                 .db = context.db(),
                                                                 .clock = context.clock(),
                                                                 .prefix = set.prefix,
                                                                 .server_name = context.settings().server_name,
                                                                 .bucket_name = set.bucket});
  context.health("media_bucket", [&owner]() -> std::optional<std::string> {
    if (!owner.is_anothers()) return std::nullopt;
    return "The bucket of media is another server's: uploads are refused, and nothing is deleted.";
  });
  // A service that is away for a while keeps nobody from talking: it is said, and uploads are refused until it is back.
  context.on_start([&bucket, &owner, prefix = set.prefix]() -> Task<Unit> {
    auto ours = co_await owner.check();
    if (!ours && ours.error().code() == Errc::conflict) co_return ours;
    if (ours) {
      if (auto seen = co_await bucket.list(prefix + "media/", ""); !seen) ours = std::unexpected(seen.error());
    }
    if (!ours) {
      base::log_error("homeserver", "the bucket of media cannot be used; check the keys under s3",
                      {{"reason", ours.error().detail()}});
    }
    co_return Unit{};
  });
  context.offer<host::ObjectStore>(context.make<media::BucketObjects>(
      media::BucketObjects::Parts{.bucket = bucket, .owner = owner, .prefix = set.prefix}));
  return &context.make<media::BucketFiles>(
      media::BucketFiles::Parts{.bucket = bucket,
                                .db = context.db(),
                                .spool = context.settings().data_dir / "media_under_way",
                                .pool = context.files(),
                                .clock = context.clock(),
                                .prefix = set.prefix,
                                .owner = owner});
}

Result<media::MediaFiles*> setup_media_files(host::Context& context) {
  const bool in_bucket = context.settings().of<MediaSettings>().storage == MediaStorage::s3;
  return in_bucket ? setup_bucket(context) : setup_folder(context);
}

struct MediaParts {
  media::MediaService* media;
  media::MediaRemoval* removal;
};

Result<MediaParts> setup_media(host::Context& context, Offers& offers) {
  offers.unstable_features.emplace_back("org.matrix.msc3916.stable");  // downloads with a token
  offers.unstable_features.emplace_back("org.matrix.msc3881");         // a session turns another's pushes off
  TRY(auto* const files, setup_media_files(context));
  auto& thumbnailer = context.make<media::Thumbnailer>(context.metrics());
  auto& media = context.make<media::MediaService>(media::MediaService::Parts{
      context.db(), *files, thumbnailer, context.bus(), context.settings(), context.clock()});
  context.health("media_disk", [&media] { return media.trouble(); });
  media::add_media_routes(context.routes(), context.make<media::MediaApi>(media::MediaApi{media, context.settings()}));
  context.every({.name = "homeserver.media",
                 .every = std::chrono::hours(1),
                 .run = [&media, &ages = host::age_clock(context)] { return media.sweep(ages.unix_ms()); },
                 .singleton = true});
  context.every({.name = "homeserver.media_accesses", .every = std::chrono::minutes(5), .run = [&media] {
                   return media.accesses().write();
                 }});
  auto& removal = context.make<media::MediaRemoval>(context.db(), *files, context.clock());
  context.every({.name = "homeserver.removed_media",
                 .every = media::MediaRemoval::kSettle,
                 .run = [&removal] { return removal.free_disk(); },
                 .singleton = true});
  return MediaParts{.media = &media, .removal = &removal};
}

host::Finding examine_uploads(const host::Examination& e) {
  if (e.settings.of<MediaSettings>().storage == MediaStorage::s3) {
    const auto& set = e.settings.of<S3Settings>();
    return host::ok("uploads lie in the bucket " + set.bucket + " of " + set.endpoint +
                    "; /health of the running server says whether it takes them");
  }
  const auto folder = media_folder(e.settings);
  std::error_code failed;
  if (!std::filesystem::exists(folder, failed) && !failed) return host::ok("no file was uploaded yet");
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) == 0) return host::ok("uploads lie in " + folder.string());
  return host::trouble("the folder of uploads " + folder.string() + " cannot be written by this user",
                       "give it to the user that Troupe runs as, or set media.dir to another");
}

/// What a registration holds is as good as a password: its reader is every user of its namespaces.
host::Finding examine_bridges(const host::Examination& e) {
  const auto& files = e.settings.of<AppserviceSettings>().files;
  if (files.empty()) return host::ok("no application service is registered");
  const auto loaded = appservice::load_services(files, e.settings.server_name);
  if (!loaded.problems.empty())
    return host::trouble(loaded.problems.front(), "correct the file, or take it out of appservices.files");
  for (const auto& file : files) {
    auto mode = host::examine_mode(file, "the registration");
    if (mode.level != host::Finding::Level::ok) return mode;
  }
  return host::ok(std::to_string(files.size()) + " application services are registered");
}

host::Finding examine_thumbnails(const host::Examination&) {
  if (media::can_make_thumbnails()) return host::ok("libvips is there");
  return host::warning("libvips is not installed: pictures have no thumbnails", "install libvips42");
}

void review_module(const host::Settings& settings, host::Review& review) {
  review_settings(settings, review);
  const auto loaded = appservice::load_services(settings.of<AppserviceSettings>().files, settings.server_name);
  for (const auto& problem : loaded.problems)
    review.problems.push_back({.fatal = true, .where = "appservices.files", .message = problem});
  for (const auto& service : loaded.services->all()) {
    const auto& registration = service->registration();
    if (registration.as_token.size() >= kGoodTokenLength) continue;
    review.problems.push_back({.fatal = false,
                               .where = "appservices.files",
                               .message = registration.file +
                                          ": its as_token is short: whoever guesses it acts as every " +
                                          "user of its namespaces. Make it of 32 random characters"});
  }
}

Result<Unit> set_up(host::Context& context) {
  auto& db = context.db();
  context.listen(host::matrix_listener(), context.settings().listen_matrix);
  TRY(auto opened, memory::EventLookup::open(context.settings().data_dir / "lookup.db", db));
  auto& lookup = *context.make<std::unique_ptr<memory::EventLookup>>(std::move(opened));
  context.health("lookup", [&lookup] { return lookup.trouble(); });

  // The folders, from below. What the server says of itself comes when all have said what they offer.
  auto& offers = context.make<Offers>();
  TRY(auto loaded, load_bridges(context.settings()));
  auto& bridges = context.make<Bridges>(context, std::move(loaded));
  auto& memory = context.make<Memory>(context, lookup);
  const auto room_parts = setup_rooms(context, lookup, memory, bridges, offers);
  auto& rooms = *room_parts.service;
  auto& streams = streams::setup_streams(context, {.rooms = memory.rooms, .users = memory.users, .offers = offers});
  auto& device_changes = context.make<crypto::DeviceChanges>(memory.rooms, memory.users, bridges.services.get());
  auto& keys = context.make<crypto::DeviceKeys>(db, memory.rooms, device_changes, context.settings());
  auto& account_changes =
      context.make<AccountChanges>(rooms, keys, room_parts.delayed, context.find<identity::Principals>(),
                                   context.find<identity::Sessions>(), context.find<identity::Audit>());
  auto* mail = mail::setup_mail(context);
  auto& accounts = context.make<accounts::AccountParts>(
      context, account_changes,
      accounts::AccountsNeed{
          .proofs = mail ? &mail->proofs : nullptr, .services = bridges.services.get(), .queries = &bridges.queries});
  accounts::setup_accounts(context, accounts, offers);
  const auto crypto = crypto::setup_crypto(context, {.users = memory.users,
                                                     .changes = device_changes,
                                                     .keys = keys,
                                                     .uia = accounts.uia,
                                                     .delegated = accounts.delegated,
                                                     .streams = streams,
                                                     .services = bridges.services.get()});
  dehydrated::setup_dehydrated(context, {.keys = keys, .observer = account_changes});
  setup_account_data(context, memory.account_data);
  TRY(const auto media, setup_media(context, offers));
  const auto sync = sync::setup_sync(context, {.rooms = memory.rooms,
                                               .users = memory.users,
                                               .lookup = lookup,
                                               .typing = memory.typing,
                                               .account_data = memory.account_data});
  // Folders above sync, in the order of docs/architecture.md.
  sliding::setup_sliding(context, {.users = memory.users, .sync = sync, .offers = offers});
  previews::setup_previews(context, {.media = *media.media, .removal = *media.removal});
  oauth::setup_oauth(context, accounts);
  sso::setup_sso(context, {.accounts = accounts, .offers = offers});
  TRY(auto* gateway, gateway::setup_gateway(context, offers));
  auto* missed = missed_mail::setup_missed_mail(context, {.mail = mail, .rooms = memory.rooms, .sync = sync});
  push::setup_push(context, {.rooms = memory.rooms, .sync = sync, .gateway = gateway, .missed = missed});
  appservice_feed::setup_appservice_feed(context, {.services = *bridges.services,
                                                   .client = bridges.client,
                                                   .accounts = accounts.accounts,
                                                   .rooms = memory.rooms,
                                                   .typing = memory.typing,
                                                   .sync = sync});
  TRY(search::setup_search(
      context, {.rooms = memory.rooms, .users = memory.users, .lookup = lookup, .account_data = memory.account_data}));
  spaces::setup_spaces(context, {.rooms = memory.rooms, .service = rooms, .offers = offers});
  admin::setup_admin_server(context);
  admin::setup_admin_users(context, accounts);
  auto& deletion = admin::setup_admin_rooms(
      context, {.rooms = memory.rooms, .service = rooms, .accounts = accounts.accounts, .sync = sync});
  media_admin::setup_media_admin(context, *media.removal);
  notices::setup_notices(context, {.accounts = accounts.accounts, .rooms = rooms, .account_data = memory.account_data});
  reports::setup_reports(context, {.rooms = memory.rooms, .lookup = lookup});
  rtc::setup_rtc(context, {.rooms = memory.rooms, .openid = accounts.openid, .offers = offers});
  console_routes::setup_console_routes(context, {.accounts = accounts.accounts,
                                                 .rooms = memory.rooms,
                                                 .lookup = lookup,
                                                 .service = rooms,
                                                 .deletion = deletion,
                                                 .removal = *media.removal,
                                                 .files = *media.media});
  add_server_info_routes(context.routes(),
                         context.make<ServerInfoApi>(ServerInfoApi{context.settings(), context.clock(), offers}));
  add_operation_routes(context.routes(), context.make<metrics::SynapseMetrics>(metrics::SynapseMetrics{
                                             .registry = context.metrics(),
                                             .settings = context.settings(),
                                             .db = db,
                                             .rooms = memory.rooms,
                                             .users = memory.users,
                                             .accounts = context.make<metrics::AccountCounts>(db, context.clock())}));
  auto& presence_changes = context.metrics().counter("troupe_homeserver_presence_changes_total",
                                                     "Changes of presence that were told to others");
  context.make<base::SubscriptionPtr>(
      sync.presence.observe([&presence_changes](const matrix::PresenceEdu&) { presence_changes.add(); }));
  context.make<Follower>(Follower::Parts{.db = db,
                                         .rooms = memory.rooms,
                                         .users = memory.users,
                                         .sessions = *accounts.sessions,
                                         .receipts = sync.receipts,
                                         .account_data = memory.account_data});
  auto& port = context.make<port::EmbeddedHomeserver>(port::EmbeddedHomeserver::Parts{.db = db,
                                                                                      .rooms = memory.rooms,
                                                                                      .room_service = rooms,
                                                                                      .accounts = accounts.accounts,
                                                                                      .devices = accounts.devices,
                                                                                      .media = *media.media,
                                                                                      .settings = context.settings(),
                                                                                      .typing = memory.typing,
                                                                                      .receipts = sync.receipts,
                                                                                      .presence = sync.presence,
                                                                                      .streams = streams});
  matrix::offer_roles(context, port);
  context.offer<matrix::KeyExchange>(
      context.make<port::EmbeddedKeyExchange>(port::EmbeddedKeyExchange::Parts{.db = db,
                                                                               .devices = accounts.devices,
                                                                               .keys = keys,
                                                                               .cross_signing = crypto.cross_signing,
                                                                               .to_device = crypto.to_device}));
  context.offer<matrix::CallStates>(context.make<port::EmbeddedCallStates>(db, memory.rooms, context.clock()));
  context.offer<matrix::Erasures>(context.make<port::EmbeddedErasures>(db));
  return Unit{};
}

}  // namespace

host::Module homeserver_module() {
  const auto all = migrations();
  return {.name = "homeserver",
          .migrations = {all.begin(), all.end()},
          .setup = set_up,
          .settings = setting_rows(),
          .review = review_module,
          .doctor = {{.name = "uploads", .run = examine_uploads},
                     {.name = "thumbnails", .run = examine_thumbnails},
                     {.name = "mail", .run = mail::examine_mail},
                     {.name = "appservices", .run = examine_bridges}},
          .backup = {host::backup_of_files("media", "uploaded files",
                                           [](const host::Settings& s) -> std::vector<std::filesystem::path> {
                                             if (s.of<MediaSettings>().storage == MediaStorage::s3)
                                               return {};  // the bucket has its own
                                             return {media_folder(s)};
                                           })}};
}

}  // namespace troupe::homeserver
