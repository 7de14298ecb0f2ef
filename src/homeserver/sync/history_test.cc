#include "homeserver/sync/history.h"

#include <gmock/gmock.h>

#include "base/encoding.h"
#include "homeserver/sync/read_fixture.h"

namespace troupe::homeserver::sync {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class HistoryTest : public ReadTest {
 protected:
  ReadAnswer messages(std::string_view who, const std::string& room, std::string_view query) {
    return get(who, "/rooms/" + room + "/messages?" + std::string(query));
  }
  std::vector<std::string> say(std::string_view who, const std::string& room, int from, int to) {
    std::vector<std::string> ids;
    for (int i = from; i <= to; ++i) ids.push_back(send(who, room, "m" + std::to_string(i)).value().event_id);
    return ids;
  }
  std::string relate(std::string_view who, const std::string& room, std::string type, const std::string& to,
                     std::string body, std::string event_type = "m.room.message") {
    matrix::JsonObject content{{"body", body}, {"msgtype", "m.text"}};
    content["m.relates_to"] = {{"rel_type", type}, {"event_id", to}};
    if (type == "m.replace") content["m.new_content"] = {{"body", body}, {"msgtype", "m.text"}};
    return send(actor(who), room, std::move(event_type), std::move(content)).value().event_id;
  }
  /// All pages until `end` is absent.
  std::vector<std::string> walk(std::string_view who, const std::string& room, std::string_view dir, int limit,
                                std::string_view more = {}) {
    std::vector<std::string> all;
    std::string from;
    for (int pages = 0; pages < 200; ++pages) {
      auto query = "dir=" + std::string(dir) + "&limit=" + std::to_string(limit) + std::string(more);
      if (!from.empty()) query += "&from=" + from;
      const auto page = messages(who, room, query);
      EXPECT_EQ(page.status, 200) << page.text;
      for (auto& text : digest(page.at("chunk"))) all.push_back(std::move(text));
      from = page.text_at("end");
      if (from.empty()) return all;
    }
    ADD_FAILURE() << "no end";
    return all;
  }
};

TEST_F(HistoryTest, PagesMeetWithoutGapsAndEndAtTheBeginning) {
  const auto room = public_room("alice");
  say("alice", room, 1, 150);  // more than memory keeps
  auto back = walk("alice", room, "b", 7);
  EXPECT_EQ(back.front(), "m150");
  EXPECT_EQ(back.back(), "m.room.create");
  for (const int limit : {1, 10, 149, 1000}) EXPECT_EQ(walk("alice", room, "b", limit), back) << limit;
  auto forth = walk("alice", room, "f", 7);
  std::ranges::reverse(back);
  EXPECT_EQ(forth, back);
}

TEST_F(HistoryTest, ATokenPointsBetweenEvents) {
  const auto room = public_room("alice");
  say("alice", room, 1, 10);
  const auto page = messages("alice", room, "dir=b&limit=3");
  EXPECT_THAT(digest(page.at("chunk")), ElementsAre("m10", "m9", "m8"));
  const auto end = page.text_at("end");
  EXPECT_THAT(digest(messages("alice", room, "dir=b&limit=2&from=" + end).at("chunk")), ElementsAre("m7", "m6"));
  EXPECT_THAT(digest(messages("alice", room, "dir=f&limit=2&from=" + end).at("chunk")), ElementsAre("m8", "m9"));
  const auto upto = messages("alice", room, "dir=b&limit=50&to=" + end);
  EXPECT_THAT(digest(upto.at("chunk")), ElementsAre("m10", "m9", "m8"));
  const auto beyond = messages("alice", room, "dir=b&limit=50&from=" + end + "&to=" + end);
  EXPECT_THAT(digest(beyond.at("chunk")), IsEmpty());
  EXPECT_TRUE(beyond.at("end").is_null());
  EXPECT_THAT(digest(messages("alice", room, "dir=b&limit=1&from=" + sync("alice").next()).at("chunk")),
              ElementsAre("m10"));
  EXPECT_THAT(digest(messages("alice", room, "dir=b&limit=1&from=s999999999").at("chunk")), ElementsAre("m10"));
}

TEST_F(HistoryTest, BadParametersAreRefused) {
  const auto room = public_room("alice");
  for (const auto* query : {"", "dir=x", "dir=b&limit=-1", "dir=b&limit=many", "dir=b&from=nonsense", "dir=b&to=1",
                            "dir=b&filter=%7B", "dir=b&filter=%5B%5D", "dir=b&filter=%7B%22types%22:1%7D"}) {
    EXPECT_EQ(messages("alice", room, query).status, 400) << query;
  }
  EXPECT_EQ(messages("bob", room, "dir=b").status, 403);
  EXPECT_EQ(messages("alice", "!nowhere:example.org", "dir=b").status, 403);
}

TEST_F(HistoryTest, FiltersThinPagesAndBringTheSenders) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  say("alice", room, 1, 3);
  say("bob", room, 4, 5);
  const auto path = "dir=b&limit=10&filter=" +
                    base::percent_encode(R"({"types":["m.room.message"],"not_senders":["@alice:example.org"],)"
                                         R"("lazy_load_members":true})");
  const auto page = messages("alice", room, path);
  EXPECT_THAT(digest(page.at("chunk")), ElementsAre("m5", "m4"));
  EXPECT_THAT(digest(page.at("state")), ElementsAre("join:bob"));
  EXPECT_THAT(page.at("chunk", 0, "room_id"), room.c_str());
}

