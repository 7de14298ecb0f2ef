#include "fleet/turns/live_message.h"

#include "base/crypto.h"
#include "base/log.h"
#include "fleet/turns/turn_store.h"

namespace troupe::fleet::turns {
namespace {

constexpr std::string_view kStillWriting = " …";
constexpr std::chrono::milliseconds kLookAtSendingAnyway{60'000};
/// A partial answer is shown up to here; the whole comes at the end.
constexpr std::size_t kMaxShownBytes = 12'000;

std::string_view beginning(std::string_view text) {
  if (text.size() <= kMaxShownBytes) return text;
  auto end = kMaxShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

LiveMessage::LiveMessage(const Uses& uses, Place place)
    : uses_(uses),
      place_(std::move(place)),
      pacer_(uses.limits.first_edit),
      wakeup_(uses.term.home()),
      over_(uses.term.home()) {}

void LiveMessage::note(Exchange exchange) {
  constexpr std::size_t kMost = 4;  // tries after a failure are alike
  if (exchanges_.size() == kMost) exchanges_.erase(exchanges_.begin());
  exchanges_.push_back(std::move(exchange));
}

void LiveMessage::update(std::string_view text) {
  if (finishing_ || !wanted_ || text.empty()) return;
  text_ = text;
  pacer_.grew(std::chrono::steady_clock::now(), text_.size());
  if (!running_) {
    running_ = true;
    uses_.term.tasks.spawn("streaming", [](std::shared_ptr<LiveMessage> self) -> asio::awaitable<void> {
      co_await self->run();
      self->running_ = false;
      self->over_.notify();
    }(shared_from_this()));
  } else {
    wakeup_.notify();
  }
}

asio::awaitable<void> LiveMessage::run() {
  while (!finishing_ && wanted_ && !uses_.term.stopping()) {
    auto now = std::chrono::steady_clock::now();
    auto due = pacer_.due();
    if (!due || *due > now) {
      auto wait = due ? std::chrono::ceil<std::chrono::milliseconds>(*due - now) : kLookAtSendingAnyway;
      (void)co_await wakeup_.wait(std::min(wait, kLookAtSendingAnyway));
      continue;
    }
    auto bytes = text_.size();
    if (!co_await show(std::string(beginning(text_)) + std::string(kStillWriting))) co_return;
    pacer_.shown(std::chrono::steady_clock::now(), bytes);
  }
}

answers::ReplyTarget LiveMessage::target() const {
  return {.bot_id = place_.bot->row.bot_id,
          .msgtype = place_.bot->common.msgtype,
          .event_id = place_.answers_id,
          .thread_root = place_.thread_root,
          .quote = place_.quote,
          .hops = place_.hops};
}

boost::json::object LiveMessage::first_content() const {
  auto text = std::string(beginning(text_)) + std::string(kStillWriting);
  return answers::reply_contents({.text = std::move(text)}, target()).front().as_object();
}

asio::awaitable<bool> LiveMessage::place(boost::json::object content) {
  if (!place_.streamed) {
    auto now = uses_.clock.unix_ms();
    auto mark = [&](store::Tx& tx) -> Result<bool> {
      return mark_streamed(tx, place_.event_pos, place_.bot->row.id, now);
    };
    auto marked = co_await uses_.store.write(mark);
    if (!marked) co_return true;    // tried again with the next edit
    if (!*marked) co_return false;  // the turn is over
    place_.streamed = true;
  }
  if (!uses_.term.passes(term::Step::before_first_part)) co_return false;
  matrix::NewEvent event{.room_id = place_.room_id,
                         .sender = place_.bot->row.user_id,
                         .type = "m.room.message",
                         .content = std::move(content),
                         .txn_id = answers::transaction_id(place_.bot->row.user_id, place_.question_id, 0)};
  auto sent = co_await uses_.rooms.send(std::move(event));
  if (sent) {
    event_id_ = sent->event_id;
  } else {
    base::log_debug("fleet", "The beginning of an answer could not be shown.", {{"reason", sent.error().message()}});
  }
  co_return uses_.term.passes(term::Step::after_first_part);
}

asio::awaitable<bool> LiveMessage::show(std::string text) {
  auto content = answers::reply_contents({.text = std::move(text)}, target()).front().as_object();
  if (event_id_.empty()) {
    // After a crash the message may be there with an older text: then this send yields its id, and an edit follows.
    bool again = place_.streamed;
    if (!co_await place(content)) co_return false;
    if (!again || event_id_.empty()) co_return true;
  }
  // Edits are not told apart by a transaction id: one of a process that hung would come after the end of the answer.
  if (!uses_.store.seems_held()) co_return false;
  matrix::NewEvent event{.room_id = place_.room_id,
                         .sender = place_.bot->row.user_id,
                         .type = "m.room.message",
                         .content = answers::edit_content(content, event_id_),
                         .txn_id = "troupe.edit." + base::random_token("")};
  auto sent = co_await uses_.rooms.send(std::move(event));
  if (!sent) base::log_debug("fleet", "An edit of an answer failed.", {{"reason", sent.error().message()}});
  co_return !uses_.term.stopping();
}

asio::awaitable<void> LiveMessage::finish() {
  finishing_ = true;
  wakeup_.notify();
  while (running_) (void)co_await over_.wait(kLookAtSendingAnyway);
}

asio::awaitable<void> LiveMessage::close(std::string text) {
  co_await finish();
  if (!place_.streamed || uses_.term.stopping()) co_return;
  if (event_id_.empty()) (void)co_await place(first_content());
  if (!event_id_.empty()) (void)co_await show(std::move(text));
}

}  // namespace troupe::fleet::turns
