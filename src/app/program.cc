#include "app/program.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/collected.h"
#include "app/descriptors.h"
#include "app/local_socket.h"
#include "app/lost_database.h"
#include "app/modules.h"
#include "app/own_module.h"
#include "app/sealing_key.h"
#include "base/log.h"
#include "bus/bus.h"
#include "bus/redis_bus.h"
#include "host/age_clock.h"
#include "host/endpoint.h"
#include "host/jobs.h"
#include "host/lease.h"
#include "host/migrations.gen.h"
#include "host/module.h"
#include "matrix/accounts.h"
#include "net/route/rate_limit.h"
#include "net/server/server.h"
#include "store/columns.h"
#include "store/durable_file.h"
#include "store/lock_file.h"
#include "store/write_log.h"

namespace troupe::app {
namespace {

constexpr std::string_view kAdmin = "admin";
constexpr std::size_t kGeneratedPasswordLength = 20;
/// They wait for disks and compute nothing; see MediaService for how many of them may sync at once.
constexpr std::size_t kFileThreads = 8;
/// With less than this, or a fiftieth of a small disk, /health says that the disk is full before the first write fails.
constexpr std::uint64_t kLeastFreeBytes = 64ULL << 20;
constexpr std::uint64_t kLeastFreePart = 50;
/// What a running server has in the write-ahead log before the first commit: some hundreds of them.
constexpr std::uint64_t kRoomInLog = 4ULL << 20;
constexpr auto kDrainPatience = std::chrono::seconds(10);

/// Runs a task on an I/O thread and waits for it here.
template <class T>
Result<T> wait_for(asio::io_context& context, Task<T> task) {
  return asio::co_spawn(context, std::move(task), asio::use_future).get();
}

Result<Unit> make_folder(const std::filesystem::path& folder) {
  TRY(store::make_folders_durably(folder));
  std::error_code failed;
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  return Unit{};
}

/// Names this data folder among the processes of one server, at every start the same.
Result<std::string> instance_name(const std::filesystem::path& file) {
  constexpr std::size_t kLength = 16;
  constexpr std::size_t kMostBytes = 4'096;
  TRY(auto text, store::read_whole(file, kMostBytes));
  if (text) {
    auto name = text->substr(0, text->find('\n'));
    if (name.size() == kLength) return name;
  }
  // None yet, or half of one that an older version was writing when the power went: nobody depends on it.
  auto name = base::random_alphanumeric(kLength);
  TRY(store::write_durably(file, name + "\n"));
  return name;
}

/// Nothing while there is room to write, else a sentence for the health check.
std::optional<std::string> disk_trouble(const std::filesystem::path& folder) {
  const auto space = store::disk_space(folder);
  if (!space) return space.error().message();
  const auto least = std::min(kLeastFreeBytes, space->total_bytes / kLeastFreePart);
  if (space->free_bytes >= least) return std::nullopt;
  return fmt::format("the disk is full: {} KiB are free where {} lies; make room, writing stops soon",
                     space->free_bytes >> 10, folder.string());
}

/// The server name is part of every id ever handed out: it may not change.
Result<Unit> check_server_name(store::Database& db, const std::string& name) {
  static constexpr store::Migration kMigrations[] = {
      {1, "settings", "CREATE TABLE app_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)"}};
  TRY(auto migrated, store::migrate(db, "app", kMigrations));
  static_cast<void>(migrated);
  std::string stored;
  TRY(auto read, db.write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("INSERT INTO app_setting (name, value) VALUES ('server_name', ?1) ON CONFLICT (name) DO NOTHING", name);
    stored =
        store::value<std::string>(tx.query("SELECT value FROM app_setting WHERE name = 'server_name'")).value_or("");
    return Unit{};
  }));
  static_cast<void>(read);
  if (stored == name) return Unit{};
  return Error(Errc::conflict, fmt::format("This data folder belongs to the server name \"{}\", not \"{}\". Set "
                                           "TROUPE_SERVER_NAME={} or use another --data folder.",
                                           stored, name, stored));
}

