// Client-Server API #post_matrixclientv3search
#include "homeserver/search/search_indexer.h"
#include "homeserver/search/search_request.h"
#include "homeserver/spaces/space_fixture.h"

namespace troupe::homeserver::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class SearchTest : public spaces::SpaceTest {
 protected:
  void index() { server.run_job("homeserver.search"); }
  std::string send(const std::string& who, const std::string& room, std::string_view content,
                   const std::string& type = "m.room.message") {
    return ok(who, "PUT", "/rooms/" + room + "/send/" + type + "/t" + std::to_string(++txn_), content)
        .string_at("/event_id");
  }
  std::string say(const std::string& who, const std::string& room, const std::string& text) {
    return send(who, room, boost::json::serialize(matrix::JsonObject{{"msgtype", "m.text"}, {"body", text}}));
  }
  std::string edit(const std::string& who, const std::string& room, const std::string& event, const std::string& text) {
    matrix::JsonObject content{{"msgtype", "m.text"}, {"body", "* " + text}};
    content["m.new_content"] = {{"msgtype", "m.text"}, {"body", text}};
    content["m.relates_to"] = {{"rel_type", "m.replace"}, {"event_id", event}};
    return send(who, room, boost::json::serialize(content));
  }
  void redact(const std::string& room, const std::string& event) {
    ok("alice", "PUT", "/rooms/" + room + "/redact/" + event + "/t" + std::to_string(++txn_));
  }
  /// `more`: members of the criteria, as JSON with a comma in front.
  WholeAnswer search(const std::string& who, const std::string& term,
                     const std::string& more = R"(,"order_by":"recent")", const std::string& next = {}) {
    const auto body = R"({"search_categories":{"room_events":{"search_term":)" +
                      boost::json::serialize(matrix::Json(term)) + more + "}}}";
    return call(who, "POST", "/search" + (next.empty() ? "" : "?next_batch=" + next), body);
  }
  static std::string at(const std::string& rest) { return "/search_categories/room_events/" + rest; }
  static std::vector<std::string> ids(const WholeAnswer& answer) {
    std::vector<std::string> found;
    EXPECT_EQ(answer.status, 200) << answer.text;
    const auto results = answer.at(at("results"));
    if (!results.is_array()) return {"no list"};
    for (const auto& hit : results.as_array()) {
      found.emplace_back(matrix::view(hit.at("result").at("event_id").as_string()));
    }
    return found;
  }
  std::vector<std::string> found(const std::string& who, const std::string& term) { return ids(search(who, term)); }

  int txn_ = 0;
};

TEST_F(SearchTest, FindsWordsAndTheirBeginnings) {
  const auto room = create("alice", "plans");
  const auto english = say("alice", room, "The martians and men");
  const auto russian = say("alice", room, "Привет, Алиса: сообщения о марсианах");
  const auto both = say("alice", room, "martian марсиане");
  EXPECT_THAT(found("alice", "martian"), ElementsAre(both, english)) << "before the index has it";
  index();
  const auto later = say("alice", room, "more martians");
  EXPECT_THAT(found("alice", "martian"), ElementsAre(later, both, english));
  redact(room, later);
  EXPECT_THAT(found("alice", "MARTIAN"), ElementsAre(both, english));
  EXPECT_THAT(found("alice", "men martians"), ElementsAre(english));
  EXPECT_THAT(found("alice", "сообщен"), ElementsAre(russian));
  EXPECT_THAT(found("alice", "марсиан"), ElementsAre(both, russian));
  EXPECT_THAT(found("alice", "mar"), ElementsAre(both, english));
  EXPECT_THAT(found("alice", "мар"), ElementsAre(both, russian));
  EXPECT_THAT(found("alice", "arti"), IsEmpty());
  EXPECT_THAT(found("alice", "th"), IsEmpty());  // two letters are a word of their own
  EXPECT_THAT(found("alice", "\" OR ' *:)("), IsEmpty());
  EXPECT_THAT(found("alice", "zzroom1zz"), IsEmpty());
  const auto answer = search("alice", "Martian men");
  EXPECT_EQ(answer.at(at("count")), 1);
  EXPECT_EQ(answer.string_at(at("highlights/0")), "martian");
  EXPECT_EQ(answer.string_at(at("results/0/result/content/body")), "The martians and men");
  EXPECT_EQ(answer.string_at(at("results/0/result/room_id")), room);
}

