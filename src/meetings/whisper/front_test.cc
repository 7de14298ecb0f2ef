#include "meetings/whisper/whisper_fixture.h"

namespace troupe::meetings::whisper {
namespace {

TEST_F(WhisperTest, ABotOfVexasIsHeardThroughAStockServer) {
  begin();
  const auto self = speaker(1, 10);
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), whole(1, 10));
  home([&] {
    EXPECT_TRUE(stock.breaches.empty()) << stock.breaches.front();
    EXPECT_EQ(stock.ended, 1);
    EXPECT_EQ(stock.connections, 1);
    EXPECT_TRUE(record.refused_changes.empty()) << record.refused_changes.front();
    EXPECT_EQ(record.sessions.at("W1").language, "en");
    EXPECT_EQ(record.sessions.at("W1").began_ms, time.unix_ms());
    EXPECT_EQ(stock.hellos.at(0).at("language").as_string(), "en");
  });
  ASSERT_GE(self->got.size(), 3U);
  EXPECT_EQ(self->got[0], json::parse(R"({"status":"SERVER_READY","uid":"W1"})").as_object());
  EXPECT_EQ(self->got[1].at("message").as_string(), "SERVER_READY");
  EXPECT_EQ(self->got[2].at("uid").as_string(), "W1");
  EXPECT_TRUE(self->got[2].at("segments").as_array().at(0).at("start").is_string());
}

TEST_F(WhisperTest, SpeakersGoBesideTheSound) {
  begin();
  bot([](Bot& self) -> asio::awaitable<void> {
    co_await self.text(hello());
    if (!co_await self.until([&] { return self.ready(); })) co_return;
    for (const std::string type : {"speaker_activity", "speaker_activity_update"}) {
      co_await self.text(R"({"type":")" + type +
                         R"(","payload":{"event_type":"SPEAKER_START","participant_name":"Ann",)"
                         R"("participant_id_meet":"p1","relative_client_timestamp_ms":700,"meeting_url":null}})");
    }
    co_await self.text(R"({"type":"nobody knows","payload":{}})");
    co_await self.text("not even json");
    co_await self.speak(1, 3);
    co_await self.binary(std::string(kEndOfAudio));
    static_cast<void>(co_await self.until([] { return false; }));
  });
  ASSERT_TRUE(all_closed());
  home([&] {
    ASSERT_EQ(record.speakers.size(), 2U);
    EXPECT_EQ(record.speakers[0].at_ms, 700);
    EXPECT_EQ(record.speakers[0].key, "p1");
    EXPECT_TRUE(stock.breaches.empty());
  });
  EXPECT_EQ(transcript(), "0-2 w1 w2");
}

TEST_F(WhisperTest, TooManySpeakersCostNoWords) {
  record.most_speakers = 1;
  begin();
  bot([](Bot& self) -> asio::awaitable<void> {
    co_await self.text(hello());
    if (!co_await self.until([&] { return self.ready(); })) co_return;
    for (int i = 0; i < 3; ++i) {
      co_await self.text(
          R"({"type":"speaker_activity","payload":{"event_type":"SPEAKER_START","participant_name":"Ann",)"
          R"("participant_id_meet":"p1","relative_client_timestamp_ms":700}})");
      co_await self.speak(1 + 2 * i, 3 + 2 * i);
    }
    co_await self.binary(std::string(kEndOfAudio));
    static_cast<void>(co_await self.until([] { return false; }));
  });
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), whole(1, 7));
  EXPECT_EQ(home([&] { return record.speakers.size(); }), 1U);
  EXPECT_TRUE(eventually([&] { return front->counts().lost == 2; }));
}

TEST_F(WhisperTest, AServersLimitLosesNothingAndTheTimesGoOn) {
  stock.cut_after_s = 7;
  begin();
  speaker(1, 40);
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), whole(1, 40));
  home([&] {
    EXPECT_GE(stock.connections, 6);
    EXPECT_TRUE(stock.breaches.empty()) << stock.breaches.front();
    EXPECT_TRUE(record.refused_changes.empty()) << record.refused_changes.front();
  });
}

