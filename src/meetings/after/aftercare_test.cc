// What is to be done after a meeting is done once, whatever fails and whenever the program dies.
#include "meetings/after/aftercare.h"

#include <boost/json/parse.hpp>

#include "kit/crash.h"
#include "meetings/after/digest.h"
#include "meetings/hooks/outbox.h"
#include "meetings/hooks/webhooks.h"
#include "meetings/summary/summary_fixture.h"
#include "meetings/summary/summary_store.h"
#include "meetings/transcripts/transcripts_fixture.h"

namespace troupe::meetings::after {
namespace {

class AftercareTest : public transcripts::TranscriptsTest {
 protected:
  AftercareTest() {
    timing.look_anyway = std::chrono::milliseconds(10);
    hook = set_hook();
  }
  ~AftercareTest() override { end_care(); }

  void begin_care(std::function<bool(AfterStep)> probe = {}) {
    summarizer = std::make_unique<summary::Summarizer>(
        summary::Summarizer::Uses{.db = *db, .transcripts = *all, .clock = time, .bell = bell, .model = model});
    care = std::make_unique<Aftercare>(Aftercare::Uses{.db = *db,
                                                       .transcripts = *all,
                                                       .clock = time,
                                                       .home = io.at(0).get_executor(),
                                                       .bell = bell,
                                                       .recordings = sound.get(),
                                                       .summarizer = summarizer.get()},
                                       timing, std::move(probe));
    must(care->start());
  }
  void end_care() {
    if (care) must(care->stop());
    care.reset();
  }
  /// Its call has ended, and its transcriber has not: it is put off.
  bool waits_for_late_words() {
    begin("s1");
    hear("s1", {piece(0, 900, "First.", false)});
    ends(meeting);
    begin_care();
    return eventually([&] { return rows(meeting)[0].due_ms > time.unix_ms(); });
  }
  /// The program ends when it has come so often past the step, or not at all; then it runs again.
  bool is_over_though_it_dies(AfterStep step, int passes) {
    std::atomic<bool> died = false;
    begin_care([&, left = passes](AfterStep here) mutable {
      if (!died && here == step && left-- == 0) died = true;
      return !died;
    });
    if (!eventually([&] { return died || rows(meeting).back().state == AfterState::done; })) return false;
    end_care();
    begin_care();
    return is_over(meeting);
  }
  std::int64_t set_hook() {
    hooks::Webhooks hooks({*db, time, key, *bus, {}});
    return must(hooks.create({.tenant_id = 1, .owner_id = 7},
                             {.url = "https://a.example/",
                              .secret = "s",
                              .events = boost::json::object{{"transcription.ready", true},
                                                            {"recording.ready", true},
                                                            {"meeting.completed", true},
                                                            {"meeting.summarized", true}}}))
        .hook.id;
  }
  /// Ends as life/journal.h writes it.
  void ends(MeetingId id) {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      auto kept = records::find_meeting(tx, id);
      kept->meeting.life.state = State::completed;
      kept->meeting.active_ms = kept->meeting.ended_ms = time.unix_ms();
      records::update_meeting(tx, kept->meeting);
      records::open_after(tx, id, time.unix_ms());
      return Unit{};
    }));
  }
  std::vector<AfterRow> rows(MeetingId id) {
    std::vector<AfterRow> out;
    kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
      out = records::after_of(c, id);
      return Unit{};
    }));
    return out;
  }
  bool is_over(MeetingId id) {
    return eventually([&] {
      return std::ranges::none_of(rows(id), [](const auto& row) { return row.state == AfterState::waiting; });
    });
  }
  /// What is written for the webhook, oldest first.
  std::vector<std::string> told(MeetingId id) {
    std::vector<std::string> types;
    kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
      for (const auto& one : hooks::deliveries_of(c, hook, 0, 1'000).items) {
        if (one.meeting == id) types.insert(types.begin(), one.event_type);
      }
      return Unit{};
    }));
    return types;
  }
  std::optional<hooks::Digest> digest(MeetingId id) {
    std::optional<hooks::Digest> out;
    kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
      TRY(out, find_digest(c, id));
      return Unit{};
    }));
    return out;
  }

  void wants_summary() {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      summary::put_pending(tx, meeting);
      return Unit{};
    }));
  }
  summary::Kept summary() {
    return must(db->read([&](store::Connection& c) { return summary::find_summary(c, meeting); }));
  }
  /// A meeting in which something was said, and its end.
  void talked() {
    begin("s1");
    hear("s1", {of("Ann", piece(0, 900, "Hello."))});
    must(all->close_session(meeting, "s1"));
    ends(meeting);
  }

  summary::SaidModel model;
  std::unique_ptr<summary::Summarizer> summarizer;
  base::SealingKey key = *base::SealingKey::from_raw(std::string(32, 'k'));
  AfterTiming timing;
  std::int64_t hook = 0;
  std::unique_ptr<Aftercare> care;
  asio::thread_pool files{1};
  std::unique_ptr<recordings::Recordings> sound = std::make_unique<recordings::Recordings>(
      recordings::Recordings::Uses{.db = *db, .clock = time, .bell = bell, .files = files},
      recordings::ChunkFiles::Options{.root = dir.path() / "recordings", .reserve_bytes = 0});
};

