#include <limits>

#include "kit/files.h"
#include "meetings/transcripts/transcripts_fixture.h"
#include "meetings/transcripts/word_index.h"

namespace troupe::meetings::transcripts {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class ErasingTest : public TranscriptsTest {
 protected:
  std::int64_t count(const std::string& table) {
    std::int64_t rows = 0;
    kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
      rows = store::number(c.query("SELECT COUNT(*) FROM " + table));
      return Unit{};
    }));
    return rows;
  }
  std::int64_t left() {
    std::int64_t rows = 0;
    for (const auto* table : {"mtg_segment", "mtg_word", "mtg_speaker_event", "mtg_speech_session"})
      rows += count(table);
    return rows;
  }
  std::string vault() {
    std::string key;
    kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
      auto rows = c.query("SELECT vault FROM mtg_transcript WHERE meeting_id = ?1", meeting);
      if (rows.next()) rows >> store::blob(key);
      return Unit{};
    }));
    return key;
  }
  bool is_in_a_file(std::string_view bytes) const { return kit::is_in_a_file(dir.path(), bytes); }
  /// A transcript that was written as they are: piece by piece, each growing, beside another one.
  void talk() {
    const auto other = add_meeting();
    begin("W1");
    must(all->open_session({.meeting = other, .uid = "W1", .began_ms = time.unix_ms()}));
    for (int i = 0; i < 120; ++i) {
      std::string text = "zanzibar" + std::to_string(i);
      for (const bool completed : {false, false, true}) {
        text += " quicksilver and more";
        auto said = piece(i * 1'000, i * 1'000 + 900, text, completed);
        if (i % 2 == 0) said.speaker = "Melchior";
        hear("W1", {said});
        must(all->hear(other, "W1", {piece(i * 1'000, i * 1'000 + 900, "stays" + text.substr(0, 2), completed)}));
      }
    }
    speaks("W1", 5'000, true, "Balthasar");
    end_meeting(meeting);
  }
};

TEST_F(ErasingTest, DeletedWordsAreInNoFile) {
  talk();
  EXPECT_EQ(must(erased_at(meeting)), std::nullopt);
  const auto key = vault();
  ASSERT_EQ(key.size(), 32U);
  ASSERT_THAT(read(), SizeIs(120));
  const auto kept = left();
  const auto began = std::chrono::steady_clock::now();
  must(all->erase(meeting));
  EXPECT_LT(left(), kept);
  EXPECT_THAT(read(), IsEmpty());
  EXPECT_THAT(changes(), IsEmpty());
  EXPECT_THAT(must(all->sessions(meeting)), IsEmpty());
  EXPECT_EQ(must(erased_at(meeting)), time.unix_ms());
  EXPECT_THAT(must(all->search({.tenant_id = 1}, "zanzibar7", 0, 10)).items, IsEmpty());
  EXPECT_EQ(must(all->search({.tenant_id = 1}, "stays", 0, 100)).items.size(), 100U);  // the other one
  if (!store::on_postgres()) {
    const auto is_anywhere = [&] {
      for (const auto& word : {std::string("zanzibar"), std::string("Zanzibar"), std::string("quicksilver"),
                               std::string("Melchior"), std::string("Balthasar"), key}) {
        if (is_in_a_file(word)) return true;
      }
      return false;
    };
    while (is_anywhere() && std::chrono::steady_clock::now() - began < std::chrono::seconds(20)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    EXPECT_FALSE(is_anywhere());
  }
  // Nothing comes back, and once more changes nothing.
  EXPECT_EQ(code(all->hear(meeting, "W1", {piece(0, 1'000, "Again")})), Errc::not_found);
  EXPECT_EQ(code(all->open_session({.meeting = meeting, .uid = "W9"})), Errc::not_found);
  const int rung = rings;
  must(all->erase(meeting));
  EXPECT_EQ(rings, rung);
}

TEST_F(ErasingTest, WhatItsBotsPrintedGoesToo) {
  Attempt bot{.meeting = meeting, .number = 1, .task_id = "t", .connection_id = "c", .output = "heard: zanzibar"};
  const auto output = [&] {
    std::string out;
    kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
      out = records::attempts_of(c, meeting).at(0).output;
      return Unit{};
    }));
    return out;
  };
  const auto put = [&](auto write) {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      write(tx, bot);
      return Unit{};
    }));
  };
  put(records::insert_attempt);
  put(records::update_attempt);
  end_meeting(meeting);
  EXPECT_EQ(output(), "heard: zanzibar");
  must(all->erase(meeting));
  EXPECT_EQ(output(), "");
  put(records::update_attempt);  // its end is seen late
  EXPECT_EQ(output(), "");
}