TEST_F(WhisperTest, AServerThatDropsTheLineLosesNothing) {
  stock.cut_after_s = 5;
  stock.drops = true;
  begin();
  speaker(1, 30);
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), whole(1, 30));
}

TEST_F(WhisperTest, TheConnectionIsChangedBeforeTheServersLimit) {
  options.session_limit = milliseconds(150);
  begin();
  bot([](Bot& self) -> asio::awaitable<void> {
    co_await self.text(hello());
    if (!co_await self.until([&] { return self.ready(); })) co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (int word = 1; word < 31; ++word) {
      co_await self.speak(word, word + 1);
      timer.expires_after(milliseconds(20));
      co_await timer.async_wait(asio::use_awaitable);
    }
    co_await self.binary(std::string(kEndOfAudio));
    static_cast<void>(co_await self.until([] { return false; }));
  });
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), whole(1, 31));
  home([&] {
    EXPECT_GE(stock.connections, 3);
    EXPECT_EQ(stock.ended, stock.connections) << "each was ended by us";
  });
}

TEST_F(WhisperTest, AFullServerIsAskedAgain) {
  stock.wait_first = 3;
  begin();
  speaker(1, 10);
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), whole(1, 10));
  EXPECT_EQ(home([&] { return stock.connections; }), 4);
  EXPECT_FALSE(upstream->trouble());
}

TEST_F(WhisperTest, WhatTheServerRefusesIsSaidAndTheBotStays) {
  stock.error = "no such model";
  begin();
  bot([&](Bot& self) -> asio::awaitable<void> {
    co_await self.text(hello());
    if (!co_await self.until([&] { return self.ready(); })) co_return;
    co_await self.speak(1, 4);
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!upstream->trouble()) {
      timer.expires_after(milliseconds(2));
      co_await timer.async_wait(asio::use_awaitable);
    }
    EXPECT_NE(upstream->trouble()->find("no such model"), std::string::npos);
    stock.error.clear();
    co_await self.speak(4, 9);
    co_await self.binary(std::string(kEndOfAudio));
    static_cast<void>(co_await self.until([] { return false; }));
  });
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), whole(1, 9));
}

TEST_F(WhisperTest, AServerThatStallsKeepsOnlySoMuchAndTheBotMayLeave) {
  stock.deaf = true;
  options.write = std::chrono::seconds(3);  // one connection: each takes some sound into the kernel's buffers
  options.finish = milliseconds(200);
  limits.finish = milliseconds(400);
  begin();
  bot([&](Bot& self) -> asio::awaitable<void> {
    co_await self.text(hello());
    if (!co_await self.until([&] { return self.ready(); })) co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (int second = 1; second <= 400; ++second) {
      time.advance(std::chrono::seconds(1));
      co_await self.speak(1, 2);
      while (front->counts().heard_ms < second * 1'000 && !self.over) {
        timer.expires_after(milliseconds(1));
        co_await timer.async_wait(asio::use_awaitable);
      }
    }
  });
  ASSERT_TRUE(all_closed());
  EXPECT_GE(front->counts().dropped_ms.load(), 90'000);
  EXPECT_EQ(transcript(), "");
}

TEST_F(WhisperTest, WhatHappensToSoundIsCounted) {
  stock.cut_after_s = 7;
  begin();
  speaker(1, 20);
  bot([](Bot& self) -> asio::awaitable<void> {
    co_await self.text("no greeting");
    static_cast<void>(co_await self.until([] { return false; }));
  });
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), whole(1, 20));
  EXPECT_EQ(sound.sessions.value(), 0);
  EXPECT_EQ(sound.refused.value(), 1U);
  EXPECT_GE(sound.bytes.value(), 20U * 16'000U);
  EXPECT_GE(sound.segments.value(), 1U);
  EXPECT_GE(sound.reconnects.value(), 2U);
  EXPECT_EQ(sound.lost.value(), 0U);
  EXPECT_EQ(sound.dropped_ms.value(), 0U);
  const auto text = metrics.expose();
  EXPECT_TRUE(text.contains("troupe_meetings_sound_delay_seconds_count " + std::to_string(sound.segments.value())))
      << text;
}

