// All that carries word between meetings and bots, opened with the program and closed with it.
#pragma once
#include <optional>

#include "host/lease.h"
#include "host/module.h"
#include "meetings/commands/intake.h"
#include "meetings/commands/post.h"
#include "meetings/commands/stream_taker.h"

namespace troupe::meetings::commands {

struct LinesOptions {
  std::string listen{};         ///< host:port; "off"; empty: this machine, any port, unless there is another Redis
  std::string outside{};        ///< redis:// URL of the Redis that Troupe speaks to; empty: none
  std::string handed{};         ///< what bots get; empty: the own listener's address
  std::string callback_base{};  ///< where bots reach this server, for a listener on all addresses; may be empty
};
/// `bots_redis`: what is configured as the Redis of bots.
LinesOptions lines_options(const host::Settings& settings, std::string listen, std::string bots_redis,
                           std::string callback_base);

class Lines {
 public:
  /// `guard`: of bots' tokens, wherever they show them. `lease`: of several processes that hear one Redis its holder
  /// tells chats on, once; may be null. Both outlive this.
  Lines(LinesOptions options, net::route::CredentialGuard& guard, const host::Lease* lease)
      : options_(std::move(options)), guard_(guard), lease_(lease), post_(guard) {}

  life::Courier& post() { return post_; }
  /// Before bots are looked after. Errors: conflict (the listener's address is in use), invalid_param.
  Task<Unit> open(host::Context& c, life::Meetings& meetings, transcripts::Transcripts& transcripts);
  Task<Unit> close(host::Context& c);
  /// For a health check. Any thread.
  std::optional<std::string> trouble() const;

 private:
  Result<Unit> open_listener(host::Context& c, life::Meetings& meetings);
  Result<Unit> open_redis(host::Context& c);
  /// On the thread of the Redis.
  void hear(const asio::any_io_executor& home, std::atomic<int>& waiting, std::function<Task<Unit>()> take);
  asio::awaitable<void> take_heard(std::function<Task<Unit>()> take);

  LinesOptions options_;
  net::route::CredentialGuard& guard_;
  const host::Lease* lease_;
  Post post_;
  std::shared_ptr<Hub> hub_ = std::make_shared<Hub>();
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<bus::RedisChannels> channels_;
  std::vector<std::unique_ptr<StreamTaker>> takers_;
  std::vector<std::unique_ptr<bus::RedisStream>> streams_;
  std::unique_ptr<bus::RedisPattern> reports_;
  std::unique_ptr<bus::RedisPattern> chats_;
  std::atomic<int> reports_waiting_{0};
  std::atomic<int> chats_waiting_{0};
  base::Counter* dropped_ = nullptr;
  std::atomic<bool> is_open_{false};
};

}  // namespace troupe::meetings::commands