TEST_F(HistoryTest, WhoLeftReadsUpToTheLeave) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto seen = say("alice", room, 1, 2);
  ASSERT_TRUE(set_state("alice", room, "m.room.topic", "", {{"topic", "while bob was here"}}));
  ASSERT_TRUE(change("alice", room, "bob", "leave"));
  const auto unseen = say("alice", room, 3, 4);
  ASSERT_TRUE(set_state("alice", room, "m.room.topic", "", {{"topic", "later"}}));
  ASSERT_TRUE(join("carol", room));

  const auto all = walk("bob", room, "b", 3);
  EXPECT_EQ(all.front(), "leave:bob");
  EXPECT_THAT(all, Contains("m2"));
  EXPECT_THAT(all, Not(Contains("m3")));
  EXPECT_EQ(get("bob", "/rooms/" + room + "/event/" + seen[0]).status, 200);
  EXPECT_EQ(get("bob", "/rooms/" + room + "/event/" + unseen[0]).status, 404);
  EXPECT_EQ(get("bob", "/rooms/" + room + "/state/m.room.topic").at("topic"), "while bob was here");
  EXPECT_THAT(digest(get("bob", "/rooms/" + room + "/members").at("chunk")),
              UnorderedElementsAre("join:alice", "leave:bob"));
  EXPECT_EQ(get("bob", "/rooms/" + room + "/joined_members").status, 403);
}

TEST_F(HistoryTest, VisibilityDecidesWhatComersSee) {
  struct Case {
    const char* visibility;
    bool before_invite, before_join;
  };
  for (const auto& [visibility, before_invite, before_join] :
       {Case{"joined", false, false}, Case{"invited", false, true}, Case{"shared", true, true},
        Case{"world_readable", true, true}}) {
    const auto room = must_create("alice");
    ASSERT_TRUE(set_state("alice", room, "m.room.history_visibility", "", {{"history_visibility", visibility}}));
    ASSERT_TRUE(send("alice", room, "before the invite"));
    ASSERT_TRUE(change("alice", room, "bob", "invite"));
    ASSERT_TRUE(send("alice", room, "before the join"));
    if (std::string_view(visibility) != "world_readable") {
      EXPECT_EQ(messages("bob", room, "dir=b").status, 403) << visibility;
    } else {
      EXPECT_EQ(messages("carol", room, "dir=b").status, 200);
    }
    ASSERT_TRUE(join("bob", room));
    const auto seen = walk("bob", room, "b", 5);
    EXPECT_EQ(std::ranges::count(seen, "before the invite"), before_invite) << visibility;
    EXPECT_EQ(std::ranges::count(seen, "before the join"), before_join) << visibility;
  }
}

