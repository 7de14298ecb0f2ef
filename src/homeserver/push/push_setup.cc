#include "homeserver/push/push_setup.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "homeserver/push/push_service.h"
#include "host/age_clock.h"

namespace troupe::homeserver::push {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookEvery = 300ms;
constexpr auto kPatience = 5s;

}  // namespace

void setup_push(host::Context& context, const PushBasis& basis) {
  auto& db = context.db();
  const auto& services = basis.sync.services;
  auto* missed = basis.missed;
  const asio::any_io_executor home = context.io().next().get_executor();
  auto& look = context.make<PushLook>(db, basis.rooms, services.account_data, context.clock(),
                                      missed ? std::optional(missed->wait()) : std::nullopt);
  auto& lag = context.make<memory::EventLag>(context.metrics(), "push", context.clock());
  lag.head_moved(db.head());
  db.on_head([&lag](StreamPos head) { lag.head_moved(head); });
  look.measure(lag);
  auto& unread = context.make<UnreadTotal>(db, basis.sync.sync, services);
  auto& service = context.make<PushService>(PushService::Parts{.look = look,
                                                               .db = db,
                                                               .rooms = basis.rooms,
                                                               .receipts = basis.sync.receipts,
                                                               .unread = unread,
                                                               .http = context.http(),
                                                               .own_gateway = basis.gateway,
                                                               .metrics = context.metrics(),
                                                               .clock = context.clock(),
                                                               .ages = host::age_clock(context),
                                                               .home = home});
  context.on_start([&look] { return look.begin(); });
  context.every({.name = "homeserver.push",
                 .every = kLookEvery,
                 .run = [&service, home]() -> Task<Unit> {
                   co_return co_await asio::co_spawn(home, service.round(), asio::use_awaitable);
                 },
                 .singleton = true});
  // A job of its own: pushes wait for no mail.
  if (missed) {
    context.every({.name = "homeserver.missed_mails",
                   .every = kLookEvery,
                   .run = [missed] { return missed->round(); },
                   .singleton = true});
  }
  context.on_stop([&service, home]() -> Task<Unit> {
    co_await asio::co_spawn(home, service.stop(kPatience), asio::use_awaitable);
    co_return Unit{};
  });
}

}  // namespace troupe::homeserver::push
