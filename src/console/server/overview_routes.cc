// /api/v1/overview, /health, /metrics.
#include "api/group.h"
#include "api/words.h"
#include "console/server/server_routes.h"
#include "console/server/server_shapes.h"

namespace troupe::console::server {
namespace {

using namespace api::words;

std::int64_t uptime_s(const OverviewApi& console) {
  return std::chrono::duration_cast<std::chrono::seconds>(console.server.clock.steady() - console.server.started.steady)
      .count();
}

/// What a person who is new here would do next.
std::vector<Hint> hints(std::int64_t people, const fleet::BotCounts& bots) {
  std::vector<Hint> list;
  if (bots.troubled > 0) {
    list.push_back({.code = "bot_failed",
                    .title = "A bot needs you",
                    .text = "A bot does not answer as it should. Its page says why.",
                    .link = "/ui/bots?state=troubled"});
  }
  if (people <= 1) {
    list.push_back({.code = "make_user",
                    .title = "Make a user",
                    .text = "Make an account for yourself and sign in with it in your Matrix client.",
                    .link = "/ui/users"});
  }
  if (bots.total == 0) {
    list.push_back({.code = "make_bot",
                    .title = "Make a bot",
                    .text = "The echo brain says back what it hears: good for a first try.",
                    .link = "/ui/bots"});
  } else if (bots.running == 0) {
    list.push_back({.code = "start_bot",
                    .title = "Start a bot",
                    .text = "Your bots are made and none of them is running.",
                    .link = "/ui/bots"});
  } else if (bots.rooms == 0) {
    list.push_back({.code = "invite_bot",
                    .title = "Invite a bot",
                    .text = "Invite a running bot to a room in your Matrix client and write to it.",
                    .link = "/ui/bots"});
  }
  return list;
}

constexpr std::int64_t kTroubledShown = 10;

/// `with_reasons`: they may name what the bot rests on, which is not for everybody.
TroubledBots troubled_bots(const fleet::BotPage& page, bool with_reasons) {
  TroubledBots shown{.total = page.total, .items = {}};
  for (const auto& view : page.items) {
    const auto& bot = view.bot;
    auto trouble = fleet::trouble_of(bot);
    if (!trouble) continue;
    if (!with_reasons) trouble->text.clear();
    shown.items.push_back({.bot_id = bot.bot_id,
                           .display_name = bot.display_name,
                           .state = bot.observed,
                           .trouble = *std::move(trouble)});
  }
  return shown;
}

Task<Response> show_overview(OverviewApi& console, Call& call) {
  CO_TRY(auto accounts, co_await console.people(call).count());
  CO_TRY(auto bots, co_await console.bots(call).counts());
  CO_TRY(auto troubled, co_await console.bots(call).list("", 0, kTroubledShown, std::string(fleet::kTroubled)));
  const auto& settings = console.server.settings;
  Overview shown{
      .version = settings.version,
      .server_name = console.people.server_name(),
      .started_ms = console.server.started.unix_ms,
      .uptime_s = uptime_s(console),
      .matrix_url = settings.public_base_url,
      .counts = {.users = accounts, .bots = bots.total, .bots_running = bots.running, .bots_failed = bots.failed},
      .troubled = troubled_bots(troubled, call.caller->role != net::route::Role::member),
      .checks = {},
      .hints = hints(accounts - bots.total, bots)};
  for (const auto& [name, check] : console.server.checks) {
    auto problem = check();
    const bool ok = !problem;
    shown.checks.push_back({.name = name, .ok = ok, .detail = std::move(problem)});
  }
  if (shown.matrix_url.empty()) {
    shown.matrix_url = (settings.tls_certificate.empty() ? "http://" : "https://") + settings.listen_matrix;
  }
  co_return api::answer(shown);
}

/// Two checks of one name are one: well when both are, with all that either says.
void add_check(Health& health, const std::string& name, const std::optional<std::string>& problem) {
  auto& part = health.checks[name];
  if (!problem) return;
  part.detail = part.ok ? *problem : *part.detail + "; " + *problem;
  part.ok = false;
  health.error += (health.error.empty() ? "" : "; ") + name + ": " + *problem;
}

Task<Response> show_health(OverviewApi& console, Call&) {
  Health health;
  for (const auto& [name, check] : console.server.checks) add_check(health, name, check());
  // Reads must work, too: what a person would see first.
  auto database = co_await console.bots.last_change();
  add_check(health, "database", database ? std::nullopt : std::optional(database.error().message()));
  const bool well = health.error.empty();
  health.status = well ? "healthy" : "unhealthy";
  health.at_ms = console.server.clock.unix_ms();
  health.version = console.server.settings.version;
  health.uptime_s = uptime_s(console);
  auto response = api::answer(health, well ? 200 : 503);
  response.headers.add("Cache-Control", "no-store");
  co_return response;
}

Task<Response> show_metrics(OverviewApi& console, Call&) {
  co_return Response::text(console.server.metrics.expose(), 200, "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace

void add_overview_routes(net::route::Router& routes, OverviewApi& console) {
  const api::Group overview(routes, {.prefix = "/api/v1/overview",
                                     .needs = Access::user,
                                     .scope = "bots",
                                     .tag = {"overview", "How the server stands."}});
  overview.add({.method = "GET",
                .summary = "Counts, health and what to do next",
                .reply = TROUPE_REF("Overview"),
                .run = api::bind(show_overview, console)});
  // For other programs; how often they look is their business.
  const api::Group operations(routes,
                              {.prefix = "",
                               .needs = Access::open,
                               .tag = {"operations", "For whoever runs the server: health, metrics, this document."},
                               .rate = net::route::Rate::none});
  operations.add({.method = "GET",
                  .path = "/health",
                  .summary = "Whether all parts are well; 503 when not",
                  .reply = TROUPE_REF("Health"),
                  .run = api::bind(show_health, console)});
  operations.add({.method = "GET",
                  .path = "/metrics",
                  .summary = "Prometheus text format; open on loopback, else a key with the scope metrics",
                  .needs = Access::metrics,
                  .reply = R"({"type":"string"})",
                  .reply_type = "text/plain",
                  .run = api::bind(show_metrics, console)});
}

}  // namespace troupe::console::server
