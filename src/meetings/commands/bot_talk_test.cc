// What a bot may say, and what others' bots may not.
#include "meetings/commands/bot_talk.h"

#include "meetings/commands/channels.h"
#include "meetings/commands/intake.h"
#include "meetings/commands/listener.h"
#include "meetings/commands/post.h"
#include "meetings/life/meetings_fixture.h"
#include "net/resp/resp_reply.h"

namespace troupe::meetings::commands {
namespace {

using net::resp::bulk;
using net::resp::bulks;

class NotedOutlet final : public net::resp::Outlet {
 public:
  bool push(std::string bytes) override {
    const base::Lock lock(mutex_);
    if (is_open_) sent_ += bytes;
    return is_open_;
  }
  void close() override {
    const base::Lock lock(mutex_);
    is_open_ = false;
  }
  std::string sent() {
    const base::Lock lock(mutex_);
    return std::exchange(sent_, {});
  }
  const std::string& remote_address() const override { return address; }

  std::string address = "127.0.0.1";

 private:
  base::Mutex mutex_;
  bool is_open_ GUARDED_BY(mutex_) = true;
  std::string sent_ GUARDED_BY(mutex_);
};

class BotTalkTest : public life::MeetingsTest {
 protected:
  struct Bot {
    MeetingId id = 0;
    std::string token, connection_id;
  };
  Bot bot_in(const std::string& room) {
    const auto id = in_call(room);
    const auto config = home([&] { return driver->config_of(life::task_id_of(id, 1)); });
    return {id, std::string(config.at("token").as_string()), std::string(config.at("connectionId").as_string())};
  }
  BotLines lines() { return {.meetings = *service, .ear = *intake, .clock = time, .hub = hub, .guard = guard}; }
  std::unique_ptr<BotTalk> talk() { return std::make_unique<BotTalk>(lines(), outlet); }
  std::unique_ptr<BotTalk> talk(const Bot& bot) {
    auto made = talk();
    EXPECT_EQ(say(*made, {"AUTH", bot.token}), "+OK\r\n");
    return made;
  }
  std::string say(BotTalk& talk, net::resp::Command command) { return wait(talk.answer(std::move(command))).bytes; }
  std::string add(BotTalk& talk, const std::string& payload) {
    return say(talk, {"XADD", "transcription_segments", "*", "payload", payload});
  }
  std::vector<Segment> said(MeetingId id) { return kit::must(run(transcripts.read(id, 0, 100))).items; }

