#include "homeserver/delayed/delayed_setup.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "homeserver/common/settings.h"
#include "host/age_clock.h"

namespace troupe::homeserver::delayed {
namespace {

using namespace std::chrono_literals;

/// Proposals allow up to 30 s; whoever waits for a hang-up notices less.
constexpr auto kLookEvery = 250ms;

}  // namespace

void setup_delayed(host::Context& context, DelayedEvents& events, Offers& offers) {
  add_delayed_routes(context.routes(), events);
  if (context.settings().of<RtcSettings>().max_delay_s > 0) {
    offers.unstable_features.emplace_back("org.matrix.msc4140");
  }
  const asio::any_io_executor home = context.io().next().get_executor();
  context.every({.name = "homeserver.delayed",
                 .every = kLookEvery,
                 .run = [&events, home]() -> Task<Unit> {
                   co_return co_await asio::co_spawn(home, events.send_due(), asio::use_awaitable);
                 },
                 .singleton = true});
  context.every({.name = "homeserver.ended_delayed",
                 .every = 1h,
                 .run = [&events, &ages = host::age_clock(context)] { return events.sweep(ages.unix_ms()); },
                 .singleton = true});
}

}  // namespace troupe::homeserver::delayed
