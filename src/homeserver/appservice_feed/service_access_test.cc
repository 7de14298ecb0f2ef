// What the token of an application service opens, and what names in its namespaces are closed to.
#include <gmock/gmock.h>

#include <set>

#include "homeserver/appservice_feed/appservice_fixture.h"
#include "matrix/room_actions.h"

namespace troupe::homeserver::appservice_feed {
namespace {

using matrix::JsonObject;
using testing::HasSubstr;

class ServiceAccessTest : public AppserviceTest {
 protected:
  std::string errcode(const WholeAnswer& answer) { return answer.string_at("/errcode"); }
};

TEST_F(ServiceAccessTest, TheTokenStandsForTheSender) {
  const auto who = server->call("as-irc", "GET", "/account/whoami");
  EXPECT_EQ(who.string_at("/user_id"), "@_irc_bot:example.org");
  EXPECT_TRUE(who.at("/device_id").is_null());
  EXPECT_EQ(server->call("", "GET", "/account/whoami?access_token=as-irc").string_at("/user_id"),
            "@_irc_bot:example.org");
  EXPECT_EQ(server->call("hs-irc", "GET", "/account/whoami").status, 401);
}

TEST_F(ServiceAccessTest, ItActsAsItsUsersAndNobodyElse) {
  server->person("anna");
  EXPECT_EQ(as("_irc_carl", "GET", "/account/whoami").status, 403) << "nobody has registered him";
  make_ghost("_irc_carl");
  EXPECT_EQ(as("_irc_carl", "GET", "/account/whoami").string_at("/user_id"), "@_irc_carl:example.org");
  const auto refused = as("anna", "GET", "/account/whoami");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(errcode(refused), "M_FORBIDDEN");
  EXPECT_EQ(server->call("as-irc", "GET", "/account/whoami?user_id=nobody").status, 403);
}

TEST_F(ServiceAccessTest, ItRegistersWhileRegistrationIsClosed) {
  const JsonObject body{{"type", "m.login.application_service"}, {"username", "_irc_carl"}};
  const auto none = server->call("", "POST", "/register", body);
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(errcode(none), "M_MISSING_TOKEN");
  const auto wrong = server->call(server->person("anna"), "POST", "/register", body);
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(errcode(wrong), "M_UNKNOWN_TOKEN");
  const auto made = server->call("as-irc", "POST", "/register?user_id=%40_irc_carl%3Aexample.org", body);
  EXPECT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(server->call(made.string_at("/access_token"), "GET", "/account/whoami").string_at("/user_id"),
            "@_irc_carl:example.org");
  EXPECT_EQ(errcode(server->call("as-irc", "POST", "/register", body)), "M_USER_IN_USE");
}

TEST_F(ServiceAccessTest, RegisteringStaysInTheNamespaces) {
  const auto refused =
      server->call("as-irc", "POST", "/register", {{"type", "m.login.application_service"}, {"username", "carl"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(errcode(refused), "M_EXCLUSIVE");
  // Another service, whose namespace has everybody, but not what the first has for itself.
  EXPECT_EQ(errcode(server->call("as-watch", "POST", "/register",
                                 {{"type", "m.login.application_service"}, {"username", "_irc_carl"}})),
            "M_EXCLUSIVE");
  EXPECT_EQ(errcode(server->call("as-irc", "POST", "/register", {{"type", "m.login.application_service"}})),
            "M_MISSING_PARAM");
}

TEST_F(ServiceAccessTest, WithoutLoginThereIsNoToken) {
  const auto made =
      server->call("as-irc", "POST", "/register",
                   {{"type", "m.login.application_service"}, {"username", "_irc_carl"}, {"inhibit_login", true}});
  EXPECT_EQ(made.string_at("/user_id"), "@_irc_carl:example.org");
  EXPECT_TRUE(made.at("/access_token").is_null());
}

TEST_F(ServiceAccessTest, ItSignsItsUsersIn) {
  make_ghost("_irc_carl");
  const auto login = [&](const std::string& token, const std::string& user) {
    return server->call(token, "POST", "/login",
                        {{"type", "m.login.application_service"},
                         {"identifier", {{"type", "m.id.user"}, {"user", user}}},
                         {"device_id", "BRIDGE"}});
  };
  EXPECT_EQ(login("as-irc", "_irc_carl").string_at("/device_id"), "BRIDGE");
  EXPECT_EQ(login("as-irc", "@_irc_carl:example.org").status, 200);
  EXPECT_EQ(errcode(login("", "_irc_carl")), "M_MISSING_TOKEN");
  EXPECT_EQ(errcode(login("nonsense", "_irc_carl")), "M_UNKNOWN_TOKEN");
  server->person("anna");
  EXPECT_EQ(errcode(login("as-irc", "anna")), "M_EXCLUSIVE");
  EXPECT_EQ(login("as-irc", "_irc_nobody").status, 403);
  EXPECT_THAT(server->call("", "GET", "/login").text, HasSubstr("m.login.application_service"));
}

TEST_F(ServiceAccessTest, PeopleCannotTakeItsNames) {
  // Names that no rule but the namespace reserves.
  const auto available = server->call("", "GET", "/register/available?username=watcher");
  EXPECT_EQ(available.status, 403) << "registration is closed";
  server->settings.edit<RegistrationSettings>().mode = Registration::open;
  EXPECT_EQ(errcode(server->call("", "GET", "/register/available?username=watcher")), "M_EXCLUSIVE");
  const auto refused =
      server->call("", "POST", "/register",
                   {{"username", "watcher"}, {"password", "a-password"}, {"auth", {{"type", "m.login.dummy"}}}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(errcode(refused), "M_EXCLUSIVE");
  EXPECT_EQ(server->call("", "GET", "/register/available?username=dora").status, 200);
}

TEST_F(ServiceAccessTest, NoWayOfMakingAccountsTakesItsNames) {
  make_ghost("_irc_carl");
  auto& accounts = server->context->get<matrix::Accounts>();
  const auto make = [&](std::string name) {
    matrix::NewAccount account;
    account.localpart = std::move(name);
    return account;
  };
  const auto one = server->wait(accounts.create_account(make("_irc_dora")));
  ASSERT_FALSE(one.has_value());
  EXPECT_EQ(one.error().wire_code(), "M_EXCLUSIVE");
  EXPECT_EQ(server->wait(accounts.create_account(make("_irc_carl"))).error().code(), Errc::user_in_use);
  const auto many = server->wait(accounts.create_accounts({make("free"), make("_irc_dora")}, {}, {}));
  ASSERT_FALSE(many.has_value());
  EXPECT_EQ(many.error().wire_code(), "M_EXCLUSIVE");
  EXPECT_FALSE(server->wait(accounts.account("@free:example.org"))) << "nothing of it is made";
  EXPECT_TRUE(server->wait(accounts.create_accounts({make("free"), make("_irc_carl")}, {}, {})));
  const auto root = server->person("root");
  ASSERT_TRUE(server->wait(accounts.set_admin("@root:example.org", true)));
  const auto by_admin = [&](const std::string& name) {
    return server->call(root, "PUT", "/_synapse/admin/v2/users/" + enc("@" + name + ":example.org"),
                        {{"displayname", "x"}});
  };
  const auto refused = by_admin("_irc_dora");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(errcode(refused), "M_EXCLUSIVE");
  EXPECT_EQ(by_admin("_irc_carl").status, 200) << "who is there may be changed";
  // A name of a namespace that is not exclusive is free.
  EXPECT_TRUE(server->wait(accounts.create_account(make("anybody"))));
}

TEST_F(ServiceAccessTest, NorDoRoomsOfTheConsoleAndOfBots) {
  server->person("anna");
  matrix::NewRoom room;
  room.creator = "@anna:example.org";
  room.alias = "_irc_kitchen";
  const auto made = server->wait(server->context->get<matrix::RoomActions>().create_room(std::move(room)));
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().wire_code(), "M_EXCLUSIVE");
}

TEST_F(ServiceAccessTest, ItKeepsRoomDirectoriesOfItsOwn) {
  const auto anna = server->person("anna");
  const auto own = make_room("as-irc");
  const auto listed = make_room(anna, {{"preset", "public_chat"}, {"visibility", "public"}});
  const auto path = [](const std::string& room) { return "/directory/list/appservice/freenode/" + enc(room); };
  const auto put = [&](const std::string& token, const std::string& room, std::string visibility) {
    return server->call(token, "PUT", path(room), {{"visibility", std::move(visibility)}}).status;
  };
  const auto search = [&](JsonObject query) {
    const auto found = server->call(anna, "POST", "/publicRooms", query);
    std::set<std::string> ids;
    const auto chunk = found.at("/chunk");
    if (!chunk.is_array()) return ids;
    for (const auto& room : chunk.get_array()) ids.emplace(matrix::view(room.at("room_id").as_string()));
    return ids;
  };
  EXPECT_EQ(put(anna, listed, "public"), 403) << "no application service";
  EXPECT_EQ(put("as-irc", listed, "public"), 403) << "not in the room";
  EXPECT_EQ(put("as-irc", own, "secret"), 400);
  EXPECT_EQ(put("as-irc", own, "public"), 200);
  EXPECT_EQ(put("as-irc", own, "public"), 200) << "again";
  EXPECT_EQ(search({}), std::set{listed});
  EXPECT_EQ(search({{"third_party_instance_id", "irc|freenode"}}), std::set{own});
  EXPECT_EQ(search({{"third_party_instance_id", "irc|other"}}), std::set<std::string>());
  EXPECT_EQ(search({{"include_all_networks", true}}), (std::set{own, listed}));
  EXPECT_EQ(server
                ->call(anna, "POST", "/publicRooms",
                       {{"include_all_networks", true}, {"third_party_instance_id", "irc|freenode"}})
                .status,
            400);
  const auto next = server->call("as-irc", "POST", "/rooms/" + enc(own) + "/upgrade", {{"new_version", "11"}});
  EXPECT_EQ(search({{"third_party_instance_id", "irc|freenode"}}), std::set{next.string_at("/replacement_room")});
  EXPECT_EQ(put("as-irc", next.string_at("/replacement_room"), "private"), 200);
  EXPECT_EQ(search({{"third_party_instance_id", "irc|freenode"}}), std::set<std::string>());
}

TEST_F(ServiceAccessTest, DevicesComeWithoutSigningIn) {
  make_ghost("_irc_carl");
  const auto unknown = as("_irc_carl", "GET", "/account/whoami?device_id=BRIDGE");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(errcode(unknown), "M_UNKNOWN_DEVICE");
  EXPECT_EQ(as("_irc_carl", "PUT", "/devices/BRIDGE", {{"display_name", "bridge"}}).status, 201);
  EXPECT_EQ(as("_irc_carl", "PUT", "/devices/BRIDGE", {{"display_name", "the bridge"}}).status, 200);
  EXPECT_EQ(as("_irc_carl", "GET", "/account/whoami?device_id=BRIDGE").string_at("/device_id"), "BRIDGE");
  EXPECT_EQ(as("_irc_carl", "GET", "/account/whoami?org.matrix.msc3202.device_id=BRIDGE").string_at("/device_id"),
            "BRIDGE");
  EXPECT_EQ(as("_irc_carl", "DELETE", "/devices/BRIDGE", JsonObject()).status, 200) << "nobody has a password here";
  EXPECT_EQ(as("_irc_carl", "GET", "/account/whoami?device_id=BRIDGE").status, 400) << "nor is it remembered";
  const auto anna = server->person("anna");
  EXPECT_EQ(server->call(anna, "PUT", "/devices/OTHER", {{"display_name", "x"}}).status, 404) << "people sign in";
}

TEST_F(ServiceAccessTest, EventsHaveTheTimeThatItSays) {
  const auto room = make_room("as-irc");
  const auto path = "/rooms/" + enc(room);
  const auto time_of = [&](const WholeAnswer& sent) {
    return server->call("as-irc", "GET", path + "/event/" + enc(sent.string_at("/event_id"))).at("/origin_server_ts");
  };
  const JsonObject message{{"msgtype", "m.text"}, {"body", "long ago"}};
  EXPECT_EQ(time_of(server->call("as-irc", "PUT", path + "/send/m.room.message/1?ts=1234567890", message)), 1234567890);
  EXPECT_EQ(time_of(server->call("as-irc", "PUT", path + "/state/org.example.x/?ts=1234567891", message)), 1234567891);
  for (const auto* wrong : {"-1", "x", "9007199254740992"})
    EXPECT_EQ(server->call("as-irc", "PUT", path + "/send/m.room.message/2?ts=" + wrong, message).status, 400) << wrong;
  const auto anna = server->person("anna");
  ASSERT_EQ(join(anna, room), 200);
  EXPECT_GT(time_of(server->call(anna, "PUT", path + "/send/m.room.message/1?ts=1234567890", message)).as_int64(),
            1234567890)
      << "people cannot say";
}

TEST_F(ServiceAccessTest, AliasesBelongToIt) {
  const auto anna = server->person("anna");
  const auto room = make_room(anna);
  const auto alias = "/directory/room/" + enc("#_irc_kitchen:example.org");
  const auto refused = server->call(anna, "PUT", alias, {{"room_id", room}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(errcode(refused), "M_EXCLUSIVE");
  EXPECT_EQ(errcode(server->call(anna, "POST", "/createRoom", {{"room_alias_name", "_irc_kitchen"}})), "M_EXCLUSIVE");
  ASSERT_EQ(join("as-irc", room), 200);
  EXPECT_EQ(server->call("as-irc", "PUT", alias, {{"room_id", room}}).status, 200);
  EXPECT_EQ(errcode(server->call(anna, "DELETE", alias)), "M_EXCLUSIVE");
  EXPECT_EQ(errcode(server->call("as-irc", "PUT", "/directory/room/" + enc("#mine:example.org"), {{"room_id", room}})),
            "M_EXCLUSIVE");
  EXPECT_EQ(server->call("as-irc", "DELETE", alias).status, 200);
}

TEST_F(ServiceAccessTest, SyncIsForItsUsersOnly) {
  make_ghost("_irc_carl");
  EXPECT_EQ(server->call("as-irc", "GET", "/sync").status, 403);
  EXPECT_EQ(as("_irc_carl", "GET", "/sync").status, 200);
}

TEST_F(ServiceAccessTest, WhatIsTakenFromAnAccountIsTakenFromIt) {
  make_ghost("_irc_carl");
  EXPECT_EQ(as("_irc_carl", "GET", "/account/whoami").status, 200);
  server->wait(server->context->get<matrix::Accounts>().set_locked("@_irc_carl:example.org", true)).value();
  EXPECT_EQ(errcode(as("_irc_carl", "GET", "/account/whoami")), "M_USER_LOCKED");
  server->wait(server->context->get<matrix::Accounts>().set_locked("@_irc_carl:example.org", false)).value();
  server->wait(server->context->get<matrix::Accounts>().deactivate("@_irc_carl:example.org")).value();
  EXPECT_EQ(errcode(as("_irc_carl", "GET", "/account/whoami")), "M_USER_DEACTIVATED");
}

TEST_F(ServiceAccessTest, ItsUsersHaveKeysWithoutAPassword) {
  make_ghost("_irc_carl");
  const auto key = [](std::string_view usage, std::string_view public_key) -> JsonObject {
    const auto id = "ed25519:" + std::string(public_key);
    JsonObject keys;
    keys[id] = public_key;
    return {{"user_id", "@_irc_carl:example.org"}, {"usage", {usage}}, {"keys", std::move(keys)}};
  };
  const auto first = base::base64(base::as_bytes(std::string(32, 'a')));
  const auto second = base::base64(base::as_bytes(std::string(32, 'b')));
  const auto upload = [&](const std::string& public_key) {
    return as("_irc_carl", "POST", "/keys/device_signing/upload", {{"master_key", key("master", public_key)}});
  };
  EXPECT_EQ(upload(first).status, 200);
  EXPECT_EQ(upload(second).status, 200) << "people are asked for their password here";
}

}  // namespace
}  // namespace troupe::homeserver::appservice_feed