  transcripts::Transcripts transcripts{{.db = *db, .clock = time, .bell = bell}};
  std::optional<Intake> intake{std::in_place, *service, transcripts, time, records::ChatLine(*bus)};
  std::shared_ptr<Hub> hub = std::make_shared<Hub>();
  net::route::CredentialGuard guard{true, time};
  std::shared_ptr<NotedOutlet> outlet = std::make_shared<NotedOutlet>();
};

TEST_F(BotTalkTest, NothingIsSaidWithoutThePassword) {
  const auto bot = bot_in("One");
  const auto client = talk();
  for (const net::resp::Command& command :
       std::vector<net::resp::Command>{{"PING"},
                                       {"SUBSCRIBE", "bot_commands:" + bot.connection_id},
                                       {"INFO"},
                                       {"XADD", "transcription_segments", "*", "payload", "{}"},
                                       {"CONFIG", "GET", "*"}}) {
    EXPECT_TRUE(say(*client, command).starts_with("-NOAUTH")) << command[0];
  }
  EXPECT_TRUE(say(*client, {"AUTH"}).starts_with("-ERR wrong number"));
  EXPECT_TRUE(say(*client, {"AUTH", "anna", bot.token}).starts_with("-WRONGPASS")) << "another name";
  EXPECT_TRUE(say(*client, {"AUTH", bot.token + "x"}).starts_with("-WRONGPASS"));
  EXPECT_FALSE(client->is_known());
  const auto last = wait(client->answer({"AUTH", ""}));
  EXPECT_TRUE(last.ends) << "three are enough";
  EXPECT_TRUE(wait(talk()->answer({"POST", "/", "HTTP/1.1"})).ends);
  EXPECT_TRUE(wait(talk()->answer({"QUIT"})).ends);
  for (const auto& user : {std::string("default"), bot.connection_id}) {
    EXPECT_EQ(say(*talk(), {"auth", user, bot.token}), "+OK\r\n") << user;
  }
}

TEST_F(BotTalkTest, AnAddressThatGuessesIsNotLookedUpForLong) {
  const auto bot = bot_in("One"), late = bot_in("Two");
  talk(bot);
  std::string answer;
  int guesses = 0;
  while (!answer.starts_with("-ERR Too many") && guesses < 1'000) {
    answer = say(*talk(), {"AUTH", "guess " + std::to_string(++guesses)});
  }
  EXPECT_EQ(guesses, 201) << "a burst, and no more";
  EXPECT_TRUE(wait(talk()->answer({"AUTH", "one more"})).ends);
  EXPECT_TRUE(say(*talk(), {"HELLO", "2", "AUTH", "default", "one more"}).starts_with("-ERR Too many"));
  EXPECT_TRUE(say(*talk(), {"AUTH", late.token}).starts_with("-ERR Too many")) << "not seen here before";
  EXPECT_EQ(say(*talk(), {"AUTH", bot.token}), "+OK\r\n") << "known to be good";
  outlet->address = "10.0.0.2";
  EXPECT_EQ(say(*talk(), {"AUTH", late.token}), "+OK\r\n") << "from elsewhere";
  outlet->address = "127.0.0.1";
  pass(std::chrono::seconds(1));
  EXPECT_TRUE(say(*talk(), {"AUTH", "again"}).starts_with("-WRONGPASS")) << "and later";
}

TEST_F(BotTalkTest, HandshakesOfClientsAreAnswered) {
  const auto bot = bot_in("One");
  const auto client = talk();
  EXPECT_TRUE(say(*client, {"HELLO"}).starts_with("-NOAUTH"));
  EXPECT_TRUE(say(*client, {"HELLO", "3", "AUTH", "default", bot.token}).starts_with("-NOPROTO"));
  EXPECT_TRUE(say(*client, {"HELLO", "2", "AUTH", "default", "no"}).starts_with("-WRONGPASS"));
  EXPECT_TRUE(say(*client, {"HELLO", "2", "AUTH", "default", bot.token, "SETNAME", "b"}).starts_with("*14\r\n"));
  EXPECT_EQ(say(*client, {"SELECT", "0"}), "+OK\r\n");
  EXPECT_TRUE(say(*client, {"SELECT", "1"}).starts_with("-ERR"));
  EXPECT_EQ(say(*client, {"CLIENT", "SETINFO", "LIB-NAME", "x"}), "+OK\r\n");
  EXPECT_TRUE(say(*client, {"INFO"}).contains("loading:0"));
  EXPECT_EQ(say(*client, {"PING"}), "+PONG\r\n");
  EXPECT_EQ(say(*client, {"PING", "x"}), bulk("x"));
  for (const auto* name : {"GET", "KEYS", "CONFIG", "EVAL", "MONITOR", "PSUBSCRIBE", "XREAD", "FLUSHALL"}) {
    EXPECT_TRUE(say(*client, {name, "*"}).starts_with("-ERR unknown command")) << name;
  }
  EXPECT_TRUE(say(*client, {std::string(10'000, 'x')}).size() < 200U);
}

TEST_F(BotTalkTest, ABotHearsItsOwnCommandsOnly) {
  const auto bot = bot_in("One"), other = bot_in("Two");
  auto client = talk(bot);
  const auto own = command_channels(bot.id, bot.connection_id);
  for (const auto& foreign : command_channels(other.id, other.connection_id)) {
    EXPECT_TRUE(say(*client, {"SUBSCRIBE", own[0], foreign}).starts_with("-NOPERM"));
  }
  EXPECT_TRUE(say(*client, {"SUBSCRIBE", "bot_commands:*"}).starts_with("-NOPERM"));
  EXPECT_EQ(hub->publish(own[0], "x"), 0) << "all or nothing";
  const auto answer = say(*client, {"SUBSCRIBE", own[0], own[1]});
  EXPECT_EQ(answer,
            "*3\r\n" + bulk("subscribe") + bulk(own[0]) + ":1\r\n*3\r\n" + bulk("subscribe") + bulk(own[1]) + ":2\r\n");
  EXPECT_EQ(hub->publish(own[0], "leave"), 1);
  EXPECT_EQ(outlet->sent(), bulks(std::vector<std::string_view>{"message", own[0], "leave"}));
  EXPECT_EQ(say(*client, {"PING"}), "*2\r\n" + bulk("pong") + bulk(""));
  EXPECT_TRUE(say(*client, {"PUBLISH", report_channel(bot.connection_id), "{}"}).starts_with("-ERR Can't execute"));
  EXPECT_TRUE(say(*client, {"UNSUBSCRIBE"}).ends_with(":0\r\n"));
  EXPECT_EQ(hub->publish(own[0], "x"), 0);
  EXPECT_TRUE(say(*client, {"UNSUBSCRIBE"}).contains("$-1"));
  say(*client, {"SUBSCRIBE", own[0]});
  client.reset();
  EXPECT_EQ(hub->publish(own[0], "x"), 0) << "who is gone is forgotten";
}

TEST_F(BotTalkTest, ABotHasOnlySoManyConnections) {
  const auto bot = bot_in("One");
  std::vector<std::unique_ptr<BotTalk>> all;
  for (int i = 0; i < Hub::kMostOfBot; ++i) all.push_back(talk(bot));
  const auto more = talk();
  EXPECT_TRUE(wait(more->answer({"AUTH", bot.token})).ends);
  all.pop_back();
  EXPECT_EQ(say(*talk(), {"AUTH", bot.token}), "+OK\r\n");
}

TEST_F(BotTalkTest, WhatIsHeardIsStoredUnderItsOwnMeeting) {
  const auto bot = bot_in("One"), other = bot_in("Two");
  const auto client = talk(bot);
  const auto piece = [](const std::string& owner) {
    return R"({"type":"transcription",)" + owner +
           R"("uid":"W1","segments":[{"start":"0.000","end":"2.000","text":"Hello everyone","completed":true}]})";
  };
  const auto id = add(*client, piece("\"token\":\"" + bot.token + "\","));
  EXPECT_TRUE(id.starts_with("$")) << id;
  EXPECT_EQ(said(bot.id).at(0).text, "Hello everyone");
  EXPECT_TRUE(add(*client, piece("\"token\":\"" + other.token + "\",")).starts_with("-NOPERM"));
  EXPECT_TRUE(add(*client, piece("\"meeting_id\":" + std::to_string(other.id) + ",")).starts_with("-NOPERM"));
  EXPECT_TRUE(add(*client, piece("\"native_meeting_id\":\"two\",")).starts_with("-NOPERM"));
  EXPECT_TRUE(said(other.id).empty());
  EXPECT_TRUE(add(*client, "nothing").starts_with("-ERR"));
  EXPECT_TRUE(say(*client, {"XADD", "news", "*", "payload", "{}"}).starts_with("-NOPERM"));
  EXPECT_TRUE(say(*client, {"XADD", "transcription_segments", "1-1", "payload", "{}"}).starts_with("-ERR"));
  EXPECT_TRUE(say(*client, {"XADD", "transcription_segments", "MAXLEN", "~"}).starts_with("-ERR"));
  EXPECT_TRUE(say(*client, {"XADD", "transcription_segments", "*", "payload"}).starts_with("-ERR wrong"));
  EXPECT_TRUE(
      say(*client, {"XADD", "transcription_segments", "MAXLEN", "~", "1000", "LIMIT", "10", "*", "payload", piece("")})
          .starts_with("$"));
  EXPECT_TRUE(say(*client, {"XADD", "speaker_events_relative", "*", "event_type", "SPEAKER_START", "participant_name",
                            "Anna", "relative_client_timestamp_ms", "10", "uid", "W1"})
                  .starts_with("$"));
}

/// Where the keeper tells bots by the hub.
class ToldBotTest : public BotTalkTest {
 protected:
  ToldBotTest() {
    end();
    courier = &post;
    begin();
    intake.emplace(*service, transcripts, time, records::ChatLine(*bus));
    listener = std::make_unique<Listener>(
        io, lines(), ListenerOptions{.endpoint = {.host = "127.0.0.1", .port = 0}, .port_file = dir.path() / "port"},
        metrics);
    kit::must(listener->open());
    post.use(*listener);
  }
  ~ToldBotTest() override {
    end();
    wait([](Listener& one) -> asio::awaitable<bool> {
      co_await one.close();
      co_return true;
    }(*listener));
  }
  void change(MeetingId id, std::string language) {
    kit::must(
        run(service->reconfigure({.tenant_id = 1}, id, {.language = std::move(language)}, {.id = 7, .label = "anna"})));
  }
  bool is(MeetingId id, State state) { return look(id).life.state == state; }

  base::MetricRegistry other_metrics, third_metrics;
  Post post{guard};
  std::unique_ptr<Listener> listener;
};

TEST_F(ToldBotTest, AReportConfirmsAChange) {
  const auto bot = bot_in("One"), other = bot_in("Two");
  const auto hearing = talk(bot), saying = talk(bot), foreign = talk(other);
  say(*hearing, {"SUBSCRIBE", "bot_commands:" + bot.connection_id});
  change(bot.id, "es");
  ASSERT_TRUE(kit::eventually([&] { return outlet->sent().contains("reconfigure"); }));
  const std::string report = R"({"action":"reconfigure","status":"applied","language":"es","task":"transcribe"})";
  EXPECT_TRUE(say(*foreign, {"PUBLISH", report_channel(bot.connection_id), report}).starts_with("-NOPERM"));
  EXPECT_TRUE(say(*foreign, {"PUBLISH", "bot_commands:" + bot.connection_id, "x"}).starts_with("-NOPERM"));
  EXPECT_EQ(say(*foreign, {"PUBLISH", report_channel(other.connection_id), report}), ":1\r\n");
  EXPECT_TRUE(say(*saying, {"PUBLISH", report_channel(bot.connection_id), "x"}).starts_with("-ERR"));
  for (const std::string wrong : {R"({"action":"reconfigure","status":"failed","language":"es","task":"transcribe"})",
                                  R"({"action":"reconfigure","status":"applied","language":"de","task":"transcribe"})",
                                  R"({"action":"leave","status":"applied"})"}) {
    EXPECT_EQ(say(*saying, {"PUBLISH", report_channel(bot.connection_id), wrong}), ":1\r\n");
  }
  EXPECT_TRUE(is(bot.id, State::reconfiguring));
  EXPECT_EQ(say(*saying, {"PUBLISH", report_channel(bot.connection_id), report}), ":1\r\n");
  EXPECT_TRUE(is(bot.id, State::active));
  EXPECT_EQ(look(bot.id).language, "es");
  EXPECT_EQ(say(*saying, {"PUBLISH", "va:meeting:" + std::to_string(bot.id) + ":event_log", "{}"}), ":0\r\n");
}

TEST_F(BotTalkTest, WhatIsWrittenInItsCallsChatIsToldToWhoFollowsThatMeeting) {
  const auto bot = bot_in("One"), other = bot_in("Two");
  const auto saying = talk(bot), foreign = talk(other);
  std::vector<std::string> heard;
  const auto listening = records::ChatLine(*bus).listen(
      bot.id, [&](ChatMessage message) { heard.push_back(message.sender + ": " + message.text); });
  const auto write = [&](BotTalk& who, MeetingId where, std::string body) {
    return say(who, {"PUBLISH", chat_channel(where), std::move(body)});
  };
  const auto text = [](std::string_view word) {
    return R"({"type":"chat.new_message","payload":{"sender":"Anna","text":")" + std::string(word) + "\"}}";
  };
  EXPECT_EQ(write(*saying, bot.id, text("Hello")), ":1\r\n");
  EXPECT_EQ(write(*saying, bot.id, "{}"), ":0\r\n") << "no error that might end a bot";
  EXPECT_EQ(write(*saying, bot.id, "\xff"), ":0\r\n");
  EXPECT_TRUE(write(*foreign, bot.id, text("Not mine")).starts_with("-NOPERM"));
  EXPECT_EQ(write(*foreign, other.id, text("Elsewhere")), ":1\r\n");
  EXPECT_EQ(heard, std::vector<std::string>{"Anna: Hello"});
  pass(std::chrono::seconds(1));
  int taken = 0;
  for (int i = 0; i < 100; ++i) taken += write(*saying, bot.id, text("Flood")) == ":1\r\n" ? 1 : 0;
  EXPECT_EQ(taken, BotTalk::kMostChatsPerSecond);
  pass(std::chrono::seconds(1));
  EXPECT_EQ(write(*saying, bot.id, text("Later")), ":1\r\n");
  EXPECT_EQ(heard.size(), 2U + BotTalk::kMostChatsPerSecond);
}

TEST_F(BotTalkTest, AChatOutsideIsBelievedOfMeetingsThatGoOn) {
  const auto bot = bot_in("One");
  std::vector<std::string> heard;
  const auto listening =
      records::ChatLine(*bus).listen(bot.id, [&](ChatMessage message) { heard.push_back(message.text); });
  EXPECT_TRUE(run(intake->take_chat_of(bot.id, R"({"sender":"Anna","text":"Hi"})")));
  const auto unknown = run(intake->take_chat_of(bot.id + 1'000, R"({"text":"Hi"})"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), Errc::not_found);
  kit::must(run(service->stop({.tenant_id = 1}, bot.id, {.id = 7, .label = "anna"})));
  ASSERT_TRUE(kit::eventually([&] { return is_terminal(look(bot.id).life.state); }));
  const auto late = run(intake->take_chat_of(bot.id, R"({"text":"Late"})"));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), Errc::not_found);
  EXPECT_EQ(heard, std::vector<std::string>{"Hi"});
}

TEST_F(ToldBotTest, WhoeverFloodsItsAddressKeepsNoNewBotOut) {
  const auto refused = [&] { return say(*talk(), {"AUTH", "wrong"}).contains("Too many"); };
  for (int i = 0; i < 1'000 && !refused(); ++i) continue;
  ASSERT_TRUE(refused());
  EXPECT_EQ(say(*talk(), {"AUTH", bot_in("One").token}), "+OK\r\n");
}

TEST_F(ToldBotTest, WhatIsHeardInTheLanguageConfirmsAChange) {
  const auto bot = bot_in("One");
  const auto client = talk(bot);
  const auto speak = [&](const std::string& language) {
    const auto answer =
        add(*client,
            R"({"type":"transcription","uid":"W2","segments":[{"start":0,"end":1,"text":"Buenos dias","language":")" +
                language + R"("}]})");
    EXPECT_TRUE(answer.starts_with("$")) << answer;
  };
  change(bot.id, "es");
  speak("en");
  EXPECT_TRUE(is(bot.id, State::reconfiguring));
  speak("es");
  EXPECT_TRUE(is(bot.id, State::active));
  EXPECT_EQ(look(bot.id).language, "es");
}

TEST_F(ToldBotTest, AfterARestartItListensWhereItDid) {
  const auto address = listener->address_for("t");
  EXPECT_TRUE(address.starts_with("redis://:t@127.0.0.1:")) << address;
  ListenerOptions same{.endpoint = {.host = "127.0.0.1", .port = 0}, .port_file = dir.path() / "port"};
  Listener second(io, lines(), same, other_metrics);
  EXPECT_EQ(second.address_for("t"), "") << "not open yet";
  kit::must(second.open());
  EXPECT_NE(second.address_for("t"), address) << "taken by the first";
  const auto moved = second.address_for("t");
  wait([](Listener& one) -> asio::awaitable<bool> {
    co_await one.close();
    co_return true;
  }(second));
  Listener third(io, lines(), same, third_metrics);
  kit::must(third.open());
  EXPECT_EQ(third.address_for("t"), moved);
  wait([](Listener& one) -> asio::awaitable<bool> {
    co_await one.close();
    co_return true;
  }(third));
}

}  // namespace
}  // namespace troupe::meetings::commands
