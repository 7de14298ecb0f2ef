// Transcripts in encrypted rooms: with a fleet whose bot has a device, and a person's client that reads along.
#include <set>

#include "fleet/encryption/encryption_fixture.h"
#include "meetings/migrations.gen.h"
#include "meetings/summary/summary_store.h"
#include "meetings/thread/threads.h"

namespace troupe::meetings::thread {
namespace {

using testing::ElementsAre;

class EncryptedThreadsTest : public fleet::encryption::EncryptionTest {
 protected:
  EncryptedThreadsTest() {
    migrate("meetings", migrations());
    all = std::make_unique<transcripts::Transcripts>(
        transcripts::Transcripts::Uses{.db = *db, .clock = clock, .bell = bell});
    write([&](store::Tx& tx) {
      meeting = tx.next_pos();
      Meeting made{.id = meeting, .tenant_id = 1, .owner_id = 7, .native_id = "call", .link = "https://call.example/x"};
      made.created_ms = clock.unix_ms();
      records::insert_meeting(tx, made);
    });
    must(all->open_session({.meeting = meeting, .uid = "s", .language = "en", .began_ms = clock.unix_ms()}));
    pace.edit_every = pace.look_every = pace.first_retry = std::chrono::milliseconds(2);
    pace.rest = pace.quiet = std::chrono::milliseconds(1);
  }
  void TearDown() override {
    end_threads();
    EncryptionTest::TearDown();
  }
  void adjust(fleet::service::Deps& made) override {
    if (has_devices) EncryptionTest::adjust(made);
  }
  template <class F>
  void write(F change) {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      change(tx);
      return Unit{};
    }));
  }

  void tell(const std::string& sender) {
    write([&](store::Tx& tx) { records::insert_thread(tx, {.meeting = meeting, .room_id = room, .sender = sender}); });
    begin_threads();
  }
  void begin_threads() {
    threads = std::make_unique<Threads>(
        Threads::Uses{.db = *db,
                      .rooms = *homeserver,
                      .say_sealed = [this](matrix::NewEvent event) { return bots->say(std::move(event)); },
                      .transcripts = *all,
                      .bell = bell,
                      .clock = clock,
                      .home = io.at(0).get_executor()},
        pace);
    must(threads->start());
  }
  void end_threads() {
    if (threads) must(threads->stop());
    threads.reset();
  }
  void hear(const std::string& who, std::int64_t from_ms, std::string text, bool completed = true) {
    Speech said{.start_ms = from_ms, .end_ms = from_ms + 1'000, .text = std::move(text)};
    said.completed = completed;
    said.speaker = who;
    must(all->hear(meeting, "s", {std::move(said)}));
  }

  struct Told {
    std::string id;
    matrix::JsonObject sealed;
    matrix::JsonObject content;
  };
  /// All that the bot said sealed in the room, as anna's client reads it.
  std::vector<Told> told() {
    std::vector<Told> found;
    for (const auto& event : must(homeserver->events_after(0, 1000)).events) {
      if (event.room_id != room || event.sender != bot || event.type != "m.room.encrypted") continue;
      auto content = anna_client.read(event.content);
      found.push_back({event.event_id, event.content, content ? *std::move(content) : matrix::JsonObject()});
    }
    return found;
  }
  static std::string relation_of(const matrix::JsonObject& content, std::string_view field) {
    const auto* relation = matrix::find_object(content, "m.relates_to");
    return relation == nullptr ? std::string() : std::string(matrix::find_string(*relation, field).value_or(""));
  }
  /// The thread's messages with their newest edits, by what stands in the clear.
  std::vector<std::string> shown() {
    std::vector<std::pair<std::string, std::string>> messages;
    for (const auto& message : plain()) {
      if (relation_of(message.content, "rel_type") == "m.thread") messages.emplace_back(message.event_id, message.body);
    }
    for (const auto& one : told()) {
      if (relation_of(one.sealed, "rel_type") == "m.thread") {
        messages.emplace_back(one.id, matrix::find_string(one.content, "body").value_or("(unreadable)"));
      }
      const auto* anew = matrix::find_object(one.content, "m.new_content");
      if (anew == nullptr || relation_of(one.sealed, "rel_type") != "m.replace") continue;
      for (auto& [id, body] : messages) {
        if (id == relation_of(one.sealed, "event_id")) body = *matrix::find_string(*anew, "body");
      }
    }
    std::vector<std::string> bodies;
    for (auto& [id, body] : messages) bodies.push_back(std::move(body));
    return bodies;
  }
  /// What waits for its time gets it.
  bool time_passes() {
    clock.passed_ms += 50;
    return true;
  }
  bool shows(const std::vector<std::string>& turns) {
    const bool came = eventually([&] { return time_passes() && shown() == turns; });
    if (!came) ADD_FAILURE() << testing::PrintToString(shown());
    return came;
  }
  std::vector<kit::FakeRooms::Sent> plain() { return homeserver->messages(bot); }
  records::Thread thread() {
    return must(
        db->read([&](store::Connection& c) -> Result<records::Thread> { return *records::find_thread(c, meeting); }));
  }
  bool becomes(records::ThreadState state) {
    return eventually([&] { return time_passes() && thread().state == state; });
  }
  void end_meeting() {
    write([&](store::Tx& tx) {
      auto kept = records::find_meeting(tx, meeting);
      kept->meeting.life.state = State::completed;
      kept->meeting.ended_ms = clock.unix_ms();
      records::update_meeting(tx, kept->meeting);
    });
    bell.ring(meeting);
  }

  records::Bell bell{*bus};
  std::unique_ptr<transcripts::Transcripts> all;
  std::unique_ptr<Threads> threads;
  Pace pace;
  MeetingId meeting = 0;
  bool has_devices = true;
};

