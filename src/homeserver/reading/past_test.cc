// What people with every kind of past may read of a room, over every route of the Matrix listener that reads. The
// expectation comes from the specification's rule (Client-Server API #room-history-visibility), worked out here from
// the story of the room alone, and not from the code. A reading route that the table below does not know fails the
// suite.
#include <gmock/gmock.h>

#include <map>
#include <regex>
#include <set>

#include "base/encoding.h"
#include "homeserver/whole_server.h"
#include "host/listeners.h"

namespace troupe::homeserver {
namespace {

using matrix::JsonObject;
using testing::IsSubsetOf;

// ---- The story of a room, and the specification's rule over it ----

/// One event, as it was made. A marker is a text that occurs nowhere but in this event.
struct Told {
  std::string event_id{};
  std::string marker{};  ///< empty: nothing to look for
  std::string type{};
  std::optional<std::string> state_key{};
  std::string visibility{};  ///< of the room once the event is in
  std::string membership{};  ///< bob's once the event is in
  bool bobs = false;         ///< his own membership
  bool widens = false;       ///< it changes the visibility: whoever may see either side of it sees it
  char phase = 0;            ///< a, b, c … for messages
  std::string relation{};    ///< m.thread, m.replace, m.reference of the first message
  std::string redacts{};     ///< event id
};

using Marks = std::set<std::string>;

/// The specification's rule, by the story alone.
class Oracle {
 public:
  Oracle(const std::vector<Told>& story, bool forgot) : story_(story), forgot_(forgot) {}

  bool joined_now() const { return story_.back().membership == "join"; }
  bool open_now() const { return story_.back().visibility == "world_readable"; }
  bool ever_in() const { return !forgot_ && joins_from(0); }
  /// Whether the room's routes answer at all.
  bool lets_in() const { return open_now() || ever_in(); }

  bool visible(std::size_t i) const {
    const auto& event = story_[i];
    if (event.bobs) return true;
    if (sees(event.visibility, i)) return true;
    return event.widens && i > 0 && sees(story_[i - 1].visibility, i);
  }

  /// Up to which event the present-state routes answer.
  std::optional<std::size_t> state_now() const {
    if (joined_now() || open_now()) return story_.size() - 1;
    if (forgot_) return std::nullopt;
    for (auto i = story_.size(); i-- > 0;) {
      if (ceases(i)) return i;
    }
    return std::nullopt;
  }

  /// The room's state once the event is in: markers by type and key.
  std::map<std::pair<std::string, std::string>, std::string> state_at(std::size_t i) const {
    std::map<std::pair<std::string, std::string>, std::string> state;
    for (std::size_t j = 0; j <= i; ++j) {
      if (story_[j].state_key) state[{story_[j].type, *story_[j].state_key}] = story_[j].marker;
    }
    return state;
  }

  /// Every marker that he may come to know by any way through the room.
  Marks known() const {
    Marks marks;
    for (std::size_t i = 0; i < story_.size(); ++i) {
      if (visible(i)) marks.insert(story_[i].marker);
      const bool state_readable = member_at(i) || story_[i].visibility == "world_readable" ||
                                  (story_[i].visibility == "shared" && !forgot_ && joins_from(i)) ||
                                  (!forgot_ && ceases(i));
      if (!state_readable) continue;
      for (const auto& [key, marker] : state_at(i)) marks.insert(marker);
    }
    marks.erase("");
    return marks;
  }

 private:
  bool joins_from(std::size_t i) const {
    return std::any_of(story_.begin() + static_cast<std::ptrdiff_t>(i), story_.end(),
                       [](const Told& told) { return told.membership == "join"; });
  }
  bool member_at(std::size_t i) const { return !forgot_ && story_[i].membership == "join"; }
  bool ceases(std::size_t i) const {
    return i > 0 && story_[i - 1].membership == "join" && story_[i].membership != "join";
  }
  bool sees(std::string_view visibility, std::size_t i) const {
    if (visibility == "world_readable") return true;
    if (forgot_) return false;
    if (story_[i].membership == "join") return true;
    if (visibility == "shared" && joins_from(i)) return true;
    return visibility == "invited" && story_[i].membership == "invite";
  }

