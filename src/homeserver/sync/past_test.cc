// What people with every kind of past may read of a room, over every route of the Matrix listener that reads. The
// expectation comes from the specification's rule (Client-Server API #room-history-visibility), worked out from the
// story of the room alone (past_story_fixture.h), and not from the code. A reading route that no table knows fails
// reading_routes_test.cc.
#include <gmock/gmock.h>

#include "base/encoding.h"
#include "homeserver/sync/past_drama_fixture.h"

namespace troupe::homeserver::sync {
namespace {

/// Every check of one cell: each yields nothing more than the oracle allows, and what it must.
class Cell {
 public:
  explicit Cell(Life& bob) : bob_(bob), oracle_(bob.story, bob.forgot), known_(oracle_.known()) {}

  void check(const char* expected) {
    EXPECT_EQ(phases(), expected) << "the oracle against the table";
    messages();
    events();
    relations();
    state();
    members();
    others();
    outside();
    search();
    syncs();
    slides();
    keys();
  }

 private:
  const std::vector<Told>& story() const { return bob_.story; }

  /// The phases whose messages he sees, by the oracle; "-": he is not let in.
  std::string phases() const {
    if (!oracle_.lets_in()) return "-";
    std::string seen;
    for (std::size_t i = 0; i < story().size(); ++i) {
      if (story()[i].phase >= 'a' && oracle_.visible(i) && (seen.empty() || seen.back() != story()[i].phase)) {
        seen += story()[i].phase;
      }
    }
    return seen;
  }

  /// Asks as bob; nothing that he may not know is in the answer.
  WholeAnswer ask(const std::string& path, const Marks& also = {}) {
    auto answer = bob_.get(path);
    check_marks(path, answer, also);
    return answer;
  }
  void check_marks(const std::string& path, const WholeAnswer& answer, const Marks& also = {}) const {
    for (const auto& marker : marks_in(answer.text)) {
      EXPECT_TRUE(known_.contains(marker) || also.contains(marker)) << marker << " in " << path << "\n" << answer.text;
    }
  }
  /// The same for a room's route: refused when he is not let in.
  WholeAnswer in_room(const std::string& rest) {
    const auto path = rest.starts_with("/_matrix") ? rest : bob_.path(rest);
    auto answer = ask(path);
    if (!oracle_.lets_in()) EXPECT_EQ(answer.status, 403) << path << answer.text;
    return answer;
  }
  std::string v1(const std::string& rest) const { return "/_matrix/client/v1" + bob_.path(rest); }

  void messages() {
    std::set<std::string> visible;
    for (std::size_t i = 0; i < story().size(); ++i) {
      if (oracle_.visible(i)) visible.insert(story()[i].event_id);
    }
    // What came before the story (the room's creation) is no part of it.
    std::set<std::string> told;
    for (const auto& event : story()) told.insert(event.event_id);
    const auto lazily = "&filter=" + base::percent_encode(R"({"lazy_load_members":true})");
    for (const std::string query : {"?dir=b&limit=1000", "?dir=f&limit=1000", "?dir=b&limit=1000&lazily"}) {
      const auto wanted = query.ends_with("&lazily") ? query.substr(0, query.find("&lazily")) + lazily : query;
      const auto page = in_room("/messages" + wanted);
      if (!oracle_.lets_in()) continue;
      std::set<std::string> shown;
      for (const auto& event : page.at("/chunk").as_array()) {
        std::string id(matrix::view(event.at("event_id").as_string()));
        if (told.contains(id)) shown.insert(std::move(id));
      }
      EXPECT_EQ(shown, visible) << query;
    }
    std::string from;
    for (int pages = 0; pages < 8; ++pages) {
      const auto page = in_room("/messages?dir=b&limit=9" + (from.empty() ? "" : "&from=" + from));
      from = page.string_at("/end");
      if (from.empty()) break;
    }
    for (const auto& token : bob_.tokens) in_room("/messages?dir=f&limit=100&from=" + token);
    in_room("/initialSync?limit=100");
  }