/// What a server leaves in its folder from its first moment: the database, or the key of a database elsewhere.
Result<Unit> check_founded(const host::Settings& settings) {
  const auto* witness = settings.database_url.empty() ? "troupe.db" : "secret.key";
  std::error_code failed;
  // A folder that may not be read is another mistake, which is told when it is opened.
  if (std::filesystem::status(settings.data_dir / witness, failed).type() != std::filesystem::file_type::not_found) {
    return Unit{};
  }
  auto folder = settings.data_dir.string();
  if (settings.data_dir.is_relative() && !folder.starts_with('.')) folder.insert(0, "./");
  return Error(Errc::not_found, fmt::format("no Troupe data in {}; give --data DIR or run `troupe init`", folder));
}

}  // namespace

struct Program::Impl {
  Impl(host::Settings given, Mode given_mode, const std::vector<host::Module>& every_module)
      : settings(std::move(given)), mode(given_mode), modules(running(every_module, settings)) {}

  Result<Unit> open();
  Result<Unit> connect_bus();
  void follow_others();
  Result<Unit> migrate_modules();
  Result<Unit> set_up_modules();
  void add_health_checks();
  boost::json::object readiness() const;
  Result<Unit> ensure_admin();
  Result<Unit> start();
  Result<Unit> listen_on(const host::Listening& wanted);
  Result<Unit> open_local_socket();
  void add_own_routes();
  asio::awaitable<net::http::Response> answer_locally(net::http::Request request, std::string target);
  void stop();

  host::Settings settings;
  Mode mode;
  std::vector<host::Module> modules;  ///< that run with these settings
  const base::Clock& clock = base::system_clock();
  base::MetricRegistry metrics;
  std::optional<store::LockFile> lock;
  std::optional<base::SealingKey> key;
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  bus::RedisBus* redis = nullptr;  ///< `bus`, when it is that
  asio::io_context waiting;        ///< run by the thread that waits for a signal
  asio::signal_set signals{waiting};
  asio::thread_pool files{kFileThreads};
  asio::thread_pool passwords{std::max(1U, std::thread::hardware_concurrency() / 2)};
  std::optional<net::server::IoThreads> io;
  std::unique_ptr<store::Database> db;
  std::optional<host::Leases> leases;
  std::unique_ptr<host::AgeClock> ages;
  std::unique_ptr<net::client::HttpClient> http;
  std::optional<net::route::Router> router;
  std::optional<host::Context> context;
  std::optional<host::Jobs> jobs;
  std::vector<bus::SubscriptionPtr> others;  ///< doorbells that say: other processes have committed
  std::vector<std::unique_ptr<net::server::HttpServer>> servers;
  std::unique_ptr<LocalSocket> local;
  std::optional<std::string> new_admin_password;
  std::size_t descriptors = 0;  ///< that may be open at once
  std::atomic<bool> ready{false};
  std::atomic<bool> draining{false};
  bool stopped = false;
};

Result<Unit> Program::Impl::open() {
  descriptors = raise_descriptor_limit();
  if (mode == Mode::offline) {
    TRY(check_founded(settings));
  }
  TRY(auto made, make_folder(settings.data_dir));
  TRY(auto run_made, make_folder(settings.data_dir / "run"));
  static_cast<void>(made);
  static_cast<void>(run_made);
  TRY(auto taken, store::LockFile::take(settings.data_dir / "troupe.lock"));
  lock.emplace(std::move(taken));
  settings.local_token = base::random_token("trl_");
  TRY(auto connected, connect_bus());
  static_cast<void>(connected);
  io.emplace(settings.io_threads);
  if (settings.database_url.empty())
    TRY(check_database_is_there(settings.data_dir / "troupe.db", settings.data_dir / "instance"));
  TRY(auto opened,
      store::Database::open({.file = settings.data_dir / "troupe.db", .url = settings.database_url}, clock, metrics));
  db = std::move(opened);
  if (mode == Mode::serve) store::keep_room_in_log(*db, kRoomInLog);
  net::client::ClientOptions client;
  client.allowed_private = settings.allowed_private_addresses;
  // The assistant calls one service for hundreds of tasks at once: each would connect anew for each of its steps.
  client.connections_per_host = 192;
  http = net::client::HttpClient::make(std::move(client));
  router.emplace(metrics);
  net::route::RateLimits limits;
  limits.enabled = settings.rate_limits;
  router->set_rate_limits(limits);
  TRY(auto same_name, check_server_name(*db, settings.server_name));
  static_cast<void>(same_name);
  TRY(auto has_leases, store::migrate(*db, "host", host::migrations()));
  static_cast<void>(has_leases);
  TRY(ages, host::AgeClock::open(*db, clock));
  TRY(auto instance, instance_name(settings.data_dir / "instance"));
  leases.emplace(*db, clock, host::LeaseOptions{.holder = instance, .alone = !db->shared()}, metrics);
  TRY(auto set_up, set_up_modules());
  static_cast<void>(set_up);
  // A server that will listen makes it when it has its addresses.
  return mode == Mode::serve ? Result<Unit>(Unit{}) : ensure_admin();
}