TEST_F(HistoryTest, ContextSurroundsTheEvent) {
  const auto room = public_room("alice");
  const auto ids = say("alice", room, 1, 9);
  const auto context = get("alice", "/rooms/" + room + "/context/" + ids[4] + "?limit=4");
  EXPECT_EQ(context.at("event", "content", "body"), "m5");
  EXPECT_THAT(digest(context.at("events_before")), ElementsAre("m4", "m3"));
  EXPECT_THAT(digest(context.at("events_after")), ElementsAre("m6", "m7"));
  EXPECT_THAT(digest(context.at("state")), Contains("join:alice"));
  EXPECT_THAT(digest(messages("alice", room, "dir=b&limit=1&from=" + context.text_at("start")).at("chunk")),
              ElementsAre("m2"));
  EXPECT_THAT(digest(messages("alice", room, "dir=f&limit=1&from=" + context.text_at("end")).at("chunk")),
              ElementsAre("m8"));
  const auto alone = get("alice", "/rooms/" + room + "/context/" + ids[4] + "?limit=0");
  EXPECT_THAT(digest(alone.at("events_before")), IsEmpty());
  EXPECT_THAT(digest(alone.at("events_after")), IsEmpty());
  EXPECT_EQ(get("alice", "/rooms/" + room + "/context/$nothing").status, 404);
}

TEST_F(HistoryTest, RelationsComeInPagesAndByKind) {
  const auto room = public_room("alice");
  const auto root = send("alice", room, "root").value().event_id;
  for (int i = 1; i <= 7; ++i) relate("alice", room, "m.thread", root, "t" + std::to_string(i));
  const auto edit = relate("alice", room, "m.replace", root, "edit");
  relate("alice", room, "m.annotation", root, "thumb", "m.reaction");

  const auto base = "/_matrix/client/v1/rooms/" + room + "/relations/" + root;
  const auto page = get("alice", base + "/m.thread?limit=4");
  EXPECT_THAT(digest(page.at("chunk")), ElementsAre("t7", "t6", "t5", "t4"));
  const auto rest = get("alice", base + "/m.thread?limit=4&from=" + page.text_at("next_batch"));
  EXPECT_THAT(digest(rest.at("chunk")), ElementsAre("t3", "t2", "t1"));
  EXPECT_TRUE(rest.at("next_batch").is_null());
  EXPECT_THAT(digest(get("alice", base + "/m.thread?dir=f&limit=2").at("chunk")), ElementsAre("t1", "t2"));
  EXPECT_THAT(digest(get("alice", base + "/m.annotation/m.reaction").at("chunk")), ElementsAre("thumb"));
  EXPECT_THAT(digest(get("alice", base + "/m.annotation/m.room.message").at("chunk")), IsEmpty());
  EXPECT_EQ(digest(get("alice", base + "?limit=50").at("chunk")).size(), 9u);

  const auto reaction = relate("alice", room, "m.annotation", edit, "to the edit", "m.reaction");
  const auto recursed = get("alice", base + "?limit=50&recurse=true");
  EXPECT_EQ(digest(recursed.at("chunk")).front(), "to the edit");
  EXPECT_EQ(recursed.at("recursion_depth"), 3);
  EXPECT_EQ(get("bob", base).status, 403);
}

TEST_F(HistoryTest, ThreadsAreListedByTheirNewestAnswer) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto one = send("alice", room, "one").value().event_id;
  const auto two = send("bob", room, "two").value().event_id;
  const auto three = send("alice", room, "three").value().event_id;
  for (const auto& root : {two, one, three, one}) relate("alice", room, "m.thread", root, "answer");
  const auto path = "/_matrix/client/v1/rooms/" + room + "/threads";
  EXPECT_THAT(digest(get("bob", path).at("chunk")), ElementsAre("one", "three", "two"));
  EXPECT_THAT(digest(get("bob", path + "?include=participated").at("chunk")), ElementsAre("two"));
  const auto page = get("bob", path + "?limit=2");
  EXPECT_THAT(digest(page.at("chunk")), ElementsAre("one", "three"));
  EXPECT_EQ(page.at("chunk", 0, "unsigned", "m.relations", "m.thread", "count"), 2);
  const auto rest = get("bob", path + "?limit=2&from=" + page.text_at("next_batch"));
  EXPECT_THAT(digest(rest.at("chunk")), ElementsAre("two"));
  EXPECT_TRUE(rest.at("next_batch").is_null());
}