  void events() {
    const auto lazily = "?limit=1&filter=" + base::percent_encode(R"({"lazy_load_members":true})");
    std::vector<std::string> paths;
    std::vector<int> statuses;
    for (std::size_t i = 0; i < story().size(); ++i) {
      const auto& event = story()[i];
      const bool shown = oracle_.lets_in() && oracle_.visible(i);
      const auto expect = [&](const std::string& rest) {
        paths.push_back(bob_.path(rest));
        statuses.push_back(shown ? 200 : oracle_.lets_in() || rest.starts_with("/event/") ? 404 : 403);
      };
      expect("/event/" + event.event_id);
      paths.push_back("/events/" + event.event_id);
      statuses.push_back(shown ? 200 : 404);
      const bool of_another_past = event.type == "m.room.member" && event.marker.empty() && !event.bobs;
      if (event.relation == "m.annotation" || event.type == "m.room.redaction" || of_another_past) continue;
      expect("/context/" + event.event_id + lazily);
      // The long one is almost the whole room, whichever event is asked: one in each phase, and where his rights
      // change.
      if (event.phase || event.bobs || event.widens) expect("/context/" + event.event_id + "?limit=100");
    }
    const auto answers = bob_.get_all(paths);
    for (std::size_t i = 0; i < paths.size(); ++i) {
      EXPECT_EQ(answers[i].status, statuses[i]) << paths[i] << answers[i].text;
      check_marks(paths[i], answers[i]);
    }
    for (const std::string query : {"?ts=0&dir=f", "?ts=9007199254740000&dir=b"}) {
      const auto found = in_room(v1("/timestamp_to_event") + query).string_at("/event_id");
      for (std::size_t i = 0; i < story().size(); ++i) {
        if (story()[i].event_id == found) EXPECT_TRUE(oracle_.visible(i)) << query;
      }
    }
  }

  /// The bundled relations of the first message, and the lists of them.
  void relations() {
    const auto first = static_cast<std::size_t>(
        std::ranges::find_if(story(), [](const Told& told) { return told.phase != 0; }) - story().begin());
    const auto& root = story()[first];
    std::map<std::string, std::vector<std::string>> shown;
    for (std::size_t i = 0; i < story().size(); ++i) {
      if (!story()[i].relation.empty() && oracle_.visible(i)) shown[story()[i].relation].push_back(story()[i].event_id);
    }
    const bool root_shown = oracle_.lets_in() && oracle_.visible(first);
    for (const std::string route : {"", "/m.thread", "/m.replace/m.room.message"}) {
      for (const std::string query : {"?limit=50", "?limit=2", "?limit=50&dir=f", "?limit=50&recurse=true"}) {
        const auto list = in_room(v1("/relations/" + root.event_id) + route + query);
        EXPECT_EQ(list.status, root_shown ? 200 : oracle_.lets_in() ? 404 : 403);
        if (!root_shown || route != "/m.thread" || query != "?limit=50") continue;
        EXPECT_EQ(list.at("/chunk").as_array().size(), shown["m.thread"].size());
      }
    }
    const auto threads = in_room(v1("/threads"));
    if (!root_shown) return;
    const auto event = in_room("/event/" + root.event_id);
    const std::string at = "/unsigned/m.relations/";
    EXPECT_EQ(threads.at("/chunk").as_array().size(), shown["m.thread"].empty() ? 0u : 1u);
    if (shown["m.thread"].empty()) {
      EXPECT_TRUE(event.at(at + "m.thread").is_null());
    } else {
      EXPECT_EQ(event.at(at + "m.thread/count"), static_cast<std::int64_t>(shown["m.thread"].size()));
      EXPECT_EQ(event.string_at(at + "m.thread/latest_event/event_id"), shown["m.thread"].back());
    }
    EXPECT_EQ(event.string_at(at + "m.replace/event_id"), shown["m.replace"].empty() ? "" : shown["m.replace"].back());
    const auto references = event.at(at + "m.reference/chunk");
    EXPECT_EQ(references.is_array() ? references.as_array().size() : 0, shown["m.reference"].size());
  }

