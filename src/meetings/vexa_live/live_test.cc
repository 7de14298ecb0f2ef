// A client of Vexa's WebSocket, from its key to the words that it hears.
#include "meetings/vexa_live/live.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/json/parse.hpp>
#include <deque>

#include "meetings/records/chat_line.h"
#include "meetings/transcripts/transcripts_fixture.h"

namespace troupe::meetings::vexa_live {
namespace {

namespace json = boost::json;

/// The client's end: what it sends is taken in order, what it gets is kept.
class Peer final : public net::http::WebSocket {
 public:
  explicit Peer(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Task<Message> receive() override {
    for (;;) {
      {
        const base::Lock lock(mutex_);
        if (closed_ != 0 || hung_up_) co_return Error(Errc::unavailable, "closed");
        if (!inbox_.empty()) {
          Message first{.text = true, .bytes = std::move(inbox_.front())};
          inbox_.pop_front();
          co_return first;
        }
      }
      co_await a_moment();
    }
  }
  Task<Unit> send(Message message) override {
    while (is_slow()) co_await a_moment();
    const base::Lock lock(mutex_);
    if (closed_ != 0 || hung_up_) co_return Error(Errc::unavailable, "closed");
    frames_.push_back(json::parse(message.bytes).as_object());
    co_return Unit{};
  }
  Task<Unit> close(std::uint16_t code, std::string) override {
    const base::Lock lock(mutex_);
    if (closed_ == 0) closed_ = code;
    co_return Unit{};
  }

  void say(std::string text) {
    const base::Lock lock(mutex_);
    inbox_.push_back(std::move(text));
  }
  void hang_up() {
    const base::Lock lock(mutex_);
    hung_up_ = true;
    slow_ = false;
  }
  void be_slow(bool slow) {
    const base::Lock lock(mutex_);
    slow_ = slow;
  }
  std::size_t waiting() {
    const base::Lock lock(mutex_);
    return inbox_.size();
  }
  int closed() {
    const base::Lock lock(mutex_);
    return closed_;
  }
  std::vector<json::object> frames() {
    const base::Lock lock(mutex_);
    return frames_;
  }
  std::vector<json::object> of(std::string_view type) {
    auto all = frames();
    std::erase_if(all, [&](const auto& frame) { return frame.at("type").as_string() != type; });
    return all;
  }

 private:
  bool is_slow() {
    const base::Lock lock(mutex_);
    return slow_ && !hung_up_;
  }
  asio::awaitable<void> a_moment() {
    asio::steady_timer timer(executor_, std::chrono::milliseconds(1));
    co_await timer.async_wait(asio::use_awaitable);
  }
  asio::any_io_executor executor_;
  base::Mutex mutex_;
  std::deque<std::string> inbox_ GUARDED_BY(mutex_);
  std::vector<json::object> frames_ GUARDED_BY(mutex_);
  int closed_ GUARDED_BY(mutex_) = 0;
  bool hung_up_ GUARDED_BY(mutex_) = false;
  bool slow_ GUARDED_BY(mutex_) = false;
};

/// Keys by name: the person with that number.
class Keys final : public net::route::Scheme {
 public:
  Task<std::optional<net::route::Caller>> admit(const net::http::Request& head) override {
    const std::string key(head.headers.get("X-API-Key"));
    if (key == revoked || !key.starts_with("key-")) co_return Error(Errc::unknown_token, "Invalid API token");
    net::route::Caller caller;
    caller.principal_id = std::stoll(key.substr(4));
    co_return caller;
  }
  std::string revoked;
};

class LiveTest : public transcripts::TranscriptsTest {
 protected:
  LiveTest() {
    live = std::make_unique<Live>(Live::Uses{
        .db = *db, .transcripts = *all, .bell = bell, .bus = *bus, .clock = base::system_clock(), .keys = keys});
  }
  ~LiveTest() override {
    for (auto& peer : peers) peer->hang_up();
    for (auto& one : running) one.get();
  }
  /// Nothing: it was not accepted.
  Peer* connect(std::string target, std::string key = {}) {
    net::http::Request request;
    kit::must(request.set_target(target));
    request.remote_address = "192.0.2.1";
    if (!key.empty()) request.headers.add("X-API-Key", key);
    auto response = must(live->open(request));
    if (!response.websocket) return nullptr;
    auto& peer = *peers.emplace_back(std::make_unique<Peer>(io.at(0).get_executor()));
    auto serve = [](std::function<asio::awaitable<void>(net::http::WebSocket&)> handler,
                    Peer* at) -> asio::awaitable<void> { co_await handler(*at); };
    running.push_back(asio::co_spawn(io.at(0), serve(std::move(response.websocket), &peer), asio::use_future));
    return &peer;
  }
  Peer& follow(std::string more = {}) {
    auto* peer = connect("/ws", "key-7");
    peer->say(R"({"action":"subscribe")" + more + R"(,"meetings":[{"platform":"google_meet","native_id":")" +
              std::to_string(meeting) + "\"}]}");
    EXPECT_TRUE(eventually([&] { return peer->of("subscribed").size() == 1; }));
    return *peer;
  }
  bool gets(Peer& peer, std::string_view type, std::size_t count = 1) {
    return eventually([&] { return peer.of(type).size() >= count; });
  }
  void change(MeetingId id, State state, Phase phase = Phase::none) {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      auto kept = records::find_meeting(tx, id);
      auto& now = kept->meeting;
      if (now.life.state != state) {
        records::insert_transition(tx, {.meeting = id,
                                        .number = ++now.transitions,
                                        .from = std::string(to_string(now.life.state)),
                                        .to = std::string(to_string(state)),
                                        .at_ms = time.unix_ms()});
      }
      now.life.state = state;
      now.life.phase = phase;
      records::update_meeting(tx, now);
      return Unit{};
    }));
  }

  Keys keys;
  std::unique_ptr<Live> live;
  std::vector<std::unique_ptr<Peer>> peers;
  std::vector<std::future<void>> running;
};