  const std::vector<Told>& story_;
  const bool forgot_;
};

// ---- The table ----

/// What bob does, or what is done to him, with something going on in the room before, between and after.
struct Past {
  const char* name;
  std::vector<const char*> steps;
  /// The phases of which he sees the messages, by rule; in order of kVisibilities. "-": the routes answer 403.
  std::vector<const char*> sees;
};
const std::vector<std::string> kVisibilities{"world_readable", "shared", "invited", "joined", "opened", "closed"};

const std::vector<Past> kPasts{
    // the visibility of "opened" goes from joined to world_readable before the last phase, of "closed" the other way
    {"never there", {}, {"a", "-", "-", "-", "a", "-"}},
    {"invited", {"invite"}, {"ab", "-", "-", "-", "b", "-"}},
    {"declined", {"invite", "leave"}, {"abc", "-", "-", "-", "c", "-"}},
    {"knocked", {"knock"}, {"ab", "-", "-", "-", "b", "-"}},
    {"knocked and withdrew", {"knock", "leave"}, {"abc", "-", "-", "-", "c", "-"}},
    {"banned, never in", {"ban"}, {"ab", "-", "-", "-", "b", "-"}},
    {"in", {"invite", "join"}, {"abc", "abc", "bc", "c", "c", "abc"}},
    {"left", {"invite", "join", "leave"}, {"abcd", "abc", "bc", "c", "cd", "abc"}},
    {"removed", {"invite", "join", "kick"}, {"abcd", "abc", "bc", "c", "cd", "abc"}},
    {"banned", {"invite", "join", "ban"}, {"abcd", "abc", "bc", "c", "cd", "abc"}},
    {"left, then banned", {"invite", "join", "leave", "ban"}, {"abcde", "abc", "bc", "c", "ce", "abcd"}},
    {"left and forgot", {"invite", "join", "leave", "forget"}, {"abcde", "-", "-", "-", "e", "-"}},
    {"came back", {"invite", "join", "leave", "invite", "join"}, {"abcdef", "abcdef", "bcef", "cf", "cf", "abcdef"}},
    {"left, invited again", {"invite", "join", "leave", "invite"}, {"abcde", "abc", "bce", "c", "ce", "abcd"}},
    {"left, declined a second time",
     {"invite", "join", "leave", "invite", "leave"},
     {"abcdef", "abc", "bce", "c", "cf", "abcde"}},
};

/// One room with its people and bob's past in it.
class Drama {
 public:
  Drama(WholeServer& server, const Past& past, const std::string& visibility, int number)
      : server_(server), past_(past), tag_(std::to_string(number)) {
    alice = server_.person("alice" + tag_);
    bob = server_.person("bob" + tag_);
    visibility_ = visibility == "opened" ? "joined" : visibility == "closed" ? "world_readable" : visibility;
    const auto levels = JsonObject{{"users", JsonObject{{id("alice"), 100}}}, {"users_default", 0}};
    const auto made = server_.call(
        alice, "POST", "/createRoom",
        JsonObject{{"room_version", "11"},
                   {"power_level_content_override", levels},
                   {"initial_state",
                    matrix::JsonArray{JsonObject{{"type", "m.room.join_rules"}, {"content", {{"join_rule", "knock"}}}},
                                      JsonObject{{"type", "m.room.history_visibility"},
                                                 {"content", {{"history_visibility", visibility_}}}}}}});
    room = made.string_at("/room_id");
    EXPECT_EQ(made.status, 200) << made.text;
    for (std::size_t i = 0; i < past_.steps.size(); ++i) {
      live(static_cast<char>('a' + i));
      step(past_.steps[i]);
      look();
    }
    if (visibility == "opened") set_visibility("world_readable");
    if (visibility == "closed") set_visibility("joined");
    live(static_cast<char>('a' + past_.steps.size()));
  }

