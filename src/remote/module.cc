#include "remote/module.h"

#include "base/log.h"
#include "host/age_clock.h"
#include "remote/account_sync.h"
#include "remote/appservice_routes.h"
#include "remote/migrations.gen.h"
#include "remote/options.h"
#include "remote/remote_homeserver.h"
#include "remote/settings.h"
#include "store/durable_file.h"

namespace troupe::remote {
namespace {

constexpr std::chrono::hours kKeepEvents{24 * 7};
constexpr std::int64_t kPruneAtOnce = 500;
constexpr std::chrono::minutes kPruneEvery{10};
constexpr std::chrono::seconds kLookEvery{30};

/// Whether the other homeserver answers, for /health.
struct Reach {
  std::atomic<bool> failing{false};
};

std::filesystem::path registration_file(const host::Settings& settings) {
  return settings.data_dir / "appservice.yaml";
}

Result<Unit> write_registration(const host::Settings& settings) {
  const auto file = registration_file(settings);
  TRY(store::write_durably(file, registration_yaml(settings)));
  base::log_info("remote", "The homeserver needs this registration in its app_service_config_files.",
                 {{"file", file.string()}});
  return Unit{};
}

void add_health_route(net::route::Router& router) {
  net::route::Route health;
  health.method = "GET";
  health.path = "/health";
  health.listener = host::kMatrixListener;
  health.dialect = net::route::Dialect::matrix;
  health.needs = net::route::Access::open;
  health.rate = net::route::Rate::none;
  health.run = [](net::route::Call&) -> Task<net::http::Response> { co_return net::http::Response::text("OK"); };
  router.add(std::move(health));
}

Task<Unit> look(MatrixApi& api, Reach& reach) {
  ApiCall call{.path = "/_matrix/client/versions", .patience = std::chrono::seconds(10)};
  auto answer = co_await api.call(std::move(call));
  if (reach.failing.exchange(!answer) != !answer) {
    if (answer) {
      base::log_info("remote", "The homeserver answers again.");
    } else {
      base::log_warning("remote", "The homeserver does not answer.",
                        {{"url", api.base_url()}, {"reason", answer.error().message()}});
    }
  }
  co_return Unit{};
}

Result<Unit> set_up(host::Context& context) {
  const auto& settings = context.settings();
  auto& api = context.make<MatrixApi>(context.http(), settings.of<RemoteSettings>().url);
  auto& tokens = context.make<Tokens>(api, context.db(), context.sealing_key(), settings);
  auto& observers = context.make<EphemeralObservers>();
  const asio::any_io_executor home = context.io().next().get_executor();
  auto& sync = context.make<AccountSync>(AccountSync::Parts{.api = api,
                                                            .tokens = tokens,
                                                            .db = context.db(),
                                                            .clock = context.clock(),
                                                            .metrics = context.metrics(),
                                                            .observers = observers,
                                                            .home = home});
  auto follow = [&sync, home](std::string user_id) {
    asio::post(home, [&sync, user_id = std::move(user_id)]() mutable { sync.add(std::move(user_id)); });
  };
  auto& port = context.make<RemoteHomeserver>(RemoteHomeserver::Parts{.api = api,
                                                                      .tokens = tokens,
                                                                      .db = context.db(),
                                                                      .key = context.sealing_key(),
                                                                      .settings = settings,
                                                                      .clock = context.clock(),
                                                                      .observers = observers,
                                                                      .follow = std::move(follow)});
  matrix::offer_roles(context, port);
  add_health_route(context.routes());
  auto& gate = context.make<HomeserverToken>(settings.of<RemoteSettings>().hs_token, settings.server_name);
  context.listen(host::matrix_listener(), settings.listen_matrix);
  context.routes().add_scheme(std::string(kHomeserverScheme), gate);
  if (tokens.has_application_service()) {
    add_appservice_routes(context.routes(), context.db(), context.clock(), context.metrics(), observers);
    TRY(write_registration(settings));
  }
  auto& reach = context.make<Reach>();
  context.health("homeserver", [&reach, &settings]() -> std::optional<std::string> {
    if (!reach.failing) return std::nullopt;
    return "the homeserver at " + settings.of<RemoteSettings>().url + " does not answer";
  });
  context.every({.name = "remote.look", .every = kLookEvery, .run = [&api, &reach] { return look(api, reach); }});
  context.every({.name = "remote.prune", .every = kPruneEvery, .run = [&context]() -> Task<Unit> {
                   const auto before = host::age_clock(context).unix_ms() -
                                       std::chrono::duration_cast<std::chrono::milliseconds>(kKeepEvents).count();
                   auto write = [&](store::Tx& tx) -> Result<std::int64_t> { return prune(tx, before, kPruneAtOnce); };
                   CO_TRY(co_await context.db().write(write, {.lane = store::Lane::bulk}));
                   co_return Unit{};
                 }});
  context.on_start([&sync, home] { return asio::co_spawn(home, sync.start(), asio::use_awaitable); });
  context.on_stop([&sync, home]() -> Task<Unit> {
    co_await asio::co_spawn(home, sync.stop(), asio::use_awaitable);
    co_return Unit{};
  });
  return Unit{};
}

}  // namespace

host::Module remote_module() {
  const auto all = migrations();
  return {
      .name = "remote",
      .migrations = {all.begin(), all.end()},
      .setup = set_up,
      .sealed_query = "SELECT 1 FROM rem_account WHERE sealed_token IS NOT NULL OR sealed_password IS NOT NULL LIMIT 1",
      .settings = setting_rows(),
      .review = review_settings,
      .doctor = {{.name = "registration", .run = [](const host::Examination& e) {
                    return host::examine_mode(registration_file(e.settings), "the registration with its tokens");
                  }}}};
}

}  // namespace troupe::remote
