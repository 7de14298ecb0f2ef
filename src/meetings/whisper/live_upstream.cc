#include "meetings/whisper/live_upstream.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "base/crypto.h"
#include "base/log.h"
#include "base/retry.h"
#include "net/websocket/websocket_frame.h"

namespace troupe::meetings::whisper {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kFrame = 4'096;            ///< samples, as stock clients send them
constexpr std::int64_t kSilence = kRate * 3 / 2;  ///< a server looks again after a second of sound
constexpr std::int64_t kAllButMs = 500;           ///< what may be missing of a session that is complete
constexpr std::size_t kMostAnchors = 1'024;
constexpr std::size_t kUidLength = 24;
constexpr milliseconds kLook{250};
constexpr milliseconds kHeldLong{10'000};  ///< a connection that held so long has not failed
constexpr int kEarlyPercent = 90;          ///< of the server's limit: parts where nothing is open,
constexpr int kLatePercent = 96;           ///< and wherever it is

}  // namespace

/// One connection.
struct LiveUpstream::Link {
  /// Sound that was sent from `up` on was heard from `at` on.
  struct Anchor {
    std::int64_t up = 0;
    std::int64_t at = 0;
  };
  std::string uid = base::random_alphanumeric(kUidLength);
  std::vector<Anchor> anchors{};
  std::int64_t sent = 0;
  std::string language{};
  std::string words{};                  ///< of an error
  std::optional<milliseconds> pause{};  ///< that the server asks for
  Clock::time_point begun = Clock::now();
  Clock::time_point last_word = Clock::now();
  bool ready = false;
  bool over = false;
  bool parted = false;  ///< by us
  bool done = false;    ///< the whole session was heard