Result<Unit> Program::Impl::connect_bus() {
  if (settings.redis_url.empty()) return Unit{};
  TRY(auto address, bus::RedisAddress::parse(settings.redis_url));
  auto made = bus::make_redis_bus({.address = std::move(address), .server_name = settings.server_name}, metrics);
  redis = made.get();
  bus = std::move(made);
  return Unit{};
}

/// Doorbells of other processes have the writer read what they committed; its bells then ring here.
void Program::Impl::follow_others() {
  db->on_head([this](StreamPos head) { bus->ring(bus::Topic::events, head); });
  if (!db->shared()) return;
  others.push_back(bus->on_ring(bus::Topic::events, [this](StreamPos position) {
    if (position == 0 || position > db->head()) db->follow();
  }));
  // Changes of accounts may take no position of the stream.
  others.push_back(bus->on_ring(bus::Topic::users, [this](StreamPos) { db->follow(); }));
  if (redis) context->health("redis", [this] { return redis->trouble(); });
}

/// All tables first: what they hold decides whether a sealing key may be made.
Result<Unit> Program::Impl::migrate_modules() {
  std::vector<std::string_view> sealed;
  for (const auto& module : modules) {
    TRY(store::migrate(*db, module.name, module.migrations));
    if (!module.sealed_query.empty()) sealed.push_back(module.sealed_query);
  }
  TRY(auto loaded, load_sealing_key(settings.data_dir / "secret.key", *db, sealed));
  key.emplace(std::move(loaded));
  return Unit{};
}

/// The database's and the disk's, each under its own name.
void Program::Impl::add_health_checks() {
  context->health("database", [this] {
    auto trouble = db->trouble(store::Trouble::writing);
    return trouble ? trouble : db->trouble(store::Trouble::damage);
  });
  context->health("checkpoint", [this] { return db->trouble(store::Trouble::checkpoint); });
  context->health("slow_disk", [this] { return db->trouble(store::Trouble::slow); });
  context->health("disk_space", [this] { return disk_trouble(settings.data_dir); });
  metrics.gauge_callback("troupe_app_disk_free_bytes", "Bytes that may still be written where the data folder lies",
                         [this] {
                           const auto space = store::disk_space(settings.data_dir);
                           return space ? static_cast<double>(space->free_bytes) : -1.0;
                         });
}

Result<Unit> Program::Impl::set_up_modules() {
  TRY(migrate_modules());
  context.emplace(host::Context::Parts{.settings = settings,
                                       .db = *db,
                                       .bus = *bus,
                                       .routes = *router,
                                       .io = *io,
                                       .http = *http,
                                       .metrics = metrics,
                                       .clock = clock,
                                       .sealing_key = *key,
                                       .files = files,
                                       .passwords = passwords});
  context->offer(*leases);
  context->offer(*ages);
  context->every({.name = "host.age",
                  .every = host::AgeClock::kNoteEvery,
                  .run = [this] { return ages->note(); },
                  .singleton = true});
  context->health("clock", [this] { return ages->trouble(); });
  add_health_checks();
  for (const auto& module : modules) {
    if (module.setup) TRY(module.setup(*context));
  }
  follow_others();
  add_own_routes();
  router->freeze();
  return Unit{};
}

