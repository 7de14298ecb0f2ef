#include "meetings/commands/chat_said.h"

#include <gtest/gtest.h>

#include "meetings/commands/channels.h"

namespace troupe::meetings::commands {
namespace {

constexpr base::UnixMs kNow = 1'700'000'000'000;

Errc refused(std::string_view body) {
  const auto read = read_chat(body, kNow);
  EXPECT_FALSE(read) << body;
  return read ? Errc::internal : read.error().code();
}

TEST(ChatSaidTest, BothFormsAreRead) {
  const auto wrapped = read_chat(
      R"({"type":"chat.new_message","meeting":{"id":9},"payload":{"sender":"Anna","text":"Grüße","timestamp":5,"is_from_bot":true}})",
      kNow);
  ASSERT_TRUE(wrapped) << wrapped.error().message();
  EXPECT_EQ(wrapped->sender, "Anna");
  EXPECT_EQ(wrapped->text, "Grüße");
  EXPECT_TRUE(wrapped->is_from_bot);
  EXPECT_EQ(wrapped->said_ms, kNow) << "by our clock";
  for (const auto* flat :
       {R"({"type":"chat_message","sender":"Ben","text":"Hi"})", R"({"sender":"Ben","text":"Hi"})"}) {
    const auto read = read_chat(flat, kNow);
    ASSERT_TRUE(read) << flat;
    EXPECT_EQ(read->sender, "Ben");
    EXPECT_EQ(read->text, "Hi");
    EXPECT_FALSE(read->is_from_bot);
  }
  EXPECT_EQ(read_chat(R"({"text":"Hi","sender":7})", kNow).value().sender, "") << "nobody knows";
}

TEST(ChatSaidTest, WhatIsNoMessageIsRefused) {
  for (const auto* body :
       {"", "{}", "[]", "null", "{\"text\":", R"({"text":""})", R"({"text":7})", R"({"payload":[]})",
        R"({"payload":{},"text":"beside it"})", R"({"type":"speak.started","text":"x"})", R"({"type":7,"text":"x"})",
        "{\"text\":\"half \xc3\"}", R"({"text":"x","a":[[[[[[[[[[1]]]]]]]]]]})"}) {
    EXPECT_EQ(refused(body), Errc::bad_json) << body;
  }
  const auto with = [](std::size_t sender, std::size_t text) {
    return R"({"sender":")" + std::string(sender, 's') + R"(","text":")" + std::string(text, 't') + "\"}";
  };
  EXPECT_TRUE(read_chat(with(kMostChatSenderBytes, 1'000), kNow));
  EXPECT_EQ(refused(with(kMostChatSenderBytes + 1, 1)), Errc::too_large);
  EXPECT_EQ(refused(with(1, kMostChatBytes)), Errc::too_large);
}

TEST(ChatSaidTest, AChannelNamesOneMeetingInOneWay) {
  EXPECT_EQ(meeting_of_chat(chat_channel(42)), 42);
  for (const auto* channel : {"va:meeting::chat", "va:meeting:0:chat", "va:meeting:-1:chat", "va:meeting:042:chat",
                              "va:meeting:4x:chat", "va:meeting:42:chat:chat", "va:meeting:42:events",
                              "va:meeting:chat", "va:meeting:99999999999999999999:chat", "xa:meeting:42:chat", ""}) {
    EXPECT_FALSE(meeting_of_chat(channel)) << channel;
  }
}

}  // namespace
}  // namespace troupe::meetings::commands