  std::int64_t session_ms(std::int64_t up_ms, bool is_end) const {
    const auto up = samples_of(up_ms);
    for (auto anchor = anchors.rbegin(); anchor != anchors.rend(); ++anchor) {
      // An end that stands where other sound begins is of the sound before.
      if (anchor->up < up || (!is_end && anchor->up == up)) return ms_of(anchor->at + up - anchor->up);
    }
    return anchors.empty() ? up_ms : ms_of(std::max<std::int64_t>(0, anchors.front().at));
  }
};

asio::awaitable<bool> LiveUpstream::send_piece(Socket& socket, Link& link, Tape::Piece piece) {
  const bool follows = !link.anchors.empty() && link.anchors.back().at + link.sent - link.anchors.back().up == piece.at;
  if (!follows) {
    if (link.anchors.size() >= kMostAnchors) link.anchors.erase(link.anchors.begin());
    link.anchors.push_back({.up = link.sent, .at = piece.at});
  }
  link.sent += static_cast<std::int64_t>(piece.samples.size());
  auto sending = socket.send({.text = false, .bytes = float_bytes(piece.samples)});
  const auto sent = co_await std::move(sending);
  if (!sent) link.words = sent.error().message();
  co_return sent.has_value();
}

bool LiveUpstream::is_time_to_part(const Channel& channel, const Link& link) const {
  if (options_.session_limit <= milliseconds(0)) return false;
  const auto age = Clock::now() - link.begun;
  return age >= options_.session_limit * (channel.seam.is_open() ? kLatePercent : kEarlyPercent) / 100;
}

asio::awaitable<void> LiveUpstream::part(Socket& socket, Channel& channel, Link& link, bool settles) {
  const auto wait_until = [&](auto reached, Clock::time_point at_most) -> asio::awaitable<void> {
    while (!link.over && !channel.stop && !reached() && Clock::now() < at_most) {
      static_cast<void>(co_await channel.wake.wait(kLook));
    }
  };
  const bool complete =
      !channel.seam.is_open() && channel.seam.complete_until() >= ms_of(channel.tape.head()) - kAllButMs;
  if (settles && !options_.flushes && !complete) {
    Tape::Piece silence{.at = channel.tape.head(), .samples = std::vector<float>(kSilence)};
    if (!co_await send_piece(socket, link, std::move(silence))) co_return;
    const auto from = Clock::now();
    const auto is_quiet = [&] { return Clock::now() - std::max(from, link.last_word) >= options_.settle; };
    co_await wait_until(is_quiet, from + options_.longest_settle);
    if (link.over) co_return;
  }
  link.parted = true;
  auto sending = socket.send({.text = false, .bytes = std::string(kEndOfAudio)});
  if (!co_await std::move(sending)) co_return;
  const auto patience = options_.flushes ? options_.longest_flush : options_.flush;
  co_await wait_until([] { return false; }, Clock::now() + patience);
}

asio::awaitable<void> LiveUpstream::send_all(Socket& socket, Channel& channel, Link& link) {
  auto greeting =
      socket.send({.text = true, .bytes = server_hello(link.uid, channel.language, channel.task, options_.model)});
  if (!co_await std::move(greeting)) co_return;
  const auto ready_at_most = Clock::now() + options_.ready;
  while (!link.ready && !link.over && !channel.stop) {
    if (Clock::now() >= ready_at_most) {
      link.words = "the transcription server does not become ready";
      co_return;
    }
    static_cast<void>(co_await channel.wake.wait(kLook));
  }
  while (!link.over && !channel.stop) {
    if (is_time_to_part(channel, link)) {
      co_await part(socket, channel, link, false);
      co_return;
    }
    auto piece = channel.tape.take(kFrame);
    if (!piece.samples.empty()) {
      if (!co_await send_piece(socket, link, std::move(piece))) co_return;
    } else if (channel.tape.ended()) {
      co_await part(socket, channel, link, true);
      link.done = link.parted;
      co_return;
    } else {
      static_cast<void>(co_await channel.wake.wait(kLook));
    }
  }
}

void LiveUpstream::hear(const ServerWord& word, Channel& channel, Link& link) {
  using Kind = ServerWord::Kind;
  switch (word.kind) {
    case Kind::ready:
      link.ready = true;
      standing_.well();
      return;
    case Kind::wait:
      link.pause = word.pause;
      link.words = "the transcription server is full";
      link.over = true;
      return;
    case Kind::error:
      link.words = "the transcription server says: " + word.text.substr(0, 200);
      link.over = true;
      return;
    case Kind::warning:
      base::log_warning("meetings", "the transcription server warns", {{"words", word.text.substr(0, 200)}});
      return;
    case Kind::disconnect:
      link.over = true;
      return;
    case Kind::language:
      link.language = word.text;
      return;
    case Kind::segments: {
      auto heard = word.segments;
      // What it hears in the silence behind the end is not part of the session.
      const auto head_ms = ms_of(channel.tape.head());
      std::erase_if(heard, [&](const Heard& one) { return link.session_ms(one.start_ms, false) >= head_ms; });
      for (auto& one : heard) {
        one.start_ms = link.session_ms(one.start_ms, false);
        one.end_ms = std::max(std::min(link.session_ms(one.end_ms, true), head_ms), one.start_ms + 1);
        if (one.language.empty()) one.language = link.language.empty() ? channel.language : link.language;
      }
      auto fresh = channel.seam.take(heard);
      if (!fresh.empty()) {
        link.last_word = Clock::now();
        channel.heard(std::move(fresh));
      }
      channel.tape.release(samples_of(channel.seam.complete_until()));
      return;
    }
    case Kind::other:
      return;
  }
}

asio::awaitable<void> LiveUpstream::listen(Socket& socket, Channel& channel, Link& link) {
  for (;;) {
    auto message = co_await socket.receive();
    if (!message) break;
    // Also behind a DISCONNECT: what was said before it may come after it.
    if (message->text) hear(read_server_word(message->bytes, link.uid), channel, link);
    channel.wake.notify();
  }
  link.over = true;
  channel.wake.notify();
}

asio::awaitable<void> LiveUpstream::talk(Socket& socket, Channel& channel, Link& link) {
  base::TaskGroup beside(co_await asio::this_coro::executor);
  beside.spawn("a transcription server's words", listen(socket, channel, link));
  co_await send_all(socket, channel, link);
  auto closing = socket.close(net::websocket::close_code::kNormal, {});
  static_cast<void>(co_await std::move(closing));
  while (!co_await beside.join(std::chrono::seconds(1))) {
  }
}

Task<Unit> LiveUpstream::connect(Channel& channel, Link& link) {
  CO_TRY(auto address, co_await options_.address());
  net::client::WebSocketRequest request(net::client::Trust::configured);
  request.url = std::move(address);
  if (!options_.key.empty()) request.headers.add("Authorization", "Bearer " + options_.key);
  request.limits.write_timeout = options_.write;
  request.limits.close_timeout = milliseconds(2'000);
  co_return co_await client_.run(std::move(request), [&](Socket& socket) { return talk(socket, channel, link); });
}

asio::awaitable<void> LiveUpstream::run(Channel& channel) {
  std::int64_t failures = 0;
  bool is_first = true;
  std::optional<Clock::time_point> finish_at;
  const auto is_over = [&] {
    if (channel.stop) return true;
    if (!channel.tape.ended()) return false;
    if (!finish_at) finish_at = Clock::now() + options_.finish;
    return Clock::now() >= *finish_at || (!channel.tape.has_more() && !channel.seam.is_open());
  };
  while (!is_over()) {
    if (!channel.tape.has_more()) {
      static_cast<void>(co_await channel.wake.wait(kLook));
      continue;
    }
    Link link;
    if (!std::exchange(is_first, false)) channel.metrics.reconnects.add();
    auto asking = connect(channel, link);
    const auto outcome = co_await std::move(asking);
    if (link.done) co_return;
    channel.tape.rewind();
    channel.seam.reconnect();
    if (!outcome) link.words = outcome.error().message();
    const bool held = link.ready && Clock::now() - link.begun >= kHeldLong;
    const bool cut = link.ready && link.words.empty();  // by its limit, or by us before it
    failures = held || link.parted ? 0 : failures + 1;
    if (!link.words.empty()) {
      standing_.trouble(link.words);
      channel.metrics.server_errors.add();
      base::log_warning("meetings", "the transcription server is away", {{"why", link.words}});
    }
    auto pause = cut && failures <= 1 ? milliseconds(0)
                                      : base::doubled(options_.first_pause, failures - 1, options_.longest_pause);
    if (link.pause) pause = *link.pause;
    const auto until = Clock::now() + pause;
    while (!is_over() && Clock::now() < until) {
      const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
      static_cast<void>(co_await channel.wake.wait(std::clamp(left, milliseconds(1), kLook)));
    }
  }
}

}  // namespace troupe::meetings::whisper