  void state() {
    const auto now = oracle_.state_now();
    const auto whole = in_room("/state");
    EXPECT_EQ(whole.status, now ? 200 : 403);
    for (const std::string rest :
         {"/state/org.example.secret", "/state/org.example.secret/", "/state/m.room.topic?format=event"}) {
      EXPECT_EQ(in_room(rest).status, now ? 200 : 403) << rest;
    }
    if (!now) return;
    const auto expected = oracle_.state_at(*now);
    EXPECT_EQ(in_room("/state/org.example.secret").string_at("/v"), expected.at({"org.example.secret", ""}));
    Marks all;
    for (const auto& [key, marker] : expected) all.insert(marker);
    all.erase("");
    EXPECT_EQ(marks_in(whole.text), all);
  }

  void members() {
    const auto now = oracle_.state_now();
    const auto list = in_room("/members");
    EXPECT_EQ(list.status, now ? 200 : 403);
    for (const auto& token : bob_.tokens) in_room("/members?at=" + token);
    EXPECT_EQ(in_room("/joined_members").status, oracle_.joined_now() ? 200 : 403);
    EXPECT_EQ(in_room("/aliases").status, oracle_.joined_now() || oracle_.open_now() ? 200 : 403);
    const auto about_her = in_room("/state/m.room.member/" + bob_.drama.people.back());
    if (!now) return;
    Marks expected;
    for (const auto& [key, marker] : oracle_.state_at(*now)) {
      if (key.first == "m.room.member") expected.insert(marker);
    }
    expected.erase("");
    EXPECT_EQ(marks_in(list.text), expected);
    EXPECT_EQ(
        about_her.status,
        expected.contains(bob_.drama.people.back().substr(1, bob_.drama.people.back().find(':') - 1)) ? 200 : 404);
  }

  /// What is bound to a room in common, or to nothing of it.
  void others() {
    const auto presence = bob_.get("/presence/" + bob_.drama.people.front() + "/status");
    EXPECT_EQ(presence.status, oracle_.joined_now() ? 200 : 403);
    ask("/joined_rooms");
    EXPECT_EQ(ask("/notifications?limit=100").status, 200);
    ask("/publicRooms");
    ask("/user/" + bob_.user + "/rooms/" + bob_.drama.room + "/account_data/m.tag");
    ask("/user/" + bob_.user + "/rooms/" + bob_.drama.room + "/tags");
    EXPECT_EQ(bob_.get("/user/" + bob_.drama.id("alice") + "/rooms/" + bob_.drama.room + "/tags").status, 403);
    EXPECT_EQ(ask("/directory/list/room/" + bob_.drama.room).string_at("/visibility"), "private");
  }

  /// What the room shows to whoever may knock at it, which is everybody but the banned: its topic, among others.
  void outside() {
    const Marks shown{oracle_.state_at(story().size() - 1).at({"m.room.topic", ""})};
    const bool told = story().back().membership != "ban" || oracle_.open_now();
    EXPECT_EQ(ask(v1("/hierarchy"), shown).status, told ? 200 : 403);
    const auto& room = bob_.drama.room;
    const std::string proposed = "/_matrix/client/unstable/im.nheko.summary/";
    for (const auto& path : {"/_matrix/client/v1/room_summary/" + room, proposed + "summary/" + room,
                             proposed + "rooms/" + room + "/summary"}) {
      EXPECT_EQ(ask(path, shown).status, told ? 200 : 404) << path;
    }
    for (const std::string path : {"v1/mutual_rooms", "unstable/uk.half-shot.msc2666/user/mutual_rooms"}) {
      const auto mutual = ask("/_matrix/client/" + path + "?user_id=" + bob_.drama.id("alice"));
      EXPECT_EQ(mutual.at("/count"), oracle_.joined_now() ? 1 : 0) << mutual.text;
    }
  }