TEST_F(WhisperTest, ABotThatJustLeavesIsHeardToTheEnd) {
  begin();
  bot([](Bot& self) -> asio::awaitable<void> {
    co_await self.text(hello());
    if (!co_await self.until([&] { return self.ready(); })) co_return;
    co_await self.speak(1, 8);
  });
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), whole(1, 8));
}

TEST_F(WhisperTest, AFullDiskIsWaitedOut) {
  record.failures = 20;
  begin();
  speaker(1, 10);
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), whole(1, 10));
  EXPECT_EQ(home([&] { return record.failed; }), 20);
  EXPECT_EQ(front->counts().lost.load(), 0);
}

TEST_F(WhisperTest, TheSameSessionTwiceGoesOnWhereTheTimeIs) {
  begin();
  speaker(1, 5);
  ASSERT_TRUE(all_closed());
  home([&] {
    time.advance(std::chrono::seconds(100));
    record.closed.clear();
  });
  speaker(5, 9);
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), "0-2 w1 w2|2-4 w3 w4|100-102 w5 w6|102-104 w7 w8");
}

TEST_F(WhisperTest, AfterAKillTheBotsNewSessionIsAnother) {
  begin();
  speaker(1, 5);
  speaker(5, 9, "W2");
  ASSERT_TRUE(all_closed(2));
  home([&] {
    EXPECT_EQ(record.sessions.size(), 2U);
    EXPECT_EQ(record.pieces.size(), 4U) << "equal times of two sessions are two pieces";
  });
}

TEST_F(WhisperTest, WhoeverMayNotSpeakIsToldAndNothingChanges) {
  begin();
  const auto refused = [&](const std::string& first, const std::string& path = "/ws") {
    const auto self = bot(
        [first](Bot& self) -> asio::awaitable<void> {
          co_await self.text(first);
          static_cast<void>(co_await self.until([] { return false; }));
        },
        path);
    EXPECT_EQ(self->status(), "ERROR") << first;
    EXPECT_TRUE(self->over);
    return self->message();
  };
  EXPECT_EQ(refused("{}"), "Missing required fields: uid, platform, meeting_url, token, meeting_id");
  EXPECT_EQ(refused(hello("W", "wrong")), "Unknown token.");
  EXPECT_EQ(refused(hello("W", "other")), "The token is of another meeting.");
  EXPECT_EQ(refused(hello("W", "k", "xyz-defg-hij")), "The token is of another meeting.");
  EXPECT_EQ(refused(R"({"uid":"W"})", "/?token=wrong"), "Unknown token.");
  EXPECT_NE(refused("{\"uid\""), "");
  home([&] {
    EXPECT_TRUE(record.sessions.empty());
    EXPECT_TRUE(record.closed.empty());
    EXPECT_EQ(stock.connections, 0);
  });
  EXPECT_EQ(front->counts().refused.load(), 6);
}

TEST_F(WhisperTest, AStockClientShowsItsTokenInTheHead) {
  begin();
  const auto self = bot(
      [](Bot& self) -> asio::awaitable<void> {
        co_await self.text(R"({"uid":"S","language":null,"task":"transcribe","model":"small","audio_format":"int16"})");
        if (!co_await self.until([&] { return self.ready(); })) co_return;
        std::string sound;
        for (std::int64_t i = 0; i < 4 * kRate; ++i) sound += std::string("\x00\x01", 2);  // 256 / 32768
        for (std::size_t at = 0; at < sound.size(); at += 32'000) co_await self.binary(sound.substr(at, 32'000));
        co_await self.binary(std::string(kEndOfAudio));
        static_cast<void>(co_await self.until([] { return false; }));
      },
      "/any/path?token=k");
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), "0-2 w8 w8|2-4 w8 w8");
}

