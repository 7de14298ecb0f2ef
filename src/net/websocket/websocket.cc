#include "net/websocket/websocket.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <deque>

#include "base/crypto.h"
#include "base/exception_text.h"
#include "base/log.h"
#include "net/websocket/websocket_frame.h"

namespace troupe::net::websocket {
namespace {
constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
using Clock = std::chrono::steady_clock;
constexpr std::size_t kLingerBytes = 1024 * 1024;
constexpr std::chrono::milliseconds kLingerTime{1'000};

/// Everything runs on the stream's executor, so plain members and one "something changed" timer are enough.
class Session final : public http::WebSocket {
 public:
  Session(tls::Stream& stream, WebSocketDecoder::From peer, WebSocketLimits limits)
      : stream_(stream),
        limits_(limits),
        is_client_(peer == WebSocketDecoder::From::server),
        decoder_(peer, limits.max_message_bytes, limits.max_first_bytes),
        changed_(stream.get_executor(), Clock::time_point::max()),
        ping_timer_(stream.get_executor()) {}

  Task<Message> receive() override {
    while (inbox_.empty() && !over_) co_await wait();
    if (inbox_.empty()) co_return Error(Errc::unavailable, "the WebSocket is closed", why_);
    Message message = std::move(inbox_.front());
    inbox_.pop_front();
    notify();
    co_return message;
  }

  Task<Unit> send(Message message) override {
    if (over_ || close_sent_) co_return Error(Errc::unavailable, "the WebSocket is closed", why_);
    std::string frame = frame_of(message.text ? Opcode::text : Opcode::binary, message.bytes);
    co_return co_await write(std::move(frame));
  }

  Task<Unit> close(std::uint16_t code, std::string reason) override {
    CO_TRY(co_await send_close(code, reason));
    if (!over_) {
      close_timer_.emplace(stream_.get_executor(), limits_.close_timeout);
      close_timer_->async_wait([this](boost::system::error_code ec) {
        if (!ec) stream_.cancel();
      });
    }
    while (!over_) co_await wait();
    close_timer_.reset();
    co_return Unit{};
  }

  asio::awaitable<void> run(std::string leftover, std::function<asio::awaitable<void>(http::WebSocket&)> handler) {
    const auto executor = stream_.get_executor();
    int running = 2;
    const auto ended = [this, &running](const std::exception_ptr&) {
      --running;
      finish("ended");
    };
    decoder_.feed(leftover);
    asio::co_spawn(executor, read_loop(), ended);
    asio::co_spawn(executor, ping_loop(), ended);
    std::exception_ptr failure;
    co_await asio::this_coro::throw_if_cancelled(true);
    try {
      co_await handler(*this);
    } catch (...) {
      failure = std::current_exception();
    }
    // Whoever cancelled us waits for the end all the same: the two loops still hold this frame.
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto state = co_await asio::this_coro::cancellation_state;
    const bool cancelled = state.cancelled() != asio::cancellation_type::none;
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    auto code = close_code::kNormal;
    if (cancelled) {
      code = close_code::kGoingAway;
    } else if (failure) {
      code = close_code::kInternal;
      base::log_error("net", "a WebSocket handler failed", {{"error", base::exception_text(failure)}});
    }
    if (!over_) {
      const auto closed = co_await close(code, {});
      if (!closed) finish(closed.error().message());
    }
    const bool may_linger = !broken_ && !gone_ && !cancelled;
    broken_ = true;
    notify();
    stream_.cancel();
    while (running > 0) co_await wait();
    if (may_linger) co_await linger();
    stream_.close();
  }

 private:
  /// SPEC: RFC 6455 section 5.3: a client's frames are masked, each with bits that nobody can foresee.
  std::string frame_of(Opcode opcode, std::string_view payload) const {
    if (!is_client_) return websocket_frame(opcode, payload);
    const auto random = base::random_bytes(sizeof(std::uint32_t));
    std::uint32_t mask = 0;
    std::memcpy(&mask, random.data(), sizeof mask);
    return websocket_frame(opcode, payload, mask);
  }

  asio::awaitable<void> wait() { co_await changed_.async_wait(kQuiet); }
  void notify() { changed_.cancel(); }

  /// No more messages will come.
  void finish(std::string why) {
    if (!over_) why_ = std::move(why);
    over_ = true;
    ping_timer_.cancel();
    notify();
  }

  /// Ends our side and swallows what is still on its way, so that a reset does not overtake our close frame.
  asio::awaitable<void> linger() {
    stream_.write_within(kLingerTime);
    if (!co_await stream_.shutdown_write()) co_return;
    std::array<char, 8 * 1024> buffer;
    stream_.read_within(kLingerTime);
    for (std::size_t swallowed = 0; swallowed < kLingerBytes;) {
      const auto got = co_await stream_.read_some(buffer);
      if (!got || *got == 0) co_return;
      swallowed += *got;
    }
  }

  /// One frame at a time; a frame that stays half written ends the connection.
  Task<Unit> write(std::string frame) {
    while (writing_ && !broken_) co_await wait();
    if (broken_) co_return Error(Errc::unavailable, "the WebSocket is closed", why_);
    struct Turn {
      Session& session;
      bool done = false;
      ~Turn() {
        session.writing_ = false;
        if (!done) {
          session.broken_ = true;
          session.stream_.cancel();
        }
        session.notify();
      }
    } turn{*this};
    writing_ = true;
    stream_.write_within(limits_.write_timeout);
    auto written = co_await stream_.write_all(frame);
    turn.done = written.has_value();
    co_return written;
  }

  Task<Unit> send_close(std::uint16_t code, std::string_view reason) {
    if (close_sent_) co_return Unit{};
    close_sent_ = true;
    auto frame = frame_of(Opcode::close, websocket_close_payload(code, reason));
    co_return co_await write(std::move(frame));
  }

  asio::awaitable<void> read_loop() {
    std::array<char, 8 * 1024> buffer;
    for (;;) {
      for (;;) {
        auto item = decoder_.next();
        if (!item) {
          const auto told = co_await send_close(decoder_.error_code(), item.error().message());
          co_return finish(told ? item.error().message() : told.error().message());
        }
        if (!*item) break;
        if (!co_await take(std::move(**item))) co_return;
      }
      if (over_) co_return;
      stream_.read_within(limits_.idle_timeout);
      const auto got = co_await stream_.read_some(buffer);
      if (!got || *got == 0) {
        gone_ = true;
        co_return finish(got ? "the peer left without a close frame" : got.error().message());
      }
      heard_ = Clock::now();
      decoder_.feed(std::string_view(buffer.data(), *got));
    }
  }

  /// Whether to read on.
  asio::awaitable<bool> take(WebSocketDecoder::Item item) {
    if (auto* message = std::get_if<Message>(&item)) {
      if (close_sent_) co_return true;  // nobody takes it any more
      while (inbox_.size() >= limits_.inbox_messages && !close_sent_ && !over_) co_await wait();
      inbox_.push_back(std::move(*message));
      notify();
      co_return true;
    }
    if (auto* ping = std::get_if<WebSocketDecoder::Ping>(&item)) {
      if (close_sent_) co_return true;
      auto pong = frame_of(Opcode::pong, ping->payload);
      const auto sent = co_await write(std::move(pong));
      if (!sent) finish(sent.error().message());
      co_return sent.has_value();
    }
    if (auto* closing = std::get_if<WebSocketDecoder::Close>(&item)) {
      const auto code = closing->code == close_code::kNoCode ? close_code::kNormal : closing->code;
      const auto answered = co_await send_close(code, {});
      finish(answered ? "closed by the peer" : answered.error().message());
      co_return false;
    }
    co_return true;  // a pong: that it came is all it says
  }

  asio::awaitable<void> ping_loop() {
    while (!over_) {
      const auto due = heard_ + limits_.ping_interval;
      if (due <= Clock::now()) {
        if (!close_sent_ && !writing_) {
          auto ping = frame_of(Opcode::ping, {});
          const auto sent = co_await write(std::move(ping));
          if (!sent) co_return finish(sent.error().message());
        }
        ping_timer_.expires_after(limits_.ping_interval);
      } else {
        ping_timer_.expires_at(due);
      }
      if (over_) co_return;
      co_await ping_timer_.async_wait(kQuiet);
    }
  }

  tls::Stream& stream_;
  const WebSocketLimits limits_;
  const bool is_client_;
  WebSocketDecoder decoder_;
  asio::steady_timer changed_;
  asio::steady_timer ping_timer_;
  std::optional<asio::steady_timer> close_timer_;
  std::deque<Message> inbox_;
  Clock::time_point heard_ = Clock::now();
  bool writing_ = false;
  bool broken_ = false;  ///< nothing may be written any more
  bool close_sent_ = false;
  bool gone_ = false;  ///< the peer has ended or is lost
  bool over_ = false;  ///< nothing will be received any more
  std::string why_;
};

asio::awaitable<void> run_session(tls::Stream& stream, std::string leftover,
                                  std::function<asio::awaitable<void>(http::WebSocket&)> handler,
                                  WebSocketDecoder::From peer, WebSocketLimits limits) {
  Session session(stream, peer, limits);
  co_await session.run(std::move(leftover), std::move(handler));
}
}  // namespace

asio::awaitable<void> serve_websocket(tls::Stream& stream, std::string leftover,
                                      std::function<asio::awaitable<void>(http::WebSocket&)> handler,
                                      WebSocketLimits limits) {
  return run_session(stream, std::move(leftover), std::move(handler), WebSocketDecoder::From::client, limits);
}

asio::awaitable<void> join_websocket(tls::Stream& stream, std::string leftover,
                                     std::function<asio::awaitable<void>(http::WebSocket&)> handler,
                                     WebSocketLimits limits) {
  return run_session(stream, std::move(leftover), std::move(handler), WebSocketDecoder::From::server, limits);
}

}  // namespace troupe::net::websocket
