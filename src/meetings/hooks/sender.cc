#include "meetings/hooks/sender.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "base/until_available.h"
#include "meetings/hooks/outbox.h"
#include "meetings/hooks/signature.h"
#include "store/in_pieces.h"

namespace troupe::meetings::hooks {
namespace {

constexpr std::chrono::milliseconds kLookAnyway{1'000};
constexpr std::chrono::milliseconds kLookAgain{100};
constexpr std::chrono::milliseconds kPatienceAtStop{2'000};
constexpr std::chrono::milliseconds kConnectPatience{5'000};
constexpr std::string_view kGone = "the webhook answered 410 and was disabled";
constexpr int kStatusGone = 410;

double chance() {
  const auto byte = static_cast<unsigned char>(base::random_bytes(1).front());
  return static_cast<double>(byte) / 255.0;
}

template <class Map>
void give_back(Map& taken, const typename Map::key_type& key) {
  if (--taken[key] == 0) taken.erase(key);
}

}  // namespace

Sender::Sender(const Uses& uses, std::function<bool(SenderStep)> probe)
    : uses_(uses),
      probe_(std::move(probe)),
      tries_(uses.metrics.counter("troupe_meetings_webhook_tries_total", "Tries of webhooks by what became of them",
                                  {"outcome"})),
      stopping_(uses.home),
      tasks_(uses.home),
      wakeup_(uses.home) {}

bool Sender::is_mine() const { return uses_.lease == nullptr || uses_.lease->held().has_value(); }

bool Sender::passes(SenderStep step) {
  if (probe_ && !probe_(step)) died_ = true;
  return !died_;
}

Task<Unit> Sender::start() {
  listening_.push_back(uses_.bell.listen_to_all([wake = wakeup_.notifier()](MeetingId) { wake(); }));
  listening_.push_back(
      uses_.bus.subscribe(std::string(kHooksChannel), [wake = wakeup_.notifier()](std::string_view) { wake(); }));
  auto begin = [](Sender* self) -> asio::awaitable<void> {
    self->tasks_.spawn("webhooks", self->run());
    co_return;
  };
  co_await asio::co_spawn(uses_.home, begin(this), asio::use_awaitable);
  co_return Unit{};
}

Task<Unit> Sender::stop() {
  listening_.clear();
  auto end = [](Sender* self) -> asio::awaitable<void> {
    self->stopping_.request_stop();
    self->wakeup_.notify();
    // What is not answered by then is sent again by the next start, under the same id.
    (void)co_await self->tasks_.join(kPatienceAtStop);
  };
  co_await asio::co_spawn(uses_.home, end(this), asio::use_awaitable);
  co_return Unit{};
}

Task<Unit> Sender::tidy() {
  const auto before = uses_.clock.unix_ms() - std::chrono::milliseconds(kKept).count();
  auto piece = [before](store::Tx& tx) { return delete_old_deliveries(tx, before, store::kPiece); };
  co_return co_await store::write_in_pieces(uses_.db, piece);
}

asio::awaitable<void> Sender::run() {
  while (!stopping_.stop_requested() && !died_) {
    if (is_mine()) {
      Result<Unit> done = Unit{};
      try {
        done = co_await send_due();
      } catch (const std::exception& thrown) {
        done = Error(Errc::internal, thrown.what());
      }
      if (!done) {
        base::log_warning("meetings", "Webhooks could not be looked at; that is tried again.",
                          {{"reason", done.error().message()}});
      }
    }
    // The bell rings for every word that is said.
    (void)co_await stopping_.sleep(kLookAgain);
    (void)co_await wakeup_.wait(kLookAnyway);
  }
}

Task<Unit> Sender::send_due() {
  auto look = [now = uses_.clock.unix_ms()](store::Connection& c) -> Result<std::vector<Due>> {
    return due_webhooks(c, now);
  };
  CO_TRY(auto due, co_await uses_.db.read(look));
  // Where the last round ended, so that everybody has their turn when there is no place for all.
  std::ranges::rotate(due, std::ranges::upper_bound(due, last_begun_, {}, &Due::webhook));
  for (const auto& one : due) {
    if (stopping_.stop_requested() || under_way_.size() >= kAtOnce) break;
    CO_TRY(co_await begin_those_of(one));
  }
  co_return Unit{};
}

Task<Unit> Sender::begin_those_of(Due due) {
  const auto place_for = [this, &due] {
    const auto own = of_webhook_.find(due.webhook);
    const auto owners = of_owner_.find({due.tenant_id, due.owner_id});
    return under_way_.size() < kAtOnce && (own == of_webhook_.end() || own->second < kAtOnceOfWebhook) &&
           (owners == of_owner_.end() || owners->second < kAtOnceOfOwner);
  };
  if (!place_for()) co_return Unit{};
  auto look = [&, now = uses_.clock.unix_ms()](store::Connection& c) -> Result<std::vector<Head>> {
    return due_heads(c, due.webhook, now, 2 * kAtOnceOfWebhook);
  };
  CO_TRY(const auto heads, co_await uses_.db.read(look));
  for (const auto& head : heads) {
    if (!place_for()) break;
    if (!under_way_.emplace(due.webhook, head.meeting).second) continue;
    last_begun_ = due.webhook;
    ++of_webhook_[due.webhook];
    ++of_owner_[{due.tenant_id, due.owner_id}];
    tasks_.spawn("a webhook", deliver(due, head));
  }
  co_return Unit{};
}

asio::awaitable<void> Sender::deliver(Due due, Head head) {
  Result<Unit> done = Unit{};
  try {
    done = co_await try_once(due, head);
  } catch (const std::exception& thrown) {
    done = Error(Errc::internal, thrown.what());
  }
  if (!done) {
    base::log_warning("meetings", "What became of a webhook could not be written; it is sent again.",
                      {{"webhook", std::to_string(due.webhook)}, {"reason", done.error().message()}});
    (void)co_await stopping_.sleep(kLookAnyway);
  }
  give_back(of_webhook_, due.webhook);
  give_back(of_owner_, {due.tenant_id, due.owner_id});
  under_way_.erase({due.webhook, head.meeting});
  wakeup_.notify();
}

Task<Unit> Sender::try_once(Due due, Head head) {
  struct Found {
    std::optional<Webhook> hook{};
    std::optional<Delivery> delivery{};
    bool is_readable = false;
  };
  auto look = [&](store::Connection& c) -> Result<Found> {
    Found found{.hook = find_webhook(c, due.webhook), .delivery = find_delivery(c, due.webhook, head.delivery)};
    // One that cannot be opened is as good as deleted: another try would not do either.
    if (found.delivery) found.is_readable = open_body(c, *found.delivery).value_or(false);
    return found;
  };
  CO_TRY(auto found, co_await uses_.db.read(look));
  auto& [hook, delivery, is_readable] = found;
  // Meanwhile it was deleted, or given up.
  if (!hook || !delivery || delivery->state != DeliveryState::waiting) co_return Unit{};
  if (stopping_.stop_requested() || !is_mine() || !passes(SenderStep::chosen)) co_return Unit{};
  Try tried{.refused = true, .problem = "the webhook is disabled"};
  if (hook->enabled && !is_readable) tried.problem = "its transcript was deleted, and what was to be told with it";
  if (hook->enabled && is_readable) tried = co_await post(*hook, *delivery);
  if (!passes(SenderStep::answered)) co_return Unit{};
  const auto tries_before = delivery->tries;
  auto outcome = after_try(*std::move(delivery), tried, uses_.clock.unix_ms(), chance());
  tries_.with({std::string(to_string(outcome.state))}).add();
  CO_TRY(co_await write_outcome(*hook, std::move(outcome), tries_before));
  (void)passes(SenderStep::written);
  co_return Unit{};
}

asio::awaitable<Try> Sender::post(Webhook hook, const Delivery& delivery) {
  const auto secret =
      hook.sealed_secret.empty() ? Result<std::string>(std::string()) : uses_.key.open(hook.sealed_secret);
  if (!secret) co_return Try{.refused = true, .problem = "its secret cannot be opened; set it again"};
  net::client::ClientRequest request(hook.is_trusted ? net::client::Trust::configured : net::client::Trust::untrusted);
  request.method = "POST";
  request.url = hook.url;
  request.headers = signed_headers(*secret, delivery.event_id, uses_.clock.unix_ms() / 1'000, delivery.body);
  request.body = delivery.body;
  request.connect_timeout = kConnectPatience;
  request.first_byte_timeout = request.idle_timeout = request.total_timeout = kPatience;
  request.max_body_bytes = kMostAnswerBytes;
  request.max_redirects = 0;
  request.fresh_connection = true;
  // What stands in an answer does not matter: that it is one of 200 to 299 is known before its body.
  bool taken = false;
  auto receive = [&taken](std::string_view) {
    taken = true;
    return false;
  };
  const auto answer = co_await uses_.http.stream_body(std::move(request), receive);
  if (taken) co_return Try{.status = answer ? answer->status : 200};
  if (!answer) {
    const auto code = answer.error().code();
    co_return Try{.refused = code == Errc::forbidden || code == Errc::invalid_param,
                  .problem = answer.error().message()};
  }
  if (answer->status >= 200 && answer->status <= 299) co_return Try{.status = answer->status};
  co_return Try{.status = answer->status, .problem = "it answered " + std::to_string(answer->status)};
}

Task<Unit> Sender::write_outcome(const Webhook& hook, Delivery outcome, std::int64_t tries_before) {
  const bool is_gone = outcome.status == kStatusGone;
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (!update_delivery(tx, outcome, tries_before) || !is_gone) return Unit{};
    auto now = find_webhook(tx, hook.id);
    // Whoever has changed it meanwhile was not told so by that answer.
    if (!now || now->url != hook.url) return Unit{};
    now->enabled = false;
    now->disabled_why = kGone;
    update_webhook(tx, *now);
    give_up_waiting(tx, hook.id, kGone, *outcome.done_ms);
    return Unit{};
  };
  // What was taken is not to be sent again because our own disk is full just now.
  auto again = [&] { return uses_.db.write(write); };
  auto pause = [this](std::chrono::milliseconds time) { return stopping_.sleep(time); };
  co_return co_await base::until_available(again, pause);
}

}  // namespace troupe::meetings::hooks
