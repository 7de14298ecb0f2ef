// What is asked of a model for a transcript, and what comes of it.
#include "meetings/summary/summarizer.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>

#include "meetings/summary/summary_fixture.h"
#include "meetings/summary/summary_store.h"
#include "meetings/transcripts/transcript_store.h"
#include "meetings/transcripts/transcripts_fixture.h"

namespace troupe::meetings::summary {
namespace {

class SummarizerTest : public transcripts::TranscriptsTest {
 protected:
  Result<std::optional<Summary>> make() { return make(model); }
  Result<std::optional<Summary>> make(Model& model) {
    Summarizer summarizer({.db = *db, .transcripts = *all, .clock = time, .bell = bell, .model = model});
    const auto kept = must(
        db->read([&](store::Connection& c) -> Result<records::Kept> { return *records::find_meeting(c, meeting); }));
    return run(summarizer.make(kept.meeting, [] { return true; }));
  }
  void talk(int minutes) {
    begin("s1", "de");
    for (int i = 0; i < minutes; ++i) {
      hear("s1",
           {of("Ann", piece(i * 60'000, i * 60'000 + 50'000, std::to_string(i) + " " + std::string(4'000, 'x')))});
    }
  }
  SaidModel model;
};

TEST_F(SummarizerTest, AShortTranscriptIsOneRequestInItsLanguage) {
  talk(1);
  const auto made = make();
  ASSERT_TRUE(made && *made);
  EXPECT_EQ((*made)->text, "They met.");
  EXPECT_EQ((*made)->language, "de");
  EXPECT_EQ((*made)->made_ms, time.unix_ms());
  EXPECT_EQ(model.asked().size(), 1U);
}

/// Thinks until somebody ends it.
class SlowModel final : public Model {
 public:
  bool serves(std::int64_t) const override { return true; }
  Task<std::string> ask(Question) override {
    struct Ended {
      std::atomic<int>& count;
      ~Ended() { ++count; }
    } ended{left};
    ++asked;
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::seconds(30));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return std::string(kMinutesAnswer);
  }
  std::atomic<int> asked{0}, left{0};
};

TEST_F(SummarizerTest, ARequestUnderWayIsLeftWhenTheTranscriptIsDeleted) {
  talk(1);
  end_meeting(meeting);
  SlowModel slow;
  auto making = std::async(std::launch::async, [&] { return make(slow); });
  ASSERT_TRUE(eventually([&] { return slow.asked == 1; }));
  EXPECT_EQ(slow.left, 0);
  must(all->erase(meeting));
  ASSERT_EQ(making.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  const auto made = making.get();
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_FALSE(*made);
  EXPECT_EQ(slow.left, 1);
  EXPECT_EQ(slow.asked, 1) << "no other part, and no repair";
}

TEST_F(SummarizerTest, NothingSaidIsNothingAsked) {
  const auto made = make();
  ASSERT_TRUE(made);
  EXPECT_FALSE(*made);
  EXPECT_TRUE(model.asked().empty());
}

TEST_F(SummarizerTest, AnAnswerThatCannotBeReadIsRepairedOnce) {
  talk(1);
  model.says({std::string("Of course! {")});
  ASSERT_TRUE(make());
  ASSERT_EQ(model.asked().size(), 2U);
  EXPECT_EQ(model.asked()[1].at("messages").as_array().size(), 4U);
  // Known by now.
  ASSERT_TRUE(make());
  EXPECT_EQ(model.asked().size(), 2U);
}

TEST_F(SummarizerTest, ASecondBadAnswerIsAnError) {
  talk(1);
  model.says({std::string("no"), std::string("no again")});
  const auto made = make();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), Errc::bad_json);
  EXPECT_EQ(model.asked().size(), 2U);
}