  std::string id(const std::string& who) const { return "@" + who + tag_ + ":example.org"; }
  std::string path(const std::string& rest) const { return "/rooms/" + room + rest; }
  WholeAnswer get(const std::string& path) { return server_.call(bob, "GET", path); }

  std::string alice, bob, room;
  std::vector<Told> story;
  std::vector<std::string> tokens;  ///< of bob's /sync
  std::vector<std::string> people;  ///< who came, one in each phase
  bool forgot = false;

 private:
  std::string mark() { return "mk" + tag_ + "x" + std::to_string(++marks_) + "z"; }

  Told& tell(const WholeAnswer& answer, Told told) {
    EXPECT_EQ(answer.status, 200) << answer.text;
    told.event_id = answer.string_at("/event_id");
    told.visibility = visibility_;
    told.membership = membership_;
    story.push_back(std::move(told));
    return story.back();
  }
  Told& say(const std::string& type, JsonObject content, Told told) {
    told.type = type;
    auto answer = server_.call(alice, "PUT", path("/send/" + type + "/t" + std::to_string(++txn_)), content);
    return tell(answer, std::move(told));
  }
  Told& set(const std::string& type, const std::string& key, JsonObject content, std::string marker) {
    auto answer = server_.call(alice, "PUT", path("/state/" + type + "/" + key), content);
    return tell(answer, {.marker = std::move(marker), .type = type, .state_key = key});
  }
  void set_visibility(const std::string& visibility) {
    visibility_ = visibility;
    set("m.room.history_visibility", "", {{"history_visibility", visibility}}, "").widens = true;
  }
  void message(char phase) {
    const auto text = mark();
    say("m.room.message", {{"msgtype", "m.text"}, {"body", text}}, {.marker = text, .phase = phase});
  }
  void relate(const std::string& how) {
    const auto text = mark();
    JsonObject content{{"msgtype", "m.text"}, {"body", text}};
    content["m.relates_to"] = {{"rel_type", how}, {"event_id", root_}};
    if (how == "m.annotation") content["m.relates_to"].as_object()["key"] = text;
    if (how == "m.replace") content["m.new_content"] = {{"msgtype", "m.text"}, {"body", text}};
    say("m.room.message", std::move(content), {.marker = text, .relation = how});
  }
  /// The newest member event of somebody, made by a route that does not say its id.
  void tell_member(const std::string& user, std::string marker, bool bobs) {
    const auto state = server_.call(alice, "GET", path("/state/m.room.member/" + user + "?format=event"));
    tell(state, {.marker = std::move(marker), .type = "m.room.member", .state_key = user, .bobs = bobs});
  }

  /// One of everything, by alice.
  void live(char phase) {
    message(phase);
    if (root_.empty()) {
      root_ = story.back().event_id;
      for (auto& target : redacted_) {
        message('a');
        target = story.back().event_id;
      }
    }
    for (const auto* how : {"m.thread", "m.replace", "m.reference", "m.annotation"}) relate(how);
    auto text = mark();
    set("org.example.secret", "", {{"v", text}}, text);
    text = mark();
    set("m.room.topic", "", {{"topic", text}}, text);
    text = mark();
    set("m.room.member", id("alice"), {{"membership", "join"}, {"displayname", text}}, text);
    text = mark();
    const auto& target = redacted_[static_cast<std::size_t>(phase - 'a')];
    const auto redact = server_.call(alice, "PUT", path("/redact/" + target + "/t" + std::to_string(++txn_)),
                                     JsonObject{{"reason", text}});
    tell(redact, {.marker = text, .type = "m.room.redaction", .redacts = target});
    for (auto& told : story) {
      if (told.event_id == target) told.marker.clear();
    }
    visitor();
  }

