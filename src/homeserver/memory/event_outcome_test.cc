#include "homeserver/memory/event_outcome.h"

#include <gmock/gmock.h>

namespace troupe::homeserver::memory {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

matrix::Event event(std::string type, JsonObject content, std::optional<std::string> state_key = {}) {
  matrix::Event made;
  made.type = std::move(type);
  made.sender = "@alice:example.org";
  made.state_key = std::move(state_key);
  made.content = std::move(content);
  return made;
}

std::uint32_t flags(const matrix::Event& of, bool may_notify_room = true) {
  return outcome_of(of, [=] { return may_notify_room; }).flags;
}

TEST(EventOutcome, FollowsThePredefinedRules) {
  JsonObject edit{{"m.relates_to", {{"rel_type", "m.replace"}, {"event_id", "$e"}}}};
  JsonObject threaded{{"m.relates_to", {{"rel_type", "m.thread"}, {"event_id", "$e"}}}};
  EXPECT_EQ(flags(event("m.room.message", {{"msgtype", "m.text"}})), kNotifies);
  EXPECT_EQ(flags(event("m.room.message", {{"msgtype", "m.notice"}})), 0U);
  EXPECT_EQ(flags(event("m.room.encrypted", {})), kNotifies);
  EXPECT_EQ(flags(event("m.call.invite", {})), kNotifies);
  EXPECT_EQ(flags(event("m.reaction", {})), 0U);
  EXPECT_EQ(flags(event("org.example", {})), 0U);
  EXPECT_EQ(flags(event("m.room.message", edit)), kIsEdit);
  EXPECT_EQ(flags(event("m.room.message", threaded)), kNotifies | kInThread);
  EXPECT_EQ(flags(event("m.room.name", {}, "")), kIsState);
  EXPECT_EQ(flags(event("m.room.tombstone", {}, "")), kIsState | kNotifies | kHighlightsRoom);
  EXPECT_EQ(flags(event("m.room.tombstone", {}, "x")), kIsState);
  EXPECT_EQ(flags(event("m.room.server_acl", {}, "")), kIsState);
}

TEST(EventOutcome, RoomMentionsNeedTheLevel) {
  auto all = event("m.room.message", {{"m.mentions", {{"room", true}}}});
  EXPECT_EQ(flags(all, true), kNotifies | kHighlightsRoom);
  EXPECT_EQ(flags(all, false), kNotifies);
  EXPECT_EQ(flags(event("m.room.message", {{"m.mentions", {{"room", "yes"}}}})), kNotifies);
  EXPECT_EQ(flags(event("m.room.message", {{"msgtype", "m.notice"}, {"m.mentions", {{"room", true}}}})), 0U);
}

TEST(EventOutcome, TheWordForTheRoomCountsWithoutMentions) {
  const auto says = [](const char* body) { return event("m.room.message", {{"msgtype", "m.text"}, {"body", body}}); };
  EXPECT_EQ(flags(says("hi @room!"), true), kNotifies | kHighlightsRoom);
  EXPECT_EQ(flags(says("@ROOM"), true), kNotifies | kHighlightsRoom);
  EXPECT_EQ(flags(says("hi @room!"), false), kNotifies);
  EXPECT_EQ(flags(says("hi @roommate"), true), kNotifies);
  EXPECT_EQ(flags(event("m.room.message", {{"body", "@room"}, {"m.mentions", JsonObject()}})), kNotifies);
  EXPECT_EQ(flags(event("m.room.message", {{"msgtype", "m.notice"}, {"body", "@room"}})), 0U);
}

TEST(EventOutcome, WhatMayNameSomebodyIsMarked) {
  JsonObject edit{{"body", "* bob"}, {"m.relates_to", {{"rel_type", "m.replace"}, {"event_id", "$e"}}}};
  EXPECT_EQ(flags(event("m.room.message", edit)), kIsEdit | kMayName);
  EXPECT_EQ(flags(event("org.example", {{"body", "bob"}})), kMayName);
  EXPECT_EQ(flags(event("org.example", {{"body", "bob"}, {"m.mentions", JsonObject()}})), 0U);
  EXPECT_EQ(flags(event("m.reaction", {{"m.mentions", {{"user_ids", {"@bob:x"}}}}})), kMayName);
  EXPECT_EQ(flags(event("m.room.message", {{"body", "bob"}})), kNotifies);
}

TEST(EventOutcome, NamesWhoIsMentionedOrInvited) {
  auto no = [] { return false; };
  auto mention = event("m.reaction", {{"m.mentions", {{"user_ids", {"@bob:x", "@bob:x", 5, "@alice:example.org"}}}}});
  EXPECT_THAT(outcome_of(mention, no).mentions, testing::ElementsAre("@bob:x"));
  JsonArray many;
  for (int i = 0; i < 5000; ++i) many.emplace_back("@user" + std::to_string(i) + ":x");
  auto crowd = event("m.room.message", {{"m.mentions", {{"user_ids", many}}}});
  EXPECT_EQ(outcome_of(crowd, no).mentions.size(), kMaxMentions);
  EXPECT_TRUE(outcome_of(event("m.room.message", {{"m.mentions", {{"user_ids", "@bob:x"}}}}), no).mentions.empty());
  EXPECT_TRUE(outcome_of(event("m.room.message", {{"m.mentions", JsonArray{}}}), no).mentions.empty());

  EXPECT_EQ(outcome_of(event("m.room.member", {{"membership", "invite"}}, "@bob:x"), no).invited, "@bob:x");
  EXPECT_EQ(outcome_of(event("m.room.member", {{"membership", "join"}}, "@bob:x"), no).invited, "");
}

}  // namespace
}  // namespace troupe::homeserver::memory