TEST_F(EncryptedThreadsTest, WhoIsInTheRoomReadsTheThreadGrowAndNobodyElse) {
  start_room({ben});  // he has no device: what is said is there for those who have
  tell(bot);
  hear("Ann", 0, "Good mor", false);
  ASSERT_TRUE(shows({"Ann (0:00): Good mor …"}));
  hear("Ann", 0, "Good morning.");
  hear("Dan", 3'000, "Hello.");
  ASSERT_TRUE(shows({"Ann (0:00): Good morning.", "Dan (0:03): Hello."}));
  EXPECT_TRUE(plain().empty());
  const auto all_told = told();
  const auto& root = all_told.front();
  EXPECT_TRUE(matrix::find_string(root.content, "body")->starts_with("Transcript of https://call.example/x"));
  for (const auto& one : all_told) {
    std::set<std::string> fields;
    for (const auto& field : one.sealed) fields.emplace(field.key());
    fields.erase("m.relates_to");
    EXPECT_EQ(fields, (std::set<std::string>{"algorithm", "ciphertext", "device_id", "sender_key", "session_id"}));
    EXPECT_TRUE(one.content.contains("org.troupe.bot")) << "no bot answers it";
    if (relation_of(one.sealed, "rel_type") == "m.thread") {
      EXPECT_EQ(relation_of(one.sealed, "event_id"), root.id);
    }
  }
  end_meeting();
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    summary::put_pending(tx, meeting);
    TRY(summary::put_done(tx, meeting, {.text = "They greeted.", .decisions = {"To meet again."}}));
    return Unit{};
  }));
  bell.ring(meeting);
  ASSERT_TRUE(eventually([&] { return shown().size() == 3; }));
  EXPECT_TRUE(shown().back().starts_with("Summary\nThey greeted."));
  EXPECT_TRUE(shown().back().contains("To meet again."));
  ASSERT_TRUE(becomes(records::ThreadState::done));
  EXPECT_TRUE(plain().empty());
}

