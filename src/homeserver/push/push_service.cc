#include "homeserver/push/push_service.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/url/parse.hpp>

#include "base/log.h"
#include "base/retry.h"
#include "base/text.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::push {
namespace {

using namespace std::chrono_literals;

/// Another process, or a start, may have left pushes that this one has not heard of.
constexpr auto kLoadEvery = 1min;
constexpr int kInARow = 20;  ///< pushes of one pusher, before others have their turn
constexpr auto kGatewayBusy = 200ms;

/// What a gateway counts as, whatever its address says behind that.
std::string host_of(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  return parsed ? base::ascii_lower(std::string(parsed->encoded_host_and_port())) : url;
}

/// Whom the request goes to in the end, as far as it can be seen from here.
std::string endpoint_of(const Gateway& gateway, const gateway::PushGateway* own) {
  if (!own || !own->is_own(gateway.url)) return gateway.url;
  if (const auto* data = matrix::find_object(gateway.device, "data"))
    if (const auto endpoint = matrix::find_string(*data, "endpoint")) return std::string(*endpoint);
  return std::string(matrix::find_string(gateway.device, "pushkey").value_or(""));
}

}  // namespace

PushService::PushService(Parts parts, PushTimes times)
    : parts_(std::move(parts)),
      times_(times),
      pushes_(
          parts_.metrics.counter("troupe_push_pushes_total", "Pushes to gateways by what became of them", {"outcome"})),
      waiting_pushers_(parts_.metrics.gauge("troupe_push_waiting_pushers", "Pushers that have something to send")),
      looked_upto_(parts_.metrics
                       .gauge("troupe_homeserver_looked_upto_position",
                              "Up to which position the stream has been looked at, where this process does it", {"by"})
                       .with({"push"})),
      tasks_(parts_.home) {}

Task<Unit> PushService::round() {
  if (stopping_) co_return Unit{};
  CO_TRY(const auto fresh, co_await parts_.look.look());
  looked_upto_.set(parts_.look.cursor());
  for (const auto& key : fresh) know(key);
  if (parts_.clock.steady() >= load_at_) CO_TRY(co_await load_waiting());
  start_due();
  waiting_pushers_.set(static_cast<std::int64_t>(waiting_.size()));
  co_return Unit{};
}

void PushService::know(const PusherKey& key) {
  if (waiting_.size() >= kMaxKnown && !waiting_.contains(key)) return;
  waiting_[key].again = true;
}

/// Goes on where the last call ended, so that beyond kMaxKnown everybody has their turn.
Task<Unit> PushService::load_waiting() {
  for (;;) {
    auto look = [&](store::Connection& connection) -> Result<std::vector<PusherKey>> {
      return push_store::waiting_after(connection, last_loaded_, static_cast<std::int64_t>(store::kPiece));
    };
    CO_TRY(const auto keys, co_await parts_.db.read(look));
    for (const auto& key : keys) waiting_.try_emplace(key);
    last_loaded_ = keys.size() < store::kPiece ? PusherKey{} : keys.back();
    if (keys.size() < store::kPiece || waiting_.size() >= kMaxKnown) break;
  }
  load_at_ = parts_.clock.steady() + kLoadEvery;
  co_return Unit{};
}

void PushService::start_due() {
  const auto now = parts_.clock.steady();
  auto at = waiting_.upper_bound(last_started_);
  for (std::size_t looked = 0; looked < waiting_.size() && sending_ < kMaxAtOnce; ++looked, ++at) {
    if (at == waiting_.end()) at = waiting_.begin();
    if (at->second.sending || at->second.due > now) continue;
    at->second.sending = true;
    at->second.again = false;
    ++sending_;
    last_started_ = at->first;
    tasks_.spawn("a push", run(at->first));
  }
}

bool PushService::idle() const {
  const auto now = parts_.clock.steady();
  return sending_ == 0 && std::ranges::none_of(waiting_, [now](const auto& entry) { return entry.second.due <= now; });
}

asio::awaitable<void> PushService::stop(std::chrono::milliseconds patience) {
  stopping_ = true;
  co_await tasks_.join(patience);
}

std::chrono::milliseconds PushService::pause_after(int failures) const {
  return base::doubled(times_.first_retry, failures - 1, times_.longest_retry);
}

asio::awaitable<void> PushService::run(PusherKey key) {
  auto step = Step::failed;
  try {
    for (int sent = 0; sent < kInARow && !stopping_; ++sent) {
      const auto outcome = co_await send_next(key);
      step = outcome ? *outcome : Step::failed;
      if (step != Step::more) break;
    }
  } catch (const std::exception& error) {
    base::log_warning("homeserver", "a push failed", {{"error", error.what()}});
    step = Step::failed;
  }
  --sending_;
  auto& waiting = waiting_[key];
  waiting.sending = false;
  if (step == Step::failed) {
    waiting.due = parts_.clock.steady() + pause_after(++waiting.failures);
  } else if (step == Step::done && !waiting.again) {
    waiting_.erase(key);
  } else {
    waiting.failures = 0;
  }
  if (!stopping_) start_due();
}