TEST_F(SearchTest, NamesAndTopicsAreSearchedByTheirKeys) {
  const auto room = create("alice", "greenhouse");
  set("alice", room, "m.room.topic", "", R"({"topic":"greenhouse plants"})");
  const auto message = say("alice", room, "the greenhouse is warm");
  index();
  EXPECT_EQ(found("alice", "greenhouse").size(), 3u);
  EXPECT_THAT(ids(search("alice", "greenhouse", R"(,"keys":["content.body"])")), ElementsAre(message));
  EXPECT_EQ(ids(search("alice", "greenhouse", R"(,"keys":["content.name","content.topic"])")).size(), 2u);
}

TEST_F(SearchTest, EditsReplaceAndRedactionsRemove) {
  const auto room = create("alice", "room");
  const auto first = say("alice", room, "apples");
  const auto second = say("alice", room, "apples too");
  index();
  const auto changed = edit("alice", room, first, "pears");
  join("bob", room);
  edit("bob", room, second, "pears of somebody else");
  index();
  EXPECT_THAT(found("alice", "apples"), ElementsAre(second));
  EXPECT_THAT(found("alice", "pears"), ElementsAre(first));
  redact(room, changed);
  redact(room, second);
  EXPECT_THAT(found("alice", "pears"), IsEmpty());  // also before the index knows
  index();
  EXPECT_THAT(found("alice", "apples"), ElementsAre(first));
  redact(room, first);
  index();
  EXPECT_THAT(found("alice", "apples"), IsEmpty());
}

TEST_F(SearchTest, OnlyWhatTheCallerMayReadIsFoundAndCounted) {
  const auto room = create("alice", "room", "private_chat");
  const auto before = say("alice", room, "secret before");
  act_on(room, "invite", "bob");
  EXPECT_THAT(found("bob", "secret"), IsEmpty());
  join("bob", room);
  index();
  EXPECT_THAT(found("bob", "secret"), ElementsAre(before));
  ok("bob", "POST", "/rooms/" + room + "/leave");
  const auto after = say("alice", room, "secret after");
  edit("alice", room, before, "hidden secret");
  index();
  EXPECT_THAT(found("alice", "secret"), ElementsAre(after, before));
  EXPECT_THAT(found("bob", "secret"), ElementsAre(before));
  EXPECT_THAT(found("bob", "hidden"), IsEmpty());  // was said after he left
  EXPECT_EQ(search("bob", "secret").at(at("count")), 1);
  EXPECT_THAT(found("carol", "secret"), IsEmpty());
  ok("bob", "POST", "/rooms/" + room + "/forget");
  EXPECT_THAT(found("bob", "secret"), IsEmpty());
  EXPECT_EQ(search("", "secret").status, 401);
}

TEST_F(SearchTest, ByRankToo) {
  const auto room = create("alice", "room", "private_chat");
  const auto before = say("alice", room, "secret before");
  act_on(room, "invite", "bob");
  join("bob", room);
  ok("bob", "POST", "/rooms/" + room + "/leave");
  edit("alice", room, before, "hidden secret");
  say("alice", room, "secret after");
  index();
  const auto hidden = search("bob", "hidden", "");
  EXPECT_THAT(ids(hidden), IsEmpty());
  EXPECT_EQ(hidden.at(at("count")), 0) << "the words of an edit after he left are not for guessing";
  const auto secret = search("bob", "secret", "");
  EXPECT_THAT(ids(secret), ElementsAre(before));
  EXPECT_EQ(secret.at(at("count")), 1);
  EXPECT_EQ(search("alice", "secret", "").at(at("count")), 2);
}

TEST_F(SearchTest, WhoNamesAnotherRoomInAMessageCountsForNobodyThere) {
  const auto hers = create("alice", "hers");
  const auto his = create("bob", "his");
  const auto needle = say("bob", his, "needle");
  for (int room = 0; room < 9; ++room) say("alice", hers, "needle zzroom" + std::to_string(room) + "zz");
  index();
  const auto answer = search("bob", "needle", "");
  EXPECT_THAT(ids(answer), ElementsAre(needle));
  EXPECT_EQ(answer.at(at("count")), 1);
  EXPECT_EQ(search("alice", "needle", "").at(at("count")), 9);
}

