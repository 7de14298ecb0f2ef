#include "meetings/transcripts/transcripts.h"

#include <random>
#include <set>

#include "meetings/transcripts/tidy.h"
#include "meetings/transcripts/transcript_store.h"
#include "meetings/transcripts/transcripts_fixture.h"

namespace troupe::meetings::transcripts {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(TranscriptsTest, KeepsWhatWasSaid) {
  begin("W1");
  hear("W1", {piece(0, 2'480, " Hello everyone ", false)});
  const auto first = read();
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].id, "W1::0");
  EXPECT_EQ(first[0].text, "Hello everyone");
  EXPECT_EQ(first[0].language, "en");
  EXPECT_EQ(first[0].said_ms, time.unix_ms());
  EXPECT_EQ(first[0].until_ms, time.unix_ms() + 2'480);
  EXPECT_FALSE(first[0].final);
  EXPECT_EQ(rings, 2);
}

TEST_F(TranscriptsTest, APieceGrowsUntilItIsCompleted) {
  begin("W1");
  hear("W1", {piece(1'000, 2'000, "Hello", false)});
  const auto open = changes();
  time.advance(std::chrono::seconds(1));
  hear("W1", {piece(1'000, 3'000, "Hello everyone", true)});
  hear("W1", {piece(1'000, 3'500, "Hello every one of you", false)});
  hear("W1", {piece(1'000, 3'500, "Hello to all", true)});
  const auto now = changes();
  ASSERT_THAT(now, SizeIs(1));
  EXPECT_EQ(now[0].text, "Hello everyone");
  EXPECT_EQ(now[0].end_ms, 3'000);
  EXPECT_EQ(now[0].said_ms, open[0].said_ms);
  EXPECT_GT(now[0].changed, open[0].changed);
  EXPECT_TRUE(now[0].final);
}

TEST_F(TranscriptsTest, RepeatedPiecesWriteNothing) {
  begin("W1");
  hear("W1", {piece(0, 1'000, "One"), piece(1'000, 2'000, "Two", false)});
  const auto before = changes();
  const int rung = rings;
  hear("W1", {piece(0, 1'000, "One"), piece(1'000, 2'000, "Two", false)});
  begin("W1");
  EXPECT_EQ(rings, rung);
  EXPECT_THAT(changes(before.back().changed), IsEmpty());
}

// Each reconnect begins at 0 again.
TEST_F(TranscriptsTest, SessionsThatBeginAtZeroStayApart) {
  begin("W1");
  hear("W1", {piece(0, 1'000, "Before")});
  must(all->close_session(meeting, "W1"));
  time.advance(std::chrono::seconds(60));
  begin("W2", "es");
  hear("W2", {piece(0, 1'000, "Despues")});
  const auto both = read();
  EXPECT_THAT(said(), ElementsAre("Before", "Despues"));
  EXPECT_EQ(both[1].said_ms - both[0].said_ms, 60'000);
  EXPECT_EQ(both[1].language, "es");
  EXPECT_THAT(must(all->sessions(meeting)), SizeIs(2));
}

TEST_F(TranscriptsTest, TracksThatBeginTogetherStayApart) {
  begin("W1");
  auto anna = of("Anna", piece(0, 1'000, "Yes"));
  auto other = of("Anna", piece(0, 1'000, "No"));
  anna.speaker_key = "7";
  other.speaker_key = "8";
  hear("W1", {anna, other, of("Ben:x", piece(0, 1'000, "Well")), of("Ben", piece(0, 1'000, "Good"))});
  EXPECT_THAT(said(), testing::UnorderedElementsAre("Anna: Yes", "Anna: No", "Ben:x: Well", "Ben: Good"));
  std::set<std::string> who;
  for (const auto& segment : read()) who.insert(segment.who());
  EXPECT_EQ(who, (std::set<std::string>{"7", "8", "Ben:x", "Ben"}));
}

TEST_F(TranscriptsTest, TwoOfOneNameMaySayTheSameAtOnce) {
  begin("W1");
  auto anna = of("Anna", piece(0, 1'000, "Yes"));
  auto other = anna;
  anna.speaker_key = "@anna:x";
  other.speaker_key = "@anna:y";
  hear("W1", {anna, other});
  EXPECT_THAT(tidy(read()), SizeIs(2));
}

TEST_F(TranscriptsTest, NamedPiecesAreKnownByTheirName) {
  begin("C");
  auto said_so = of("Anna", piece(500, 900, "Hel", false));
  said_so.segment_id = "C:anna:500";
  hear("C", {said_so});
  said_so.text = "Hello";
  said_so.start_ms = 700;  // its time is as it was
  said_so.completed = true;
  hear("C", {said_so});
  ASSERT_THAT(read(), SizeIs(1));
  EXPECT_EQ(read()[0].start_ms, 500);
  must(all->retract(meeting, {"C:anna:500", "unknown"}));
  EXPECT_THAT(read(), IsEmpty());
  ASSERT_THAT(changes(), SizeIs(1));
  EXPECT_TRUE(changes()[0].retracted);
  EXPECT_EQ(changes()[0].text, "");
  EXPECT_EQ(changes()[0].id, "C:anna:500");
  hear("C", {said_so});  // a repetition does not bring it back
  EXPECT_THAT(read(), IsEmpty());
}

TEST_F(TranscriptsTest, OddTimesAreMended) {
  begin("W1");
  hear("W1", {piece(2'000, 1'000, "Backwards"), piece(3'000, 3'000, "At once"), piece(4'000, 5'000, "  ")});
  ASSERT_THAT(changes(), SizeIs(2));
  EXPECT_EQ(changes()[0].start_ms, 1'000);
  EXPECT_EQ(changes()[0].end_ms, 2'000);
  EXPECT_EQ(changes()[1].start_ms, 3'000);
  EXPECT_EQ(changes()[1].end_ms, 3'001);
  EXPECT_THAT(said(), ElementsAre("Backwards", "At once"));
}

TEST_F(TranscriptsTest, WhatIsWrongChangesNothing) {
  begin("W1");
  const int rung = rings;
  const auto wrong = [&](Speech bad) {
    return code(all->hear(meeting, "W1", {piece(0, 1'000, "Good"), std::move(bad)}));
  };
  EXPECT_EQ(wrong(piece(1, 2, "half \xc3")), Errc::invalid_param);
  EXPECT_EQ(wrong(of("\xff", piece(1, 2, "x"))), Errc::invalid_param);
  EXPECT_EQ(wrong(piece(1, 2, std::string("a\0b", 3))), Errc::invalid_param);
  EXPECT_EQ(wrong(piece(1, 2, std::string(17 * 1024, 'x'))), Errc::invalid_param);
  EXPECT_EQ(wrong(piece(-1, 2, "x")), Errc::invalid_param);
  EXPECT_EQ(wrong(piece(1, 8LL * 86'400'000, "x")), Errc::invalid_param);
  EXPECT_EQ(code(all->hear(meeting, "W1", std::vector<Speech>(201, piece(0, 1, "x")))), Errc::invalid_param);
  EXPECT_EQ(code(all->hear(meeting, "", {piece(0, 1, "x")})), Errc::invalid_param);
  EXPECT_EQ(code(all->hear(meeting, std::string(129, 'u'), {piece(0, 1, "x")})), Errc::invalid_param);
  EXPECT_EQ(code(all->hear(meeting + 1'000'000, "W1", {piece(0, 1, "x")})), Errc::not_found);
  EXPECT_EQ(code(all->speaker(meeting, "W1", {.at_ms = 0, .begins = true})), Errc::invalid_param);
  EXPECT_EQ(code(all->retract(meeting, {"\xc3"})), Errc::invalid_param);
  EXPECT_THAT(changes(), IsEmpty());
  EXPECT_EQ(rings, rung);
}

TEST_F(TranscriptsTest, SessionsHaveALimit) {
  for (int i = 0; i < 1'000; ++i) begin("W" + std::to_string(i));
  EXPECT_EQ(code(all->open_session({.meeting = meeting, .uid = "one more"})), Errc::conflict);
  begin("W7");  // it is there
  hear("W7", {piece(0, 1'000, "Still heard")});
  EXPECT_THAT(said(), ElementsAre("Still heard"));
}

TEST_F(TranscriptsTest, OpenPiecesBecomeFinalWhenNothingComes) {
  begin("W1");
  hear("W1", {piece(0, 1'000, "Open", false)});
  time.advance(std::chrono::seconds(29));
  must(all->finish_pieces());
  EXPECT_FALSE(read()[0].final);
  hear("W1", {piece(0, 1'500, "Open yet", false)});
  time.advance(std::chrono::seconds(29));
  must(all->finish_pieces());
  EXPECT_FALSE(read()[0].final);
  const int rung = rings;
  time.advance(std::chrono::seconds(1));
  kill();
  must(all->finish_pieces());
  EXPECT_TRUE(read()[0].final);
  EXPECT_EQ(rings, rung + 1);
  hear("W1", {piece(0, 1'500, "Open", false)});  // an older state of it
  must(all->finish_pieces());
  EXPECT_EQ(rings, rung + 1);
  EXPECT_THAT(said(), ElementsAre("Open yet"));
}

// The transcriber was only slow: what it says then is acknowledged, so it is kept.
TEST_F(TranscriptsTest, WhatTheClockMadeFinalIsCompletedLater) {
  begin("W1");
  hear("W1", {piece(0, 1'000, "Let us", false), piece(2'000, 3'000, "Next", false)});
  time.advance(std::chrono::seconds(30));
  must(all->finish_pieces());
  hear("W1", {piece(2'000, 3'500, "Next week", false)});
  EXPECT_TRUE(changes().back().final);
  hear("W1", {piece(0, 900, "Let us meet."), piece(2'000, 3'000, "Next", false), piece(2'000, 4'000, " ")});
  EXPECT_THAT(said(), ElementsAre("Let us meet.", "Next week"));
  end_meeting(meeting);
  must(all->close_session(meeting, "W1"));
  hear("W1", {piece(5'000, 6'000, "And", false)});
  hear("W1", {piece(5'000, 6'500, "And that is all.")});
  hear("W1", {piece(5'000, 9'000, "And that is not all."), piece(0, 2'000, "Let us meat.")});
  EXPECT_THAT(said(), ElementsAre("Let us meet.", "Next week", "And that is all."));
  for (const auto& s : changes()) EXPECT_TRUE(s.final);
  // The index has the words that stayed.
  EXPECT_THAT(must(all->search({.tenant_id = 1}, "meet", 0, 10)).items, SizeIs(1));
  EXPECT_THAT(must(all->search({.tenant_id = 1}, "week", 0, 10)).items, SizeIs(1));
  EXPECT_THAT(must(all->search({.tenant_id = 1}, "all", 0, 10)).items, SizeIs(1));
}

TEST_F(TranscriptsTest, NoOtherMeetingKeepsPiecesOpen) {
  std::vector<Speech> many;
  for (int i = 0; i < 200; ++i) many.push_back(piece(i * 1'000, i * 1'000 + 900, "Piece " + std::to_string(i), false));
  const auto damage = [&](const char* set) {
    begin("W1");
    hear("W1", many);
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      tx.run("UPDATE mtg_transcript SET vault = " + std::string(set) + " WHERE meeting_id = ?1", meeting);
      return Unit{};
    }));
    meeting = add_meeting();
  };
  damage("NULL, erased_ms = 1, leftovers = 1");  // killed before its rows went
  damage(store::on_postgres() ? "'short'::bytea" : "x'00'");
  begin("W1");
  hear("W1", {piece(0, 1'000, "Open", false)});
  time.advance(std::chrono::seconds(30));
  must(all->finish_pieces());
  EXPECT_TRUE(read()[0].final);
}

TEST_F(TranscriptsTest, AClockThatWasSetBackLeavesNothingOpen) {
  begin("W1");
  hear("W1", {piece(0, 1'000, "Open", false)});
  time.advance(std::chrono::hours(-24));
  must(all->finish_pieces());
  EXPECT_TRUE(read()[0].final);
}

TEST_F(TranscriptsTest, TheEndOfASessionMakesItsPiecesFinal) {
  begin("W1");
  begin("W2");
  std::vector<Speech> many;
  for (int i = 0; i < 150; ++i) many.push_back(piece(i * 1'000, i * 1'000 + 900, "Piece " + std::to_string(i), false));
  hear("W1", many);
  for (auto& one : many) one.start_ms += 150'000, one.end_ms += 150'000;
  hear("W1", many);
  hear("W2", {piece(0, 900, "Another", false)});
  must(all->close_session(meeting, "W1"));
  int open = 0;
  for (const auto& s : read()) open += s.final ? 0 : 1;
  EXPECT_EQ(open, 1);
  hear("W1", {piece(900'000, 901'000, "Came late", false)});
  EXPECT_TRUE(changes(0).back().final);
}

TEST_F(TranscriptsTest, AfterTheMeetingItIsTakenForAWhile) {
  begin("W1");
  hear("W1", {piece(0, 1'000, "Open", false)});
  end_meeting(meeting);
  hear("W1", {piece(1'000, 2'000, "Late", false)});
  EXPECT_THAT(said(), ElementsAre("Open", "Late"));
  time.advance(std::chrono::seconds(5));
  must(all->finish_pieces());
  for (const auto& s : read()) EXPECT_TRUE(s.final);
  time.advance(std::chrono::minutes(11));
  EXPECT_EQ(code(all->hear(meeting, "W1", {piece(3'000, 4'000, "Far too late")})), Errc::conflict);
}

TEST_F(TranscriptsTest, WithoutRoomOnTheDiskNothingIsAcknowledged) {
  begin("W1");
  const int rung = rings;
  for (int at = 0;; ++at) {
    faults.arm(at, store::FaultPlan::Kind::disk_full);
    const auto done = run(all->hear(meeting, "W1", {piece(0, 1'000, "Heard")}));
    if (!faults.happened()) {
      EXPECT_TRUE(done);
      break;
    }
    faults.disarm();
    ASSERT_LT(at, 200);
    if (done) break;  // the fault was in the writer's own business, after the commit
    EXPECT_EQ(done.error().code(), Errc::unavailable);
    EXPECT_EQ(rings, rung);
    EXPECT_THAT(changes(), IsEmpty());
    ASSERT_TRUE(
        eventually([&] { return db->write_now([](store::Tx&) -> Result<Unit> { return Unit{}; }).has_value(); }));
  }
  faults.disarm();
  EXPECT_THAT(said(), ElementsAre("Heard"));
  EXPECT_EQ(rings, rung + 1);
}

// In whatever order and how often the same pieces come, the transcript is the same.
TEST_F(TranscriptsTest, AnyOrderGivesTheSame) {
  std::vector<std::string> wanted;
  for (unsigned seed = 1; seed <= 8; ++seed) {
    meeting = add_meeting();
    begin("A");
    time.advance(std::chrono::seconds(30));
    begin("B");
    time.advance(std::chrono::seconds(-30));
    std::vector<std::pair<std::string, Speech>> said_so;
    for (int i = 0; i < 20; ++i) {
      const auto at = i * 2'000;
      for (const auto* session : {"A", "B"}) {
        said_so.emplace_back(session, piece(at, at + 500, "Some", false));
        said_so.emplace_back(session, piece(at, at + 1'000, "Some words", false));
        said_so.emplace_back(session, piece(at, at + 1'900, "Some words number " + std::to_string(i)));
      }
    }
    std::vector<SpeakerEvent> events;
    for (int i = 0; i < 10; ++i) {
      events.push_back({.at_ms = i * 4'000, .begins = true, .name = i % 2 ? "Anna" : "Ben"});
      events.push_back({.at_ms = i * 4'000 + 3'500, .begins = false, .name = i % 2 ? "Anna" : "Ben"});
    }
    std::mt19937 random(seed);
    const auto copies = said_so;
    said_so.insert(said_so.end(), copies.begin(), copies.begin() + 60);
    if (seed > 1) {
      std::ranges::shuffle(said_so, random);
      std::ranges::shuffle(events, random);
    }
    std::size_t next = 0;
    for (const auto& [session, one] : said_so) {
      hear(session, {one});
      if (next < events.size() && random() % 2 == 0)
        speaks("A", events[next].at_ms, events[next].begins, events[next].name), ++next;
    }
    for (; next < events.size(); ++next) speaks("A", events[next].at_ms, events[next].begins, events[next].name);
    if (wanted.empty()) {
      wanted = said();
      EXPECT_THAT(wanted, SizeIs(40));
    }
    EXPECT_EQ(said(), wanted) << "seed " << seed;
  }
}

TEST_F(TranscriptsTest, SpeakersAreWhoeverSpokeLongest) {
  begin("W1");
  hear("W1", {piece(0, 1'000, "Nobody knows")});
  EXPECT_EQ(read()[0].mapping, SpeakerMapping::no_events);
  // She began long before and goes on: the event is far outside of any window around the piece.
  speaks("W1", 2'000, true, "Anna");
  hear("W1", {piece(600'000, 604'000, "A long turn", false)});
  EXPECT_EQ(read()[0].mapping, SpeakerMapping::no_events);
  EXPECT_EQ(read()[1].speaker, "Anna");
  EXPECT_EQ(read()[1].mapping, SpeakerMapping::mapped);
  speaks("W1", 603'000, true, "Ben");
  EXPECT_EQ(read()[1].speaker, "Anna");
  EXPECT_EQ(read()[1].mapping, SpeakerMapping::several);
  speaks("W1", 600'500, false, "Anna");  // late
  EXPECT_EQ(read()[1].speaker, "Ben");
  speaks("W1", 604'000, false, "Ben");
  hear("W1", {piece(700'000, 701'000, "Silence"), of("Carla", piece(600'100, 600'200, "Her own track"))});
  EXPECT_EQ(read()[3].mapping, SpeakerMapping::unknown);
  EXPECT_EQ(read()[2].text, "Her own track");
  EXPECT_EQ(read()[2].speaker, "Carla");
}

TEST_F(TranscriptsTest, AFloodOfSpeakersIsLookedAtInPart) {
  const auto within = [&](std::int64_t start_ms, std::int64_t end_ms) {
    std::vector<SpokenRow> found;
    kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
      found = transcript_store::spoken_within(c, meeting, "W1", start_ms, end_ms);
      return Unit{};
    }));
    return found;
  };
  begin("W1");
  for (int i = 0; i < 300; ++i) speaks("W1", i, true, "Anna");
  EXPECT_THAT(within(1'000, 2'000), SizeIs(1)) << "whoever begins anew has ended what she began";
  EXPECT_THAT(within(0, 10), SizeIs(10));
  speaks("W1", 500, false, "Anna");
  EXPECT_THAT(within(1'000, 2'000), SizeIs(0));
  for (int i = 0; i < 300; ++i) speaks("W1", 1'000 + i, true, "Number " + std::to_string(i));
  EXPECT_THAT(within(5'000, 6'000), SizeIs(testing::Le(2 * transcript_store::kMostSpoken)));
  EXPECT_THAT(within(1'000, 1'001), SizeIs(1));
  speaks("W1", 4'000, true, "Ben");
  hear("W1", {piece(4'500, 6'000, "Some words")});
  EXPECT_EQ(read()[0].mapping, SpeakerMapping::several);
  EXPECT_THAT(read()[0].speaker, testing::StartsWith("Number "));
}

}  // namespace
}  // namespace troupe::meetings::transcripts