const std::vector<std::string> kToldOnce{"transcription.ready", "meeting.completed"};

TEST_F(AftercareTest, FinishesTheTranscriptThenTellsWhoSpokeThenTellsTheWebhooks) {
  begin("s1");
  hear("s1", {of("Ann", piece(0, 900, "Hello there.", false)), of("Ben", piece(1'000, 1'900, "Hi."))});
  must(all->close_session(meeting, "s1"));
  ends(meeting);
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  for (const auto& segment : read()) EXPECT_TRUE(segment.final);
  ASSERT_TRUE(digest(meeting));
  EXPECT_EQ(digest(meeting)->participants, (std::vector<std::string>{"Ann", "Ben"}));
  EXPECT_EQ(digest(meeting)->segments, 2);
  EXPECT_EQ(told(meeting), kToldOnce);
}

TEST_F(AftercareTest, WaitsForATranscriberThatEndsLaterThanItsBot) {
  ASSERT_TRUE(waits_for_late_words());
  EXPECT_TRUE(told(meeting).empty());
  hear("s1", {piece(1'000, 1'900, "Last words.")});
  end_care();
  time.advance(timing.late_words);
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  EXPECT_EQ(digest(meeting)->segments, 2);
  EXPECT_EQ(told(meeting), kToldOnce);
}

TEST_F(AftercareTest, ATranscriberThatIsDoneIsNotWaitedFor) {
  ASSERT_TRUE(waits_for_late_words());
  end_care();
  must(all->close_session(meeting, "s1"));
  time.advance(timing.look_for_words);
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  EXPECT_EQ(told(meeting), kToldOnce);
}

TEST_F(AftercareTest, ADeathAtAnyLineRepeatsNothing) {
  for (int number = 0; number < 3; ++number) {
    for (int passes = 0; passes < 4; ++passes) {
      meeting = add_meeting();
      begin("s1");
      hear("s1", {of("Ann", piece(0, 900, "Hello."))});
      must(all->close_session(meeting, "s1"));
      ends(meeting);
      ASSERT_TRUE(is_over_though_it_dies(static_cast<AfterStep>(number), passes));
      for (const auto& row : rows(meeting)) EXPECT_EQ(row.state, AfterState::done);
      EXPECT_EQ(told(meeting), kToldOnce) << number << " " << passes;
      EXPECT_EQ(digest(meeting)->segments, 1);
      end_care();
    }
  }
}

