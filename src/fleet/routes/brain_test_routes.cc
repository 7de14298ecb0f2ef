// POST /api/v1/brains/{kind}/test: whether what stands behind a configuration is there and fits.
#include <boost/json/parse.hpp>

#include "base/field_errors.h"
#include "fleet/routes/fleet_routes.h"
#include "fleet/routes/shape_tables.h"
#include "fleet/service/bot_editor.h"

namespace troupe::fleet::routes {
namespace {

using net::http::Response;
using net::route::Call;

/// Stored secrets go where they went before and nowhere else: a changed address needs them typed anew.
boost::json::object stored_secrets(BrainTestApi& brains, const Bot& bot, const std::string& kind,
                                   const boost::json::object& config) {
  if (bot.brain_kind != kind || bot.sealed_secrets.empty() || !service::same_addresses(bot.brain_config, config))
    return {};
  auto opened = brains.sealing_key.open(bot.sealed_secrets);
  if (!opened) return {};
  boost::system::error_code failed;
  auto secrets = boost::json::parse(*opened, failed);
  return failed || !secrets.is_object() ? boost::json::object() : std::move(secrets.get_object());
}

BrainTested tested(brains::BrainTest found, std::chrono::milliseconds took) {
  return {.found = std::move(found), .took_ms = took.count()};
}

Task<Response> test_brain(BrainTestApi& brains, Call& call) {
  const auto kind_name = call.param("kind");
  const auto* kind = brains.bots.kinds().find(kind_name);
  if (kind == nullptr) co_return Error(Errc::not_found, "There is no brain " + kind_name.substr(0, 32) + ".");
  if (kind->needs == brains::Needs::server_admin && !actor_of(*call.caller).server_admin) {
    co_return Error(Errc::forbidden, "Only administrators may make, change or test bots of this kind.");
  }
  CO_TRY(auto body, api::body_of<BrainTestBody>(call));
  boost::json::object secrets;
  if (body.bot_id && !body.bot_id->empty()) {
    CO_TRY(auto bot, co_await brains.bots(call).get(*std::move(body.bot_id)));
    secrets = stored_secrets(brains, bot.bot, kind_name, body.config);
  }
  auto fine = kind->prepare(std::move(body.config), std::move(secrets));
  if (!fine) co_return base::placed_under(std::move(fine).error(), "/config");
  auto prepared = *std::move(fine);
  if (!kind->test) {
    auto nothing = brains::BrainTest().is(brains::BrainTest::Verdict::good,
                                          "The configuration is fine. This brain has nothing to connect to.");
    co_return api::answer(tested(std::move(nothing), std::chrono::milliseconds(0)));
  }
  const auto began = std::chrono::steady_clock::now();
  brains::BrainContext context{.http = brains.http, .clock = brains.clock};
  CO_TRY(auto found, co_await kind->test(context, std::move(prepared.config), std::move(prepared.secrets)));
  const auto took = std::chrono::steady_clock::now() - began;
  co_return api::answer(tested(std::move(found), std::chrono::duration_cast<std::chrono::milliseconds>(took)));
}

}  // namespace

void add_brain_test_routes(const api::Group& group, BrainTestApi& brains) {
  group.add({.method = "POST",
             .path = "/brains/{kind}/test",
             .summary = "Try a brain's configuration: is its service there, and does it fit?",
             .needs = net::route::Access::operator_,
             .body = TROUPE_REF("BrainTest"),
             .reply = TROUPE_REF("BrainTested"),
             .run = api::bind(test_brain, brains)});
}

}  // namespace troupe::fleet::routes