TEST_F(HistoryTest, ATimeLeadsToAnEvent) {
  const auto room = public_room("alice");
  const auto ids = say("alice", room, 1, 5);
  const auto path = "/_matrix/client/v1/rooms/" + room + "/timestamp_to_event?ts=";
  const auto first = get("alice", path + "0&dir=f");
  EXPECT_TRUE(first.at("event_id").is_string());
  EXPECT_EQ(get("alice", path + "9007199254740000&dir=b").text_at("event_id"), ids[4]);
  EXPECT_EQ(get("alice", path + "9007199254740000&dir=f").status, 404);
  EXPECT_EQ(get("alice", path + "0&dir=b").status, 404);
  EXPECT_EQ(get("alice", "/_matrix/client/v1/rooms/" + room + "/timestamp_to_event?dir=f").status, 400);
}

TEST_F(HistoryTest, StateIsReadWholeByEntryAndInTheEventForm) {
  const auto room = public_room("alice");
  ASSERT_TRUE(set_state("alice", room, "m.room.name", "", {{"name", "Garden"}}));
  ASSERT_TRUE(set_state("alice", room, "org.example.plot", "a/b", {{"n", 1}}));
  const auto path = "/rooms/" + room + "/state";
  EXPECT_THAT(digest(get("alice", path).json), Contains("m.room.name"));
  EXPECT_EQ(get("alice", path + "/m.room.name").at("name"), "Garden");
  EXPECT_EQ(get("alice", path + "/m.room.name/").at("name"), "Garden");
  EXPECT_EQ(get("alice", path + "/org.example.plot/a%2Fb").at("n"), 1);
  EXPECT_EQ(get("alice", path + "/m.room.name?format=event").at("content", "name"), "Garden");
  EXPECT_EQ(get("alice", path + "/m.room.name?format=event").text_at("room_id"), room);
  EXPECT_EQ(get("alice", path + "/m.room.topic").status, 404);
  EXPECT_EQ(get("bob", path).status, 403);
  EXPECT_EQ(get("bob", path + "/m.room.name").status, 403);
}

TEST_F(HistoryTest, MembersNowThenAndByMembership) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto then = sync("alice").next();
  ASSERT_TRUE(change("bob", room, "bob", "leave"));
  ASSERT_TRUE(join("carol", room));
  const auto path = "/rooms/" + room + "/members";
  EXPECT_THAT(digest(get("alice", path).at("chunk")), UnorderedElementsAre("join:alice", "leave:bob", "join:carol"));
  EXPECT_THAT(digest(get("alice", path + "?not_membership=leave").at("chunk")),
              UnorderedElementsAre("join:alice", "join:carol"));
  EXPECT_THAT(digest(get("alice", path + "?membership=leave").at("chunk")), ElementsAre("leave:bob"));
  EXPECT_THAT(digest(get("alice", path + "?at=" + then).at("chunk")), UnorderedElementsAre("join:alice", "join:bob"));
  const auto joined = get("alice", "/rooms/" + room + "/joined_members");
  EXPECT_EQ(joined.at("joined").as_object().size(), 2u);
  EXPECT_TRUE(joined.at("joined", user("carol")).as_object().contains("display_name"));
  EXPECT_EQ(get("carol", "/joined_rooms").at("joined_rooms").as_array().size(), 1u);
  EXPECT_TRUE(get("bob", "/joined_rooms").at("joined_rooms").as_array().empty());
}

TEST_F(HistoryTest, AnEventThatOneMayNotSeeIsNotThere) {
  const auto room = must_create("alice");
  const auto sent = send("alice", room, "among us");
  ASSERT_TRUE(sent);
  for (const auto& path : {"/rooms/" + room + "/event/" + sent->event_id, "/rooms/" + room + "/event/$nothing",
                           "/rooms/!nowhere:example.org/event/" + sent->event_id}) {
    const auto answer = get("mallory", path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.text_at("errcode"), "M_NOT_FOUND") << path;
  }
  EXPECT_EQ(get("mallory", "/rooms/" + room + "/context/" + sent->event_id).status, 403);
  EXPECT_EQ(get("alice", "/rooms/" + room + "/event/" + sent->event_id).status, 200);
}