TEST_F(LiveTest, AcceptsFirstAndRefusesWithAFrame) {
  auto* none = connect("/ws");
  ASSERT_TRUE(eventually([&] { return none->closed() == 4401; }));
  EXPECT_EQ(none->frames().at(0).at("error").as_string(), "missing_api_key");
  auto* wrong = connect("/ws?api_key=nobody");
  ASSERT_TRUE(eventually([&] { return wrong->closed() == 4401; }));
  EXPECT_EQ(wrong->frames().at(0).at("error").as_string(), "invalid_api_key");
}

TEST_F(LiveTest, MistakesAreAnsweredAndCloseNothing) {
  auto* peer = connect("/ws?api_key=key-7");
  for (const auto* text : {"{", "[]", R"({"action":"dance"})", R"({"action":"subscribe"})",
                           R"({"action":"subscribe","meetings":[]})", R"({"action":"unsubscribe","meetings":{}})",
                           "\"\xff\"", R"({"action":"subscribe","meetings":[{"platform":"fax","native_id":"1"}]})"}) {
    peer->say(text);
  }
  peer->say(R"({"action":"ping"})");
  ASSERT_TRUE(gets(*peer, "pong"));
  std::vector<std::string> codes;
  for (const auto& frame : peer->of("error")) codes.emplace_back(frame.at("error").as_string());
  EXPECT_EQ(codes,
            (std::vector<std::string>{"invalid_json", "invalid_json", "unknown_action", "invalid_subscribe_payload",
                                      "invalid_subscribe_payload", "invalid_unsubscribe_payload", "invalid_json",
                                      "invalid_subscribe_payload"}));
  EXPECT_EQ(peer->closed(), 0);
}

