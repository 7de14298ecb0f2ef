// What people say to what is put before them, and how that is shown.
#include "assistant/surfaces/words.h"

#include <gtest/gtest.h>

namespace troupe::assistant::surfaces {
namespace {

TEST(SurfaceWordsTest, YesAndNoAreTheWholeText) {
  for (const auto* text : {"yes", "Yes!", " OK. ", "✅", "✅\xef\xb8\x8f", "👍", "ja", "да", "Run it"}) {
    EXPECT_EQ(word_of(text), Word::yes) << text;
  }
  for (const auto* text : {"no", "No.", "❌", "👎", "nein"}) EXPECT_EQ(word_of(text), Word::no) << text;
  EXPECT_EQ(word_of("Cancel"), Word::cancel);
  for (const auto* text : {"", "yes but only the first", "no idea", "yesterday", "okay then do the roof"}) {
    EXPECT_EQ(word_of(text), Word::none) << text;
  }
}

TEST(SurfaceWordsTest, NumbersAreDigitsOrKeys) {
  EXPECT_EQ(number_of("3"), 3U);
  EXPECT_EQ(number_of(" 3. "), 3U);
  EXPECT_EQ(number_of("#12"), 12U);
  for (std::size_t number = 1; number <= 10; ++number) EXPECT_EQ(number_of(emoji_of(number)), number);
  EXPECT_EQ(emoji_of(11), "");
  for (const auto* text : {"", "0", "101", "-1", "1.5", "99999999999999999999", "one", "3 of them"}) {
    EXPECT_EQ(number_of(text), std::nullopt) << text;
  }
  EXPECT_TRUE(may_answer("1️⃣"));
  EXPECT_TRUE(may_answer("✅"));
  EXPECT_FALSE(may_answer("yes")) << "a reaction in letters is somebody's joke";
  EXPECT_FALSE(may_answer("🎉"));
}

tasks::TaskView view_in(tasks::Phase phase) {
  tasks::TaskView view;
  view.task.phase = phase;
  return view;
}

dialogue::Reply saying(dialogue::ReplyKind kind, std::string message) {
  dialogue::Reply reply;
  reply.kind = kind;
  reply.message = std::move(message);
  return reply;
}

dialogue::Reply wanting(std::string text) {
  tasks::Approval approval;
  approval.id = "a1";
  approval.asker = "@anna:localhost";
  tasks::JsonObject args{{"text", std::move(text)}};
  approval.calls.push_back(tasks::JsonObject{{"action", "slack.send_message"},
                                             {"request", "POST https://slack.example/api/chat.postMessage"},
                                             {"args", std::move(args)}});
  auto reply = saying(dialogue::ReplyKind::approval, "Approve?");
  reply.view = view_in(tasks::Phase::awaiting_approval);
  reply.view->approval = std::move(approval);
  return reply;
}

TEST(SurfaceWordsTest, NobodyApprovesWhatIsNotShown) {
  auto put = shown(wanting("hello"));
  EXPECT_EQ(put.picks.size(), 2U);
  EXPECT_NE(put.text.find("{\"text\":\"hello\"}"), std::string::npos);
  EXPECT_NE(put.text.find("`slack.send_message` · `POST https://slack.example/api/chat.postMessage`"),
            std::string::npos);
  EXPECT_NE(shown(wanting("10 \u202E001")).text.find(R"(10 \u202e001)"), std::string::npos) << "not turned around";
  put = shown(wanting(std::string(kMaxShownBytes, 'x')));
  EXPECT_TRUE(put.picks.empty());
  EXPECT_NE(put.text.find("in the console"), std::string::npos);
  EXPECT_LE(put.text.size(), kMaxShownBytes);
}

TEST(SurfaceWordsTest, ALongMessageIsOneMessage) {
  const auto reply = saying(dialogue::ReplyKind::result, std::string(100'000, 'x'));
  EXPECT_LE(shown(reply).text.size(), kMaxShownBytes);
}

TEST(SurfaceWordsTest, WhatWasToldSaysWhetherThereIsNews) {
  EXPECT_EQ(told_of(view_in(tasks::Phase::planned)), "planned");
  EXPECT_EQ(told_of(view_in(tasks::Phase::executing)), "");
  EXPECT_TRUE(is_end(told_of(view_in(tasks::Phase::rejected))));
  auto asking = view_in(tasks::Phase::awaiting_answer);
  asking.question.emplace().id = "q1";
  EXPECT_EQ(told_of(asking), "q:q1");
}

}  // namespace
}  // namespace troupe::assistant::surfaces
