#include "meetings/commands/bot_talk.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>

#include "base/encoding.h"
#include "base/log.h"
#include "meetings/commands/channels.h"
#include "meetings/life/secrets.h"
#include "net/resp/resp_reply.h"

namespace troupe::meetings::commands {
namespace {

using namespace net::resp;

constexpr std::string_view kNoAuth = "NOAUTH Authentication required.";
constexpr std::string_view kWrongPassword = "WRONGPASS invalid username-password pair or user is disabled.";
constexpr std::string_view kForeignChannel = "NOPERM this user has no permissions to access one of the channels used";
/// What clients ask before they believe that a server is ready.
constexpr std::string_view kInfo =
    "# Server\r\nredis_version:7.0.0\r\nredis_mode:standalone\r\nserver_name:troupe\r\n# Persistence\r\nloading:0\r\n";

Answer wrong_arguments(std::string_view name) {
  return {error(fmt::format("ERR wrong number of arguments for '{}' command", name))};
}

/// Of something that went wrong here: the sentence without what only logs may have.
Answer refusal(const Error& why) {
  if (why.code() == Errc::forbidden) return {error("NOPERM " + why.message())};
  return {error("ERR " + why.message())};
}

/// What clients send that asks for nothing: their names, the only database.
std::optional<Answer> answer_handshake(const std::string& name, const Command& command) {
  const auto word = command.size() > 1 ? boost::algorithm::to_lower_copy(command[1]) : std::string();
  if (name == "select") {
    if (command.size() != 2) return wrong_arguments(name);
    return Answer{command[1] == "0" ? simple("OK") : error("ERR DB index is out of range")};
  }
  if (name == "info") return Answer{bulk(kInfo)};
  if (name == "client" && (word == "setname" || word == "setinfo")) return Answer{simple("OK")};
  if (name == "client" && word == "getname") return Answer{nil()};
  return std::nullopt;
}

/// Behind XADD's key: past the options that bound the stream's length, at its id. Nothing: they are not understood.
std::optional<std::size_t> find_id(const Command& command) {
  std::size_t at = 2;
  while (at < command.size()) {
    const auto word = boost::algorithm::to_lower_copy(command[at]);
    if (word == "nomkstream") {
      at += 1;
    } else if (word == "maxlen" || word == "minid") {
      at += 1;
      if (at < command.size() && (command[at] == "~" || command[at] == "=")) at += 1;
      at += 1;
    } else if (word == "limit") {
      at += 2;
    } else {
      return at;
    }
  }
  return std::nullopt;
}

}  // namespace

BotTalk::~BotTalk() {
  for (const auto& channel : channels_) lines_.hub->unsubscribe(channel, outlet_);
  if (is_known_) lines_.hub->leave(connection_id_);
}

asio::awaitable<Answer> BotTalk::answer(Command command) {
  const auto name = boost::algorithm::to_lower_copy(command[0]);
  // A browser that was led here speaks HTTP: it is not answered line by line.
  if (name == "post" || name == "host:") co_return Answer{.bytes = {}, .ends = true};
  if (name == "quit") co_return Answer{.bytes = simple("OK"), .ends = true};
  if (name == "auth") {
    if (command.size() != 2 && command.size() != 3) co_return wrong_arguments(name);
    co_return co_await authenticate(command.size() == 3 ? command[1] : std::string(), command.back());
  }
  if (name == "hello") co_return co_await hello(std::move(command));
  if (!is_known_) co_return Answer{error(kNoAuth)};
  if (name == "ping") co_return ping(command);
  if (name == "subscribe") co_return co_await subscribe(std::move(command));
  if (name == "unsubscribe") co_return unsubscribe(command);
  if (!channels_.empty()) {
    co_return Answer{
        error(fmt::format("ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / "
                          "RESET are allowed in this context",
                          base::is_utf8(name) && name.size() <= 64 ? name : "it"))};
  }
  if (name == "publish") co_return co_await publish(std::move(command));
  if (name == "xadd") co_return co_await add_entry(std::move(command));
  if (auto handshake = answer_handshake(name, command)) co_return *std::move(handshake);
  co_return Answer{error(fmt::format("ERR unknown command '{}'", name.substr(0, 64)))};
}

Task<records::Kept> BotTalk::look() {
  CO_TRY(auto kept, co_await lines_.meetings.admit(token_));
  const auto gone = kept.attempt ? kept.attempt->gone_ms : std::nullopt;
  const std::chrono::milliseconds since(gone ? lines_.clock.unix_ms() - *gone : 0);
  if (since > kAfterlife) co_return Error(Errc::unknown_token, "Its bot is gone.");
  co_return kept;
}

asio::awaitable<Answer> BotTalk::authenticate(std::string user, std::string password) {
  if (is_known_) {  // again, as clients do that reconnect through a proxy
    if (password == token_) co_return Answer{simple("OK")};
    co_return Answer{error(kWrongPassword)};
  }
  const auto hash = life::hash_of_token(password);
  if (const auto may_ask = lines_.guard.admit(hash, outlet_->remote_address()); !may_ask) {
    co_return Answer{.bytes = error("ERR " + may_ask.error().message()), .ends = true};
  }
  token_ = std::move(password);
  const auto kept = co_await look();
  if (kept) lines_.guard.good(hash);
  if (!kept && kept.error().code() == Errc::unknown_token) lines_.guard.bad(hash, outlet_->remote_address());
  if (!kept && kept.error().code() != Errc::unknown_token) co_return refusal(kept.error());
  const bool is_user = kept && (user.empty() || user == "default" || user == kept->attempt->connection_id);
  if (!is_user) {
    token_.clear();
    co_return Answer{.bytes = error(kWrongPassword), .ends = ++failures_ >= kMostFailures};
  }
  if (!lines_.hub->enter(kept->attempt->connection_id)) {
    co_return Answer{.bytes = error("ERR max number of clients of this bot reached"), .ends = true};
  }
  connection_id_ = kept->attempt->connection_id;
  meeting_ = kept->meeting.id;
  is_known_ = true;
  co_return Answer{simple("OK")};
}

asio::awaitable<Answer> BotTalk::hello(Command command) {
  if (command.size() > 1 && command[1] != "2") {
    co_return Answer{error(command[1] == "3" ? "NOPROTO unsupported protocol version"
                                             : "ERR Protocol version is not an integer or out of range")};
  }
  for (std::size_t at = 2; at < command.size();) {
    const auto word = boost::algorithm::to_lower_copy(command[at]);
    if (word == "auth" && at + 2 < command.size()) {
      auto done = co_await authenticate(command[at + 1], command[at + 2]);
      if (!is_known_ || done.bytes.starts_with('-')) co_return done;
      at += 3;
    } else if (word == "setname" && at + 1 < command.size()) {
      at += 2;
    } else {
      co_return Answer{error("ERR Syntax error in HELLO option")};
    }
  }
  if (!is_known_) {
    co_return Answer{
        error("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
              "<proto> AUTH <user> <pass> option can be used to authenticate the client")};
  }
  constexpr std::size_t kMembers = 7;
  co_return Answer{array(2 * kMembers) + bulk("server") + bulk("redis") + bulk("version") + bulk("7.0.0") +
                   bulk("proto") + integer(2) + bulk("id") + integer(1) + bulk("mode") + bulk("standalone") +
                   bulk("role") + bulk("master") + bulk("modules") + array(0)};
}

bool BotTalk::is_own_channel(std::string_view channel) const {
  const auto own = command_channels(meeting_, connection_id_);
  return std::ranges::find(own, channel) != own.end();
}

asio::awaitable<Answer> BotTalk::subscribe(Command command) {
  if (command.size() < 2) co_return wrong_arguments("subscribe");
  if (command.size() > kMostChannels + 1) co_return Answer{error("ERR too many channels")};
  for (std::size_t i = 1; i < command.size(); ++i) {
    if (!is_own_channel(command[i])) co_return Answer{error(kForeignChannel)};
  }
  if (const auto kept = co_await look(); !kept) co_return refusal(kept.error());
  Answer out;
  for (std::size_t i = 1; i < command.size(); ++i) {
    channels_.insert(command[i]);
    lines_.hub->subscribe(command[i], outlet_);
    out.bytes += array(3) + bulk("subscribe") + bulk(command[i]) + integer(static_cast<std::int64_t>(channels_.size()));
  }
  co_return out;
}

Answer BotTalk::unsubscribe(const Command& command) {
  std::vector<std::string> wanted(command.begin() + 1, command.end());
  if (wanted.empty()) wanted.assign(channels_.begin(), channels_.end());
  Answer out;
  if (wanted.empty()) out.bytes = array(3) + bulk("unsubscribe") + nil() + integer(0);
  for (const auto& channel : wanted) {
    if (channels_.erase(channel) > 0) lines_.hub->unsubscribe(channel, outlet_);
    out.bytes += array(3) + bulk("unsubscribe") + bulk(channel) + integer(static_cast<std::int64_t>(channels_.size()));
  }
  return out;
}

Answer BotTalk::ping(const Command& command) const {
  if (command.size() > 2) return wrong_arguments("ping");
  const auto text = command.size() == 2 ? std::string_view(command[1]) : std::string_view();
  if (!channels_.empty()) return {array(2) + bulk("pong") + bulk(text)};
  return {command.size() == 2 ? bulk(text) : simple("PONG")};
}

asio::awaitable<Answer> BotTalk::publish(Command command) {
  if (command.size() != 3) co_return wrong_arguments("publish");
  if (command[1] == chat_channel(meeting_)) co_return co_await publish_chat(std::move(command[2]));
  const bool is_report = command[1] == report_channel(connection_id_);
  if (!is_report && !is_side_channel(meeting_, command[1])) co_return Answer{error(kForeignChannel)};
  if (!is_report) co_return Answer{integer(0)};  // nobody listens there
  auto kept = co_await look();
  if (!kept) co_return refusal(kept.error());
  const auto taken = co_await lines_.ear.take_report(*std::move(kept), std::move(command[2]));
  if (!taken) co_return refusal(taken.error());
  co_return Answer{integer(1)};
}

asio::awaitable<Answer> BotTalk::publish_chat(std::string body) {
  const auto now = lines_.clock.steady();
  if (now - chat_second_ >= std::chrono::seconds(1)) {
    chat_second_ = now;
    chats_ = 0;
  }
  if (++chats_ > kMostChatsPerSecond) co_return Answer{integer(0)};
  const auto kept = co_await look();
  if (!kept) co_return refusal(kept.error());
  const auto taken = lines_.ear.take_chat(*kept, body);
  if (taken) co_return Answer{integer(1)};
  // Bots of other makers publish what they like: an error might end them in the middle of a call.
  base::log_debug("meetings", "A message of a call's chat is dropped.",
                  {{"meeting", meeting_}, {"why", taken.error().message()}});
  co_return Answer{integer(0)};
}

std::string BotTalk::next_id() {
  const auto now = std::max(lines_.clock.unix_ms(), last_ms_);
  last_number_ = now == last_ms_ ? last_number_ + 1 : 0;
  last_ms_ = now;
  return fmt::format("{}-{}", now, last_number_);
}

asio::awaitable<Answer> BotTalk::add_entry(Command command) {
  const auto at = find_id(command);
  if (!at || *at + 3 > command.size() || (command.size() - *at) % 2 == 0) co_return wrong_arguments("xadd");
  if (command[*at] != "*") co_return Answer{error("ERR only the id * is taken")};
  const bool is_segment = command[1] == kSegments;
  if (!is_segment && command[1] != kSpeakers) {
    co_return Answer{error("NOPERM this user has no permissions to access one of the keys used as arguments")};
  }
  Fields fields;
  for (auto i = *at + 1; i + 1 < command.size(); i += 2) {
    fields.emplace_back(std::move(command[i]), std::move(command[i + 1]));
  }
  auto heard = is_segment ? read_segments(fields) : read_speaker(fields);
  if (!heard) co_return refusal(heard.error());
  if (!heard->token.empty() && heard->token != token_) co_return Answer{error("NOPERM that is another bot's token")};
  auto kept = co_await look();
  if (!kept) co_return refusal(kept.error());
  const auto taken = co_await lines_.ear.take(*std::move(kept), *std::move(heard));
  if (!taken) co_return refusal(taken.error());
  co_return Answer{bulk(next_id())};
}

}  // namespace troupe::meetings::commands