  /// Everything that was said and set where he took part, and nothing else.
  void search() {
    auto& server = bob_.drama.server();
    server.run_job("homeserver.search");
    std::set<std::string> expected;
    for (std::size_t i = 0; oracle_.ever_in() && i < story().size(); ++i) {
      const auto& event = story()[i];
      const bool searched =
          event.type == "m.room.topic" || (event.type == "m.room.message" && event.relation != "m.replace");
      if (searched && !event.marker.empty() && oracle_.visible(i)) expected.insert(event.event_id);
    }
    const auto& first = story().front().marker;
    const JsonObject body{
        {"search_categories",
         {{"room_events",
           {{"search_term", first.substr(0, first.find('x') + 1)},
            {"order_by", "recent"},
            {"include_state", true},
            {"filter", {{"limit", 50}}},
            {"event_context", {{"before_limit", 20}, {"after_limit", 20}, {"include_profile", true}}}}}}}};
    std::set<std::string> found;
    std::string path = "/search";
    for (int pages = 0; pages < 8; ++pages) {
      const auto answer = server.call(bob_.token, "POST", path, body);
      EXPECT_EQ(answer.status, 200) << answer.text;
      check_marks(path, answer);
      const std::string at = "/search_categories/room_events/";
      const auto results = answer.at(at + "results");
      for (const auto& hit : results.as_array()) {
        found.emplace(matrix::view(hit.at("result").at("event_id").as_string()));
      }
      const auto next = answer.string_at(at + "next_batch");
      if (next.empty()) break;
      path = "/search?next_batch=" + next;
    }
    EXPECT_EQ(found, expected);
  }

  /// Everything that invites and knocks show of a room by the specification, as it is now.
  Marks stripped() const {
    Marks marks;
    const auto& membership = story().back().membership;
    if (membership != "invite" && membership != "knock") return marks;
    for (const auto& [key, marker] : oracle_.state_at(story().size() - 1)) {
      if (key.first == "m.room.topic" || key.second == bob_.drama.id("alice")) marks.insert(marker);
    }
    return marks;
  }

  void syncs() {
    std::vector<std::string> paths;
    auto since = bob_.tokens;
    since.insert(since.begin(), {"", "s0"});
    for (const std::string filter :
         {"", R"({"room":{"include_leave":true}})", R"({"room":{"include_leave":true,"timeline":{"limit":100}}})",
          R"({"room":{"include_leave":true,"state":{"lazy_load_members":true},"timeline":{"limit":1}}})",
          R"({"room":{"include_leave":true,"timeline":{"types":["m.room.member"]}}})",
          R"({"room":{"include_leave":true,"timeline":{"limit":0}}})"}) {
      for (const auto& token : since) {
        for (const std::string more : {"", "&full_state=true", "&use_state_after=true"}) {
          if (!more.empty() && filter.find("limit\":1}") == std::string::npos) continue;
          auto path = "/sync?timeout=0" + more + (token.empty() ? "" : "&since=" + token);
          if (!filter.empty()) path += "&filter=" + base::percent_encode(filter);
          paths.push_back(std::move(path));
        }
      }
    }
    const auto answers = bob_.get_all(paths);
    const auto of_invites = stripped();
    for (std::size_t i = 0; i < paths.size(); ++i) {
      EXPECT_EQ(answers[i].status, 200) << answers[i].text;
      check_marks(paths[i], answers[i], of_invites);
    }
    const auto first = ask("/sync?timeout=0", of_invites);
    const auto joined =
        first.at("/rooms/join").is_object() && first.at("/rooms/join").as_object().contains(bob_.drama.room);
    EXPECT_EQ(joined, oracle_.joined_now());
  }