  /// Somebody with keys, whose name is a marker, comes in, reads and types.
  void visitor() {
    const auto name = mark();
    const auto user = "@" + name + ":example.org";
    const auto token = server_.person(name);
    people.push_back(user);
    const JsonObject keys{{"user_id", user},
                          {"device_id", "PHONE"},
                          {"algorithms", matrix::JsonArray{"m.olm.v1.curve25519-aes-sha2"}},
                          {"keys", {{"curve25519:PHONE", "c"}, {"ed25519:PHONE", "e"}}},
                          {"signatures", JsonObject()}};
    server_.call(token, "POST", "/keys/upload", JsonObject{{"device_keys", keys}});
    auto invited = server_.call(alice, "POST", path("/invite"), JsonObject{{"user_id", user}});
    EXPECT_EQ(invited.status, 200) << invited.text;
    tell_member(user, name, false);
    EXPECT_EQ(server_.call(token, "POST", path("/join"), JsonObject()).status, 200);
    tell_member(user, name, false);
    const auto& newest = story.back().event_id;
    EXPECT_EQ(server_.call(token, "POST", path("/receipt/m.read/" + newest), JsonObject()).status, 200);
    const auto typing = server_.call(token, "PUT", path("/typing/" + user), JsonObject{{"typing", true}});
    EXPECT_EQ(typing.status, 200) << typing.text;
  }

  void step(const std::string& what) {
    const bool his = what == "join" || what == "leave" || what == "forget" || what == "knock";
    const auto target = what == "knock" ? "/knock/" + room : path("/" + what);
    auto body = his ? JsonObject() : JsonObject{{"user_id", id("bob")}};
    const auto answer = server_.call(his ? bob : alice, "POST", target, body);
    ASSERT_EQ(answer.status, 200) << what << answer.text;
    if (what == "forget") {
      forgot = true;
      return;
    }
    membership_ = what == "kick" ? "leave" : what;
    tell_member(id("bob"), "", true);
  }

  void look() {
    const auto synced = get("/sync?timeout=0");
    ASSERT_EQ(synced.status, 200);
    tokens.push_back(synced.string_at("/next_batch"));
  }

  WholeServer& server_;
  const Past& past_;
  std::string tag_;
  std::string visibility_, membership_ = "leave";
  std::string root_;
  std::array<std::string, 8> redacted_;
  int marks_ = 0;
  int txn_ = 0;
};

Marks marks_in(const std::string& text) {
  static const std::regex kMark("mk[0-9]+x[0-9]+z");
  return {std::sregex_token_iterator(text.begin(), text.end(), kMark), std::sregex_token_iterator()};
}

/// Every check of one cell: each yields nothing more than the oracle allows, and what it must.
class Cell {
 public:
  explicit Cell(Drama& drama) : drama_(drama), oracle_(drama.story, drama.forgot), known_(oracle_.known()) {}

  void check(const char* expected) {
    EXPECT_EQ(phases(), expected) << "the oracle against the table";
    messages();
    events();
    relations();
    state();
    members();
    others();
    syncs();
    keys();
  }

 private:
  const std::vector<Told>& story() const { return drama_.story; }

  /// The phases whose messages he sees, by the oracle; "-": he is not let in.
  std::string phases() const {
    if (!oracle_.lets_in()) return "-";
    std::string seen;
    for (std::size_t i = 0; i < story().size(); ++i) {
      if (story()[i].phase && oracle_.visible(i) && (seen.empty() || seen.back() != story()[i].phase)) {
        seen += story()[i].phase;
      }
    }
    return seen;
  }

  /// Asks as bob; nothing that he may not know is in the answer.
  WholeAnswer ask(const std::string& path, const Marks& also = {}) {
    auto answer = drama_.get(path);
    auto allowed = known_;
    allowed.insert(also.begin(), also.end());
    EXPECT_THAT(marks_in(answer.text), IsSubsetOf(allowed)) << path << "\n" << answer.text;
    return answer;
  }
  /// The same for a room's route: refused when he is not let in.
  WholeAnswer in_room(const std::string& rest) {
    const auto path = rest.starts_with("/_matrix") ? rest : drama_.path(rest);
    auto answer = ask(path);
    if (!oracle_.lets_in()) EXPECT_EQ(answer.status, 403) << path << answer.text;
    return answer;
  }
  std::string v1(const std::string& rest) const { return "/_matrix/client/v1" + drama_.path(rest); }

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
    for (const auto& token : drama_.tokens) in_room("/messages?dir=f&limit=100&from=" + token);
  }

