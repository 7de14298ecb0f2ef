// A whole server whose people make spaces and look at rooms from outside. Only tests include this.
#pragma once
#include <gmock/gmock.h>

#include <map>

#include "base/encoding.h"
#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::spaces {

class SpaceTest : public testing::Test {
 protected:
  static std::string id(const std::string& name) { return "@" + name + ":example.org"; }
  const std::string& token(const std::string& who) {
    auto& known = tokens_[who];
    return known.empty() && !who.empty() ? known = server.person(who) : known;
  }
  /// An empty name is nobody.
  WholeAnswer call(const std::string& who, const std::string& method, const std::string& path,
                   std::string_view body = "{}") {
    return server.call(token(who), method, path, method == "GET" ? matrix::Json() : boost::json::parse(body));
  }
  WholeAnswer ok(const std::string& who, const std::string& method, const std::string& path,
                 std::string_view body = "{}") {
    auto answer = call(who, method, path, body);
    EXPECT_EQ(answer.status, 200) << method << " " << path << " " << answer.text;
    return answer;
  }
  std::string create(const std::string& who, const std::string& name, std::string_view preset = "public_chat",
                     bool space = false) {
    matrix::JsonObject body{{"name", name}, {"preset", preset}};
    if (space) body["creation_content"] = matrix::JsonObject{{"type", "m.space"}};
    return ok(who, "POST", "/createRoom", boost::json::serialize(body)).string_at("/room_id");
  }
  std::string create_space(const std::string& who, const std::string& name) {
    return create(who, name, "public_chat", true);
  }
  void set(const std::string& who, const std::string& room, const std::string& type, const std::string& key,
           std::string_view content) {
    ok(who, "PUT", "/rooms/" + room + "/state/" + type + "/" + key, content);
  }
  void add_child(const std::string& space, const std::string& room, std::string_view more = {}) {
    set("alice", space, "m.space.child", room, R"({"via":["example.org"])" + std::string(more) + "}");
  }
  void join(const std::string& who, const std::string& room) { ok(who, "POST", "/rooms/" + room + "/join"); }
  void act_on(const std::string& room, const std::string& what, const std::string& whom) {
    token(whom);
    ok("alice", "POST", "/rooms/" + room + "/" + what, R"({"user_id":")" + id(whom) + "\"}");
  }
  void restrict_to(const std::string& room, const std::string& allowed, const std::string& rule = "restricted") {
    set("alice", room, "m.room.join_rules", "",
        R"({"join_rule":")" + rule + R"(","allow":[{"type":"m.room_membership","room_id":")" + allowed + "\"}]}");
  }

  WholeAnswer hierarchy(const std::string& who, const std::string& room, const std::string& query = {}) {
    return call(who, "GET", "/_matrix/client/v1/rooms/" + room + "/hierarchy" + query);
  }
  static std::vector<std::string> names(const WholeAnswer& answer) {
    std::vector<std::string> found;
    const auto rooms = answer.at("/rooms");
    if (!rooms.is_array()) return {"no list"};
    for (const auto& room : rooms.as_array()) {
      found.emplace_back(matrix::find_string(room.as_object(), "name").value_or("?"));
    }
    return found;
  }
  WholeAnswer summary(const std::string& who, const std::string& room) {
    return call(who, "GET", "/_matrix/client/v1/room_summary/" + base::percent_encode(room));
  }

  WholeServer server;

 private:
  std::map<std::string, std::string> tokens_;
};

}  // namespace troupe::homeserver::spaces
