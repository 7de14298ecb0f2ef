// POST /api/v1/brains/{kind}/test: whether what stands behind a configuration is there and fits.
#include <boost/json/parse.hpp>

#include "api/reply.h"
#include "base/field_errors.h"
#include "fleet/bots/bot_editor.h"
#include "fleet/routes/fleet_routes.h"
#include "net/route/params.h"

namespace troupe::fleet {
namespace {

using api::reply;
using net::Call;
using net::Response;

/// Stored secrets go where they went before and nowhere else: a changed address needs them typed anew.
boost::json::object stored_secrets(BrainTestApi& brains, const Bot& bot, const std::string& kind,
                                   const boost::json::object& config) {
  if (bot.brain_kind != kind || bot.sealed_secrets.empty() || !same_addresses(bot.brain_config, config)) return {};
  auto opened = brains.sealing_key.open(bot.sealed_secrets);
  if (!opened) return {};
  boost::system::error_code failed;
  auto secrets = boost::json::parse(*opened, failed);
  return failed || !secrets.is_object() ? boost::json::object() : std::move(secrets.get_object());
}

boost::json::object test_view(const BrainTest& found, std::chrono::milliseconds took) {
  auto is_good = [](BrainTest::Verdict verdict) { return verdict == BrainTest::Verdict::good; };
  boost::json::array details;
  for (const auto& detail : found.details) {
    details.push_back({{"ok", is_good(detail.verdict)}, {"outcome", to_string(detail.verdict)}, {"text", detail.text}});
  }
  return {{"ok", is_good(found.verdict)},
          {"outcome", to_string(found.verdict)},
          {"summary", found.summary},
          {"took_ms", took.count()},
          {"details", std::move(details)}};
}

Task<Response> test_brain(BrainTestApi& brains, Call& call) {
  const auto kind_name = call.param("kind");
  const auto* kind = brains.bots.kinds().find(kind_name);
  if (kind == nullptr) co_return Error(Errc::not_found, "There is no brain " + kind_name.substr(0, 32) + ".");
  if (kind->needs == Needs::server_admin && !actor_of(*call.caller).server_admin) {
    co_return Error(Errc::forbidden, "Only administrators may make, change or test bots of this kind.");
  }
  auto config = call.body.at("config").as_object();
  boost::json::object secrets;
  if (auto bot_id = net::optional_body_text(call, "bot_id"); bot_id && !bot_id->empty()) {
    CO_TRY(auto bot, co_await brains.bots(call).get(*bot_id));
    secrets = stored_secrets(brains, bot.bot, kind_name, config);
  }
  auto fine = kind->prepare(std::move(config), std::move(secrets));
  if (!fine) co_return base::placed_under(std::move(fine).error(), "/config");
  auto prepared = *std::move(fine);
  if (!kind->test) {
    auto nothing =
        BrainTest().is(BrainTest::Verdict::good, "The configuration is fine. This brain has nothing to connect to.");
    co_return reply(test_view(nothing, std::chrono::milliseconds(0)));
  }
  const auto began = std::chrono::steady_clock::now();
  BrainContext context{.http = brains.http, .clock = brains.clock};
  CO_TRY(auto found, co_await kind->test(context, std::move(prepared.config), std::move(prepared.secrets)));
  const auto took = std::chrono::steady_clock::now() - began;
  co_return reply(test_view(found, std::chrono::duration_cast<std::chrono::milliseconds>(took)));
}

}  // namespace

void add_brain_test_routes(const api::Group& group, BrainTestApi& brains) {
  group.add({.method = "POST",
             .path = "/brains/{kind}/test",
             .summary = "Try a brain's configuration: is its service there, and does it fit?",
             .needs = net::Access::operator_,
             .body = TROUPE_REF("BrainTest"),
             .reply = TROUPE_REF("BrainTested"),
             .run = api::bind(test_brain, brains)});
}

}  // namespace troupe::fleet