  void events() {
    for (std::size_t i = 0; i < story().size(); ++i) {
      const auto& event = story()[i];
      const bool shown = oracle_.lets_in() && oracle_.visible(i);
      const int expected = shown ? 200 : oracle_.lets_in() ? 404 : 403;
      EXPECT_EQ(in_room("/event/" + event.event_id).status, expected) << event.type << event.marker;
      if (event.relation == "m.annotation" || event.type == "m.room.redaction") continue;  // the same again
      EXPECT_EQ(in_room("/context/" + event.event_id + "?limit=100").status, expected);
      EXPECT_EQ(in_room("/context/" + event.event_id +
                        "?limit=1&filter=" + base::percent_encode(R"({"lazy_load_members":true})"))
                    .status,
                expected);
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
    for (const auto& token : drama_.tokens) in_room("/members?at=" + token);
    EXPECT_EQ(in_room("/joined_members").status, oracle_.joined_now() ? 200 : 403);
    EXPECT_EQ(in_room("/aliases").status, oracle_.joined_now() || oracle_.open_now() ? 200 : 403);
    const auto about_her = in_room("/state/m.room.member/" + drama_.people.back());
    if (!now) return;
    Marks expected;
    for (const auto& [key, marker] : oracle_.state_at(*now)) {
      if (key.first == "m.room.member") expected.insert(marker);
    }
    expected.erase("");
    EXPECT_EQ(marks_in(list.text), expected);
    EXPECT_EQ(about_her.status,
              expected.contains(drama_.people.back().substr(1, drama_.people.back().find(':') - 1)) ? 200 : 404);
  }

  /// What is bound to a room in common, or to nothing of it.
  void others() {
    const auto presence = drama_.get("/presence/" + drama_.people.front() + "/status");
    EXPECT_EQ(presence.status, oracle_.joined_now() ? 200 : 403);
    ask("/joined_rooms");
    ask("/publicRooms");
    ask("/user/" + drama_.id("bob") + "/rooms/" + drama_.room + "/account_data/m.tag");
    ask("/user/" + drama_.id("bob") + "/rooms/" + drama_.room + "/tags");
    EXPECT_EQ(drama_.get("/user/" + drama_.id("alice") + "/rooms/" + drama_.room + "/tags").status, 403);
    EXPECT_EQ(ask("/directory/list/room/" + drama_.room).string_at("/visibility"), "private");
  }

  /// Everything that invites and knocks show of a room by the specification, as it is now.
  Marks stripped() const {
    Marks marks;
    const auto& membership = story().back().membership;
    if (membership != "invite" && membership != "knock") return marks;
    for (const auto& [key, marker] : oracle_.state_at(story().size() - 1)) {
      if (key.first == "m.room.topic" || key.second == drama_.id("alice")) marks.insert(marker);
    }
    return marks;
  }

  void syncs() {
    auto since = drama_.tokens;
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
          const auto answer = ask(path, stripped());
          EXPECT_EQ(answer.status, 200) << answer.text;
        }
      }
    }
    const auto first = ask("/sync?timeout=0", stripped());
    const auto joined =
        first.at("/rooms/join").is_object() && first.at("/rooms/join").as_object().contains(drama_.room);
    EXPECT_EQ(joined, oracle_.joined_now());
  }

  void keys() {
    // Who forgot a room must still hear whose devices they need not follow any more.
    known_ = Oracle(drama_.story, false).known();
    const auto now = drama_.get("/sync?timeout=0").string_at("/next_batch");
    for (const auto& from : drama_.tokens) ask("/keys/changes?from=" + from + "&to=" + now);
    ask("/keys/changes?from=s0&to=" + now);
  }

  Drama& drama_;
  Oracle oracle_;
  Marks known_;
};

