#include "fleet/triggers/outbox.h"

#include "base/log.h"
#include "fleet/answers/reply_content.h"
#include "fleet/bots/said_store.h"
#include "matrix/json.h"

namespace troupe::fleet::triggers {
namespace {

constexpr std::size_t kMaxLanes = 64;
constexpr std::chrono::milliseconds kLookIntoOutboxEvery{10'000};
constexpr std::chrono::milliseconds kFirstRetry{200};
constexpr std::chrono::milliseconds kLongestRetry{10'000};
constexpr int kTries = 4;  ///< before the room is left alone until the next look
constexpr base::UnixMs kOutgoingKeptMs = 24 * 3'600'000;
constexpr std::int64_t kPruned = 500;

bool is_final(Errc code) {
  return code != Errc::unavailable && code != Errc::timed_out && code != Errc::limit_exceeded && code != Errc::internal;
}

/// What people answer who answer it.
bots::Said said_of(const Outgoing& message, std::string event_id) {
  bots::Said said{.bot = message.bot, .event_id = std::move(event_id), .about = message.dedup_key, .thread_root = {}};
  const auto* content = message.contents.front().if_object();
  if (content == nullptr) return said;
  const auto* relation = matrix::find_object(*content, "m.relates_to");
  if (relation != nullptr && matrix::find_string(*relation, "rel_type") == "m.thread") {
    said.thread_root = matrix::find_string(*relation, "event_id").value_or("");
  }
  return said;
}

}  // namespace

Outbox::Outbox(term::Term& term, term::TermStore& store, const Uses& uses)
    : term_(term),
      store_(store),
      uses_(uses),
      wakeup_(term.home()),
      sent_total_(uses.metrics.counter("troupe_fleet_outbox_total", "Messages that bots sent of their own accord.",
                                       {"origin", "outcome"})) {}

void Outbox::begin() {
  auto& bus = uses_.bus;
  subscriptions_.push_back(
      bus.subscribe(std::string(kOutboxChannel), [notify = wakeup_.notifier()](auto) { notify(); }));
  // Bots that start may have something waiting.
  subscriptions_.push_back(bus.on_ring(bus::Topic::bots, [notify = wakeup_.notifier()](StreamPos) { notify(); }));
  term_.tasks.spawn("outbox", run());
}

asio::awaitable<void> Outbox::run() {
  base::UnixMs pruned_ms = 0;
  while (!term_.stopping()) {
    auto find = [](store::Connection& c) -> Result<std::vector<OutboxLane>> { return outbox_lanes(c, kMaxLanes); };
    auto lanes = co_await store_.look(find);
    if (!lanes) {
      base::log_warning("fleet", "The outbox cannot be read.", {{"reason", lanes.error().message()}});
      if (!co_await term_.stop.sleep(kFirstRetry)) co_return;
      continue;
    }
    for (auto& lane : *lanes) {
      const std::pair key{lane.bot, lane.room_id};
      if (auto busy = busy_.find(key); busy != busy_.end()) {
        busy->second = true;  // it may have been found empty just before this message came
        continue;
      }
      if (busy_.size() >= kMaxLanes) break;
      busy_.emplace(key, false);
      term_.tasks.spawn("outbox lane", drain(std::move(lane)));
    }
    auto now = uses_.ages.unix_ms();
    if (now - pruned_ms > 600'000) {
      auto prune = [now](store::Tx& tx) -> Result<std::int64_t> {
        return prune_outbox(tx, now - kOutgoingKeptMs, kPruned);
      };
      auto done = co_await store_.database().write(prune, {.lane = store::Lane::bulk});
      if (done && *done < kPruned) pruned_ms = now;
    }
    co_await wakeup_.wait(kLookIntoOutboxEvery);
  }
}

asio::awaitable<void> Outbox::drain(OutboxLane lane) {
  const auto busy = busy_.find({lane.bot, lane.room_id});
  while (!term_.stopping()) {
    busy->second = false;
    auto find = [&lane](store::Connection& c) -> Result<std::optional<Outgoing>> {
      return next_outgoing(c, lane.bot, lane.room_id);
    };
    auto next = co_await store_.look(find);
    if (!next) break;
    if (!*next) {
      if (busy->second) continue;
      break;
    }
    if (!co_await deliver(lane, **std::move(next))) break;
  }
  if (busy_.size() >= kMaxLanes) wakeup_.notify();  // a lane may wait for this one's place
  busy_.erase(busy);
}

asio::awaitable<bool> Outbox::deliver(OutboxLane lane, Outgoing message) {
  auto state = OutgoingState::sent;
  std::string first_event;
  std::string detail;
  std::string last_message;
  for (std::size_t part = 0; part < message.contents.size() && state == OutgoingState::sent; ++part) {
    if (!message.contents[part].is_object()) continue;
    auto content = message.contents[part].get_object();
    const bool reaction = answers::is_reaction(content);
    if (reaction) content["m.relates_to"].as_object()["event_id"] = last_message;
    matrix::NewEvent event{.room_id = lane.room_id,
                           .sender = lane.bot_user_id,
                           .type = reaction ? "m.reaction" : "m.room.message",
                           .content = std::move(content),
                           .txn_id = answers::transaction_id(lane.bot_user_id, message.dedup_key, part)};
    auto pause = kFirstRetry;
    for (int tried = 1;; ++tried) {
      auto sent = co_await uses_.rooms.send(event);
      if (sent) {
        if (first_event.empty()) first_event = sent->event_id;
        if (!reaction) last_message = sent->event_id;
        break;
      }
      if (is_final(sent.error().code())) {
        if (reaction) break;  // choices can be answered in words, too
        state = OutgoingState::failed;
        detail = "the room refused the message: " + sent.error().message();
        break;
      }
      if (tried == kTries || !co_await term_.stop.sleep(pause)) co_return false;
      pause = std::min(pause * 2, kLongestRetry);
    }
  }
  if (!term_.passes(term::Step::said)) co_return false;
  auto now = uses_.clock.unix_ms();
  auto record = [&](store::Tx& tx) -> Result<bool> {
    if (message.origin == kAnswerOrigin && !last_message.empty() && !message.contents.empty()) {
      bots::insert_said(tx, said_of(message, last_message), now);
    }
    return finish_outgoing(tx, message.id, state, first_event, detail, now);
  };
  auto recorded = co_await store_.write(record);
  if (!recorded) co_return false;  // sent again later, which the homeserver recognises
  if (*recorded) {
    sent_total_.with({message.origin, state == OutgoingState::sent ? "sent" : "failed"}).add();
    if (state == OutgoingState::failed) {
      base::log_warning("fleet", "A message of a bot was refused.",
                        {{"bot", lane.bot_user_id}, {"room_id", lane.room_id}, {"reason", detail}});
    }
  }
  co_return true;
}

}  // namespace troupe::fleet::triggers