  /// By a list and by a subscription, in both shapes.
  void slides() {
    const auto everything = [](const std::string& state) {
      return R"({"timeline_limit":100,"ranges":[[0,9]],"required_state":)" + state + "}";
    };
    const std::string unstable = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync";
    const auto all = everything(R"([["*","*"]])");
    const auto lazily = everything(R"([["*","*"],["m.room.member","$LAZY"]])");
    const auto accepted = everything(R"({"include":[{}]})");
    for (const auto& [path, body] : std::initializer_list<std::pair<std::string, std::string>>{
             {unstable, R"({"lists":{"a":)" + all + "}}"},
             {unstable, R"({"lists":{"a":)" + lazily + "}}"},
             {unstable, R"({"room_subscriptions":{")" + bob_.drama.room + "\":" + all + "}}"},
             {"/_matrix/client/v4/sync", R"({"lists":{"a":)" + accepted + "}}"},
             {"/_matrix/client/v4/sync", R"({"room_subscriptions":{")" + bob_.drama.room + "\":" + accepted + "}}"}}) {
      auto with_extensions = boost::json::parse(body).as_object();
      with_extensions["extensions"] = JsonObject{{"receipts", {{"enabled", true}}},
                                                 {"typing", {{"enabled", true}}},
                                                 {"account_data", {{"enabled", true}}},
                                                 {"e2ee", {{"enabled", true}}}};
      const auto answer = bob_.drama.server().call(bob_.token, "POST", path, with_extensions);
      EXPECT_EQ(answer.status, 200) << answer.text;
      check_marks(path + " " + body, answer, stripped());
      const auto shown = answer.at("/rooms/" + bob_.drama.room + "/joined_count");
      const auto& membership = story().back().membership;
      EXPECT_EQ(shown.is_int64(), membership == "join" || membership == "invite" || membership == "knock")
          << answer.text;
    }
  }

  void keys() {
    // Who forgot a room must still hear whose devices they need not follow any more.
    known_ = Oracle(bob_.story, false).known();
    const auto now = bob_.get("/sync?timeout=0").string_at("/next_batch");
    for (const auto& from : bob_.tokens) ask("/keys/changes?from=" + from + "&to=" + now);
    ask("/keys/changes?from=s0&to=" + now);
  }

  Life& bob_;
  Oracle oracle_;
  Marks known_;
};

/// The pasts of one sort: those with few steps need no long room.
std::vector<const Past*> pasts(bool of_many_steps) {
  std::vector<const Past*> found;
  for (const auto& past : kPasts) {
    if ((past.steps.size() > 2) == of_many_steps) found.push_back(&past);
  }
  return found;
}

TEST(PastTest, NobodyReadsMoreThanTheirPastAllows) {
  WholeServer server;
  int number = 0;
  std::size_t cells = 0;
  for (std::size_t i = 0; i < kVisibilities.size(); ++i) {
    for (const bool of_many_steps : {false, true}) {
      Drama drama(server, pasts(of_many_steps), kVisibilities[i], ++number);
      for (auto& bob : drama.bobs) {
        SCOPED_TRACE(std::string(bob->past.name) + ", " + kVisibilities[i]);
        Cell(*bob).check(bob->past.sees[i]);
        ++cells;
      }
      if (testing::Test::HasFailure()) return;  // one room's failures say enough
    }
  }
  EXPECT_EQ(cells, kPasts.size() * kVisibilities.size());
}

/// The markers are found where they may be read: what was looked for above is not looked for in vain.
TEST(PastTest, WhoIsInReadsEverything) {
  WholeServer server;
  const Past never{"never there", {}, {}};
  Drama drama(server, {&never}, "joined", 1);
  auto& bob = *drama.bobs.front();
  bob.token = drama.alice;
  Marks all;
  for (const auto& told : bob.story) all.insert(told.marker);
  all.erase("");
  ASSERT_GT(all.size(), 9u);
  const auto page = bob.get(bob.path("/messages?dir=b&limit=1000"));
  EXPECT_THAT(all, testing::IsSubsetOf(marks_in(page.text)));
  EXPECT_THAT(
      all,
      testing::IsSubsetOf(marks_in(
          bob.get("/sync?timeout=0&filter=" + base::percent_encode(R"({"room":{"timeline":{"limit":100}}})")).text)));
  const auto from = bob.get("/sync?timeout=0").string_at("/next_batch");
  EXPECT_FALSE(marks_in(bob.get("/keys/changes?from=s0&to=" + from).text).empty());
}

}  // namespace
}  // namespace troupe::homeserver::sync
