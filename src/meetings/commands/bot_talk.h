// What a bot may say on the own RESP2 listener, and what it is answered: as much of Redis as unmodified clients need.
#pragma once
#include <memory>
#include <set>

#include "meetings/commands/ear.h"
#include "meetings/commands/hub.h"
#include "meetings/life/service.h"
#include "net/route/credential_guard.h"

namespace troupe::meetings::commands {

/// All of it outlives the connections, the hub with them.
struct BotLines {
  life::Meetings& meetings;
  Ear& ear;
  const base::Clock& clock;
  std::shared_ptr<Hub> hub;
  net::route::CredentialGuard& guard;  ///< before a token is looked up
};

/// Its password is the bot's token; it reaches the channels of that bot and the streams of its meeting, nothing else.
class BotTalk final : public net::resp::Talk {
 public:
  static constexpr std::size_t kMostChannels = 8;
  static constexpr int kMostChatsPerSecond = 20;  ///< of one connection; nobody hears more
  static constexpr int kMostFailures = 3;         ///< wrong passwords, then it is over
  /// A bot's last words may come when its container is gone already.
  static constexpr std::chrono::seconds kAfterlife{120};

  BotTalk(const BotLines& lines, OutletPtr outlet) : lines_(lines), outlet_(std::move(outlet)) {}
  ~BotTalk() override;

  asio::awaitable<net::resp::Answer> answer(net::resp::Command command) override;
  bool is_known() const override { return is_known_; }

 private:
  using Answer = net::resp::Answer;
  using Command = net::resp::Command;

  asio::awaitable<Answer> authenticate(std::string user, std::string password);
  asio::awaitable<Answer> hello(Command command);
  asio::awaitable<Answer> subscribe(Command command);
  Answer unsubscribe(const Command& command);
  asio::awaitable<Answer> publish(Command command);
  asio::awaitable<Answer> publish_chat(std::string body);
  asio::awaitable<Answer> add_entry(Command command);
  Answer ping(const Command& command) const;
  /// Of this bot, as it is now. Error: unknown_token.
  Task<records::Kept> look();
  bool is_own_channel(std::string_view channel) const;
  std::string next_id();

  BotLines lines_;
  OutletPtr outlet_;
  bool is_known_ = false;
  int failures_ = 0;
  std::string token_;
  std::string connection_id_;
  MeetingId meeting_ = 0;
  std::set<std::string> channels_;
  base::UnixMs last_ms_ = 0;  ///< of the stream entry before
  std::int64_t last_number_ = 0;
  std::chrono::steady_clock::time_point chat_second_{};  ///< in which it is counted
  int chats_ = 0;
};

}  // namespace troupe::meetings::commands
