// How bots behave in rooms: whose invites they accept, how much they say, and that bots never talk to each other for
// ever.
#include "fleet/bots/bot_store.h"
#include "fleet/fleet_fixture.h"

namespace troupe::fleet::turns {
namespace {

class MannersTest : public FleetTest {
 protected:
  boost::json::object invites(std::vector<std::string> from) {
    boost::json::array rules(from.begin(), from.end());
    return {{"invites", {{"from", rules}}}};
  }
  std::vector<RoomRow> rooms(const std::string& bot_id) {
    auto id = view(bot_id).bot.id;
    std::vector<RoomRow> found;
    auto look = [&](store::Connection& c) -> Result<Unit> {
      found = bots::rooms_of(c, id);
      return Unit{};
    };
    if (!db->read_now(look)) throw std::runtime_error("the rooms cannot be read");
    return found;
  }
  bool logs(const std::string& bot_id, const std::string& text) {
    LogQuery query;
    query.search = text;
    return eventually([&] { return !must(bots->logs(1, bot_id, query)).items.empty(); });
  }
};

TEST_F(MannersTest, OnlyTheListMayInviteAndTheInviterIsOnRecord) {
  begin();
  auto bot = add_running_bot("helper", "test", invites({anna}));
  auto refused = must(homeserver->make_room(ben, {bot}));
  auto accepted = must(homeserver->make_room(anna, {bot}));
  ASSERT_TRUE(eventually([&] { return homeserver->is_joined(accepted, bot); }));
  EXPECT_TRUE(logs("helper", "invites.from"));
  EXPECT_FALSE(homeserver->is_joined(refused, bot));
  ASSERT_TRUE(eventually([&] { return rooms("helper").size() == 1; }));
  EXPECT_EQ(rooms("helper")[0].inviter, anna);
}

TEST_F(MannersTest, AnInviteWhileItIsStoppedIsJudgedByWhoSentIt) {
  begin();
  auto bot = add_running_bot("helper", "test", invites({anna}));
  must(bots->stop(1, "helper", {"t"}));
  auto refused = must(homeserver->make_room(ben, {bot}));
  auto accepted = must(homeserver->make_room(anna, {bot}));
  end();
  begin();
  must(bots->start(1, "helper", {"t"}));
  ASSERT_TRUE(eventually([&] { return homeserver->is_joined(accepted, bot); }));
  EXPECT_TRUE(logs("helper", "invites.from"));
  EXPECT_FALSE(homeserver->is_joined(refused, bot));
}

TEST_F(MannersTest, ThereIsALimitOfRooms) {
  begin();
  boost::json::object config{{"invites", {{"max_rooms", 1}}}};
  auto bot = add_running_bot("helper", "test", config);
  auto first = room_of({anna}, {bot});
  ASSERT_TRUE(eventually([&] { return rooms("helper").size() == 1; }));
  auto second = must(homeserver->make_room(anna, {bot}));
  EXPECT_TRUE(logs("helper", "1 rooms already"));
  EXPECT_FALSE(homeserver->is_joined(second, bot));
}

TEST_F(MannersTest, AMinuteHasABudgetForEachRoom) {
  begin();
  boost::json::object config{{"limits", {{"room_per_minute", 2}}}};
  auto bot = add_running_bot("helper", "test", config);
  auto room = room_of({anna}, {bot});
  auto other = room_of({ben}, {bot});
  for (int i = 0; i < 4; ++i) homeserver->say(room, anna, "hello");
  homeserver->say(other, ben, "and me?");
  ASSERT_TRUE(settled("helper", 5));
  // A minute may have ended in between: then two more were answered.
  EXPECT_LE(view("helper").bot.answered, 5);
  EXPECT_GE(view("helper").bot.answered, 3);
  clock.shift_ms = 120'000;
  homeserver->say(room, anna, "later");
  ASSERT_TRUE(settled("helper", 6));
  EXPECT_EQ(homeserver->messages(bot).back().body, "answer to later");
}

TEST_F(MannersTest, TheBotAsAWholeHasABudget) {
  begin();
  boost::json::object config{{"limits", {{"bot_per_minute", 1}}}};
  auto bot = add_running_bot("helper", "test", config);
  auto room = room_of({anna}, {bot});
  for (int i = 0; i < 10; ++i) homeserver->say(room, anna, "hello");
  ASSERT_TRUE(settled("helper", 10));
  EXPECT_GE(view("helper").bot.skipped, 8);
}

TEST_F(MannersTest, OfWhatCameWhileItWasDownItTakesTheNewest) {
  begin();
  boost::json::object config{{"limits", {{"catch_up_messages", 3}}}};
  auto bot = add_running_bot("helper", "test", config);
  auto room = room_of({anna}, {bot});
  end();
  for (int i = 0; i < 8; ++i) homeserver->say(room, anna, std::to_string(i));
  begin();
  ASSERT_TRUE(settled("helper", 8));
  auto said = homeserver->messages(bot);
  ASSERT_EQ(said.size(), 3U);
  EXPECT_EQ(said[0].body, "answer to 5");
  EXPECT_EQ(said[2].body, "answer to 7");
  EXPECT_EQ(view("helper").bot.skipped, 5);
  homeserver->say(room, anna, "now");
  ASSERT_TRUE(settled("helper", 9));
  EXPECT_EQ(homeserver->messages(bot).back().body, "answer to now");
}

TEST_F(MannersTest, AnOldMessageFromWhileItWasDownIsSkippedByTheBotsOwnLimit) {
  begin();
  boost::json::object config{{"limits", {{"catch_up_minutes", 1}}}};
  auto bot = add_running_bot("helper", "test", config);
  auto room = room_of({anna}, {bot});
  end();
  homeserver->say(room, anna, "old");
  clock.shift_ms = 5 * 60'000;
  homeserver->say(room, anna, "new");
  begin();
  ASSERT_TRUE(settled("helper", 2));
  ASSERT_EQ(homeserver->messages(bot).size(), 1U);
  EXPECT_EQ(homeserver->messages(bot)[0].body, "answer to new");
}

TEST_F(MannersTest, TheRulesHoldWhileItIsStillStarting) {
  begin();
  auto bot = add_running_bot("helper", "test", {{"respond", "mention"}});
  auto room = room_of({anna}, {bot});
  end();
  homeserver->say(room, anna, "not for you");
  homeserver->say(room, anna, "helper: for you");
  begin();
  ASSERT_TRUE(settled("helper", 1));
  homeserver->say(room, anna, "helper: and you");
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(homeserver->messages(bot).size(), 2U);
}

TEST_F(MannersTest, NoticesAreHeardOnlyByBotsThatAskForIt) {
  begin();
  auto deaf = add_running_bot("deaf");
  auto keen = add_running_bot("keen", "test", {{"hear_notices", true}});
  auto first = room_of({anna}, {deaf});
  auto second = room_of({anna}, {keen});
  for (const auto& room : {first, second}) {
    homeserver->put(room, anna, "m.room.message", {{"msgtype", "m.notice"}, {"body", "beep"}});
  }
  ASSERT_TRUE(settled("keen", 1));
  EXPECT_EQ(homeserver->messages(keen).size(), 1U);
  EXPECT_TRUE(homeserver->messages(deaf).empty());
}

/// Three bots that answer everything, notices too: the worst that can be configured.
TEST_F(MannersTest, BotsNeverTalkForEver) {
  begin();
  boost::json::object loud{{"respond", "always"}, {"reply_as", "text"}, {"hear_notices", true}};
  std::vector<std::string> users;
  for (const char* id : {"one", "two", "three"}) users.push_back(add_running_bot(id, "echo", loud));
  auto room = room_of({anna}, users);
  homeserver->say(room, anna, "go");
  ASSERT_TRUE(eventually([&] {
    return turns_open().empty() && view("one").bot.skipped + view("two").bot.skipped + view("three").bot.skipped > 0;
  }));
  std::size_t said = 0;
  for (const auto& user : users) said += homeserver->messages(user).size();
  EXPECT_LE(said, 13U) << "three to the person, then two to each of five";
  // And it stays so: a person can go on.
  auto before = homeserver->messages().size();
  homeserver->say(room, anna, "still there?");
  ASSERT_TRUE(eventually([&] { return homeserver->messages().size() > before + 3; }));
  ASSERT_TRUE(eventually([&] { return turns_open().empty(); }));
  EXPECT_LE(homeserver->messages().size(), before + 14);
}

TEST_F(MannersTest, InAThreadWithTwoBotsEachIsCalledByName) {
  begin();
  auto one = add_running_bot("one", "test", {{"respond", "always"}});
  auto two = add_running_bot("two", "test", {{"respond", "mention"}});
  auto room = room_of({anna, ben}, {one, two});
  auto root = homeserver->say(room, anna, "root");
  ASSERT_TRUE(settled("one", 1));
  auto in_thread = [&](std::string_view text) {
    boost::json::object content{{"msgtype", "m.text"}, {"body", text}};
    content["m.relates_to"] = {{"rel_type", "m.thread"}, {"event_id", root}};
    homeserver->put(room, anna, "m.room.message", std::move(content));
  };
  in_thread("two: join us");
  ASSERT_TRUE(settled("two", 1));
  ASSERT_TRUE(settled("one", 2));
  auto before = homeserver->messages(one).size();
  in_thread("and now nobody by name");
  in_thread("one: you");
  ASSERT_TRUE(eventually([&] { return homeserver->messages(one).size() > before; }));
  EXPECT_EQ(homeserver->messages(one).back().body, "answer to you");
  EXPECT_EQ(homeserver->messages(two).size(), 1U);
}

}  // namespace
}  // namespace troupe::fleet::turns