TEST_F(SearchTest, WhatWasRemovedBeforeTheIndexKnowsIsPassedOver) {
  const auto room = create("alice", "room");
  std::vector<std::string> said;
  for (int i = 0; i < 6; ++i) said.push_back(say("alice", room, "needle " + std::to_string(i)));
  index();
  redact(room, said[5]);
  redact(room, said[2]);
  const std::string page = R"(,"filter":{"limit":2})";
  const auto first = search("alice", "needle", page);
  EXPECT_THAT(ids(first), ElementsAre(said[4], said[3]));
  const auto second = search("alice", "needle", page, first.string_at(at("next_batch")));
  EXPECT_THAT(ids(second), ElementsAre(said[1], said[0]));
  const auto after = search("alice", "needle", page, second.string_at(at("next_batch")));
  EXPECT_THAT(ids(after), IsEmpty());
  EXPECT_TRUE(after.at(at("next_batch")).is_null());
}

TEST_F(SearchTest, LongBeginningsOfFewAndOfManyWords) {
  const auto room = create("alice", "room");
  const auto one = say("alice", room, "meeting");
  const auto two = say("alice", room, "meetings");
  say("alice", room, "meetin");
  std::string many;
  for (int i = 0; i < 100; ++i) many += "international" + std::to_string(i) + ' ';
  const auto long_one = say("alice", room, many);
  index();
  EXPECT_THAT(found("alice", "meeting"), ElementsAre(two, one));
  EXPECT_THAT(found("alice", "meetings"), ElementsAre(two));
  EXPECT_THAT(found("alice", "meetingsx"), IsEmpty());
  EXPECT_THAT(found("alice", "international"), ElementsAre(long_one));
  EXPECT_THAT(found("alice", "internat international7"), ElementsAre(long_one));
}

TEST_F(SearchTest, AmongManyOfOthersOnesOwnAreFound) {
  const auto room = create("bob", "bob's");
  const auto old = say("bob", room, "common words");
  const auto others = create("alice", "alice's");
  for (int i = 0; i < 60; ++i) say("alice", others, "common words");
  const auto recent = say("bob", room, "common words again");
  for (int i = 0; i < 60; ++i) say("alice", others, "common words");
  index();
  for (const auto* order : {R"(,"order_by":"recent")", R"(,"order_by":"rank")"}) {
    const auto answer = search("bob", "common", order);
    EXPECT_THAT(ids(answer), UnorderedElementsAre(recent, old)) << order;
    EXPECT_EQ(answer.at(at("count")), 2) << order;
  }
  EXPECT_EQ(search("alice", "common").at(at("count")), 120);
}

TEST_F(SearchTest, HasARateOfItsOwn) {
  create("alice", "room");
  auto limits = server.router.rate_limits();
  EXPECT_EQ(limits.search.per_s, 2);
  limits.enabled = true;
  server.router.set_rate_limits(limits);
  int answered = 0;
  while (search("alice", "words").status == 200 && answered < 100) ++answered;
  EXPECT_GE(answered, limits.search.burst);
  EXPECT_LT(answered, 100);
  EXPECT_EQ(search("alice", "words").string_at("/errcode"), "M_LIMIT_EXCEEDED");
  EXPECT_EQ(ok("alice", "GET", "/joined_rooms").status, 200);
}

TEST_F(SearchTest, EncryptedAndIgnoredOnesAreNotFound) {
  const auto room = create("alice", "room");
  join("bob", room);
  send("alice", room, R"({"algorithm":"m.megolm.v1.aes-sha2","body":"whisper"})", "m.room.encrypted");
  say("bob", room, "whisper");
  index();
  EXPECT_EQ(found("alice", "whisper").size(), 1u);
  ok("alice", "PUT", "/user/" + id("alice") + "/account_data/m.ignored_user_list",
     R"({"ignored_users":{")" + id("bob") + R"(":{}}})");
  EXPECT_THAT(found("alice", "whisper"), IsEmpty());
}

