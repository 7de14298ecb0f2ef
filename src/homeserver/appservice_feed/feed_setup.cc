#include "homeserver/appservice_feed/feed_setup.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "homeserver/appservice_feed/appservice_routes.h"

namespace troupe::homeserver::appservice_feed {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookEvery = 100ms;
constexpr auto kForgetEvery = 1h;
constexpr auto kPatience = 5s;

/// The parts that only the sender uses.
struct Feed {
  Feed(host::Context& context, const FeedBasis& basis, const asio::any_io_executor& home)
      : interest(basis.rooms),
        look(context.db(), basis.rooms, interest, basis.services),
        edus(context.clock()),
        sender(TransactionSender::Parts{.services = basis.services,
                                        .client = basis.client,
                                        .look = look,
                                        .interest = interest,
                                        .edus = edus,
                                        .db = context.db(),
                                        .rooms = basis.rooms,
                                        .metrics = context.metrics(),
                                        .clock = context.clock(),
                                        .home = home}) {}
  Interest interest;
  FeedLook look;
  EphemeralBuffer edus;
  TransactionSender sender;
  std::vector<base::SubscriptionPtr> heard;  // the last: they must end before the buffer
};

/// A service acts as its own account from its first call on.
Task<Unit> make_senders(const appservice::Services& services, accounts::AccountService& accounts) {
  for (const auto& service : services.all()) {
    matrix::NewAccount account;
    account.localpart = service->registration().sender_localpart;
    account.kind = matrix::AccountKind::service;
    const auto made = co_await accounts.create(std::move(account), {}, service.get());
    if (!made && made.error().code() != Errc::user_in_use) co_return std::unexpected(made.error());
    if (made) continue;
    CO_TRY(const auto present, co_await accounts.find(service->sender()));
    if (present.kind == matrix::AccountKind::person) {
      base::log_warning("homeserver", "an application service acts as the account of a person: its sender_localpart",
                        {{"service", service->id()}, {"user", service->sender()}});
    }
  }
  co_return Unit{};
}

void observe_edus(Feed& feed, const FeedBasis& basis) {
  const auto receive = [&feed](const auto& edu) { feed.edus.add(edu); };
  feed.heard.push_back(basis.typing.observe(receive));
  feed.heard.push_back(basis.sync.receipts.observe(receive));
  feed.heard.push_back(basis.sync.presence.observe(receive));
}

}  // namespace

void setup_appservice_feed(host::Context& context, const FeedBasis& basis) {
  const asio::any_io_executor home = context.io().next().get_executor();
  auto& feed = context.make<Feed>(context, basis, home);
  auto& sender = feed.sender;
  auto& lag = context.make<memory::EventLag>(context.metrics(), "appservices", context.clock());
  lag.head_moved(context.db().head());
  context.db().on_head([&lag](StreamPos head) { lag.head_moved(head); });
  feed.look.measure(lag);
  auto& answers = context.make<SharedLookups<std::string>>(home, context.clock());
  auto& api =
      context.make<AppserviceApi>(AppserviceApi{basis.services, basis.client, sender, context.clock(), answers});
  add_ping_routes(context.routes(), api);
  add_third_party_routes(context.routes(), api);
  context.every({.name = "homeserver.appservices_forgotten",
                 .every = kForgetEvery,
                 .run = [&sender] { return sender.forget_others(); },
                 .singleton = true});
  // Also with no services: those that were there have gone.
  context.on_start([&feed] { return feed.look.begin(); });
  if (basis.services.empty()) return;

  const auto& all = basis.services.all();
  if (std::ranges::any_of(all, [](const auto& s) { return s->listens() && s->registration().receive_ephemeral; }))
    observe_edus(feed, basis);
  context.on_start(
      [&services = basis.services, &accounts = basis.accounts] { return make_senders(services, accounts); });
  context.every({.name = "homeserver.appservices",
                 .every = kLookEvery,
                 .run = [&sender, home]() -> Task<Unit> {
                   co_return co_await asio::co_spawn(home, sender.round(), asio::use_awaitable);
                 },
                 .singleton = true});
  context.on_stop([&sender, &answers, home]() -> Task<Unit> {
    co_await asio::co_spawn(home, sender.stop(kPatience), asio::use_awaitable);
    co_await asio::co_spawn(home, answers.stop(kPatience), asio::use_awaitable);
    co_return Unit{};
  });
}

}  // namespace troupe::homeserver::appservice_feed
