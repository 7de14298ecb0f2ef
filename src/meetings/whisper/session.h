// One bot's connection from its first frame to its last word.
#pragma once
#include "meetings/whisper/front.h"

namespace troupe::meetings::whisper {

/// A place among the sessions, given back with this.
class Front::Place {
 public:
  Place(Front& front, std::uint64_t number) : front_(front), number_(number) {}
  /// As Front's.
  bool may_close() { return front_.may_close(number_); }
  void end_of_sound() { front_.end_of_sound(number_); }
  ~Place() { front_.leave(number_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  Front& front_;
  std::uint64_t number_;
};

/// All of it on the connection's executor.
class Front::Session {
 public:
  struct Peer {
    std::string token{};
    std::string from{};  ///< its address
  };
  Session(Front& front, net::http::WebSocket& bot, Peer peer, asio::any_io_executor executor);
  asio::awaitable<void> run();

 private:
  using Clock = std::chrono::steady_clock;

  asio::awaitable<void> read();
  /// False: nothing more is to be read.
  bool take(net::http::WebSocket::Message message);
  bool take_sound(const std::string& frame);
  /// Waits as long as the bot has sent more than it may.
  asio::awaitable<void> slow_down(std::size_t bytes);
  /// Whether it is ahead of the time, and more than enough of it waits.
  bool is_ahead() const;
  asio::awaitable<bool> greet();
  /// Whose token it is, for whom may ask; a refusal is said.
  asio::awaitable<bool> admit();
  asio::awaitable<bool> sit_down();
  asio::awaitable<void> send_away(std::string why);
  /// With whose they are, where all of this session's sound is one person's.
  std::vector<Speech> named(std::vector<Speech> pieces) const;
  asio::awaitable<void> listen();
  asio::awaitable<void> wait_for_end();
  asio::awaitable<void> finish();
  asio::awaitable<void> tell_stored(std::vector<Speech> pieces);
  asio::awaitable<void> send(std::string text);
  asio::awaitable<void> refuse(std::string message);
  std::int64_t since_begin() const;

  Front& front_;
  net::http::WebSocket& bot_;
  std::string token_;
  std::string from_;
  asio::any_io_executor executor_;
  const std::shared_ptr<std::atomic<bool>> told_to_end_ = std::make_shared<std::atomic<bool>>(false);
  base::Notify changed_;
  base::Notify wake_;  ///< the upstream's
  base::TaskGroup beside_;
  base::StopSource hurry_;
  std::optional<std::string> greeting_;
  Hello hello_{};
  Speaking speaking_{};
  std::unique_ptr<Place> place_;
  Tape tape_;
  std::optional<Seam> seam_;
  std::optional<Channel> channel_;
  std::optional<Scribe> scribe_;
  base::UnixMs began_ms_ = 0;
  std::int64_t offset_ms_ = 0;  ///< from the session's begin to this connection's
  std::int64_t budget_ = 0;
  Clock::time_point filled_ = Clock::now();
  std::string fault_;    ///< why the bot is sent away
  bool gone_ = false;    ///< nothing more comes from the bot
  bool closed_ = false;  ///< nor does anything reach it
  bool heard_all_ = false;
  bool written_ = false;
};

}  // namespace troupe::meetings::whisper