TEST_F(EncryptedThreadsTest, AKillBetweenSendingAndStoringTellsNothingTwice) {
  start_room();
  tell(bot);
  hear("Ann", 0, "One.");
  ASSERT_TRUE(shows({"Ann (0:00): One."}));
  end_threads();
  end();
  // As if the process had been killed before it knew of any event that it had sent. The next term has other ratchets.
  write([&](store::Tx& tx) {
    tx.run("UPDATE mtg_thread_message SET event_id = '', shown = '', revision = 0, settled = 0");
    tx.run("DELETE FROM mtg_thread_event");
  });
  begin();
  begin_threads();
  hear("Dan", 2'000, "Two.");
  ASSERT_TRUE(shows({"Ann (0:00): One.", "Dan (0:02): Two."}));
  EXPECT_EQ(spoken().repeats(), 0);
  EXPECT_TRUE(plain().empty());
}

TEST_F(EncryptedThreadsTest, InARoomThatBecomesEncryptedTheRestIsSealed) {
  begin();
  anna_client.publish();
  bot = add_running_bot("helper");
  room = room_of({anna}, {bot});
  tell(bot);
  hear("Ann", 0, "Open wor", false);
  ASSERT_TRUE(shows({"Ann (0:00): Open wor …"}));
  homeserver->put(room, anna, "m.room.encryption", {{"algorithm", fleet::encryption::kMegolmAlgorithm}}, "");
  hear("Ann", 0, "Secret words.");
  hear("Dan", 2'000, "More of them.");
  ASSERT_TRUE(shows({"Ann (0:00): Secret words.", "Dan (0:02): More of them."}));
  for (const auto& message : plain()) {
    EXPECT_FALSE(message.body.contains("Secret") || message.body.contains("More")) << message.body;
  }
  end_meeting();
  must(all->erase(meeting));
  ASSERT_TRUE(becomes(records::ThreadState::erased));
  EXPECT_EQ(thread().trouble, "");
  EXPECT_GE(homeserver->count("m.room.redaction", bot), 2);
}

TEST_F(EncryptedThreadsTest, ADeletedTranscriptIsTakenBackWithEveryEdit) {
  start_room();
  tell(bot);
  hear("Ann", 0, "Sec", false);
  ASSERT_TRUE(shows({"Ann (0:00): Sec …"}));
  hear("Ann", 0, "Secret.");
  ASSERT_TRUE(shows({"Ann (0:00): Secret."}));
  std::size_t with_words = 0;
  for (const auto& one : told()) with_words += boost::json::serialize(one.content).contains("Sec") ? 1 : 0;
  end_meeting();
  must(all->erase(meeting));
  ASSERT_TRUE(becomes(records::ThreadState::erased));
  EXPECT_EQ(thread().trouble, "");
  EXPECT_GE(homeserver->count("m.room.redaction", bot), static_cast<std::int64_t>(with_words));
  EXPECT_TRUE(plain().empty());
}

TEST_F(EncryptedThreadsTest, WithoutADeviceItFailsAndSaysWhy) {
  start_room();
  const std::string scribe = "@transcripts:localhost";
  homeserver->add_person("transcripts");
  kit::must(homeserver->add_member(room, scribe));
  tell(scribe);
  hear("Ann", 0, "One.");
  ASSERT_TRUE(becomes(records::ThreadState::failed));
  EXPECT_TRUE(thread().trouble.contains("has no device")) << thread().trouble;
  EXPECT_TRUE(homeserver->messages(scribe).empty());
  // Nor does its end hang on it.
  end_meeting();
  must(all->erase(meeting));
  ASSERT_TRUE(becomes(records::ThreadState::erased));
  EXPECT_EQ(thread().trouble, "");
}

TEST_F(EncryptedThreadsTest, WhereBotsTakeNoPartInEncryptedRoomsItFailsAndSaysWhy) {
  start_room();
  end();
  has_devices = false;
  begin();
  tell(bot);
  hear("Ann", 0, "One.");
  ASSERT_TRUE(becomes(records::ThreadState::failed));
  EXPECT_TRUE(thread().trouble.contains("has no device")) << thread().trouble;
  EXPECT_TRUE(plain().empty());
  EXPECT_TRUE(told().empty());
}

TEST_F(EncryptedThreadsTest, WhileNobodyHasTheBotsItWaits) {
  start_room();
  end();
  make_service();
  tell(bot);
  hear("Ann", 0, "One.");
  const auto refused =
      run(bots->say({.room_id = room, .sender = bot, .type = "m.room.message", .content = {}, .txn_id = "t"}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unavailable);
  EXPECT_EQ(thread().state, records::ThreadState::open);
  must(bots->start_fleet());
  ASSERT_TRUE(shows({"Ann (0:00): One."}));
  EXPECT_TRUE(plain().empty());
}

TEST_F(EncryptedThreadsTest, KeysThatCannotBeSentJustNowHoldItBackAndLetNothingOut) {
  start_room();
  cut.cut_at(0, false);
  tell(bot);
  hear("Ann", 0, "One.");
  ASSERT_TRUE(eventually([&] { return cut.happened(); }));
  EXPECT_TRUE(plain().empty());
  EXPECT_TRUE(told().empty());
  cut.mend();
  ASSERT_TRUE(shows({"Ann (0:00): One."}));
  EXPECT_TRUE(plain().empty());
}

}  // namespace
}  // namespace troupe::meetings::thread