TEST_F(WhisperTest, ATokenThatEndsEndsItsSession) {
  begin();
  const auto self = bot([&](Bot& self) -> asio::awaitable<void> {
    co_await self.text(hello());
    if (!co_await self.until([&] { return self.ready(); })) co_return;
    co_await self.speak(1, 5);
    // All of it has been heard, else what is on its way ends with the token.
    if (!co_await self.until([&] { return boost::json::serialize(self.got.back()).contains("w4"); })) co_return;
    record.tokens.erase("k");
    static_cast<void>(co_await self.until([] { return false; }));
  });
  EXPECT_TRUE(self->over);
  EXPECT_EQ(self->got.back().at("message").as_string(), "The token has ended.");
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), whole(1, 5)) << "what was said before is kept";
}

TEST_F(WhisperTest, HostileSoundIsCutOffOrMadeHarmless) {
  begin();
  const auto after = [&](std::string frame, bool text) {
    return bot([frame, text](Bot& self) -> asio::awaitable<void> {
      co_await self.text(hello());
      if (!co_await self.until([&] { return self.ready(); })) co_return;
      co_await (text ? self.text(frame) : self.binary(frame));
      static_cast<void>(co_await self.until([] { return false; }));
    });
  };
  EXPECT_EQ(after("12345", false)->got.back().at("message").as_string(),
            "A frame of audio holds no whole number of samples.");
  EXPECT_TRUE(after(std::string(10 * 1024 * 1024, 'x'), false)->over);
  EXPECT_TRUE(after("half \xc3", true)->over);
  ASSERT_TRUE(all_closed());
  std::vector<float> wild(static_cast<std::size_t>(kRate), std::numeric_limits<float>::quiet_NaN());
  bot([wild](Bot& self) -> asio::awaitable<void> {
    co_await self.text(hello("W9"));
    if (!co_await self.until([&] { return self.ready(); })) co_return;
    for (std::size_t at = 0; at < wild.size(); at += 1'600) {
      co_await self.binary(float_bytes(std::span(wild).subspan(at, 1'600)));
    }
    co_await self.speak(2, 4);
    co_await self.binary(std::string(kEndOfAudio));
    static_cast<void>(co_await self.until([] { return false; }));
  });
  ASSERT_TRUE(all_closed(2));
  EXPECT_EQ(transcript(), "0-2 w2|2-3 w3");
}

TEST_F(WhisperTest, WhoSaysNothingIsNotWaitedForLong) {
  limits.handshake = milliseconds(50);
  begin();
  const auto self =
      bot([](Bot& self) -> asio::awaitable<void> { static_cast<void>(co_await self.until([] { return false; })); });
  EXPECT_EQ(self->status(), "ERROR");
}

TEST_F(WhisperTest, TheOldestOfAMeetingEndsForAnother) {
  limits.of_a_meeting = 1;
  begin();
  bot([&](Bot& first) -> asio::awaitable<void> {
    co_await first.text(hello("W1"));
    if (!co_await first.until([&] { return first.ready(); })) co_return;
    co_await first.speak(1, 3);
    EXPECT_TRUE(co_await first.until([&] { return first.heard_words("w1 w2"); }));
    const auto second = co_await play(
        [](Bot& self) -> asio::awaitable<void> {
          co_await self.text(hello("W2"));
          EXPECT_TRUE(co_await self.until([&] { return self.ready(); }));
        },
        "/ws");
    EXPECT_TRUE(second);
    static_cast<void>(co_await first.until([] { return false; }));
    EXPECT_TRUE(first.over);
  });
  ASSERT_TRUE(all_closed(2));
  EXPECT_EQ(transcript(), "0-2 w1 w2");
}

TEST_F(WhisperTest, WhoEndsKeepsItsPlaceUntilItHasLeft) {
  limits.of_a_meeting = 1;
  limits.place = milliseconds(100);
  begin();
  bot([&](Bot& first) -> asio::awaitable<void> {
    co_await first.text(hello("W1"));
    if (!co_await first.until([&] { return first.ready(); })) co_return;
    co_await first.speak(1, 3);
    EXPECT_TRUE(co_await first.until([&] { return first.heard_words("w1 w2"); }));
    record.failures = 1'000'000;  // what is heard last is not stored
    co_await first.speak(3, 5);
    EXPECT_TRUE(co_await first.until([&] { return front->counts().heard_ms >= 4'000; }));
    const auto second = co_await play(
        [](Bot& self) -> asio::awaitable<void> {
          co_await self.text(hello("W2"));
          static_cast<void>(co_await self.until([] { return false; }));
        },
        "/ws");
    EXPECT_TRUE(second);
    if (second) EXPECT_EQ((*second)->status(), "WAIT");
    EXPECT_EQ(front->counts().sessions, 1);
    record.failures = 0;
    static_cast<void>(co_await first.until([] { return false; }));
  });
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), whole(1, 5));
}

TEST_F(WhisperTest, ASessionOfTwoConnectionsEndsWithTheLast) {
  begin();
  bot([&](Bot& old) -> asio::awaitable<void> {
    co_await old.text(hello());
    if (!co_await old.until([&] { return old.ready(); })) co_return;
    co_await old.speak(1, 3);
    EXPECT_TRUE(co_await old.until([&] { return old.heard_words("w1 w2"); }));
    time.advance(std::chrono::seconds(100));
    const auto fresh = co_await play(
        [&](Bot& self) -> asio::awaitable<void> {
          co_await self.text(hello());
          if (!co_await self.until([&] { return self.ready(); })) co_return;
          co_await old.binary(std::string(kEndOfAudio));
          static_cast<void>(co_await old.until([] { return false; }));
          EXPECT_TRUE(record.closed.empty());
          co_await self.speak(3, 5);
          co_await self.binary(std::string(kEndOfAudio));
          static_cast<void>(co_await self.until([] { return false; }));
        },
        "/ws");
    EXPECT_TRUE(fresh);
  });
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), "0-2 w1 w2|100-102 w3 w4");
  home([&] { EXPECT_TRUE(record.refused_changes.empty()) << record.refused_changes.front(); });
}

TEST_F(WhisperTest, WhoGuessesTokensIsNotLookedUpForLong) {
  begin();
  const auto most = static_cast<int>(net::route::kUnknownCredentials.burst);
  std::shared_ptr<Bot> last;
  for (int i = 0; i <= most; ++i) {
    last = bot([i](Bot& self) -> asio::awaitable<void> {
      co_await self.text(hello("W", "guess" + std::to_string(i)));
      static_cast<void>(co_await self.until([] { return false; }));
    });
  }
  EXPECT_EQ(last->status(), "WAIT");
  EXPECT_EQ(home([&] { return record.asked; }), most);
}

TEST_F(WhisperTest, AFullHouseSaysWhenToComeBack) {
  limits.sessions = 0;
  begin();
  const auto self = speaker(1, 2);
  EXPECT_EQ(self->status(), "WAIT");
  EXPECT_EQ(self->got.back().at("message").as_double(), 0.5);
  EXPECT_TRUE(home([&] { return record.sessions.empty(); }));
}

TEST_F(WhisperTest, AStopEndsAllAndKeepsWhatWasHeard) {
  begin();
  const auto self = bot([&](Bot& self) -> asio::awaitable<void> {
    co_await self.text(hello());
    if (!co_await self.until([&] { return self.ready(); })) co_return;
    co_await self.speak(1, 6);
    EXPECT_TRUE(co_await self.until([&] { return self.heard_words("w5"); }));
    EXPECT_TRUE(co_await front->stop());
    static_cast<void>(co_await self.until([] { return false; }));
  });
  EXPECT_TRUE(self->over);
  EXPECT_EQ(transcript(), whole(1, 6));
  EXPECT_EQ(speaker(1, 2)->status(), "WAIT");
}

}  // namespace
}  // namespace troupe::meetings::whisper