TEST_F(HistoryTest, TheFirstMemberIsThereFromTheBeginning) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto first = get("alice", "/rooms/" + room + "/messages?dir=f&limit=1").text_at("start");
  for (const auto& at : {first, std::string("s1")}) {
    const auto path = "/rooms/" + room + "/members?at=" + at;
    EXPECT_THAT(digest(get("alice", path).at("chunk")), ElementsAre("join:alice")) << at;
    EXPECT_THAT(digest(get("alice", path + "&membership=join").at("chunk")), ElementsAre("join:alice")) << at;
    EXPECT_THAT(digest(get("alice", path + "&not_membership=join").at("chunk")), ElementsAre()) << at;
    EXPECT_THAT(digest(get("bob", path).at("chunk")), ElementsAre("join:alice")) << at;
  }
  // Who may read from their join on only is told of today.
  const auto closed = must_create("alice");
  ASSERT_TRUE(set_state("alice", closed, "m.room.history_visibility", "", {{"history_visibility", "joined"}}));
  ASSERT_TRUE(change("alice", closed, "bob", "invite"));
  ASSERT_TRUE(join("bob", closed));
  const auto told = get("bob", "/rooms/" + closed + "/members?at=" + first);
  EXPECT_THAT(digest(told.at("chunk")), testing::Contains("join:alice")) << told.text;
}

TEST_F(HistoryTest, PagesHoldWhatIsRelatedToAsTheFilterAsks) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto ids = say("alice", room, 1, 4);
  relate("bob", room, "m.thread", ids[0], "answer");
  relate("alice", room, "m.thread", ids[1], "own answer");
  relate("bob", room, "m.annotation", ids[2], "reaction", "m.reaction");
  const auto found = [&](const std::string& filter) {
    return digest(messages("bob", room, "dir=b&limit=50&filter=" + base::percent_encode(filter)).at("chunk"));
  };
  EXPECT_THAT(found(R"({"related_by_rel_types":["m.thread"]})"), ElementsAre("m2", "m1"));
  EXPECT_THAT(found(R"({"related_by_rel_types":["m.thread","m.annotation"]})"), ElementsAre("m3", "m2", "m1"));
  EXPECT_THAT(found(R"({"related_by_rel_types":[]})"), IsEmpty());
  EXPECT_THAT(found(R"({"related_by_senders":["@bob:example.org"]})"), ElementsAre("m3", "m1"));
  EXPECT_THAT(found(R"({"related_by_rel_types":["m.thread"],"related_by_senders":["@bob:example.org"]})"),
              ElementsAre("m1"));
  EXPECT_THAT(found(R"({"related_by_senders":["@carol:example.org"]})"), IsEmpty());
  for (const auto* wrong : {R"({"related_by_senders":["bob"]})", R"({"related_by_rel_types":"m.thread"})"}) {
    EXPECT_EQ(messages("bob", room, "dir=b&filter=" + base::percent_encode(wrong)).text_at("errcode"), "M_BAD_JSON");
  }
  // Page by page, to the end.
  EXPECT_THAT(walk("bob", room, "b", 1, "&filter=" + base::percent_encode(R"({"related_by_rel_types":["m.thread"]})")),
              ElementsAre("m2", "m1"));
}

TEST_F(HistoryTest, TheFilterOfAContextIsForItsStateToo) {
  const auto room = public_room("alice");
  const auto ids = say("alice", room, 1, 3);
  const auto state = [&](const std::string& filter) {
    const auto path = "/rooms/" + room + "/context/" + ids[1] + "?filter=" + base::percent_encode(filter);
    return digest(get("alice", path).at("state"));
  };
  EXPECT_THAT(state(R"({"types":["m.room.message"]})"), IsEmpty());
  EXPECT_THAT(state(R"({"types":["m.room.create","m.room.message"]})"), ElementsAre("m.room.create"));
  EXPECT_THAT(state(R"({"not_types":["m.room.member"]})"), Contains("m.room.power_levels"));
  EXPECT_THAT(state(R"({"not_types":["m.room.member"]})"), Not(Contains("join:alice")));
}

}  // namespace
}  // namespace troupe::homeserver::sync