TEST_F(SearchTest, FiltersAndGroups) {
  const auto one = create("alice", "one");
  const auto two = create("alice", "two");
  join("bob", one);
  const auto hers = say("alice", one, "needle");
  const auto his = say("bob", one, "needle");
  const auto other = say("alice", two, "needle");
  index();
  const auto with = [&](const std::string& filter) { return ids(search("alice", "needle", R"(,"filter":)" + filter)); };
  EXPECT_THAT(with(R"({"rooms":[")" + two + "\"]}"), ElementsAre(other));
  EXPECT_THAT(with(R"({"not_rooms":[")" + two + "\"]}"), UnorderedElementsAre(hers, his));
  EXPECT_THAT(with(R"({"senders":[")" + id("bob") + "\"]}"), ElementsAre(his));
  EXPECT_THAT(with(R"({"not_types":["m.room.message"]})"), IsEmpty());
  EXPECT_THAT(with(R"({"rooms":["!unknown:example.org"]})"), IsEmpty());
  const auto grouped = search("alice", "needle",
                              R"(,"order_by":"recent","groupings":{"group_by":[{"key":"room_id"},{"key":"sender"}]})");
  const auto groups = grouped.at(at("groups")).as_object();
  EXPECT_EQ(groups.at("room_id").as_object().size(), 2u);
  EXPECT_EQ(matrix::view(groups.at("room_id").at(two).at("results").at(0).as_string()), other);
  EXPECT_EQ(groups.at("room_id").at(one).at("order"), 1);
  EXPECT_EQ(matrix::view(groups.at("sender").at(id("bob")).at("results").at(0).as_string()), his);
}

TEST_F(SearchTest, PagesAndOrders) {
  const auto room = create("alice", "room");
  std::vector<std::string> said;
  for (int i = 0; i < 7; ++i) said.push_back(say("alice", room, i == 2 ? "page" : "page with many more words"));
  index();
  const std::string recent = R"(,"order_by":"recent","filter":{"limit":3})";
  const auto first = search("alice", "page", recent);
  EXPECT_THAT(ids(first), ElementsAre(said[6], said[5], said[4]));
  EXPECT_EQ(first.at(at("count")), 7);
  const auto second = search("alice", "page", recent, first.string_at(at("next_batch")));
  EXPECT_THAT(ids(second), ElementsAre(said[3], said[2], said[1]));
  const auto last = search("alice", "page", recent, second.string_at(at("next_batch")));
  EXPECT_THAT(ids(last), ElementsAre(said[0]));
  const auto after = search("alice", "page", recent, last.string_at(at("next_batch")));
  EXPECT_THAT(ids(after), IsEmpty());
  EXPECT_TRUE(after.at(at("next_batch")).is_null());
  const auto ranked = search("alice", "page", R"(,"filter":{"limit":2})");
  EXPECT_THAT(ids(ranked), ElementsAre(said[2], said[6]));
  const auto more = search("alice", "page", R"(,"filter":{"limit":2})", ranked.string_at(at("next_batch")));
  EXPECT_THAT(ids(more), ElementsAre(said[5], said[4]));
  EXPECT_EQ(search("alice", "page", recent, ranked.string_at(at("next_batch"))).status, 400);
  EXPECT_EQ(search("alice", "page", recent, "nonsense").string_at("/errcode"), "M_INVALID_PARAM");
}

TEST_F(SearchTest, ShowsWhatStandsAround) {
  const auto room = create("alice", "room");
  for (const auto* text : {"one", "two", "needle", "three", "four"}) say("alice", room, text);
  index();
  const auto answer =
      search("alice", "needle",
             R"(,"include_state":true,"event_context":{"before_limit":1,"after_limit":9,"include_profile":true})");
  const auto context = at("results/0/context/");
  EXPECT_EQ(answer.at(context + "events_before").as_array().size(), 1u) << answer.text;
  EXPECT_EQ(answer.string_at(context + "events_before/0/content/body"), "two");
  EXPECT_EQ(answer.string_at(context + "events_after/0/content/body"), "three");
  EXPECT_EQ(answer.at(context + "events_after").as_array().size(), 2u);
  EXPECT_TRUE(answer.at(context + "profile_info").as_object().contains(id("alice")));
  EXPECT_FALSE(answer.string_at(context + "start").empty());
  EXPECT_GT(answer.at(at("state")).as_object().at(room).as_array().size(), 3u);
  const auto back =
      ok("alice", "GET", "/rooms/" + room + "/messages?dir=b&limit=1&from=" + answer.string_at(context + "start"));
  EXPECT_EQ(back.string_at("/chunk/0/content/body"), "one");
}

TEST_F(SearchTest, OfARoomsMembersThoseAreShownWhoSpeak) {
  const auto room = create("alice", "room");
  for (const auto* who : {"bob", "carol", "dave"}) ok(who, "POST", "/join/" + room, "{}");
  say("bob", room, "around");
  say("alice", room, "needle");
  index();
  const auto members = [&](const std::string& more) {
    std::vector<std::string> found;
    const auto answer = search("alice", "needle", R"(,"include_state":true)" + more);
    for (const auto& event : answer.at(at("state")).as_object().at(room).as_array())
      if (event.at("type") == "m.room.member") found.emplace_back(event.at("state_key").as_string());
    return found;
  };
  EXPECT_THAT(members(""), ElementsAre(id("alice")));
  EXPECT_THAT(members(R"(,"event_context":{"before_limit":1})"), UnorderedElementsAre(id("alice"), id("bob")));
}

