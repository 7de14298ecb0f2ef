// /api/v1/overview, /health, /metrics.
#include "console/console_api.h"
#include "console/shapes/views.h"
#include "console/tenant_counts.h"
#include "fleet/routes/bot_views.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

std::int64_t uptime_s(const OverviewApi& console) {
  return std::chrono::duration_cast<std::chrono::seconds>(console.context.clock().steady() - console.started).count();
}

boost::json::object hint(std::string_view code, std::string_view title, std::string_view text, std::string_view link) {
  return {{"code", code}, {"title", title}, {"text", text}, {"link", link}};
}

/// What a person who is new here would do next.
boost::json::array hints(std::int64_t people, const fleet::BotCounts& bots) {
  boost::json::array list;
  if (bots.troubled > 0) {
    list.push_back(hint("bot_failed", "A bot needs you", "A bot does not answer as it should. Its page says why.",
                        "/ui/bots?state=troubled"));
  }
  if (people <= 1) {
    list.push_back(hint("make_user", "Make a user",
                        "Make an account for yourself and sign in with it in your Matrix client.", "/ui/users"));
  }
  if (bots.total == 0) {
    list.push_back(
        hint("make_bot", "Make a bot", "The echo brain says back what it hears: good for a first try.", "/ui/bots"));
  } else if (bots.running == 0) {
    list.push_back(hint("start_bot", "Start a bot", "Your bots are made and none of them is running.", "/ui/bots"));
  } else if (bots.rooms == 0) {
    list.push_back(hint("invite_bot", "Invite a bot",
                        "Invite a running bot to a room in your Matrix client and write to it.", "/ui/bots"));
  }
  return list;
}

constexpr std::int64_t kTroubledShown = 10;

/// `with_reasons`: they may name what the bot rests on, which is not for everybody.
boost::json::object troubled_view(const fleet::BotPage& page, bool with_reasons) {
  boost::json::array items;
  for (const auto& view : page.items) {
    const auto& bot = view.bot;
    auto trouble = fleet::trouble_of(bot);
    if (!trouble) continue;
    if (!with_reasons) trouble->text.clear();
    items.push_back({{"bot_id", bot.bot_id},
                     {"display_name", bot.display_name},
                     {"state", fleet::to_string(bot.observed)},
                     {"trouble", fleet::trouble_view(*trouble)}});
  }
  return {{"total", page.total}, {"items", std::move(items)}};
}

Task<std::int64_t> count_accounts(OverviewApi& console, std::int64_t house) {
  CO_TRY(const auto tenants, co_await counted_tenants(console.people));
  const auto own = std::ranges::find(tenants, house, &identity::Tenant::id);
  co_return own == tenants.end() ? 0 : own->principals;
}

Task<Response> show_overview(OverviewApi& console, Call& call) {
  CO_TRY(auto accounts, co_await count_accounts(console, tenant(call)));
  CO_TRY(auto bots, co_await console.bots(call).counts());
  CO_TRY(auto troubled, co_await console.bots(call).list("", 0, kTroubledShown, std::string(fleet::kTroubled)));
  boost::json::array checks;
  for (const auto& [name, check] : console.context.checks()) {
    auto problem = check();
    boost::json::object row{{"name", name}, {"ok", !problem}};
    if (problem) row["detail"] = *problem;
    checks.push_back(std::move(row));
  }
  const auto& settings = console.context.settings();
  auto matrix_url = settings.public_base_url;
  if (matrix_url.empty()) {
    matrix_url = (settings.tls_certificate.empty() ? "http://" : "https://") + settings.listen_matrix;
  }
  co_return reply(boost::json::object{
      {"version", settings.version},
      {"server_name", console.people.homeserver.server_name()},
      {"started_at", rfc3339(console.started_ms)},
      {"uptime_s", uptime_s(console)},
      {"matrix_url", matrix_url},
      {"counts",
       {{"users", accounts}, {"bots", bots.total}, {"bots_running", bots.running}, {"bots_failed", bots.failed}}},
      {"troubled", troubled_view(troubled, call.caller->role != net::Role::member)},
      {"checks", std::move(checks)},
      {"hints", hints(accounts - bots.total, bots)}});
}

/// Two checks of one name are one: well when both are, with all that either says.
void add_check(boost::json::object& checks, std::string_view name, boost::json::object row) {
  auto* known = checks.if_contains(name);
  if (!known) {
    checks[name] = std::move(row);
    return;
  }
  auto& merged = known->as_object();
  if (row["ok"].as_bool()) return;
  if (!merged["ok"].as_bool()) {
    row["detail"] = std::string(merged["detail"].as_string()) + "; " + std::string(row["detail"].as_string());
  }
  merged = std::move(row);
}

Task<Response> show_health(OverviewApi& console, Call&) {
  boost::json::object checks;
  std::string error;
  for (const auto& [name, check] : console.context.checks()) {
    auto problem = check();
    boost::json::object row{{"ok", !problem}};
    if (problem) {
      row["detail"] = *problem;
      error += (error.empty() ? "" : "; ") + name + ": " + *problem;
    }
    add_check(checks, name, std::move(row));
  }
  // Reads must work, too: what a person would see first.
  auto database = co_await console.bots.last_change();
  boost::json::object row{{"ok", database.has_value()}};
  if (!database) {
    row["detail"] = database.error().message();
    error += (error.empty() ? "" : "; ") + std::string("database: ") + database.error().message();
  }
  add_check(checks, "database", std::move(row));
  boost::json::object body{{"status", error.empty() ? "healthy" : "unhealthy"},
                           {"timestamp", rfc3339(console.context.clock().unix_ms())},
                           {"version", console.context.settings().version},
                           {"uptime_s", uptime_s(console)},
                           {"checks", std::move(checks)}};
  if (!error.empty()) body["error"] = error;
  auto response = reply(body, error.empty() ? 200 : 503);
  response.headers.add("Cache-Control", "no-store");
  co_return response;
}

Task<Response> show_metrics(OverviewApi& console, Call&) {
  co_return Response::text(console.context.metrics().expose(), 200, "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace

void add_overview_routes(net::Router& routes, OverviewApi& console) {
  const api::Group overview(routes,
                            {.prefix = "/api/v1/overview", .needs = Access::user, .scope = "bots", .tag = "overview"});
  overview.add({.method = "GET",
                .summary = "Counts, health and what to do next",
                .reply = TROUPE_REF("Overview"),
                .run = api::bind(show_overview, console)});
  // For other programs; how often they look is their business.
  const api::Group operations(routes,
                              {.prefix = "", .needs = Access::open, .tag = "operations", .rate = net::Rate::none});
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

}  // namespace troupe::console
