#include "fleet/answers/reply_content.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "fleet/turns/rules.h"

namespace troupe::fleet::answers {
namespace {

const ReplyTarget kTarget{
    .bot_id = "helper", .msgtype = "m.notice", .event_id = "$q", .thread_root = "", .quote = false, .hops = 2};

std::string body_of(const boost::json::value& content) {
  return boost::json::value_to<std::string>(content.as_object().at("body"));
}

TEST(ReplyContents, SaysWhoAnswersWhatAndMentionsNobody) {
  auto contents = reply_contents({.text = "hello", .html = "<b>hello</b>"}, kTarget);
  ASSERT_EQ(contents.size(), 1U);
  const auto& content = contents[0].as_object();
  EXPECT_EQ(content.at("msgtype"), "m.notice");
  EXPECT_EQ(content.at("body"), "hello");
  EXPECT_EQ(content.at("formatted_body"), "<b>hello</b>");
  EXPECT_TRUE(content.at("m.mentions").as_object().empty());
  EXPECT_EQ(content.at(kBotMark).as_object().at("hops"), 2);
  EXPECT_EQ(content.at(kBotMark).as_object().at("answers"), "$q");
  EXPECT_FALSE(content.contains("m.relates_to"));
}

TEST(ReplyContents, NothingToSayIsNoMessage) {
  EXPECT_TRUE(reply_contents({.text = "", .html = "<p></p>"}, kTarget).empty());
  EXPECT_TRUE(reply_contents({.text = std::string(3, '\0')}, kTarget).empty());
}

TEST(ReplyContents, QuotesInGroupsAndStaysInThreads) {
  auto target = kTarget;
  target.quote = true;
  auto quoted = reply_contents({.text = "x"}, target);
  EXPECT_EQ(quoted[0].at("m.relates_to").at("m.in_reply_to").at("event_id"), "$q");
  target.thread_root = "$root";
  auto threaded = reply_contents({.text = "x"}, target);
  EXPECT_EQ(threaded[0].at("m.relates_to").at("rel_type"), "m.thread");
  EXPECT_EQ(threaded[0].at("m.relates_to").at("event_id"), "$root");
}

TEST(ReplyContents, LongTextsBecomePartsThatFit) {
  std::string text;
  for (int i = 0; i < 3'000; ++i) text += "This is paragraph " + std::to_string(i) + ".\n\n";
  auto contents = reply_contents({.text = text}, kTarget);
  ASSERT_GT(contents.size(), 1U);
  std::string joined;
  for (const auto& content : contents) {
    EXPECT_LT(boost::json::serialize(content).size(), 60'000U);
    joined += body_of(content);
  }
  EXPECT_EQ(joined, text);
  EXPECT_TRUE(body_of(contents[0]).ends_with("\n\n"));
}

TEST(ReplyContents, EscapesCountAndCharactersStayWhole) {
  std::string control(40'000, '\x01');
  for (const auto& content : reply_contents({.text = control}, kTarget)) {
    EXPECT_LT(boost::json::serialize(content).size(), 60'000U);
  }
  std::string wide;
  for (int i = 0; i < 20'000; ++i) wide += "€";
  std::string joined;
  for (const auto& content : reply_contents({.text = wide}, kTarget)) {
    EXPECT_TRUE(base::is_utf8(body_of(content)));
    joined += body_of(content);
  }
  EXPECT_EQ(joined, wide);
}

TEST(ReplyContents, EveryPartAndEveryEditFits) {
  Reply reply;
  while (reply.text.size() < 60'000)
    reply.text += "- **bold** and `code` and [a link](https://example.org/\"quoted\")\n";
  for (int i = 0; i < 30; ++i) {
    reply.suggestions.push_back(std::string(290, '"'));
    reply.footnotes.push_back({.title = std::string(290, '<'), .text = std::string(290, '&'), .url = "https://x.org"});
  }
  auto target = kTarget;
  target.streamed = true;
  auto contents = reply_contents(reply, target);
  ASSERT_GT(contents.size(), 1U);
  for (const auto& content : contents) EXPECT_LT(boost::json::serialize(content).size(), 61'440U);
  EXPECT_LT(boost::json::serialize(edit_content(contents[0].as_object(), "$e")).size(), 61'440U);
  reply.text = std::string(12'000, 'x');
  contents = reply_contents(reply, target);
  EXPECT_LT(boost::json::serialize(edit_content(contents[0].as_object(), "$e")).size(), 61'440U);
}

TEST(ReplyContents, EndlessTextIsCutWithAMark) {
  auto contents = reply_contents({.text = std::string(2'000'000, 'x')}, kTarget);
  ASSERT_EQ(contents.size(), kMaxParts);
  EXPECT_TRUE(body_of(contents.back()).ends_with("(cut)"));
}

TEST(TransactionId, IsStableAndDiffersByBotEventAndPart) {
  auto id = transaction_id("@a:x", "$e", 0);
  EXPECT_EQ(id, transaction_id("@a:x", "$e", 0));
  EXPECT_NE(id, transaction_id("@a:x", "$e", 1));
  EXPECT_NE(id, transaction_id("@b:x", "$e", 0));
  EXPECT_NE(id, transaction_id("@a:x", "$f", 0));
  EXPECT_NE(transaction_id("@a:x", "$e", 0), transaction_id("@a:x$", "e", 0));
  EXPECT_LE(id.size(), 255U);
  EXPECT_NE(idempotency_key("@a:x", "$e"), id);
}

}  // namespace
}  // namespace troupe::fleet::answers
