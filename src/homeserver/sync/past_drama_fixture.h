// A room with its people in which pasts are lived. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>

#include "homeserver/sync/past_story_fixture.h"
#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::sync {

using matrix::JsonObject;

class Drama;

/// One bob: what he lives through in a room that he shares with the bobs of other pasts.
class Life {
 public:
  Life(Drama& drama, const Past& past, std::string name);
  std::string path(const std::string& rest) const;
  WholeAnswer get(const std::string& path);
  std::vector<WholeAnswer> get_all(std::vector<std::string> paths);

  Drama& drama;
  const Past& past;
  std::string user;
  std::string token;
  std::vector<Told> story;          ///< the room's, with his membership and his phases
  std::vector<std::string> tokens;  ///< of his /sync, one after each step
  bool forgot = false;

 private:
  friend class Drama;
  std::string membership_ = "leave";
};

/// One room with its people and several bobs, whose pasts end together: those with fewer steps begin later.
class Drama {
 public:
  /// `number` is another one for each room of the server.
  Drama(WholeServer& server, const std::vector<const Past*>& pasts, const std::string& visibility, int number)
      : server_(server), tag_(std::to_string(number)) {
    alice = server_.person("alice" + tag_);
    for (const auto* past : pasts) {
      phases_ = std::max(phases_, past->steps.size());
      bobs.push_back(std::make_unique<Life>(*this, *past, "bob" + tag_ + "p" + std::to_string(bobs.size())));
    }
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
    for (std::size_t phase = 0; phase < phases_; ++phase) {
      live(phase);
      for (auto& bob : bobs) {
        const auto first = phases_ - bob->past.steps.size();
        if (phase < first) continue;
        step(*bob, bob->past.steps[phase - first]);
        look(*bob);
      }
    }
    if (visibility == "opened") set_visibility("world_readable");
    if (visibility == "closed") set_visibility("joined");
    live(phases_);
  }

  std::string id(const std::string& who) const { return "@" + who + tag_ + ":example.org"; }
  std::string path(const std::string& rest) const { return "/rooms/" + room + rest; }
  WholeServer& server() { return server_; }

  std::string alice, room;
  std::vector<std::string> people;  ///< who came, one in each phase
  std::vector<std::unique_ptr<Life>> bobs;

 private:
  std::string mark() { return "mk" + tag_ + "x" + std::to_string(++marks_) + "z"; }

  /// Every bob's story has every event, with what he was when it came in. Yields its id.
  std::string tell(const WholeAnswer& answer, Told told, std::optional<std::size_t> phase = {}) {
    EXPECT_EQ(answer.status, 200) << answer.text;
    told.event_id = answer.string_at("/event_id");
    told.visibility = visibility_;
    for (auto& bob : bobs) {
      auto his = told;
      his.membership = bob->membership_;
      his.bobs = told.type == "m.room.member" && told.state_key == bob->user;
      const auto before_him = static_cast<int>(phases_ - bob->past.steps.size());
      if (phase) his.phase = static_cast<char>('a' + static_cast<int>(*phase) - before_him);
      bob->story.push_back(std::move(his));
    }
    return told.event_id;
  }
  std::string say(const std::string& type, JsonObject content, Told told, std::optional<std::size_t> phase = {}) {
    told.type = type;
    auto answer = server_.call(alice, "PUT", path("/send/" + type + "/t" + std::to_string(++txn_)), content);
    return tell(answer, std::move(told), phase);
  }
  void set(const std::string& type, const std::string& key, JsonObject content, Told told) {
    told.type = type;
    told.state_key = key;
    tell(server_.call(alice, "PUT", path("/state/" + type + "/" + key), content), std::move(told));
  }
  void set_visibility(const std::string& visibility) {
    visibility_ = visibility;
    set("m.room.history_visibility", "", {{"history_visibility", visibility}}, {.widens = true});
  }
  std::string message(std::optional<std::size_t> phase) {
    const auto text = mark();
    return say("m.room.message", {{"msgtype", "m.text"}, {"body", text}}, {.marker = text}, phase);
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
  std::string tell_member(const std::string& user, std::string marker) {
    const auto state = server_.call(alice, "GET", path("/state/m.room.member/" + user + "?format=event"));
    return tell(state, {.marker = std::move(marker), .type = "m.room.member", .state_key = user});
  }

  /// One of everything, by alice.
  void live(std::size_t phase) {
    const auto first = message(phase);
    if (root_.empty()) {
      root_ = first;
      for (std::size_t i = 0; i <= phases_; ++i) redacted_[i] = message({});
    }
    for (const auto* how : {"m.thread", "m.replace", "m.reference", "m.annotation"}) relate(how);
    auto text = mark();
    set("org.example.secret", "", {{"v", text}}, {.marker = text});
    text = mark();
    set("m.room.topic", "", {{"topic", text}}, {.marker = text});
    text = mark();
    set("m.room.member", id("alice"), {{"membership", "join"}, {"displayname", text}}, {.marker = text});
    text = mark();
    const auto& target = redacted_[phase];
    const auto redact = server_.call(alice, "PUT", path("/redact/" + target + "/t" + std::to_string(++txn_)),
                                     JsonObject{{"reason", text}});
    tell(redact, {.marker = text, .type = "m.room.redaction", .redacts = target});
    for (auto& bob : bobs) std::ranges::find(bob->story, target, &Told::event_id)->marker.clear();
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
    tell_member(user, name);
    EXPECT_EQ(server_.call(token, "POST", path("/join"), JsonObject()).status, 200);
    const auto newest = tell_member(user, name);
    EXPECT_EQ(server_.call(token, "POST", path("/receipt/m.read/" + newest), JsonObject()).status, 200);
    const auto typing = server_.call(token, "PUT", path("/typing/" + user), JsonObject{{"typing", true}});
    EXPECT_EQ(typing.status, 200) << typing.text;
  }

  void step(Life& bob, const std::string& what) {
    const bool his = what == "join" || what == "leave" || what == "forget" || what == "knock";
    const auto target = what == "knock" ? "/knock/" + room : path("/" + what);
    auto body = his ? JsonObject() : JsonObject{{"user_id", bob.user}};
    const auto answer = server_.call(his ? bob.token : alice, "POST", target, body);
    ASSERT_EQ(answer.status, 200) << what << answer.text;
    if (what == "forget") {
      bob.forgot = true;
      return;
    }
    bob.membership_ = what == "kick" ? "leave" : what;
    tell_member(bob.user, "");
  }

  void look(Life& bob) {
    const auto synced = bob.get("/sync?timeout=0");
    ASSERT_EQ(synced.status, 200);
    bob.tokens.push_back(synced.string_at("/next_batch"));
  }

  WholeServer& server_;
  std::string tag_;
  std::size_t phases_ = 0;  ///< before the last one
  std::string visibility_;
  std::string root_;
  std::array<std::string, 8> redacted_;
  int marks_ = 0;
  int txn_ = 0;
};

inline Life::Life(Drama& drama, const Past& past, std::string name)
    : drama(drama), past(past), user("@" + name + ":example.org"), token(drama.server().person(name)) {}
inline std::string Life::path(const std::string& rest) const { return drama.path(rest); }
inline std::vector<WholeAnswer> Life::get_all(std::vector<std::string> paths) {
  return drama.server().get_all(token, std::move(paths));
}
inline WholeAnswer Life::get(const std::string& path) { return drama.server().call(token, "GET", path); }

}  // namespace troupe::homeserver::sync
