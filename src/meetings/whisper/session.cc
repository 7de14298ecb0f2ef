#include "meetings/whisper/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "identity/token_hash.h"
#include "net/websocket/websocket_frame.h"

namespace troupe::meetings::whisper {
namespace {

namespace close_code = net::websocket::close_code;
using std::chrono::milliseconds;

constexpr std::size_t kFrameOverhead = 64;  ///< so that empty frames are not for nothing
constexpr std::chrono::milliseconds kComeBack{30'000};
constexpr std::chrono::milliseconds kAtStop{5'000};  ///< for the words of a session that is told to end
constexpr std::size_t kMostGreeting = kMostOfText;
constexpr std::int64_t kEnoughWaiting = 15 * kRate;
constexpr std::int64_t kAheadMs = 2'000;
constexpr milliseconds kWaitAhead{50};
constexpr milliseconds kLookForPlace{50};

}  // namespace

Front::Session::Session(Front& front, net::http::WebSocket& bot, Peer peer, asio::any_io_executor executor)
    : front_(front),
      bot_(bot),
      token_(std::move(peer.token)),
      from_(std::move(peer.from)),
      executor_(executor),
      changed_(executor),
      wake_(executor),
      beside_(executor),
      hurry_(executor),
      tape_(wake_.notifier()),
      budget_(front.limits_.burst_bytes) {}

std::int64_t Front::Session::since_begin() const {
  return std::max<std::int64_t>(0, front_.uses_.clock.unix_ms() - began_ms_);
}

asio::awaitable<void> Front::Session::send(std::string text) {
  if (closed_) co_return;
  auto sending = bot_.send({.text = true, .bytes = std::move(text)});
  const auto sent = co_await std::move(sending);
  closed_ = !sent;
}

asio::awaitable<void> Front::Session::tell_stored(std::vector<Speech> pieces) {
  constexpr double kMsPerS = 1'000;
  for (const auto& piece : pieces) {
    if (!piece.completed) continue;
    front_.uses_.metrics.segments.add();
    const auto late_ms = std::max<std::int64_t>(0, since_begin() - piece.end_ms);
    front_.uses_.metrics.delay.observe(static_cast<double>(late_ms) / kMsPerS);
  }
  co_await send(segments_frame(hello_.uid, pieces));
}

asio::awaitable<void> Front::Session::refuse(std::string message) {
  front_.counts_.refused += 1;
  front_.uses_.metrics.refused.add();
  co_await send(refusal_frame(greeting_ ? uid_of(*greeting_) : std::string(), message));
  fault_ = std::move(message);
}

bool Front::Session::is_ahead() const {
  return scribe_ && tape_.waiting() > kEnoughWaiting && ms_of(tape_.head()) > since_begin() + kAheadMs;
}

asio::awaitable<void> Front::Session::slow_down(std::size_t bytes) {
  const auto now = Clock::now();
  const auto passed = std::chrono::duration_cast<milliseconds>(now - filled_);
  filled_ += passed;
  const auto gained = passed.count() * front_.limits_.bytes_per_s / 1'000;
  budget_ = std::min(budget_ + gained, front_.limits_.burst_bytes);
  budget_ -= static_cast<std::int64_t>(bytes + kFrameOverhead);
  if (budget_ < 0) {
    static_cast<void>(co_await hurry_.sleep(milliseconds(-budget_ * 1'000 / front_.limits_.bytes_per_s + 1)));
  }
  // A recording that is sent at once is not dropped, but taken as fast as it is heard.
  while (is_ahead()) {
    if (!co_await hurry_.sleep(kWaitAhead)) break;
  }
}

asio::awaitable<void> Front::Session::read() {
  for (;;) {
    auto message = co_await bot_.receive();
    if (!message) {
      closed_ = true;
      break;
    }
    const auto bytes = message->bytes.size();
    if (!take(std::move(*message))) break;
    co_await slow_down(bytes);
  }
  gone_ = true;
  changed_.notify();
}

bool Front::Session::take(net::http::WebSocket::Message message) {
  if (!greeting_) {
    greeting_ = message.text && message.bytes.size() <= kMostGreeting ? std::move(message.bytes) : std::string();
    changed_.notify();
    return true;
  }
  if (!fault_.empty()) return false;
  if (!scribe_) return true;  // sound before the word that it may begin
  if (!message.text) return take_sound(message.bytes);
  auto word = read_bot_word(message.bytes);
  if (word.kind == BotWord::Kind::speaker && !hello_.speaker) {
    word.speaker.at_ms += offset_ms_;
    scribe_->say(std::move(word.speaker));
  }
  return true;
}

bool Front::Session::take_sound(const std::string& frame) {
  if (frame == kEndOfAudio) return false;
  if (frame.size() > front_.limits_.frame_bytes) {
    fault_ = fmt::format("A frame may be {} bytes long.", front_.limits_.frame_bytes);
    return false;
  }
  const auto samples = read_samples(frame, hello_.form);
  if (!samples) {
    fault_ = samples.error().message();
    return false;
  }
  const auto before = tape_.dropped();
  tape_.push(*samples, since_begin());
  front_.counts_.heard_ms += ms_of(static_cast<std::int64_t>(samples->size()));
  const auto dropped_ms = ms_of(tape_.dropped() - before);
  front_.counts_.dropped_ms += dropped_ms;
  front_.uses_.metrics.dropped_ms.add(static_cast<std::uint64_t>(dropped_ms));
  front_.uses_.metrics.bytes.add(frame.size());
  return true;
}

/// True when it may speak.
asio::awaitable<bool> Front::Session::greet() {
  const auto until = Clock::now() + front_.limits_.handshake;
  while (!greeting_ && !gone_ && Clock::now() < until) {
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
    static_cast<void>(co_await changed_.wait(std::max(left, milliseconds(1))));
  }
  if (!greeting_) {
    if (!gone_) co_await refuse("The first frame did not come in time.");
    co_return false;
  }
  auto hello = read_hello(*greeting_, !token_.empty());
  if (!hello) {
    co_await refuse(hello.error().message());
    co_return false;
  }
  hello_ = *std::move(hello);
  if (!hello_.token.empty()) token_ = std::exchange(hello_.token, {});
  if (!co_await admit() || !co_await sit_down()) co_return false;
  const auto now = front_.uses_.clock.unix_ms();
  auto opening = front_.uses_.record.open(
      {.meeting = speaking_.meeting, .uid = hello_.uid, .language = hello_.language, .began_ms = now}, hello_.task);
  const auto began = co_await std::move(opening);
  if (!began) {
    co_await refuse(began.error().message());
    co_return false;
  }
  began_ms_ = *began;
  offset_ms_ = since_begin();
  co_return true;
}

asio::awaitable<bool> Front::Session::admit() {
  const auto hash = identity::hash_of_token(token_);
  if (const auto may_ask = front_.uses_.guard.admit(hash, from_); !may_ask) {
    co_await send_away(may_ask.error().message());
    co_return false;
  }
  const auto speaking = co_await front_.uses_.record.admit(token_);
  if (speaking) front_.uses_.guard.good(hash);
  if (!speaking) {
    if (speaking.error().code() == Errc::unknown_token) front_.uses_.guard.bad(hash, from_);
    co_await refuse(speaking.error().code() == Errc::unknown_token ? "Unknown token."
                                                                   : "The server cannot be asked just now.");
    co_return false;
  }
  speaking_ = *speaking;
  const bool is_other = (!hello_.platform.empty() && hello_.platform != speaking_.platform) ||
                        (!hello_.meeting_id.empty() && hello_.meeting_id != speaking_.native_id &&
                         hello_.meeting_id != std::to_string(speaking_.meeting));
  if (is_other) {
    co_await refuse("The token is of another meeting.");
    co_return false;
  }
  co_return true;
}

/// The bot comes back later.
asio::awaitable<void> Front::Session::send_away(std::string why) {
  front_.counts_.refused += 1;
  front_.uses_.metrics.refused.add();
  co_await send(wait_frame(hello_.uid, kComeBack));
  fault_ = std::move(why);
}

asio::awaitable<bool> Front::Session::sit_down() {
  const auto end = [told = told_to_end_, notify = changed_.notifier()] {
    *told = true;
    notify();
  };
  const auto until = Clock::now() + front_.limits_.place;
  for (;;) {
    auto seat = front_.take_place(
        {.meeting = speaking_.meeting, .uid = hello_.uid, .end = end, .is_of_speaker = hello_.speaker.has_value()});
    if (seat.too_many) {
      co_await refuse(
          fmt::format("At most {} people of a meeting are heard at once.", front_.limits_.speakers_of_a_meeting));
      co_return false;
    }
    place_ = std::move(seat.place);
    if (place_ || !seat.soon || gone_ || Clock::now() >= until) break;
    static_cast<void>(co_await changed_.wait(kLookForPlace));
  }
  if (!place_) co_await send_away("as many bots as there may be");
  co_return place_ != nullptr;
}

std::vector<Speech> Front::Session::named(std::vector<Speech> pieces) const {
  if (!hello_.speaker) return pieces;
  for (auto& piece : pieces) {
    piece.speaker = hello_.speaker->name;
    piece.speaker_key = hello_.speaker->id;
  }
  return pieces;
}

asio::awaitable<void> Front::Session::listen() {
  co_await front_.uses_.upstream.run(*channel_);
  heard_all_ = true;
  changed_.notify();
}

asio::awaitable<void> Front::Session::wait_for_end() {
  while (!gone_ && !*told_to_end_ && fault_.empty() && !written_) {
    if (co_await changed_.wait(front_.limits_.admit_every)) continue;
    // A token ends with its container, and so does its right to be heard.
    const auto speaking = co_await front_.uses_.record.admit(token_);
    if (!speaking && speaking.error().code() == Errc::unknown_token) fault_ = "The token has ended.";
  }
}

asio::awaitable<void> Front::Session::finish() {
  tape_.end();
  place_->end_of_sound();
  hurry_.request_stop();
  auto until = Clock::now() + (*told_to_end_ ? kAtStop : front_.limits_.finish);
  while (!heard_all_) {
    if (Clock::now() >= until) break;
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
    static_cast<void>(co_await changed_.wait(std::clamp(left, milliseconds(1), milliseconds(1'000))));
    if (*told_to_end_ && !heard_all_) until = std::min(until, Clock::now() + kAtStop);
  }
  channel_->stop = true;
  wake_.notify();
  while (!heard_all_) static_cast<void>(co_await changed_.wait(milliseconds(1'000)));
  if (auto last = seam_->finish()) scribe_->say(named({*std::move(last)}));
  scribe_->end();
  while (!written_) static_cast<void>(co_await changed_.wait(milliseconds(1'000)));
  front_.counts_.lost += scribe_->lost();
  front_.uses_.metrics.lost.add(static_cast<std::uint64_t>(scribe_->lost()));
}

asio::awaitable<void> Front::Session::run() {
  beside_.spawn("a bot's sound", read());
  if (co_await greet()) {
    seam_.emplace(fmt::format("{}:{}", hello_.uid, offset_ms_));
    scribe_.emplace(
        front_.uses_.record, speaking_.meeting, hello_.uid, executor_, front_.limits_.scribe,
        [this](std::vector<Speech> pieces) { return tell_stored(std::move(pieces)); },
        [this] { return place_->may_close(); });
    channel_.emplace(Channel{.tape = tape_,
                             .seam = *seam_,
                             .wake = wake_,
                             .language = hello_.language,
                             .task = hello_.task,
                             .heard = [this](std::vector<Speech> pieces) { scribe_->say(named(std::move(pieces))); },
                             .metrics = front_.uses_.metrics});
    co_await send(vexa_ready_frame(hello_.uid));
    co_await send(stock_ready_frame(hello_.uid));
    base::log_info("meetings", "a bot's sound begins", {{"meeting", speaking_.meeting}, {"session", hello_.uid}});
    beside_.spawn("a bot's words", listen());
    beside_.spawn("a bot's scribe", [](Session& self) -> asio::awaitable<void> {
      co_await self.scribe_->run();
      self.written_ = true;
      self.changed_.notify();
    }(*this));
    co_await wait_for_end();
    if (scribe_->refused()) fault_ = "Nothing is written down for this meeting any more.";
    if (!fault_.empty()) {
      co_await refuse(std::move(fault_));
      auto leaving = bot_.close(close_code::kPolicy, {});
      static_cast<void>(co_await std::move(leaving));
      closed_ = true;
    }
    co_await finish();
    base::log_info("meetings", "a bot's sound has ended",
                   {{"meeting", speaking_.meeting}, {"session", hello_.uid}, {"why", fault_}});
  }
  auto closing = bot_.close(fault_.empty() ? close_code::kNormal : close_code::kPolicy, {});
  static_cast<void>(co_await std::move(closing));
  hurry_.request_stop();
  while (!co_await beside_.join(std::chrono::seconds(1))) {
  }
}

}  // namespace troupe::meetings::whisper