TEST_F(LiveTest, WhoseMeetingItIsNotHearsNothingOfIt) {
  const auto others = add_meeting(1, 8), elsewhere = add_meeting(2, 7);
  auto* peer = connect("/ws", "key-7");
  std::string list;
  for (const auto id : {others, elsewhere, meeting}) {
    list += (list.empty() ? "" : ",") + (R"({"platform":"google_meet","native_id":")" + std::to_string(id) + "\"}");
  }
  peer->say(R"({"action":"subscribe","meetings":[)" + list + "]}");
  ASSERT_TRUE(gets(*peer, "subscribed"));
  const auto frames = peer->frames();
  EXPECT_EQ(frames.at(0).at("type").as_string(), "error") << "first what is wrong, then the rest";
  EXPECT_EQ(frames.at(0).at("details").as_array().size(), 2U);
  EXPECT_EQ(frames.at(1).at("meetings").as_array().size(), 1U);
  must(all->hear(others, "x", {piece(0, 900, "A secret.")}));
  hear("s1", {piece(0, 900, "Hello there.")});
  ASSERT_TRUE(gets(*peer, "transcript.mutable"));
  for (const auto& frame : peer->frames()) EXPECT_EQ(json::serialize(frame).find("secret"), std::string::npos);
}

TEST_F(LiveTest, AReaderThatMergesByTimeSeesEachPieceOnce) {
  auto& peer = follow();
  begin("s1");
  for (int i = 1; i <= 20; ++i) {
    std::vector<Speech> pieces;
    for (int j = std::max(1, i - 9); j <= i; ++j) {
      pieces.push_back(piece(j * 1'000, (j * 1'000) + 900, "Sentence number " + std::to_string(j) + ".", j < i));
    }
    hear("s1", pieces);
  }
  must(all->close_session(meeting, "s1"));
  ASSERT_TRUE(eventually([&] {
    std::size_t finals = 0;
    for (const auto& frame : peer.of("transcript.finalized")) {
      finals += frame.at("payload").at("segments").as_array().size();
    }
    return finals >= 20;
  }));
  std::map<std::string, std::string> merged;
  for (const auto& frame : peer.of("transcript.mutable")) {
    for (const auto& segment : frame.at("payload").at("segments").as_array()) {
      EXPECT_TRUE(segment.as_object().contains("end_time"));
      merged[std::string(segment.at("absolute_start_time").as_string())] = segment.at("text").as_string();
    }
  }
  EXPECT_EQ(merged.size(), 20U);
  std::set<std::string> texts;
  for (const auto& [at, text] : merged) texts.insert(text);
  EXPECT_EQ(texts.size(), 20U);
}

TEST_F(LiveTest, StatusesComeInTheirOrder) {
  auto& peer = follow();
  change(meeting, State::starting, Phase::joining);
  bell.ring(meeting);
  ASSERT_TRUE(gets(peer, "meeting.status"));
  change(meeting, State::active, Phase::joining);
  change(meeting, State::stopping);
  change(meeting, State::completed);
  bell.ring(meeting);
  ASSERT_TRUE(gets(peer, "meeting.status", 4));
  std::vector<std::string> words;
  for (const auto& frame : peer.of("meeting.status")) {
    words.emplace_back(frame.at("payload").at("status").as_string());
    EXPECT_FALSE(frame.at("meeting").as_object().contains("id"));
    EXPECT_EQ(frame.at("ts").as_string().size(), std::string("2025-10-04T11:50:35.100142").size());
  }
  EXPECT_EQ(words, (std::vector<std::string>{"joining", "active", "stopping", "completed"}));
}

TEST_F(LiveTest, TheNewestBotInACallIsFollowed) {
  auto& peer = follow();
  const auto name = std::to_string(meeting);
  MeetingId next = 0;
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    auto before = records::find_meeting(tx, meeting);
    before->meeting.life.state = State::completed;
    records::update_meeting(tx, before->meeting);
    next = tx.next_pos();
    Meeting made{.id = next, .tenant_id = 1, .owner_id = 7, .native_id = name};
    records::insert_meeting(tx, made);
    return Unit{};
  }));
  bell.ring(next);
  must(all->hear(next, "s2", {piece(0, 900, "We are back.")}));
  ASSERT_TRUE(gets(peer, "transcript.mutable"));
}