TEST(PastTest, NobodyReadsMoreThanTheirPastAllows) {
  WholeServer server;
  int number = 0;
  for (const auto& past : kPasts) {
    for (std::size_t i = 0; i < kVisibilities.size(); ++i) {
      SCOPED_TRACE(std::string(past.name) + ", " + kVisibilities[i]);
      Drama drama(server, past, kVisibilities[i], ++number);
      Cell(drama).check(past.sees[i]);
      if (testing::Test::HasFailure() && number > 6) return;  // one cell's failures say enough
    }
  }
}

/// The markers are found where they may be read: what was looked for above is not looked for in vain.
TEST(PastTest, WhoIsInReadsEverything) {
  WholeServer server;
  const Past never{"never there", {}, {}};
  Drama drama(server, never, "joined", 1);
  drama.bob = drama.alice;
  Marks all;
  for (const auto& told : drama.story) all.insert(told.marker);
  all.erase("");
  ASSERT_GT(all.size(), 9u);
  const auto page = drama.get(drama.path("/messages?dir=b&limit=1000"));
  EXPECT_THAT(all, IsSubsetOf(marks_in(page.text)));
  EXPECT_THAT(
      all,
      IsSubsetOf(marks_in(
          drama.get("/sync?timeout=0&filter=" + base::percent_encode(R"({"room":{"timeline":{"limit":100}}})")).text)));
  const auto from = drama.get("/sync?timeout=0").string_at("/next_batch");
  EXPECT_FALSE(marks_in(drama.get("/keys/changes?from=s0&to=" + from).text).empty());
}

// ---- Every reading route is known ----

enum class Reads {
  room,  ///< a room's: asked above for every past
  own,   ///< the caller's own things, refused to everybody else
  open,  ///< nothing of a room that is not for everybody
};