TEST_F(ErasingTest, NeedsAMeetingThatHasEnded) {
  begin("W1");
  hear("W1", {piece(0, 1'000, "Still there")});
  EXPECT_EQ(code(all->erase(meeting)), Errc::conflict);
  EXPECT_EQ(code(all->erase(meeting + 1'000'000)), Errc::not_found);
  EXPECT_THAT(said(), SizeIs(1));
}

// Cut off after any statement it is unreadable or whole, and the job ends what was begun.
TEST_F(ErasingTest, IsTakenUpAgainWhereverItWasCutOff) {
  for (int at = 0; at < 400; at += 3) {
    meeting = add_meeting();
    begin("W1");
    hear("W1", {piece(0, 1'000, "One word"), piece(2'000, 3'000, "Another word")});
    speaks("W1", 0, true, "Anna");
    end_meeting(meeting);
    faults.arm(at, store::FaultPlan::Kind::disk_full);
    const auto done = run(all->erase(meeting));
    const bool is_last = !faults.happened();
    faults.disarm();
    if (!done) EXPECT_THAT(read(), testing::AnyOf(IsEmpty(), SizeIs(2)));
    kill();
    if (!done && !read().empty()) must(all->erase(meeting));
    must(all->finish_erasures());
    ASSERT_EQ(left(), 0) << at;
    if (is_last) return;
  }
  FAIL() << "it did not end";
}

TEST_F(ErasingTest, WhatIsOldGoes) {
  constexpr std::int64_t kDay = 86'400'000;
  const auto now = time.unix_ms();
  std::vector<MeetingId> meetings;
  for (const std::optional<std::int64_t> days : {std::optional<std::int64_t>(), std::optional<std::int64_t>(5)}) {
    meeting = add_meeting();
    meetings.push_back(meeting);
    begin("W1");
    hear("W1", {piece(0, 1'000, "Words")});
    end_meeting(meeting);
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      tx.run("UPDATE mtg_meeting SET retention_days = ?2 WHERE id = ?1", meeting, days);
      return Unit{};
    }));
  }
  const auto kept = [&] {
    std::string out;
    for (const auto id : meetings) out += must(all->read(id, 0, 10)).items.empty() ? '-' : '+';
    return out;
  };
  must(all->forget_old({.now = now + 100 * kDay - kDay * 100}));
  EXPECT_EQ(kept(), "++");
  must(all->forget_old({.now = now + 5 * kDay - 1, .transcript_days = 10}));
  EXPECT_EQ(kept(), "++");
  must(all->forget_old({.now = now + 5 * kDay, .transcript_days = 10}));
  EXPECT_EQ(kept(), "+-");
  must(all->forget_old({.now = now + 10 * kDay, .transcript_days = 10}));
  EXPECT_EQ(kept(), "--");
  EXPECT_EQ(left(), 0);
  EXPECT_EQ(count("mtg_meeting"), 3);  // one is not over
  must(all->forget_old({.now = now + 19 * kDay, .meeting_days = 20}));
  EXPECT_EQ(count("mtg_meeting"), 3);
  must(all->forget_old({.now = now + 20 * kDay, .meeting_days = 20}));
  EXPECT_EQ(count("mtg_meeting"), 1);
  EXPECT_EQ(count("mtg_transcript"), 0);
  EXPECT_EQ(code(erased_at(meetings.front())), Errc::not_found);
}

class SearchTest : public TranscriptsTest {
 protected:
  std::vector<std::string> found(const std::string& query, records::Whose whose = {.tenant_id = 1}) {
    std::vector<std::string> out;
    for (const auto& one : must(all->search(whose, query, 0, 100)).items) out.push_back(one.segment.text);
    return out;
  }
};

TEST_F(SearchTest, FindsAllWordsOfFinalPieces) {
  begin("W1");
  hear("W1", {piece(0, 1'000, "The budget for Zürich is 42"), piece(1'000, 2'000, "Budgets are fine, OK"),
              piece(2'000, 3'000, "An open budget", false)});
  EXPECT_THAT(found("BUDGET"), testing::ElementsAre("Budgets are fine, OK", "The budget for Zürich is 42"));
  EXPECT_THAT(found("bud zurich"), testing::ElementsAre("The budget for Zürich is 42"));
  EXPECT_THAT(found("budgets"), testing::ElementsAre("Budgets are fine, OK"));
  EXPECT_THAT(found("budgerigar"), IsEmpty());  // it begins alike
  EXPECT_THAT(found("42"), SizeIs(1));
  EXPECT_THAT(found("4"), IsEmpty());
  EXPECT_THAT(found("ok"), SizeIs(1));
  time.advance(std::chrono::seconds(30));
  must(all->finish_pieces());
  EXPECT_THAT(found("budget"), SizeIs(3));
  must(all->retract(meeting, {"W1::0"}));
  EXPECT_THAT(found("zurich"), IsEmpty());
  EXPECT_EQ(code(all->search({.tenant_id = 1}, " ,.! ", 0, 10)), Errc::invalid_param);
  EXPECT_EQ(code(all->search({.tenant_id = 1}, "half \xc3", 0, 10)), Errc::invalid_param);
  EXPECT_EQ(code(all->search({.tenant_id = 1}, std::string(2'000, 'x'), 0, 10)), Errc::invalid_param);
}

TEST_F(SearchTest, OnlyOfMeetingsThatAreMeant) {
  const auto speak_in = [&](std::int64_t tenant, std::int64_t owner, std::string text) {
    meeting = add_meeting(tenant, owner);
    begin("W1");
    hear("W1", {piece(0, 1'000, std::move(text))});
  };
  speak_in(1, 7, "A secret of seven");
  speak_in(1, 8, "A secret of eight");
  speak_in(2, 7, "A secret of another tenant");
  EXPECT_THAT(found("secret"), testing::ElementsAre("A secret of eight", "A secret of seven"));
  EXPECT_THAT(found("secret", {.tenant_id = 1, .owner_id = 7}), testing::ElementsAre("A secret of seven"));
  EXPECT_THAT(found("secret", {.tenant_id = 3}), IsEmpty());
}

TEST_F(SearchTest, ReadsNoMoreOfTheIndexThanItMay) {
  begin("W1");
  hear("W1", {piece(0, 1'000, "A secret of mine")});
  meeting = add_meeting(1, 8);
  begin("W1");
  std::vector<Speech> others;
  for (int i = 0; i < 20; ++i) others.push_back(piece(i * 1'000, i * 1'000 + 900, "A secret"));
  hear("W1", others);
  kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
    const records::Whose whose{.tenant_id = 1, .owner_id = 7};
    const auto first = find_words(c, whose, {"a", "secret"}, std::numeric_limits<StreamPos>::max(), 20);
    EXPECT_EQ(first.read, 20);
    EXPECT_THAT(first.places, IsEmpty());
    const auto rest = find_words(c, whose, {"a", "secret"}, first.last, 20);
    EXPECT_EQ(rest.read, 1);
    EXPECT_THAT(rest.places, SizeIs(1));
    return Unit{};
  }));
  EXPECT_THAT(found("secret", {.tenant_id = 1, .owner_id = 7}), SizeIs(1));
}

TEST_F(SearchTest, GoesByPages) {
  begin("W1");
  for (int i = 0; i < 5; ++i) {
    std::vector<Speech> pieces;
    for (int k = 0; k < 90; ++k) {
      const auto at = (i * 90 + k) * 1'000;
      pieces.push_back(piece(at, at + 900, "word number " + std::to_string(i * 90 + k)));
    }
    hear("W1", pieces);
  }
  std::set<std::string> seen;
  std::int64_t from = 0;
  for (bool has_more = true; has_more; from += 100) {
    const auto page = must(all->search({.tenant_id = 1}, "word", from, 100));
    for (const auto& one : page.items) EXPECT_TRUE(seen.insert(one.segment.id).second);
    has_more = page.has_more;
    EXPECT_EQ(has_more, from < 400);
  }
  EXPECT_THAT(seen, SizeIs(450));
}

TEST_F(ErasingTest, WhatElseGoesGoesWithIt) {
  begin("W1");
  int gone = 0;
  const auto also = [&](store::Tx& tx) {
    ++gone;
    tx.run("UPDATE mtg_meeting SET native_id = '' WHERE id = ?1", meeting);
  };
  EXPECT_EQ(code(all->erase(meeting, also)), Errc::conflict);
  EXPECT_EQ(gone, 0) << "its bot is still there";
  end_meeting(meeting);
  must(all->erase(meeting, also));
  EXPECT_EQ(gone, 1);
  must(all->erase(meeting, also));
  EXPECT_EQ(gone, 2) << "it may have been deleted without it";
}

}  // namespace
}  // namespace troupe::meetings::transcripts