TEST_F(LiveTest, ThirdVersionsFramesRepeatWhatMayStillChange) {
  auto& peer = follow(R"(,"protocol":"v1")");
  begin("s1");
  hear("s1", {of("Ann", piece(0, 900, "First.", false))});
  ASSERT_TRUE(gets(peer, "transcript"));
  hear("s1", {of("Ann", piece(0, 900, "First words.", true)), of("Ann", piece(1'000, 1'900, "Second", false))});
  ASSERT_TRUE(eventually([&] {
    const auto frames = peer.of("transcript");
    return !frames.empty() && frames.back().at("pending").as_array().size() == 1 &&
           frames.back().at("pending").as_array()[0].at("text").as_string() == "Second";
  }));
  EXPECT_EQ(peer.of("transcript").back().at("speaker").as_string(), "Ann");
  EXPECT_EQ(peer.of("transcript").back().at("meeting").at("id").as_int64(), meeting);
  const auto id = std::string(peer.of("transcript").back().at("pending").as_array()[0].at("segment_id").as_string());
  must(all->retract(meeting, {id}));
  ASSERT_TRUE(gets(peer, "transcript_retract"));
  EXPECT_EQ(peer.of("transcript_retract")[0].at("segment_ids").as_array()[0].as_string(), id);
  EXPECT_TRUE(peer.of("transcript.mutable").empty());
}

TEST_F(LiveTest, ARevokedKeyEndsTheStream) {
  auto& peer = follow();
  keys.revoked = "key-7";
  bus->ring(bus::Topic::users, 1);
  ASSERT_TRUE(eventually([&] { return peer.closed() == 4401; }));
  EXPECT_EQ(peer.frames().back().at("error").as_string(), "invalid_api_key");
}

TEST_F(LiveTest, AfterUnsubscribingNothingComes) {
  auto& peer = follow();
  peer.say(R"({"action":"unsubscribe","meetings":[{"platform":"google_meet","native_id":")" + std::to_string(meeting) +
           "\"}]}");
  ASSERT_TRUE(gets(peer, "unsubscribed"));
  hear("s1", {piece(0, 900, "Nobody hears.")});
  peer.say(R"({"action":"ping"})");
  ASSERT_TRUE(gets(peer, "pong"));
  EXPECT_TRUE(peer.of("transcript.mutable").empty());
  const auto call = R"("meetings":[{"platform":"google_meet","native_id":")" + std::to_string(meeting) + "\"}]}";
  peer.say(R"({"action":"subscribe",)" + call);
  peer.say(R"({"action":"unsubscribe",)" + call);
  peer.say(R"({"action":"subscribe",)" + call);
  ASSERT_TRUE(gets(peer, "subscribed", 3));
  hear("s1", {piece(1'000, 1'900, "Now somebody does.")});
  ASSERT_TRUE(gets(peer, "transcript.mutable"));
}