/// All routes that read: GET, and POST of the rate class for reading. A new one is entered here, and if it reads a
/// room, Cell asks it.
const std::map<std::string, Reads> kReading{
    {"GET /", Reads::open},
    {"GET /.well-known/matrix/client", Reads::open},
    {"GET /_matrix/client/v1/admin/lock/{user_id}", Reads::own},
    {"GET /_matrix/client/v1/media/config", Reads::open},
    {"GET /_matrix/client/v1/media/download/{server}/{media_id}", Reads::open},
    {"GET /_matrix/client/v1/media/download/{server}/{media_id}/{file_name}", Reads::open},
    {"GET /_matrix/client/v1/media/thumbnail/{server}/{media_id}", Reads::open},
    {"GET /_matrix/client/v1/register/m.login.registration_token/validity", Reads::open},
    {"GET /_matrix/client/v1/rooms/{room_id}/relations/{event_id}", Reads::room},
    {"GET /_matrix/client/v1/rooms/{room_id}/relations/{event_id}/{rel_type}", Reads::room},
    {"GET /_matrix/client/v1/rooms/{room_id}/relations/{event_id}/{rel_type}/{event_type}", Reads::room},
    {"GET /_matrix/client/v1/rooms/{room_id}/threads", Reads::room},
    {"GET /_matrix/client/v1/rooms/{room_id}/timestamp_to_event", Reads::room},
    {"GET /_matrix/client/v3/account/3pid", Reads::own},
    {"GET /_matrix/client/v3/account/whoami", Reads::own},
    {"GET /_matrix/client/v3/capabilities", Reads::own},
    {"GET /_matrix/client/v3/devices", Reads::own},
    {"GET /_matrix/client/v3/devices/{device_id}", Reads::own},
    {"GET /_matrix/client/v3/directory/list/room/{room_id}", Reads::room},
    {"GET /_matrix/client/v3/directory/room/{alias}", Reads::open},
    {"GET /_matrix/client/v3/joined_rooms", Reads::room},
    {"GET /_matrix/client/v3/keys/changes", Reads::room},
    {"POST /_matrix/client/v3/keys/query", Reads::open},
    {"GET /_matrix/client/v3/login", Reads::open},
    {"GET /_matrix/client/v3/presence/{user_id}/status", Reads::room},
    {"GET /_matrix/client/v3/profile/{user_id}", Reads::open},
    {"GET /_matrix/client/v3/profile/{user_id}/{field}", Reads::open},
    {"GET /_matrix/client/v3/publicRooms", Reads::room},
    {"POST /_matrix/client/v3/publicRooms", Reads::open},
    {"GET /_matrix/client/v3/pushers", Reads::own},
    {"GET /_matrix/client/v3/pushrules", Reads::own},
    {"GET /_matrix/client/v3/pushrules/", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global/", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global/{kind}", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global/{kind}/", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global/{kind}/{rule_id}", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global/{kind}/{rule_id}/actions", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global/{kind}/{rule_id}/enabled", Reads::own},
    {"GET /_matrix/client/v3/register/available", Reads::open},
    {"GET /_matrix/client/v3/room_keys/keys", Reads::own},
    {"GET /_matrix/client/v3/room_keys/keys/{room_id}", Reads::own},
    {"GET /_matrix/client/v3/room_keys/keys/{room_id}/{session_id}", Reads::own},
    {"GET /_matrix/client/v3/room_keys/version", Reads::own},
    {"GET /_matrix/client/v3/room_keys/version/", Reads::own},
    {"GET /_matrix/client/v3/room_keys/version/{version}", Reads::own},
    {"GET /_matrix/client/v3/rooms/{room_id}/aliases", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/context/{event_id}", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/event/{event_id}", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/joined_members", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/members", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/messages", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/state", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/state/{event_type}", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/state/{event_type}/", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/state/{event_type}/{state_key}", Reads::room},
    {"GET /_matrix/client/v3/sync", Reads::room},
    {"GET /_matrix/client/v3/thirdparty/location", Reads::open},
    {"GET /_matrix/client/v3/thirdparty/location/{protocol}", Reads::open},
    {"GET /_matrix/client/v3/thirdparty/protocol/{protocol}", Reads::open},
    {"GET /_matrix/client/v3/thirdparty/protocols", Reads::open},
    {"GET /_matrix/client/v3/thirdparty/user", Reads::open},
    {"GET /_matrix/client/v3/thirdparty/user/{protocol}", Reads::own},
    {"GET /_matrix/client/v3/user/{user_id}/account_data/{type}", Reads::own},
    {"GET /_matrix/client/v3/user/{user_id}/filter/{filter_id}", Reads::own},
    {"GET /_matrix/client/v3/user/{user_id}/rooms/{room_id}/account_data/{type}", Reads::room},
    {"GET /_matrix/client/v3/user/{user_id}/rooms/{room_id}/tags", Reads::room},
    {"POST /_matrix/client/v3/user_directory/search", Reads::open},
    {"GET /_matrix/client/v3/voip/turnServer", Reads::own},
    {"GET /_matrix/client/versions", Reads::open},
    {"GET /_matrix/federation/v1/openid/userinfo", Reads::open},
    {"GET /_matrix/media/v3/config", Reads::open},
    {"GET /_matrix/media/v3/download/{server}/{media_id}", Reads::open},
    {"GET /_matrix/media/v3/download/{server}/{media_id}/{file_name}", Reads::open},
    {"GET /_matrix/media/v3/thumbnail/{server}/{media_id}", Reads::open},
    {"GET /_synapse/admin/v1/register", Reads::own},
    {"GET /_synapse/metrics", Reads::own},
    {"GET /health", Reads::open},
};

bool reads(const net::Route& route) {
  return route.listener == host::kMatrixListener &&
         (route.method == "GET" || (route.method == "POST" && route.rate == net::Rate::read));
}

TEST(PastTest, EveryReadingRouteIsKnown) {
  WholeServer server;
  auto gone = kReading;
  for (const auto& route : server.router.routes()) {
    if (!reads(route)) continue;
    const auto name = route.method + " " + route.path;
    if (!kReading.contains(name))
      ADD_FAILURE() << name << ": classify it in kReading; a room's is asked in Cell for every past";
    gone.erase(name);
  }
  for (const auto& [name, what] : gone) ADD_FAILURE() << name << " is no route any more";
}

}  // namespace
}  // namespace troupe::homeserver