Task<PushService::Step> PushService::send_next(const PusherKey& key) {
  auto look = [&](store::Connection& connection) -> Result<std::optional<NextPush>> {
    return find_next_push(connection, parts_.rooms, parts_.receipts, key, parts_.ages.unix_ms());
  };
  CO_TRY(const auto next, co_await parts_.db.read(look));
  if (!next) co_return Step::done;
  if (next->kind == NextPush::Kind::orphaned) {
    auto remove = [&](store::Tx& tx) -> Result<Unit> {
      const auto pusher = push_store::find_pusher(tx, key);
      if (!pusher || pusher->paused) push_store::remove_all(tx, key);
      return Unit{};
    };
    CO_TRY(co_await parts_.db.write(remove, {.lane = store::Lane::receipts}));
    co_return Step::done;
  }
  if (next->kind == NextPush::Kind::cancelled) {
    pushes_.with({"cancelled"}).add();
    CO_TRY(co_await forget(key, next->row.pos));
    co_return Step::more;
  }
  co_return co_await send(key, *next);
}

Task<Unit> PushService::forget(const PusherKey& key, StreamPos pos) {
  auto remove = [&](store::Tx& tx) -> Result<Unit> {
    push_store::remove(tx, key, pos);
    return Unit{};
  };
  co_return co_await parts_.db.write(remove, {.lane = store::Lane::receipts});
}

/// What would come back to this very server is handed over inside.
asio::awaitable<PushService::Taken> PushService::ask_gateway(const PusherKey& key, const NextPush& next,
                                                             const Gateway& gateway, std::int64_t unread) {
  const auto notification = notification_of(gateway, next.notified, key.user_id, unread);
  if (parts_.own_gateway && parts_.own_gateway->is_own(gateway.url)) {
    const auto& device = matrix::find_array(notification, "devices")->front().get_object();
    const auto outcome = co_await parts_.own_gateway->deliver(notification, device);
    if (!outcome || *outcome == gateway::Outcome::failed) co_return Taken::failed;
    co_return *outcome == gateway::Outcome::rejected ? Taken::rejected : Taken::sent;
  }
  net::client::ClientRequest request(net::client::Trust::untrusted);
  request.method = "POST";
  request.url = gateway.url;
  request.headers.add("Content-Type", "application/json");
  request.body = boost::json::serialize(matrix::JsonObject{{"notification", notification}});
  request.first_byte_timeout = request.idle_timeout = request.total_timeout = times_.request;
  request.max_body_bytes = kMaxAnswerBytes;
  request.max_redirects = 0;
  const auto answer = co_await parts_.http.send(std::move(request));
  if (!answer || answer->status < 200 || answer->status > 299) co_return Taken::failed;
  co_return rejects(answer->body, key.pushkey) ? Taken::rejected : Taken::sent;
}

Task<PushService::Step> PushService::send(const PusherKey& key, const NextPush& next) {
  CO_TRY(const auto unread, co_await parts_.unread.of(key.user_id));
  if (next.kind == NextPush::Kind::counts && unread == next.pusher.badge.value_or(0)) {
    CO_TRY(co_await forget(key, next.row.pos));
    co_return Step::more;
  }
  CO_TRY(const auto gateway, gateway_of(key, next.pusher));
  const auto host = host_of(endpoint_of(gateway, parts_.own_gateway));
  const auto has = [](const auto& counts, const std::string& of, std::size_t most) {
    const auto found = counts.find(of);
    return found != counts.end() && found->second >= most;
  };
  if (has(under_way_, host, kMaxAtOnceOfGateway) || has(of_account_, key.user_id, kMaxAtOnceOfAccount)) {
    waiting_[key].due = parts_.clock.steady() + kGatewayBusy;
    waiting_[key].again = true;
    co_return Step::done;
  }
  ++under_way_[host];
  ++of_account_[key.user_id];
  const auto taken = co_await ask_gateway(key, next, gateway, unread);
  if (--under_way_[host] == 0) under_way_.erase(host);
  if (--of_account_[key.user_id] == 0) of_account_.erase(key.user_id);
  if (taken == Taken::failed) {
    pushes_.with({"failed"}).add();
    CO_TRY(co_await note_failure(key, next.pusher));
    co_return Step::failed;
  }
  const bool rejected = taken == Taken::rejected;
  auto record = [&](store::Tx& tx) -> Result<Unit> {
    push_store::remove(tx, key, next.row.pos);
    if (rejected)
      push_store::remove_pusher(tx, key, next.pusher.json);
    else
      push_store::set_badge(tx, key, unread);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(record, {.lane = store::Lane::receipts}));
  pushes_.with({rejected ? "rejected" : "sent"}).add();
  co_return Step::more;
}

Task<Unit> PushService::note_failure(const PusherKey& key, const PusherState& pusher) {
  const auto now_ms = parts_.ages.unix_ms();
  const auto since_ms = pusher.failing_since_ms.value_or(now_ms);
  const bool paused = now_ms - since_ms >= times_.pause_after.count();
  if (!pusher.failing_since_ms || paused) {
    base::log_warning("homeserver", paused ? "a pusher is paused: its gateway failed for long" : "a push gateway fails",
                      {{"user", key.user_id}, {"app", key.app_id}});
  }
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    push_store::set_failing(tx, key, since_ms, paused);
    push_store::prune(tx, key, now_ms - kMaxPushAgeMs, paused ? 0 : kMaxWaiting);
    return Unit{};
  };
  co_return co_await parts_.db.write(write, {.lane = store::Lane::receipts});
}

}  // namespace troupe::homeserver::push
