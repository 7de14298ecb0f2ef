// POST /api/v1/brains/{kind}/test: whether what stands behind a configuration is there and fits.
#include <boost/json/parse.hpp>

#include "base/field_errors.h"
#include "console/api.h"
#include "console/shapes/schema.h"
#include "fleet/bots/bot_editor.h"
#include "matrix/json.h"

namespace troupe::console {
namespace {

using net::Call;
using net::Response;

/// Stored secrets go where they went before and nowhere else: a changed address needs them typed anew.
boost::json::object stored_secrets(Api& api, const fleet::Bot& bot, const std::string& kind,
                                   const boost::json::object& config) {
  if (bot.brain_kind != kind || bot.sealed_secrets.empty() || !fleet::same_addresses(bot.brain_config, config))
    return {};
  auto opened = api.context.sealing_key().open(bot.sealed_secrets);
  if (!opened) return {};
  boost::system::error_code failed;
  auto secrets = boost::json::parse(*opened, failed);
  return failed || !secrets.is_object() ? boost::json::object() : std::move(secrets.get_object());
}

boost::json::object test_view(const fleet::BrainTest& found, std::chrono::milliseconds took) {
  auto is_good = [](fleet::BrainTest::Verdict verdict) { return verdict == fleet::BrainTest::Verdict::good; };
  boost::json::array details;
  for (const auto& detail : found.details) {
    details.push_back(
        {{"ok", is_good(detail.verdict)}, {"outcome", fleet::to_string(detail.verdict)}, {"text", detail.text}});
  }
  return {{"ok", is_good(found.verdict)},
          {"outcome", fleet::to_string(found.verdict)},
          {"summary", found.summary},
          {"took_ms", took.count()},
          {"details", std::move(details)}};
}

Task<Response> test(Api& api, Call& call) {
  const auto kind_name = call.param("kind");
  const auto* kind = api.bots.kinds().find(kind_name);
  if (kind == nullptr) co_return Error(Errc::not_found, "There is no brain " + kind_name.substr(0, 32) + ".");
  if (kind->needs == fleet::Needs::server_admin && !actor(call).server_admin) {
    co_return Error(Errc::forbidden, "Only administrators may make, change or test bots of this kind.");
  }
  auto config = call.body.at("config").as_object();
  boost::json::object secrets;
  if (auto bot_id = optional_text(call, "bot_id"); bot_id && !bot_id->empty()) {
    CO_TRY(auto bot, co_await api.bots.get(tenant(call), *bot_id));
    secrets = stored_secrets(api, bot.bot, kind_name, config);
  }
  auto fine = kind->prepare(std::move(config), std::move(secrets));
  if (!fine) co_return base::placed_under(std::move(fine).error(), "/config");
  auto prepared = *std::move(fine);
  if (!kind->test) {
    auto nothing = fleet::BrainTest().is(fleet::BrainTest::Verdict::good,
                                         "The configuration is fine. This brain has nothing to connect to.");
    co_return reply(test_view(nothing, std::chrono::milliseconds(0)));
  }
  const auto began = std::chrono::steady_clock::now();
  fleet::BrainContext context{.http = api.context.http(), .clock = api.context.clock()};
  CO_TRY(auto found, co_await kind->test(context, std::move(prepared.config), std::move(prepared.secrets)));
  const auto took = std::chrono::steady_clock::now() - began;
  co_return reply(test_view(found, std::chrono::duration_cast<std::chrono::milliseconds>(took)));
}

}  // namespace

void add_brain_test_routes(Api& api) {
  add_route(api,
            {.method = "POST",
             .path = "/api/v1/brains/{kind}/test",
             .needs = net::Access::operator_,
             .scope = "bots",
             .tag = "bots",
             .summary = "Try a brain's configuration: is its service there, and does it fit?",
             .reply = TROUPE_REF("BrainTested"),
             .body = TROUPE_REF("BrainTest")},
            test);
}

}  // namespace troupe::console
