// An administrator, two people and their rooms on the whole homeserver. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::admin {

class RoomAdminTest : public testing::Test {
 protected:
  RoomAdminTest() {
    auto& accounts = server.context->get<matrix::Accounts>();
    server.person("root");
    server.wait(accounts.set_admin("@root:example.org", true)).value();
    root = server.wait(accounts.issue_token("@root:example.org", "DESK")).value().access_token;
    anna = server.person("anna");
    bert = server.person("bert");
  }

  /// `path` begins after /_synapse/admin.
  WholeAnswer ask(const std::string& method, const std::string& path, const matrix::Json& body = {}) {
    return server.call(root, method, "/_synapse/admin" + path, body);
  }
  WholeAnswer get(const std::string& path) { return ask("GET", path); }

  std::string make_room(const std::string& token, const matrix::Json& body) {
    const auto made = server.call(token, "POST", "/createRoom", body);
    EXPECT_EQ(made.status, 200) << made.text;
    return made.string_at("/room_id");
  }
  std::string say(const std::string& token, const std::string& room, const std::string& text) {
    const auto sent = server.call(token, "PUT", "/rooms/" + room + "/send/m.room.message/" + std::to_string(++sent_),
                                  {{"msgtype", "m.text"}, {"body", text}});
    EXPECT_EQ(sent.status, 200) << sent.text;
    return sent.string_at("/event_id");
  }
  void join(const std::string& token, const std::string& room) {
    const auto joined = server.call(token, "POST", "/rooms/" + room + "/join", matrix::JsonObject());
    EXPECT_EQ(joined.status, 200) << joined.text;
  }
  /// The room's id in each row of an answer of the list.
  static std::vector<std::string> rooms_in(const WholeAnswer& answer) {
    std::vector<std::string> ids;
    const auto rows = answer.at("/rooms");
    if (!rows.is_array()) return {"no rooms: " + answer.text};
    for (const auto& row : rows.get_array()) ids.emplace_back(matrix::view(row.at("room_id").get_string()));
    return ids;
  }
  static std::string errcode(const WholeAnswer& answer) { return answer.string_at("/errcode"); }

  WholeServer server;
  std::string root;
  std::string anna;
  std::string bert;

 private:
  int sent_ = 0;
};

}  // namespace troupe::homeserver::admin