TEST_F(AftercareTest, ARecordingIsReadyAndToldOfOnceWhateverDies) {
  for (int number = 0; number < 3; ++number) {
    for (int passes = 0; passes < 4; ++passes) {
      meeting = add_meeting();
      kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
        tx.run("UPDATE mtg_meeting SET recording = 1, attempts = 1 WHERE id = ?1", meeting);
        return Unit{};
      }));
      for (const auto* part : {"p1", "p2"}) {
        must(sound->take({.meeting = meeting, .attempt = 1, .part = part, .until_ms = 5'000, .bytes = "sound"}));
      }
      ends(meeting);
      ASSERT_TRUE(is_over_though_it_dies(static_cast<AfterStep>(number), passes));
      end_care();
      for (const auto& one : must(sound->list(meeting))) EXPECT_EQ(one.state, RecordingState::ready);
      EXPECT_EQ(told(meeting), (std::vector<std::string>{"transcription.ready", "recording.ready", "recording.ready",
                                                         "meeting.completed"}))
          << number << " " << passes;
    }
  }
}

TEST_F(AftercareTest, ARecordingWhoseFilesCannotBeTidiedIsReadyAllTheSame) {
  timing.first_retry = timing.longest_retry = std::chrono::milliseconds(0);
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("UPDATE mtg_meeting SET recording = 1, attempts = 1 WHERE id = ?1", meeting);
    return Unit{};
  }));
  must(sound->take({.meeting = meeting, .attempt = 1, .part = "p1", .until_ms = 5'000, .bytes = "sound"}));
  ends(meeting);
  const auto root = dir.path() / "recordings", away = dir.path() / "away";
  std::filesystem::rename(root, away);
  std::filesystem::create_directory_symlink(root, root);  // a loop: its disk is away
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  EXPECT_EQ(rows(meeting)[2].state, AfterState::failed);
  EXPECT_EQ(told(meeting), (std::vector<std::string>{"transcription.ready", "recording.ready", "meeting.completed"}));
  std::filesystem::remove(root);
  std::filesystem::rename(away, root);
  const auto found = must(sound->list(meeting));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].state, RecordingState::ready);
  EXPECT_TRUE(found[0].ended_ms);
  EXPECT_EQ(must(sound->read(must(sound->open(found[0].id)), 0)), "sound");
}

TEST_F(AftercareTest, ASummaryIsMadeOnceWhateverLineTheProgramDiesAt) {
  for (int number = 0; number < 3; ++number) {
    const auto step = static_cast<AfterStep>(number);
    meeting = add_meeting();
    wants_summary();
    talked();
    std::atomic<bool> died = false;
    begin_care([&, left = 4](AfterStep here) mutable {
      if (!died && here == step && left-- == 0) died = true;
      return !died;
    });
    ASSERT_TRUE(eventually([&] { return died.load(); }));
    end_care();
    begin_care();
    ASSERT_TRUE(is_over(meeting));
    end_care();
    EXPECT_EQ(summary().state, SummaryState::done) << number;
    ASSERT_TRUE(summary().summary);
    EXPECT_EQ(summary().summary->text, "They met.");
    EXPECT_EQ(told(meeting),
              (std::vector<std::string>{"transcription.ready", "meeting.completed", "meeting.summarized"}));
  }
  EXPECT_EQ(model.asked().size(), 3U) << "a killed program had its answer already";
}

TEST_F(AftercareTest, ASummaryThatFailsSaysWhyAndHoldsNothingUp) {
  timing.summary_retry = timing.longest_retry = std::chrono::milliseconds(0);
  wants_summary();
  for (int i = 0; i < 2 * timing.summary_tries; ++i) model.says({std::string("no JSON")});
  talked();
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  EXPECT_EQ(told(meeting), kToldOnce);
  EXPECT_EQ(summary().state, SummaryState::failed);
  EXPECT_NE(summary().problem.find("cannot be read"), std::string::npos);
  EXPECT_EQ(rows(meeting).back().tries, timing.summary_tries);
  // Somebody has it tried again.
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    summary::put_pending(tx, meeting);
    records::open_after_again(tx, meeting, AfterTask::summary, time.unix_ms());
    return Unit{};
  }));
  ASSERT_TRUE(eventually([&] { return summary().state == SummaryState::done; }));
}

