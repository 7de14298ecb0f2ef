#include "meetings/thread/threads.h"

#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/files.h"
#include "meetings/summary/summary_store.h"
#include "meetings/thread/scribe.h"
#include "meetings/transcripts/transcripts_fixture.h"

namespace troupe::meetings::thread {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

const std::string kScribe = "@transcripts:" + kit::kServerName;
const std::string kAnna = "@anna:" + kit::kServerName;

class ThreadsTest : public transcripts::TranscriptsTest {
 protected:
  ThreadsTest() : server(*bus, time) {
    server.add_person("anna");
    room = must(server.make_room(kAnna));
    pace.look_every = pace.first_retry = milliseconds(2);
    pace.rest = milliseconds(1);
    pace.sweep_every = milliseconds(0);
    pace.index_follows = milliseconds(1);
  }
  ~ThreadsTest() override { end(); }

  void tell(std::string sender = kScribe) {
    if (sender == kScribe) must(scribe().place(kAnna, room));
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      records::insert_thread(tx, {.meeting = meeting, .room_id = room, .sender = std::move(sender)});
      return Unit{};
    }));
    begin_threads();
  }
  /// Whether the first words of a meeting are told as they are.
  bool tells(const std::string& words) {
    tell();
    begin("s");
    hear("s", {of("Anna", piece(0, 1'000, words))});
    return shows({"Anna (0:00): " + words});
  }
  /// Likewise of words that come in two pieces.
  bool tells_while_it_grows(const std::string& part, const std::string& words) {
    tell();
    begin("s");
    hear("s", {of("Anna", piece(0, 1'000, part, false))});
    if (!shows({"Anna (0:00): " + part + " …"})) return false;
    hear("s", {of("Anna", piece(0, 1'000, words))});
    return shows({"Anna (0:00): " + words});
  }
  Scribe scribe() {
    return Scribe({.accounts = server, .rooms = server, .powers = server, .localpart = "transcripts"});
  }
  void begin_threads() {
    threads = std::make_unique<Threads>(Threads::Uses{.db = *db,
                                                      .rooms = server,
                                                      .say_sealed = {},
                                                      .transcripts = *all,
                                                      .bell = bell,
                                                      .clock = time,
                                                      .home = io.at(0).get_executor()},
                                        pace);
    must(threads->start());
  }
  void end() {
    if (threads) must(threads->stop());
    threads.reset();
  }
  /// What the room shows: each message with the newest edit of it, the root first.
  std::vector<std::string> shown() {
    std::vector<std::pair<std::string, std::string>> messages;
    for (const auto& sent : server.messages(kScribe)) {
      const auto* relation = matrix::find_object(sent.content, "m.relates_to");
      const auto* anew = matrix::find_object(sent.content, "m.new_content");
      if (!anew) {
        messages.emplace_back(sent.event_id, sent.body);
        continue;
      }
      const std::string target(*matrix::find_string(*relation, "event_id"));
      for (auto& [id, body] : messages) {
        if (id == target) body = *matrix::find_string(*anew, "body");
      }
    }
    std::vector<std::string> bodies;
    for (auto& [id, body] : messages) bodies.push_back(std::move(body));
    return bodies;
  }
  bool shows(const std::vector<std::string>& turns) {
    const bool came = eventually([&] {
      time.advance(seconds(1));
      auto now = shown();
      return !now.empty() && std::vector(now.begin() + 1, now.end()) == turns;
    });
    if (!came) ADD_FAILURE() << testing::PrintToString(shown());
    return came;
  }
  records::Thread thread() {
    return must(
        db->read([&](store::Connection& c) -> Result<records::Thread> { return *records::find_thread(c, meeting); }));
  }
  std::int64_t count(std::string_view rows) {
    return must(db->read([&](store::Connection& c) -> Result<std::int64_t> {
      return store::number(c.query("SELECT COUNT(*) FROM " + std::string(rows)));
    }));
  }
  bool is_in_a_file(std::string_view bytes) const { return kit::is_in_a_file(dir.path(), bytes); }
  bool becomes(records::ThreadState state) {
    return eventually([&] {
      time.advance(seconds(1));
      return thread().state == state;
    });
  }

  kit::FakeHomeserver server;
  std::string room;
  Pace pace;
  std::unique_ptr<Threads> threads;
};

TEST_F(ThreadsTest, AMessagePerTurnGrowsAndEndsFinal) {
  tell();
  begin("s");
  hear("s", {of("Anna", piece(0, 1'000, "Good mor", false))});
  ASSERT_TRUE(shows({"Anna (0:00): Good mor …"}));
  hear("s", {of("Anna", piece(0, 2'000, "Good morning."))});
  ASSERT_TRUE(shows({"Anna (0:00): Good morning."}));
  hear("s", {of("Ben", piece(3'000, 4'000, "Hello."))});
  ASSERT_TRUE(shows({"Anna (0:00): Good morning.", "Ben (0:03): Hello."}));
  const auto sent = server.messages(kScribe);
  EXPECT_FALSE(matrix::find_object(sent.front().content, "m.relates_to"));
  for (const auto& message : sent) {
    if (message.body.starts_with("Ben")) {
      EXPECT_EQ(message.content.at("m.relates_to").at("event_id").as_string(), sent.front().event_id);
    }
  }
}

TEST_F(ThreadsTest, AMessageIsNotEditedMoreThanTheClockAllows) {
  tell();
  begin("s");
  hear("s", {of("Anna", piece(0, 1'000, "Word", false))});
  ASSERT_TRUE(eventually([&] { return shown().size() == 2; }));
  const auto sent = server.sends();
  for (int word = 0; word < 20; ++word) {
    hear("s", {of("Anna", piece(0, 1'000, "Word " + std::to_string(word), false))});
  }
  // The clock stands: a look at the room that follows finds nothing more to send.
  must(all->sessions(meeting));
  EXPECT_EQ(server.sends(), sent);
  ASSERT_TRUE(shows({"Anna (0:00): Word 19 …"}));
  EXPECT_LE(server.sends(), sent + 3);
}

TEST_F(ThreadsTest, TheRootSaysHowTheMeetingStandsAndTheEndIsDone) {
  tell();
  ASSERT_TRUE(eventually([&] { return !shown().empty(); }));
  EXPECT_TRUE(shown().front().ends_with(": a bot is asked for."));
  end_meeting(meeting);
  bell.ring(meeting);
  ASSERT_TRUE(becomes(records::ThreadState::done));
  EXPECT_TRUE(shown().front().ends_with(": the call is over."));
}

TEST_F(ThreadsTest, AKillBetweenSendingAndStoringTellsNothingTwice) {
  ASSERT_TRUE(tells("One."));
  end();
  // As if the process had been killed before it knew of any event that it had sent.
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("UPDATE mtg_thread_message SET event_id = '', shown = '', revision = 0, settled = 0");
    tx.run("DELETE FROM mtg_thread_event");
    return Unit{};
  }));
  begin_threads();
  hear("s", {of("Ben", piece(2'000, 3'000, "Two."))});
  ASSERT_TRUE(shows({"Anna (0:00): One.", "Ben (0:02): Two."}));
}

TEST_F(ThreadsTest, AnEditThatWasSentBeforeAKillDoesNotKeepTheNextOneOut) {
  tell();
  begin("s");
  hear("s", {of("Anna", piece(0, 1'000, "Hel", false))});
  ASSERT_TRUE(shows({"Anna (0:00): Hel …"}));
  end();
  // Its next edit was sent, and not stored.
  const auto first = server.messages(kScribe).at(1).event_id;
  const auto content = edit_of(content_of({.body = "Anna (0:00): Hello …", .html = {}}), first);
  const auto revision = must(db->read(
      [&](store::Connection& c) -> Result<std::int64_t> { return records::messages_of(c, meeting).at(1).revision; }));
  must(server.send({.room_id = room,
                    .sender = kScribe,
                    .type = "m.room.message",
                    .content = content,
                    .txn_id = "troupe.meeting." + std::to_string(meeting) + ".1." + std::to_string(revision + 1)}));
  hear("s", {of("Anna", piece(0, 1'500, "Hello there."))});
  begin_threads();
  ASSERT_TRUE(shows({"Anna (0:00): Hello there."}));
}

TEST_F(ThreadsTest, WhatARoomDoesNotTakeJustNowIsTriedAgain) {
  server.fail_sends(3, Errc::unavailable);
  ASSERT_TRUE(tells("One."));
}

TEST_F(ThreadsTest, WhoeverIsPutOutOfTheRoomStopsAndSaysWhy) {
  tell();
  ASSERT_TRUE(eventually([&] { return !shown().empty(); }));
  must(server.leave(kScribe, room));
  begin("s");
  hear("s", {of("Anna", piece(0, 1'000, "One."))});
  ASSERT_TRUE(becomes(records::ThreadState::failed));
  EXPECT_NE(thread().trouble, "");
}

TEST_F(ThreadsTest, ADeletedTranscriptIsTakenBackFromTheRoomWithEveryEdit) {
  ASSERT_TRUE(tells_while_it_grows("Sec", "Secret."));
  const auto with_words =
      std::ranges::count_if(server.messages(kScribe), [](const auto& sent) { return sent.body.contains("Sec"); });
  end_meeting(meeting);
  must(all->erase(meeting));
  ASSERT_TRUE(becomes(records::ThreadState::erased));
  EXPECT_GE(server.count("m.room.redaction", kScribe), with_words);
  EXPECT_TRUE(shown().front().ends_with("The transcript was deleted."));
}

TEST_F(ThreadsTest, WhatWasDeletedWhileNobodyLookedIsTakenBackLater) {
  ASSERT_TRUE(tells("Secret."));
  end_meeting(meeting);
  bell.ring(meeting);
  ASSERT_TRUE(becomes(records::ThreadState::done));
  end();
  must(all->erase(meeting));
  begin_threads();
  ASSERT_TRUE(becomes(records::ThreadState::erased));
  EXPECT_GE(server.count("m.room.redaction", kScribe), 1);
}

TEST_F(ThreadsTest, WhatIsInARoomThatBecameEncryptedIsTakenBackToo) {
  ASSERT_TRUE(tells("Secret."));
  server.put(room, kAnna, "m.room.encryption", {{"algorithm", "m.megolm.v1.aes-sha2"}}, "");
  hear("s", {of("Ben", piece(2'000, 3'000, "More."))});
  ASSERT_TRUE(becomes(records::ThreadState::failed));
  end_meeting(meeting);
  must(all->erase(meeting));
  ASSERT_TRUE(becomes(records::ThreadState::erased));
  EXPECT_GE(server.count("m.room.redaction", kScribe), 1);
  EXPECT_EQ(thread().trouble, "");
}

TEST_F(ThreadsTest, WhatIsToldOfAMeetingThatWasDeletedIsTakenBack) {
  ASSERT_TRUE(tells("Secret."));
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    records::delete_meeting(tx, meeting);
    return Unit{};
  }));
  EXPECT_EQ(count("mtg_thread_piece"), 0);
  ASSERT_TRUE(becomes(records::ThreadState::erased));
  EXPECT_GE(server.count("m.room.redaction", kScribe), 1);
}

TEST_F(ThreadsTest, AMessageThatIsGoneFromTheRoomDoesNotKeepTheOthersThere) {
  ASSERT_TRUE(tells_while_it_grows("Sec", "Secret."));
  end_meeting(meeting);
  bell.ring(meeting);
  ASSERT_TRUE(becomes(records::ThreadState::done));
  end();
  const auto events = count("mtg_thread_event");
  ASSERT_GE(events, 2);
  must(all->erase(meeting));
  server.fail_sends(1, Errc::not_found);
  begin_threads();
  ASSERT_TRUE(becomes(records::ThreadState::erased));
  EXPECT_EQ(server.count("m.room.redaction", kScribe), events - 1);
  EXPECT_EQ(thread().trouble, "");
  EXPECT_EQ(count("mtg_thread_event"), 0);
}

TEST_F(ThreadsTest, WhatTheIndexOfWordsForgetsAfterARedactionIsInNoFileEither) {
  if (store::on_postgres()) GTEST_SKIP() << "its log is its own business";
  pace.index_follows = std::chrono::hours(1);
  ASSERT_TRUE(tells("Secret."));
  end_meeting(meeting);
  must(all->erase(meeting));
  bell.ring(meeting);
  ASSERT_TRUE(eventually([&] { return shown().front().ends_with("The transcript was deleted."); }));
  // In the place of an entry of the index: there, and gone.
  for (const auto* trouble : {"quicksilver", ""}) {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      records::set_thread_state(tx, meeting, records::ThreadState::open, trouble);
      return Unit{};
    }));
  }
  ASSERT_TRUE(is_in_a_file("quicksilver"));
  ASSERT_EQ(thread().state, records::ThreadState::open) << "it waits for the index";
  time.advance(std::chrono::hours(1));
  ASSERT_TRUE(eventually([&] {
    time.advance(seconds(1));
    bell.ring(meeting);
    return thread().state == records::ThreadState::erased;
  }));
  EXPECT_FALSE(is_in_a_file("quicksilver"));
}

TEST_F(ThreadsTest, WhoeverIsOutOfTheRoomKeepsNothingOfADeletedTranscript) {
  ASSERT_TRUE(tells("Secret."));
  EXPECT_EQ(count("mtg_thread_piece p JOIN mtg_segment s ON s.number = p.segment"), 1);
  must(server.leave(kScribe, room));
  end_meeting(meeting);
  must(all->erase(meeting));
  ASSERT_TRUE(becomes(records::ThreadState::erased));
  EXPECT_NE(thread().trouble, "");
  EXPECT_EQ(count("mtg_thread_piece"), 0);
}

TEST_F(ThreadsTest, ASettledMessageIsCorrectedAllTheSame) {
  tell();
  begin("s");
  hear("s", {of("Anna", piece(0, 1'000, "One.")), of("Ben", piece(2'000, 3'000, "Two."))});
  ASSERT_TRUE(eventually([&] {
    time.advance(seconds(1));
    return count("mtg_thread_message WHERE number = 1 AND settled = 1") == 1;
  }));
  must(all->retract(meeting, {read().front().id}));
  ASSERT_TRUE(shows({"(taken back)", "Ben (0:02): Two."}));
}

TEST_F(ThreadsTest, AThreadThatFailedIsLeftAloneHoweverOftenItIsRung) {
  const auto failed = add_meeting();
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    records::insert_thread(
        tx, {.meeting = failed, .room_id = room, .sender = kScribe, .state = records::ThreadState::failed});
    return Unit{};
  }));
  tell();
  bell.ring(failed);
  begin("s");
  hear("s", {of("Anna", piece(0, 1'000, "One."))});
  ASSERT_TRUE(shows({"Anna (0:00): One."}));
  EXPECT_EQ(count("mtg_thread_message WHERE meeting_id = " + std::to_string(failed)), 0);  // what loading it makes
}

TEST_F(ThreadsTest, OthersMeetingsInARoomDoNotHideOnesOwn) {
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    records::insert_thread(tx, {.meeting = meeting, .room_id = room, .sender = kScribe});
    return Unit{};
  }));
  for (int i = 0; i < 3; ++i) {
    const auto theirs = i == 0 ? add_meeting(2) : add_meeting(1, 8);
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      records::insert_thread(tx, {.meeting = theirs, .room_id = room, .sender = kScribe});
      return Unit{};
    }));
  }
  const auto live = [&](records::Whose whose) {
    return must(db->read([&](store::Connection& c) -> Result<std::vector<MeetingId>> {
      return records::live_in_room(c, whose, room, 2);
    }));
  };
  EXPECT_THAT(live({.tenant_id = 1, .owner_id = 7}), ElementsAre(meeting));
  EXPECT_EQ(live({.tenant_id = 1}).size(), 2U);
  EXPECT_EQ(live({.tenant_id = 2}).size(), 1U);
}

TEST_F(ThreadsTest, ASummaryIsTheLastMessageAlsoOfAThreadThatIsDone) {
  tell();
  begin("s1");
  hear("s1", {of("Ann", piece(0, 900, "Hello."))});
  must(all->close_session(meeting, "s1"));
  end_meeting(meeting);
  ASSERT_TRUE(becomes(records::ThreadState::done));
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    summary::put_pending(tx, meeting);
    TRY(summary::put_done(tx, meeting, {.text = "See https://evil.example @anna:example.org", .decisions = {"<b>"}}));
    return Unit{};
  }));
  bell.ring(meeting);
  ASSERT_TRUE(eventually([&] {
    time.advance(seconds(1));
    return shown().size() == 3;
  }));
  const auto last = shown().back();
  EXPECT_TRUE(last.starts_with("Summary\nSee "));
  EXPECT_FALSE(last.contains("https://")) << "no link";
  EXPECT_FALSE(last.contains("@anna")) << "no mention";
  const auto sent = server.messages(kScribe).back();
  EXPECT_TRUE(matrix::find_object(sent.content, "m.mentions")->empty());
  EXPECT_TRUE(matrix::find_string(sent.content, "formatted_body")->contains("&lt;b&gt;"));
  ASSERT_TRUE(becomes(records::ThreadState::done));
  end();
  begin_threads();
  bell.ring(meeting);
  ASSERT_TRUE(becomes(records::ThreadState::done));
  EXPECT_EQ(shown().size(), 3U) << "once";
  must(all->erase(meeting));
  bell.ring(meeting);
  ASSERT_TRUE(becomes(records::ThreadState::erased));
  EXPECT_EQ(count("mtg_thread_event"), 0);
}

}  // namespace
}  // namespace troupe::meetings::thread