TEST_F(LiveTest, WhatIsWrittenInTheCallsChatComesInBothVersions) {
  const records::ChatLine chat(*bus);
  const auto others = add_meeting(1, 8);
  auto &old = follow(), &newer = follow(R"(,"protocol":"v1")");
  chat.tell(others, {.sender = "Eve", .text = "A secret.", .said_ms = 1});
  chat.tell(meeting, {.sender = "Anna", .text = "Grüße \"alle\"", .is_from_bot = true, .said_ms = 1'759'578'635'100});
  chat.tell(meeting, {.text = "Who am I?", .said_ms = 1'759'578'635'100});
  ASSERT_TRUE(gets(old, "chat_message", 2));
  ASSERT_TRUE(gets(newer, "chat_message", 2));
  const auto first = old.of("chat_message").at(0);
  EXPECT_EQ(first.at("sender").as_string(), "Anna");
  EXPECT_EQ(first.at("text").as_string(), "Grüße \"alle\"");
  EXPECT_TRUE(first.at("is_from_bot").as_bool());
  EXPECT_EQ(first.at("ts").as_string(), "2025-10-04T11:50:35.100000+00:00");
  EXPECT_EQ(first.at("meeting").at("native_id").as_string(), std::to_string(meeting));
  EXPECT_FALSE(first.at("meeting").as_object().contains("id"));
  EXPECT_TRUE(old.of("chat_message").at(1).at("sender").is_null());
  EXPECT_EQ(newer.of("chat_message").at(0).at("meeting").at("id").as_int64(), meeting);
  for (const auto& frame : old.of("chat_message")) EXPECT_NE(frame.at("text").as_string(), "A secret.");
  old.say(R"({"action":"unsubscribe","meetings":[{"platform":"google_meet","native_id":")" + std::to_string(meeting) +
          "\"}]}");
  ASSERT_TRUE(gets(old, "unsubscribed"));
  chat.tell(meeting, {.sender = "Anna", .text = "Later", .said_ms = 1});
  ASSERT_TRUE(gets(newer, "chat_message", 3));
  old.say(R"({"action":"ping"})");
  ASSERT_TRUE(gets(old, "pong"));
  EXPECT_EQ(old.of("chat_message").size(), 2U);
}

TEST_F(LiveTest, WhoIsSlowGetsTheNewestOfAChat) {
  const records::ChatLine chat(*bus);
  auto& peer = follow();
  peer.be_slow(true);
  const std::size_t all_of_them = 10 * kMostChats;
  for (std::size_t i = 1; i <= all_of_them; ++i) chat.tell(meeting, {.text = std::to_string(i), .said_ms = 1});
  peer.be_slow(false);
  ASSERT_TRUE(eventually([&] {
    const auto got = peer.of("chat_message");
    return !got.empty() && got.back().at("text").as_string() == std::to_string(all_of_them);
  }));
  // What was being written when it became slow, and a queue.
  EXPECT_LE(peer.of("chat_message").size(), 2 * kMostChats);
}

TEST_F(LiveTest, ASlowReaderGetsItAllLaterAndHoldsNobodyUp) {
  auto& slow = follow();
  auto& quick = follow();
  slow.be_slow(true);
  begin("s1");
  for (int i = 0; i < 300; ++i) hear("s1", {piece(i * 1'000, (i * 1'000) + 900, "Words " + std::to_string(i))});
  const auto count = [](Peer& peer) {
    std::set<std::string> seen;
    for (const auto& frame : peer.of("transcript.mutable")) {
      for (const auto& one : frame.at("payload").at("segments").as_array()) seen.emplace(one.at("text").as_string());
    }
    return seen.size();
  };
  ASSERT_TRUE(eventually([&] { return count(quick) == 300; }));
  slow.be_slow(false);
  ASSERT_TRUE(eventually([&] { return count(slow) == 300; }));
}

TEST_F(LiveTest, OneWhoTakesNoAnswersIsClosed) {
  auto& peer = follow();
  peer.be_slow(true);
  for (std::size_t i = 0; i < 2 * kMostReplies; ++i) peer.say(R"({"action":"ping"})");
  // The one answer that is being written is taken at last; then it is over.
  ASSERT_TRUE(eventually([&] { return peer.waiting() == 0; }));
  peer.be_slow(false);
  ASSERT_TRUE(eventually([&] { return peer.closed() == 4008; }));
}

TEST_F(LiveTest, TwentyUpgradesAMinuteAndTwentySockets) {
  for (int i = 0; i < 20; ++i) ASSERT_NE(connect("/ws", "key-7"), nullptr);
  EXPECT_EQ(connect("/ws", "key-7"), nullptr);
  EXPECT_NE(connect("/ws", "key-8"), nullptr) << "others are not held up";
  auto* one_more = connect("/ws?api_key=key-07");
  ASSERT_TRUE(eventually([&] { return one_more->closed() == 1013; })) << "the same person by another key";
}

}  // namespace
}  // namespace troupe::meetings::vexa_live