TEST_F(AftercareTest, AModelThatRefusesIsNotAskedAgain) {
  wants_summary();
  model.says({Error(Errc::forbidden, "The model refuses to sum this up.")});
  talked();
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  EXPECT_EQ(summary().state, SummaryState::failed);
  EXPECT_EQ(model.asked().size(), 1U);
}

TEST_F(AftercareTest, NoSummaryWhereNobodyWantsOneOrNothingWasSaid) {
  talked();
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  EXPECT_EQ(rows(meeting).size(), 4U);
  end_care();
  meeting = add_meeting();
  wants_summary();
  ends(meeting);
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  EXPECT_EQ(summary().state, SummaryState::none);
  EXPECT_TRUE(model.asked().empty());
}

TEST_F(AftercareTest, ASummaryWaitsForTheNextDaysMoney) {
  timing.summary_retry = timing.longest_retry = std::chrono::milliseconds(0);
  const auto spent = [](std::int64_t times) {
    return std::vector<Result<std::string>>(static_cast<std::size_t>(times),
                                            std::unexpected(Error(Errc::limit_exceeded, "Nothing more today.")));
  };
  model.says(spent(timing.summary_tries + 1));
  wants_summary();
  talked();
  begin_care();
  const auto waits = [&](std::int64_t tries) {
    return eventually([&] { return rows(meeting).back().tries == tries; });
  };
  ASSERT_TRUE(waits(timing.summary_tries));
  EXPECT_EQ(rows(meeting).back().due_ms, time.unix_ms() + timing.money_pause.count());
  EXPECT_EQ(summary().state, SummaryState::pending);
  time.advance(timing.money_pause);
  ASSERT_TRUE(waits(timing.summary_tries + 1));
  time.advance(timing.money_pause);
  ASSERT_TRUE(is_over(meeting));
  EXPECT_EQ(summary().state, SummaryState::done);
  end_care();

  meeting = add_meeting();
  model.says(spent(100));
  wants_summary();
  talked();
  time.advance(timing.money_patience);
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  EXPECT_EQ(summary().state, SummaryState::failed) << "not for ever";
}

TEST_F(AftercareTest, WhatAModelMadeUpStandsNowhereInTheClear) {
  timing.summary_retry = timing.longest_retry = std::chrono::milliseconds(0);
  const std::string said = R"({"Peter is fired":1})";
  model.says(std::vector<Result<std::string>>(2 * static_cast<std::size_t>(timing.summary_tries), said));
  wants_summary();
  talked();
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  EXPECT_EQ(summary().state, SummaryState::failed);
  EXPECT_TRUE(summary().problem.contains("not in the schema")) << summary().problem;
  for (const auto& row : rows(meeting)) EXPECT_FALSE(row.problem.contains("Peter"));
  EXPECT_FALSE(summary().problem.contains("Peter"));
  kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
    for (const auto& step : records::transitions_of(c, meeting)) EXPECT_FALSE(step.cause.contains("Peter"));
    return Unit{};
  }));
}

TEST_F(AftercareTest, ASummaryGoesWithItsTranscript) {
  wants_summary();
  talked();
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  ASSERT_EQ(summary().state, SummaryState::done);
  must(all->erase(meeting));
  EXPECT_EQ(summary().state, SummaryState::none);
}

TEST_F(AftercareTest, AFullDiskAtAnyStatementRepeatsNothing) {
  for (int first = 0; first < 12; ++first) {
    meeting = add_meeting();
    begin("s1");
    hear("s1", {of("Ann", piece(0, 900, "Hello.", false))});
    ends(meeting);
    time.advance(timing.late_words);
    faults.arm(first, store::FaultPlan::Kind::disk_full, 2);
    begin_care();
    ASSERT_TRUE(is_over(meeting));
    faults.disarm();
    for (const auto& row : rows(meeting)) {
      EXPECT_EQ(row.state, AfterState::done);
      EXPECT_EQ(row.tries, 0) << "that was the database's failure";
    }
    EXPECT_EQ(told(meeting), kToldOnce) << first;
    end_care();
  }
}