/// The account `admin` is made at the first start.
Result<Unit> Program::Impl::ensure_admin() {
  auto& accounts = context->get<matrix::Accounts>();
  const auto admin_id = "@" + std::string(kAdmin) + ":" + settings.server_name;
  auto found = wait_for(io->at(0), accounts.account(admin_id));
  if (found) return Unit{};
  if (found.error().code() != Errc::not_found) return std::unexpected(found.error());
  if (mode == Mode::offline) {
    return Error(Errc::not_found,
                 "This server's first start has not ended: run `troupe init` or `troupe serve` first.");
  }
  const auto& given = settings.of<FirstStart>().admin_password;
  auto password = given;
  if (password.empty()) password = base::random_alphanumeric(kGeneratedPasswordLength);
  matrix::NewAccount account;
  account.localpart = kAdmin;
  account.password = password;
  account.admin = true;
  account.display_name = "Administrator";
  auto made = wait_for(io->at(0), accounts.create_account(std::move(account)));
  if (!made && made.error().code() == Errc::user_in_use) return Unit{};  // another process was faster
  if (!made) return std::unexpected(std::move(made).error());
  if (given.empty()) new_admin_password = std::move(password);
  return Unit{};
}

/// Requests are taken, whatever is in trouble: what is, is named, as in /health.
boost::json::object Program::Impl::readiness() const {
  boost::json::object body{{"status", "ready"}};
  boost::json::array troubled;
  for (const auto& [name, check] : context->checks()) {
    if (check()) troubled.emplace_back(name);
  }
  if (!troubled.empty()) body["troubled"] = std::move(troubled);
  return body;
}

void Program::Impl::add_own_routes() {
  for (const auto& [listener, address] : context->listening()) {
    net::route::Route route;
    route.method = "GET";
    route.path = "/ready";
    route.listener = listener;
    route.needs = net::route::Access::open;
    route.rate = net::route::Rate::none;
    route.summary = "Whether the server takes requests";
    route.tag = listener == net::route::kPlatformListener ? "operations" : "";
    route.run = [this](net::route::Call&) -> Task<net::http::Response> {
      if (draining) co_return net::http::Response::json(R"({"status":"draining"})", 503);
      if (!ready) co_return net::http::Response::json(R"({"status":"starting"})", 503);
      co_return net::http::Response::json(boost::json::serialize(readiness()));
    };
    router->add(std::move(route));
  }
}

Result<Unit> Program::Impl::listen_on(const host::Listening& wanted) {
  TRY(auto endpoint, host::parse_endpoint(wanted.address));
  net::server::ListenOptions options;
  options.host = endpoint.host;
  options.port = endpoint.port;
  options.listener = wanted.listener;
  options.trusted_proxies = settings.trusted_proxies;
  options.limits.connections = connections_of(wanted.listener, descriptors, context->listening().size() - 1);
  options.closed = true;
  base::log_info("app", "listening",
                 {{"listener", wanted.listener},
                  {"connections_at_most", options.limits.connections},
                  {"open_files_at_most", descriptors}});
  if (!settings.tls_certificate.empty()) {
    options.tls = net::tls::TlsFiles{settings.tls_certificate, settings.tls_key, settings.hsts_s};
  }
  auto listening = net::server::HttpServer::listen(*io, *router, std::move(options), metrics);
  if (!listening && listening.error().code() == Errc::conflict) {
    return Error(Errc::conflict, fmt::format("{} The option is --listen-{}, the key in troupe.toml listen.{}.",
                                             listening.error().message(), wanted.listener, wanted.listener));
  }
  TRY(auto server, std::move(listening));
  servers.push_back(std::move(server));
  return Unit{};
}

Result<Unit> Program::Impl::open_local_socket() {
  auto answer = [this](LocalRequest asked) -> asio::awaitable<LocalReply> {
    net::http::Request request;
    request.method = std::move(asked.method);
    request.body = std::move(asked.body);
    if (!asked.range.empty()) request.headers.set("Range", std::move(asked.range));
    if (!asked.last_event_id.empty()) request.headers.set("Last-Event-ID", std::move(asked.last_event_id));
    auto response = co_await answer_locally(std::move(request), std::move(asked.target));
    LocalReply reply{.status = response.status, .body = std::move(response.body)};
    if (response.shared_body) reply.body = *response.shared_body;
    reply.stream = std::move(response.stream);
    co_return reply;
  };
  TRY(local, LocalSocket::listen(io->at(0), settings.data_dir / "run" / "troupe.sock", answer));
  return Unit{};
}