TEST_F(SearchTest, LongTextsAreShownWithoutWhatStandsAround) {
  const auto room = create("alice", "long");
  for (int i = 0; i < 60; ++i) say("alice", room, "needle " + std::string(50'000, 'x'));
  index();
  const auto answer =
      search("alice", "needle", R"(,"filter":{"limit":50},"event_context":{"before_limit":20,"after_limit":20})");
  EXPECT_EQ(ids(answer).size(), 50u);
  EXPECT_LT(answer.text.size(), 8UL * 1024 * 1024);
  EXPECT_TRUE(answer.at(at("results/49/context/events_before")).as_array().empty());
  EXPECT_FALSE(answer.string_at(at("results/49/context/start")).empty()) << "there one can go on reading";
}

TEST_F(SearchTest, AnUpgradedRoomIsSearchedWithTheOneThatTookItsPlace) {
  const auto old = create("alice", "room");
  const auto before = say("alice", old, "needle");
  const auto room =
      ok("alice", "POST", "/rooms/" + old + "/upgrade", R"({"new_version":"12"})").string_at("/replacement_room");
  const auto after = say("alice", room, "needle");
  index();
  EXPECT_THAT(ids(search("alice", "needle", R"(,"filter":{"rooms":[")" + room + "\"]}")),
              UnorderedElementsAre(before, after));
  EXPECT_THAT(ids(search("alice", "needle", R"(,"filter":{"rooms":[")" + old + "\"]}")), ElementsAre(before));
}

TEST_F(SearchTest, RefusesWhatIsNoSearch) {
  const auto expect_refused = [&](const std::string& body) {
    const auto answer = call("alice", "POST", "/search", body);
    EXPECT_EQ(answer.status, 400) << body << answer.text;
  };
  expect_refused("{}");
  expect_refused(R"({"search_categories":{"room_events":{}}})");
  expect_refused(R"({"search_categories":{"room_events":{"search_term":7}}})");
  expect_refused(R"({"search_categories":{"room_events":{"search_term":"x","keys":["content.secret"]}}})");
  expect_refused(R"({"search_categories":{"room_events":{"search_term":"x","order_by":"random"}}})");
  expect_refused(R"({"search_categories":{"room_events":{"search_term":"x","filter":{"rooms":["no id"]}}}})");
  expect_refused(R"({"search_categories":{"room_events":{"search_term":"x","event_context":{"before_limit":-1}}}})");
  expect_refused(R"({"search_categories":{"room_events":{"search_term":")" + std::string(2000, 'x') + R"("}}})");
  EXPECT_EQ(ok("alice", "POST", "/search", R"({"search_categories":{}})").text, R"({"search_categories":{}})");
  EXPECT_THAT(found("alice", ""), IsEmpty());
}

TEST_F(SearchTest, WhatWasThereBeforeIsTakenUpInPieces) {
  const auto room = create("alice", "room");
  for (int i = 0; i < 450; ++i) say("alice", room, "old " + std::to_string(i));
  index();
  EXPECT_EQ(search("alice", "old").at(at("next_batch")).is_string(), true);
  EXPECT_EQ(found("alice", "old 17").size(), 1u);
  const auto place = [&] {
    std::string text;
    EXPECT_TRUE(server.db->read_now([&](store::Connection& connection) -> Result<Unit> {
      auto rows = connection.query("SELECT value FROM hs_mark WHERE name = 'search.indexed.2'");
      if (rows.next()) rows >> text;
      return Unit{};
    }));
    return text;
  };
  const auto noted = place();
  EXPECT_FALSE(noted.empty());
  index();
  EXPECT_EQ(place(), noted);  // nothing new costs no write
}

TEST(SearchPlaceTest, SaysWhatItSays) {
  const auto place = parse_place(false, place_token(false, {.before = 7, .passed = 3}));
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(place->before, 7);
  EXPECT_EQ(place->passed, 3u);
  for (const auto* bad : {"", "r", "r1", "r1.", "r.1", "r-1.0", "k1.1", "r1.1x", "r1.-1", "r1.18446744073709551615"}) {
    EXPECT_FALSE(parse_place(false, bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace troupe::homeserver::search