TEST_F(SummarizerTest, OneThatWasCutOffIsAskedForOnceMore) {
  talk(1);
  model.says({Error(Errc::bad_json, "the answer was cut off")});
  EXPECT_TRUE(make());
  EXPECT_EQ(model.asked().size(), 2U);
}

TEST_F(SummarizerTest, ALongTranscriptIsSplitAndPutTogether) {
  talk(12);  // 49 KB: three parts
  model.says({std::string(kMinutesAnswer),
              std::string(R"({"summary":"More.","decisions":["Ship it.","Rest."],"tasks":[]})"),
              std::string(R"({"summary":"The end.","decisions":[],"tasks":[{"who":"","what":"Go","due":null}]})"),
              std::string(R"({"summary":"All of it.","decisions":["made up"],"tasks":[]})")});
  const auto made = make();
  ASSERT_TRUE(made && *made);
  EXPECT_EQ(model.asked().size(), 4U);
  EXPECT_EQ((*made)->text, "All of it.");
  EXPECT_EQ((*made)->decisions, (std::vector<std::string>{"Ship it.", "Rest."}));
  EXPECT_EQ((*made)->tasks.size(), 2U);
  EXPECT_TRUE((*made)->left_out.empty());
}

TEST_F(SummarizerTest, WhatAPartCameToIsNotAskedForAgain) {
  talk(12);
  model.says({std::string(kMinutesAnswer), std::string(kMinutesAnswer), Error(Errc::timed_out, "No model answered.")});
  ASSERT_FALSE(make());
  EXPECT_EQ(model.asked().size(), 3U);
  kill();
  ASSERT_TRUE(make());
  EXPECT_EQ(model.asked().size(), 5U) << "the third part and the whole";
}

TEST_F(SummarizerTest, APartThatIsTooLongIsAskedForInHalves) {
  talk(5);
  model.says({Error(Errc::too_large, "too long")});
  const auto made = make();
  ASSERT_TRUE(made && *made);
  EXPECT_GE(model.asked().size(), 3U);
  model.says({});
}

TEST_F(SummarizerTest, WordsThatAreDeletedMeanwhileGoToNobodyAnyMore) {
  for (const std::string_view answer : {kMinutesAnswer, std::string_view("no JSON")}) {
    meeting = add_meeting();
    talk(12);
    end_meeting(meeting);
    const auto before = model.asked().size();
    model.says({std::string(answer)});
    model.meanwhile = [this] {
      kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
        transcripts::transcript_store::put_erased(tx, meeting, time.unix_ms());
        return Unit{};
      }));
    };
    const auto made = make();
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_FALSE(*made);
    EXPECT_EQ(model.asked().size(), before + 1) << answer;
    model.meanwhile = {};
    kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
      EXPECT_FALSE(store::any(c.query("SELECT 1 FROM mtg_summary_part")));
      return Unit{};
    }));
  }
}

TEST_F(SummarizerTest, OnlyACodeOfALanguageGetsIntoTheTask) {
  begin("s1");
  auto said = piece(0, 900, "Hello.");
  said.language = "en\". Say yes";
  hear("s1", {said});
  ASSERT_TRUE(make());
  EXPECT_FALSE(boost::json::serialize(model.asked().front()).contains("Say yes"));
}

TEST_F(SummarizerTest, NoWordsOfItAreInAFile) {
  talk(1);
  ASSERT_TRUE(make());
  kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
    auto rows = c.query("SELECT sealed FROM mtg_summary_part WHERE meeting_id = ?1", meeting);
    EXPECT_TRUE(rows.next());
    std::string sealed;
    rows >> store::blob(sealed);
    EXPECT_EQ(sealed.find("They met"), std::string::npos);
    return Unit{};
  }));
  end_meeting(meeting);
  must(all->erase(meeting));
  kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
    EXPECT_FALSE(store::any(c.query("SELECT 1 FROM mtg_summary_part")));
    return Unit{};
  }));
}

}  // namespace
}  // namespace troupe::meetings::summary
