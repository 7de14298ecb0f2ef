#include "fleet/turns/live_message.h"

#include "base/crypto.h"
#include "base/log.h"
#include "fleet/answers/text_split.h"
#include "fleet/turns/turn_store.h"

namespace troupe::fleet::turns {
namespace {

constexpr std::string_view kStillWriting = " …";
constexpr std::chrono::milliseconds kLookAtSendingAnyway{60'000};
/// A partial answer is shown up to here; the whole comes at the end.
constexpr std::size_t kMaxShownBytes = 12'000;
/// Between two updates of a stream: five a second.
constexpr std::chrono::milliseconds kStreamPause{200};
/// What a bot is doing is shown when it has been at it for so long.
constexpr std::chrono::milliseconds kDoingFor{500};
constexpr std::size_t kMaxDoingBytes = 200;

std::string_view beginning(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  auto end = most;
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
  doing_.clear();
  pacer_.grew(std::chrono::steady_clock::now(), text_.size());
  wake();
}

void LiveMessage::doing(std::string_view what) {
  if (finishing_ || !wanted_) return;
  doing_ = beginning(what, kMaxDoingBytes);
  if (text_.empty() && !doing_.empty()) pacer_.expect(std::chrono::steady_clock::now() + kDoingFor);
  wake();
}

void LiveMessage::wake() {
  untold_ = true;
  if (running_) {
    wakeup_.notify();
    return;
  }
  running_ = true;
  if (uses_.streams && uses_.streams->are_followed(place_.room_id)) pacer_.hurry();
  uses_.term.tasks.spawn("streaming", [](std::shared_ptr<LiveMessage> self) -> asio::awaitable<void> {
    co_await self->run();
    self->running_ = false;
    self->over_.notify();
  }(shared_from_this()));
}

asio::awaitable<void> LiveMessage::run() {
  while (!finishing_ && wanted_ && !uses_.term.stopping()) {
    const auto now = std::chrono::steady_clock::now();
    auto next = tell_stream(now);
    if (const auto due = pacer_.due(); due && *due <= now) {
      const auto bytes = text_.size();
      const bool nothing_to_show = text_.empty() && doing_.empty();
      if (nothing_to_show || (!event_id_.empty() && !edit_is_wanted())) {
        pacer_.put_off(now);
        continue;
      }
      if (!co_await show(false, shown_text() + std::string(kStillWriting))) co_return;
      pacer_.shown(std::chrono::steady_clock::now(), bytes);
      continue;
    } else if (due) {
      next = next ? std::min(*next, *due) : *due;
    }
    const auto wait = next ? std::chrono::ceil<std::chrono::milliseconds>(*next - now) : kLookAtSendingAnyway;
    (void)co_await wakeup_.wait(std::min(wait, kLookAtSendingAnyway));
  }
}

std::optional<LiveMessage::Time> LiveMessage::tell_stream(Time now) {
  if (event_id_.empty() || !untold_) return std::nullopt;
  if (told_at_ && now < *told_at_ + kStreamPause) return *told_at_ + kStreamPause;
  if (is_encrypted()) stream_.reset();  // since the stream was begun
  const auto text = answers::clean_text(shown_text());
  if (stream_) stream_->update(text);
  tell_program(text);
  told_at_ = now;
  untold_ = false;
  return std::nullopt;
}

bool LiveMessage::is_encrypted() const {
  return uses_.encryption != nullptr && uses_.encryption->is_encrypted(place_.room_id);
}

void LiveMessage::tell_program(std::string_view text) const {
  if (!uses_.bus || is_encrypted()) return;
  auto bytes = place_.room_id + " " + event_id_ + " " + place_.bot->row.user_id + " ";
  uses_.bus->publish(kGrowingChannel, bytes.append(text));
}

std::string LiveMessage::shown_text() const {
  std::string text(beginning(text_, kMaxShownBytes));
  if (doing_.empty()) return text;
  if (!text.empty()) text += "\n\n";
  return text + doing_;
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
  auto text = shown_text() + std::string(kStillWriting);
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
  if (!stream_ && uses_.streams && !finishing_ && !is_encrypted()) {
    stream_ = uses_.streams->open_stream(place_.room_id, place_.bot->row.user_id);
  }
  if (stream_) stream_->describe(content);
  matrix::NewEvent event{.room_id = place_.room_id,
                         .sender = place_.bot->row.user_id,
                         .type = "m.room.message",
                         .content = std::move(content),
                         .txn_id = answers::transaction_id(place_.bot->row.user_id, place_.question_id, 0)};
  auto sent = co_await uses_.rooms.send(std::move(event));
  if (is_encrypted()) stream_.reset();
  if (sent) {
    event_id_ = sent->event_id;
    if (stream_) stream_->placed(event_id_, sent->pos);
  } else {
    base::log_debug("fleet", "The beginning of an answer could not be shown.", {{"reason", sent.error().message()}});
  }
  co_return uses_.term.passes(term::Step::after_first_part);
}

asio::awaitable<bool> LiveMessage::show(bool last, std::string text) {
  auto content = answers::reply_contents({.text = std::move(text)}, target()).front().as_object();
  if (event_id_.empty()) {
    // After a crash the message may be there with an older text: then this send yields its id, and an edit follows.
    const bool again = place_.streamed;
    if (!co_await place(content)) co_return false;
    if (!again || event_id_.empty() || (!last && !edit_is_wanted())) co_return true;
  }
  // Edits are not told apart by a transaction id: one of a process that hung would come after the end of the answer.
  if (!uses_.store.seems_held()) co_return false;
  if (stream_ && !last) stream_->describe(content);
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
  stream_.reset();
  if (told_at_) tell_program({});
}

asio::awaitable<void> LiveMessage::close(std::string text) {
  co_await finish();
  if (!place_.streamed || uses_.term.stopping()) co_return;
  if (event_id_.empty()) (void)co_await place(first_content());
  if (!event_id_.empty()) (void)co_await show(true, std::move(text));
}

}  // namespace troupe::fleet::turns