TEST_F(AftercareTest, WhatKeepsFailingEndsAsFailedAndKeepsNobodyFromTheRest) {
  timing.first_retry = timing.longest_retry = std::chrono::milliseconds(0);
  begin("s1");
  hear("s1", {of("Ann", piece(0, 900, "Hello."))});
  must(all->close_session(meeting, "s1"));
  ends(meeting);
  // A key that is none: no word of it can be read.
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("UPDATE mtg_transcript SET vault = ?2 WHERE meeting_id = ?1", meeting, store::Value::blob("short"));
    return Unit{};
  }));
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  const auto after = rows(meeting);
  EXPECT_EQ(after[0].state, AfterState::done);
  EXPECT_EQ(after[1].state, AfterState::failed);
  EXPECT_EQ(after[1].tries, timing.tries);
  EXPECT_FALSE(after[1].problem.empty());
  EXPECT_EQ(after[2].state, AfterState::done);
  EXPECT_EQ(told(meeting), kToldOnce);
  std::vector<Transition> history;
  kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
    history = records::transitions_of(c, meeting);
    return Unit{};
  }));
  ASSERT_FALSE(history.empty());
  EXPECT_NE(history.back().cause.find("digest failed"), std::string::npos);
}

TEST_F(AftercareTest, WithTheTranscriptGoWhoSpokeAndWhatWasToBeTold) {
  begin("s1");
  hear("s1", {of("Annabel", piece(0, 900, "Hello."))});
  must(all->close_session(meeting, "s1"));
  ends(meeting);
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
    auto body = hooks::deliveries_of(c, hook, 0, 1).items.front();
    auto one = *hooks::find_delivery(c, hook, body.id);
    EXPECT_EQ(one.body.find("Annabel"), std::string::npos) << "sealed";
    TRY(const bool readable, hooks::open_body(c, one));
    EXPECT_TRUE(readable);
    EXPECT_NE(one.body.find("Annabel"), std::string::npos);
    return Unit{};
  }));
  // What deleting a transcript does first.
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("UPDATE mtg_transcript SET vault = NULL WHERE meeting_id = ?1", meeting);
    return Unit{};
  }));
  EXPECT_FALSE(digest(meeting));
  kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
    auto one = *hooks::find_delivery(c, hook, hooks::deliveries_of(c, hook, 0, 1).items.front().id);
    TRY(const bool readable, hooks::open_body(c, one));
    EXPECT_FALSE(readable);
    return Unit{};
  }));
}

TEST_F(AftercareTest, AClockThatWasAheadHoldsNothingUp) {
  time.advance(std::chrono::hours(24 * 365));
  ends(meeting);
  time.advance(-std::chrono::hours(24 * 365));
  begin_care();
  ASSERT_TRUE(is_over(meeting));
  EXPECT_EQ(told(meeting), kToldOnce);
}

TEST(MeetingDigest, NamesAreThoseHeardAndLanguagesByHowMuchWasSaid) {
  const std::vector<Segment> segments{{.text = "a", .language = "de", .speaker = "Ben"},
                                      {.text = "much more", .language = "en", .speaker = "Ann"},
                                      {.text = "b", .language = "de", .speaker = "Ben"},
                                      {.text = "c"}};
  const auto digest = digest_of(segments);
  EXPECT_EQ(digest.participants, (std::vector<std::string>{"Ben", "Ann"}));
  EXPECT_EQ(digest.languages, (std::vector<std::string>{"en", "de"}));
  EXPECT_EQ(digest.segments, 4);
}

}  // namespace
}  // namespace troupe::meetings::after