/// One platform request as the administrator of this machine.
asio::awaitable<net::http::Response> Program::Impl::answer_locally(net::http::Request request, std::string target) {
  auto understood = request.set_target(target);
  if (!understood) co_return net::route::render_error(understood.error(), net::route::Dialect::problem, "");
  request.remote_address = "127.0.0.1";
  request.headers.set("Authorization", "Bearer " + settings.local_token);
  if (!request.body.empty()) request.headers.set("Content-Type", "application/json");
  co_return co_await collected(co_await router->dispatch(net::route::kPlatformListener, request));
}

void Program::Impl::stop() {
  if (std::exchange(stopped, true)) return;
  draining = true;
  bus->publish(host::kDrainingChannel, {});
  if (jobs) jobs->stop(kDrainPatience);
  if (context && mode == Mode::serve) {
    const auto& stops = context->stops();
    for (auto stop_action = stops.rbegin(); stop_action != stops.rend(); ++stop_action) {
      auto done = wait_for(io->at(0), (*stop_action)());
      if (!done) base::log_error("app", "a part did not stop cleanly", {{"detail", done.error().message()}});
    }
  }
  for (auto& server : servers) server->drain(kDrainPatience);
  if (leases && io && db) {
    auto given_back = wait_for(io->at(0), leases->stop());
    if (!given_back) base::log_warning("app", "leases were not given back", {{"detail", given_back.error().message()}});
  }
  local.reset();
  if (db) db->stop();
  servers.clear();
  others.clear();
  if (redis) redis->stop();
  if (io) io->stop();
  for (auto* pool : {&files, &passwords}) {
    pool->stop();
    pool->join();
  }
}

Program::Program(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Program::~Program() { impl_->stop(); }

Result<std::unique_ptr<Program>> Program::open(host::Settings settings, Mode mode,
                                               const std::vector<host::Module>& every_module) {
  auto impl = std::make_unique<Impl>(std::move(settings), mode, every_module);
  auto opened = impl->open();
  std::unique_ptr<Program> program(new Program(std::move(impl)));
  if (!opened) return std::unexpected(std::move(opened).error());
  return program;
}

const std::optional<std::string>& Program::new_admin_password() const { return impl_->new_admin_password; }
const host::Settings& Program::settings() const { return impl_->settings; }

Result<Unit> Program::listen() { return impl_->start(); }

Result<Unit> Program::Impl::start() {
  if (::geteuid() == 0) {
    base::log_warning(
        "app",
        "Troupe runs as root: whoever breaks into it owns this machine, and programs of bots run as root, "
        "too. Give it a user of its own.");
  }
  for (const auto& wanted : context->listening()) {
    if (!wanted.address.empty()) TRY(listen_on(wanted));
  }
  // Before anybody is let in: where registration is open, the name admin must not go to whoever is first.
  TRY(ensure_admin());
  TRY(open_local_socket());
  for (auto& server : servers) server->open();
  auto& jobs_lease = leases->get(host::kJobsLease);
  TRY(wait_for(io->at(0), leases->start(io->at(0).get_executor())));
  for (const auto& start_action : context->starts()) {
    TRY(wait_for(io->at(0), start_action()));
  }
  jobs.emplace(context->jobs(), *io, metrics, &jobs_lease);
  jobs->start();
  ready = true;
  return Unit{};
}

void Program::catch_signals() {
  impl_->signals.add(SIGTERM);
  impl_->signals.add(SIGINT);
}

void Program::run_until_signal() {
  impl_->signals.async_wait(
      [](boost::system::error_code, int number) { base::log_info("app", "stopping", {{"signal", number}}); });
  impl_->waiting.run();
  impl_->stop();
}

net::http::Response Program::handle(net::http::Request request) {
  auto target = request.target;
  auto answer = impl_->answer_locally(std::move(request), std::move(target));
  return asio::co_spawn(impl_->io->at(0), std::move(answer), asio::use_future).get();
}

}  // namespace troupe::app
