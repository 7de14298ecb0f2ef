#include "fleet/turns/rules.h"

#include <gtest/gtest.h>

#include "fleet/answers/reply_content.h"

namespace troupe::fleet::turns {
namespace {

matrix::FeedEvent message(boost::json::object content) {
  matrix::FeedEvent event;
  event.type = "m.room.message";
  event.sender = "@anna:localhost";
  event.content = std::move(content);
  return event;
}
boost::json::object text(std::string_view body) { return {{"msgtype", "m.text"}, {"body", body}}; }

constexpr Reader kReader{.bot_id = "helper", .user_id = "@bot_helper:localhost", .display_name = "Helper Bot"};

TEST(ReadMessage, TakesTextEmoteAndNoticeOnly) {
  EXPECT_EQ(read_message(message(text("hello")))->text, "hello");
  EXPECT_TRUE(read_message(message({{"msgtype", "m.emote"}, {"body", "waves"}})));
  EXPECT_TRUE(read_message(message({{"msgtype", "m.notice"}, {"body", "beep"}}))->notice);
  EXPECT_FALSE(read_message(message(text("hello")))->notice);
  for (const char* other : {"m.image", "m.file", "org.example.x", ""}) {
    EXPECT_FALSE(read_message(message({{"msgtype", other}, {"body", "x"}}))) << other;
  }
}

TEST(ReadMessage, HostileContentIsNoMessage) {
  EXPECT_FALSE(read_message(message({})));
  EXPECT_FALSE(read_message(message({{"msgtype", "m.text"}})));
  EXPECT_FALSE(read_message(message({{"msgtype", 7}, {"body", "x"}})));
  EXPECT_FALSE(read_message(message({{"msgtype", "m.text"}, {"body", {{"a", 1}}}})));
  auto odd = text("x");
  odd["m.relates_to"] = "not an object";
  EXPECT_TRUE(read_message(message(odd)));
  odd["m.relates_to"] = {{"m.in_reply_to", 3}, {"rel_type", nullptr}};
  EXPECT_TRUE(read_message(message(odd)));
  auto state = message(text("x"));
  state.state_key = "";
  EXPECT_FALSE(read_message(state));
}

TEST(ReadMessage, EditsAreNotMessages) {
  auto edit = text("* hello");
  edit["m.relates_to"] = {{"rel_type", "m.replace"}, {"event_id", "$x"}};
  EXPECT_FALSE(read_message(message(edit)));
}

TEST(ReadMessage, AReplyLosesItsQuote) {
  auto reply = text("> <@anna:localhost> first\n> second\n\nthe answer");
  EXPECT_EQ(read_message(message(reply))->text, "> <@anna:localhost> first\n> second\n\nthe answer") << "no relation";
  reply["m.relates_to"] = {{"m.in_reply_to", {{"event_id", "$q"}}}};
  auto read = read_message(message(reply));
  EXPECT_EQ(read->text, "the answer");
  EXPECT_EQ(read->replies_to, "$q");
  reply["body"] = "> only a quote";
  EXPECT_EQ(read_message(message(reply))->text, "> only a quote");
}

TEST(ReadMessage, AThreadsFallbackIsNoReply) {
  auto threaded = text("hello");
  threaded["m.relates_to"] = {{"rel_type", "m.thread"},
                              {"event_id", "$root"},
                              {"is_falling_back", true},
                              {"m.in_reply_to", {{"event_id", "$last"}}}};
  auto read = read_message(message(threaded));
  EXPECT_EQ(read->thread_root, "$root");
  EXPECT_TRUE(read->replies_to.empty());
}

TEST(ReadMessage, ABrokenMarkCountsAsFarAway) {
  for (boost::json::value mark : {boost::json::value(boost::json::object()), boost::json::value({{"hops", -4}}),
                                  boost::json::value({{"hops", "1"}})}) {
    auto marked = text("x");
    marked[answers::kBotMark] = mark;
    auto read = read_message(message(marked));
    EXPECT_TRUE(read->by_bot);
    EXPECT_EQ(read->hops, answers::kMaxHops);
  }
  auto marked = text("x");
  marked[answers::kBotMark] = {{"bot", "other"}, {"hops", 2}};
  EXPECT_EQ(read_message(message(marked))->hops, 2);
}

bool mentioned(boost::json::object content) {
  auto event = message(std::move(content));
  return is_mentioned(*read_message(event), kReader);
}

TEST(Mention, ByTheMentionsMember) {
  auto content = text("hey");
  content["m.mentions"] = {{"user_ids", {"@bot_helper:localhost"}}};
  EXPECT_TRUE(mentioned(content));
  content["m.mentions"] = {{"user_ids", {"@bot_helper:elsewhere", 7, nullptr}}};
  EXPECT_FALSE(mentioned(content));
  content["m.mentions"] = {{"room", true}};
  EXPECT_FALSE(mentioned(content));
}

TEST(Mention, ByALinkOfAnOlderClient) {
  auto content = text("Helper Bot hi");
  content["formatted_body"] = R"(<a href="https://matrix.to/#/@bot_helper:localhost">Helper Bot</a> hi)";
  EXPECT_TRUE(mentioned(content));
  content["formatted_body"] =
      R"(<a href="https://matrix.to/#/@ben:x">Ben</a> <a href="https://matrix.to/#/@bot_helper:localhost.org">)";
  EXPECT_FALSE(mentioned(content)) << "somebody else";
  content["formatted_body"] = "matrix.to/#/";
  EXPECT_FALSE(mentioned(content));
}

TEST(Mention, TheMentionsMemberBeatsTheText) {
  auto content = text("I wrote to @bot_helper:localhost yesterday");
  EXPECT_TRUE(mentioned(content)) << "an old client";
  content["m.mentions"] = boost::json::object();
  EXPECT_FALSE(mentioned(content)) << "a new client that mentions nobody";
}

TEST(Mention, ByNameInFront) {
  for (const char* body : {"helper: hi", "Helper, hi", "@helper: hi", "Helper Bot: hi", "bot_helper: hi", "!helper hi",
                           "!helper", "@bot_helper:localhost hi"}) {
    EXPECT_TRUE(mentioned(text(body))) << body;
  }
  for (const char* body : {"helpers: hi", "my helper: hi", "helper hi", "!helperx hi", "hi !helper", ""}) {
    EXPECT_FALSE(mentioned(text(body))) << body;
  }
}

TEST(Mention, IsTakenOffTheText) {
  EXPECT_EQ(strip_mention("helper: what is this?", kReader), "what is this?");
  EXPECT_EQ(strip_mention("!helper what", kReader), "what");
  EXPECT_EQ(strip_mention("no name here: really", kReader), "no name here: really");
  EXPECT_EQ(strip_mention("@Helper Bot:   x", kReader), "x");
}

struct Case {
  const char* name;
  brains::Respond respond;
  std::int64_t members;
  bool only_bot, sender_is_bot, replies, in_thread;
  const char* body;
  bool answered;
};

TEST(Addressed, FollowsTheTable) {
  const Case cases[] = {
      {"two people", brains::Respond::automatic, 2, true, false, false, false, "hi", true},
      {"alone", brains::Respond::automatic, 1, true, false, false, false, "hi", true},
      {"a group", brains::Respond::automatic, 3, true, false, false, false, "hi", false},
      {"a group, by name", brains::Respond::automatic, 3, true, false, false, false, "helper: hi", true},
      {"a group, a reply", brains::Respond::automatic, 3, true, false, true, false, "hi", true},
      {"a group, always", brains::Respond::always, 30, false, true, false, false, "hi", true},
      {"two people, mention only", brains::Respond::mention, 2, true, false, false, false, "hi", false},
      {"mention only, by name", brains::Respond::mention, 2, true, false, false, false, "helper: hi", true},
  };
  for (const auto& c : cases) {
    auto event = message(text(c.body));
    auto reader = kReader;
    reader.respond = c.respond;
    Surroundings around{.joined_members = c.members,
                        .only_bot = c.only_bot,
                        .sender_is_bot = c.sender_is_bot,
                        .replies_to_reader = c.replies,
                        .reader_in_thread = c.in_thread};
    EXPECT_EQ(is_addressed(*read_message(event), reader, around), c.answered) << c.name;
  }
}

TEST(Addressed, ThreadsGoOnWhenTheBotIsAloneAmongBots) {
  auto content = text("and then?");
  content["m.relates_to"] = {{"rel_type", "m.thread"}, {"event_id", "$root"}};
  auto event = message(content);
  auto read = *read_message(event);
  Surroundings around{.joined_members = 5, .only_bot = true, .reader_in_thread = true};
  EXPECT_TRUE(is_addressed(read, kReader, around));
  around.only_bot = false;
  EXPECT_FALSE(is_addressed(read, kReader, around));
  around.only_bot = true;
  around.sender_is_bot = true;
  EXPECT_FALSE(is_addressed(read, kReader, around));
}

TEST(Addressed, AThreadWithAnotherBotNeedsAName) {
  auto content = text("and then?");
  content["m.relates_to"] = {{"rel_type", "m.thread"}, {"event_id", "$root"}};
  auto event = message(content);
  auto reader = kReader;
  reader.respond = brains::Respond::always;
  Surroundings around{.joined_members = 2, .only_bot = false, .other_bot_in_thread = true};
  EXPECT_FALSE(is_addressed(*read_message(event), reader, around));
  around.replies_to_reader = true;
  EXPECT_TRUE(is_addressed(*read_message(event), reader, around));
  around.replies_to_reader = false;
  event.content["body"] = "helper: and then?";
  EXPECT_TRUE(is_addressed(*read_message(event), reader, around));
  event.content.erase("m.relates_to");
  event.content["body"] = "and then?";
  EXPECT_TRUE(is_addressed(*read_message(event), reader, around)) << "not in the thread";
}

TEST(Judge, SaysWhatBecomesOfAMessage) {
  auto event = message(text("hi"));
  const auto said = *read_message(event);
  const Surroundings two{.joined_members = 2};
  auto state = [&](Reader reader, Surroundings around = {.joined_members = 2}) {
    auto verdict = judge(said, reader, around);
    return verdict ? std::string(to_string(verdict->state)) : "nothing";
  };
  EXPECT_EQ(state(kReader), "asked");
  EXPECT_EQ(state(kReader, {.joined_members = 3}), "nothing");
  auto reader = kReader;
  reader.takes_more = false;
  EXPECT_EQ(state(reader), "skipped_overload");
  reader.running = false;
  EXPECT_EQ(state(reader), "skipped_stopped");
  reader.bots_in_a_row = 5;
  EXPECT_EQ(state(reader, {.joined_members = 2, .sender_is_bot = true, .bot_streak = 6}), "skipped_loop");
  EXPECT_EQ(state(reader, {.joined_members = 2, .sender_is_bot = true, .bot_streak = 5}), "skipped_stopped");
  EXPECT_EQ(state(reader, {.joined_members = 2, .sender_is_bot = false, .bot_streak = 6}), "skipped_stopped");
  auto notice = *read_message(message({{"msgtype", "m.notice"}, {"body", "beep"}}));
  EXPECT_FALSE(judge(notice, kReader, two));
  reader = kReader;
  reader.hears_notices = true;
  EXPECT_TRUE(judge(notice, reader, two));
}

TEST(Hear, ReadsEachKindOnce) {
  auto heard = [](std::string type, boost::json::object content, std::optional<std::string> state_key = std::nullopt) {
    auto event = message(std::move(content));
    event.type = std::move(type);
    event.state_key = std::move(state_key);
    return hear(std::move(event));
  };
  using enum Heard::Kind;
  auto member = heard("m.room.member", {{"membership", "join"}}, "@anna:localhost");
  EXPECT_EQ(member.kind, membership);
  EXPECT_EQ(member.membership, "join");
  auto reacted = heard("m.reaction", {{"m.relates_to", {{"event_id", "$a"}, {"key", "1"}}}});
  EXPECT_EQ(reacted.kind, reaction);
  EXPECT_EQ(reacted.target + reacted.key, "$a1");
  EXPECT_EQ(heard("m.reaction", {{"m.relates_to", 7}}).target, "");
  EXPECT_EQ(heard("m.room.redaction", {{"redacts", "$a"}}).target, "$a");
  EXPECT_EQ(heard("m.room.encryption", {}, "").kind, encryption);
  EXPECT_EQ(heard("m.room.encryption", {}).kind, other);
  EXPECT_EQ(heard("m.room.encrypted", {}).kind, encrypted);
  auto edit = text("* hello");
  edit["m.relates_to"] = {{"rel_type", "m.replace"}, {"event_id", "$x"}};
  edit[answers::kBotMark] = boost::json::object();
  auto edited = heard("m.room.message", edit);
  EXPECT_EQ(edited.kind, Heard::Kind::message);
  EXPECT_FALSE(edited.message);
  EXPECT_TRUE(edited.by_bot);
}

}  // namespace
}  // namespace troupe::fleet::turns
