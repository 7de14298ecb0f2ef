// Entries of an outside stream that can never be stored do not hold up what is behind them.
#include "meetings/commands/stream_taker.h"

#include "meetings/commands/intake.h"
#include "meetings/life/meetings_fixture.h"

namespace troupe::meetings::commands {
namespace {

class StreamTakerTest : public life::MeetingsTest {
 protected:
  std::string token_of(MeetingId id) {
    return std::string(home([&] { return driver->config_of(life::task_id_of(id, 1)); }).at("token").as_string());
  }
  std::string entry(const std::string& payload) {
    const auto id = std::to_string(++last) + "-0";
    waiting.push_back({.id = id, .fields = {{"payload", payload}}});
    return id;
  }
  std::string words(const std::string& token, const std::string& text) {
    return entry(R"({"type":"transcription","token":")" + token + R"(","uid":"W","segments":[{"start":)" +
                 std::to_string(last) + R"(,"end":)" + std::to_string(last) + R"(.5,"text":")" + text + R"("}]})");
  }
  /// As a reader does it: what is not done with comes again, with what is behind it. Yields how many were done with.
  std::size_t round() {
    const auto done = wait(taker.take(waiting));
    for (const auto& id : done) {
      std::erase_if(waiting, [&](const bus::StreamEntry& one) { return one.id == id; });
    }
    return done.size();
  }
  std::vector<std::string> said(MeetingId id) {
    std::vector<std::string> all;
    for (const auto& one : kit::must(run(transcripts.read(id, 0, 100))).items) all.push_back(one.text);
    return all;
  }
  void damage(MeetingId id) {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      tx.run("UPDATE mtg_transcript SET vault = ?1 WHERE meeting_id = ?2", store::Value::blob("short"), id);
      return Unit{};
    }));
  }

  transcripts::Transcripts transcripts{{.db = *db, .clock = time, .bell = bell}};
  Intake intake{*service, transcripts, time, records::ChatLine(*bus)};
  base::Counter dropped;
  bool throws = false;
  StreamTaker taker{read_segments,
                    [this](Heard heard) {
                      if (throws) throw std::runtime_error("nobody has thought of it");
                      return intake.take_from_stream(std::move(heard));
                    },
                    dropped};
  int last = 0;
  std::vector<bus::StreamEntry> waiting;
};

TEST_F(StreamTakerTest, WhatCanNeverBeStoredIsDoneWithAtOnce) {
  const auto id = in_call("One");
  const auto token = token_of(id);
  words(token, "before it");
  entry("nothing");
  entry(R"({"type":"transcription","token":"somebody's","segments":[]})");
  entry(R"({"type":"transcription","meeting_id":4711,"native_meeting_id":"x","segments":[]})");
  entry(R"({"type":"session_end","token":")" + token + R"(","uid":"a\u0000b"})");
  entry(R"({"type":"transcription","token":")" + token + R"(","segments":[{"start":0,"end":1e99,"text":"x"}]})");
  words(token, std::string(20'000, 'x'));
  entry(std::string(2 << 20U, 'x'));
  waiting.push_back({.id = "99-0", .fields = {}});  // deleted meanwhile
  words(token, "behind it");
  const auto all = waiting.size();
  EXPECT_EQ(round(), all);
  EXPECT_EQ(said(id), (std::vector<std::string>{"before it", "behind it"}));
  EXPECT_EQ(dropped.value(), 7U) << "a piece without a time is passed over";
}

TEST_F(StreamTakerTest, OneThatAlwaysFailsIsGivenUpAfterSomeTries) {
  const auto damaged = in_call("One"), whole = in_call("Two");
  words(token_of(damaged), "first");
  ASSERT_EQ(round(), 1U);
  damage(damaged);
  words(token_of(damaged), "lost");
  words(token_of(whole), "behind it");
  for (int i = 1; i < StreamTaker::kMostTries; ++i) EXPECT_EQ(round(), 0U) << "it may be better soon";
  EXPECT_EQ(round(), 2U);
  EXPECT_EQ(said(whole), std::vector<std::string>{"behind it"});
  EXPECT_EQ(dropped.value(), 1U);
  words(token_of(damaged), "lost, too");
  words(token_of(whole), "once more");
  EXPECT_EQ(round(), 2U) << "nobody waits for that meeting's again";
  EXPECT_EQ(said(whole), (std::vector<std::string>{"behind it", "once more"}));
}

TEST_F(StreamTakerTest, OneThatIsNotExpectedIsGivenUpToo) {
  const auto id = in_call("One");
  words(token_of(id), "lost");
  throws = true;
  for (int i = 1; i < StreamTaker::kMostTries; ++i) EXPECT_EQ(round(), 0U);
  EXPECT_EQ(round(), 1U);
  throws = false;
  words(token_of(id), "Hello");
  EXPECT_EQ(round(), 1U);
  EXPECT_EQ(said(id), std::vector<std::string>{"Hello"});
}

TEST_F(StreamTakerTest, ADatabaseThatIsAwayLosesNothing) {
  const auto id = in_call("One");
  words(token_of(id), "Hello");
  faults.arm(0, store::FaultPlan::Kind::disk_full, 1'000'000);
  for (int i = 0; i < 2 * StreamTaker::kMostTries; ++i) EXPECT_EQ(round(), 0U);
  faults.disarm();
  EXPECT_TRUE(kit::eventually([&] { return round() == 1; }));
  EXPECT_EQ(said(id), std::vector<std::string>{"Hello"});
  EXPECT_EQ(dropped.value(), 0U);
}

}  // namespace
}  // namespace troupe::meetings::commands
