// Backups of room keys.
#include "homeserver/crypto/crypto_fixture.h"

namespace troupe::homeserver::crypto {
namespace {

using matrix::JsonObject;

class KeyBackupTest : public CryptoTest {
 protected:
  KeyBackupTest() : alice(sign_in("alice")) {}

  static JsonObject version_body(std::string_view text = "a") {
    return {{"algorithm", "m.megolm_backup.v1.curve25519-aes-sha2"}, {"auth_data", {{"public_key", text}}}};
  }
  std::string make_version() { return post(alice, "/room_keys/version", version_body()).string_at("/version"); }
  static JsonObject session(int first, int forwarded, bool verified, std::string_view text = "cipher") {
    return {{"first_message_index", first},
            {"forwarded_count", forwarded},
            {"is_verified", verified},
            {"session_data", {{"ciphertext", text}}}};
  }
  CryptoAnswer put_one(const std::string& version, std::string_view room, std::string_view id, JsonObject body) {
    return put(alice, "/room_keys/keys/" + std::string(room) + "/" + std::string(id) + "?version=" + version,
               std::move(body));
  }
  CryptoAnswer get_one(const std::string& version, std::string_view room, std::string_view id) {
    return get(alice, "/room_keys/keys/" + std::string(room) + "/" + std::string(id) + "?version=" + version);
  }

  std::string alice;
};

TEST_F(KeyBackupTest, SaysWhenThereIsNone) {
  for (const auto* path : {"/room_keys/version", "/room_keys/version/", "/room_keys/version/1", "/room_keys/version/x",
                           "/room_keys/keys?version=1", "/room_keys/keys?version=-3"}) {
    const auto answer = get(alice, path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.errcode(), "M_NOT_FOUND") << path;
  }
  EXPECT_EQ(put_one("1", "!r:x", "s", session(0, 0, true)).errcode(), "M_NOT_FOUND");
  EXPECT_EQ(get(alice, "/room_keys/keys").errcode(), "M_MISSING_PARAM");
}

TEST_F(KeyBackupTest, MakesChangesAndRemovesVersions) {
  EXPECT_EQ(make_version(), "1");
  EXPECT_EQ(make_version(), "2");
  auto current = get(alice, "/room_keys/version");
  EXPECT_EQ(current.string_at("/version"), "2");
  EXPECT_EQ(current.string_at("/algorithm"), "m.megolm_backup.v1.curve25519-aes-sha2");
  EXPECT_EQ(current.at("/count"), 0);
  EXPECT_EQ(current.string_at("/etag"), "0");
  EXPECT_EQ(get(alice, "/room_keys/version/1").string_at("/version"), "1");

  EXPECT_EQ(put(alice, "/room_keys/version/2", version_body("changed")).status, 200);
  EXPECT_EQ(get(alice, "/room_keys/version/2").string_at("/auth_data/public_key"), "changed");
  auto other = version_body();
  other["algorithm"] = "m.other";
  EXPECT_EQ(put(alice, "/room_keys/version/2", other).errcode(), "M_INVALID_PARAM");
  other = version_body();
  other["version"] = "1";
  EXPECT_EQ(put(alice, "/room_keys/version/2", other).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(put(alice, "/room_keys/version/7", version_body()).errcode(), "M_NOT_FOUND");

  EXPECT_EQ(call(alice, "DELETE", "/room_keys/version/2").status, 200);
  EXPECT_EQ(call(alice, "DELETE", "/room_keys/version/2").errcode(), "M_NOT_FOUND");
  EXPECT_EQ(get(alice, "/room_keys/version").string_at("/version"), "1");
  EXPECT_EQ(make_version(), "3") << "numbers are not used again";
}

TEST_F(KeyBackupTest, KeepsSessionsInAllThreeShapes) {
  const auto version = make_version();
  EXPECT_EQ(put_one(version, "!a:x", "s1", session(1, 2, true)).at("/count"), 1);
  const auto by_room = put(alice, "/room_keys/keys/!a:x?version=" + version,
                           {{"sessions", {{"s2", session(0, 0, false)}, {"s3", session(0, 0, false)}}}});
  EXPECT_EQ(by_room.at("/count"), 3);
  const auto whole = put(alice, "/room_keys/keys?version=" + version,
                         {{"rooms",
                           {{"!b:x", {{"sessions", {{"t1", session(5, 0, true)}}}}},
                            {"!c:x", {{"sessions", {{"u1", session(0, 0, true)}}}}}}}});
  EXPECT_EQ(whole.at("/count"), 5);
  EXPECT_EQ(whole.string_at("/etag"), "3");

  EXPECT_EQ(get_one(version, "!a:x", "s1").json, session(1, 2, true));
  const auto room = get(alice, "/room_keys/keys/!a:x?version=" + version);
  EXPECT_EQ(room.at("/sessions").get_object().size(), 3U);
  const auto all = get(alice, "/room_keys/keys?version=" + version);
  EXPECT_EQ(all.at("/rooms").get_object().size(), 3U) << all.text;
  EXPECT_EQ(all.at("/rooms/!b:x/sessions/t1"), session(5, 0, true));
  EXPECT_EQ(get(alice, "/room_keys/version").at("/count"), 5);
  restart_all();
  EXPECT_EQ(get(alice, "/room_keys/keys?version=" + version).json, all.json);

  EXPECT_EQ(call(alice, "DELETE", "/room_keys/keys/!a:x/s1?version=" + version).at("/count"), 4);
  EXPECT_EQ(get_one(version, "!a:x", "s1").errcode(), "M_NOT_FOUND");
  EXPECT_EQ(call(alice, "DELETE", "/room_keys/keys/!a:x?version=" + version).at("/count"), 2);
  EXPECT_EQ(get(alice, "/room_keys/keys/!a:x?version=" + version).json, (JsonObject{{"sessions", JsonObject()}}));
  const auto emptied = call(alice, "DELETE", "/room_keys/keys?version=" + version);
  EXPECT_EQ(emptied.at("/count"), 0);
  EXPECT_EQ(emptied.string_at("/etag"), "6");
  EXPECT_EQ(get(alice, "/room_keys/keys?version=" + version).json, (JsonObject{{"rooms", JsonObject()}}));
}

TEST_F(KeyBackupTest, KeepsTheBetterCopy) {
  const auto version = make_version();
  const auto kept = [&] { return get_one(version, "!a:x", "s").string_at("/session_data/ciphertext"); };
  put_one(version, "!a:x", "s", session(5, 5, false, "first"));
  const auto etag = get(alice, "/room_keys/version").string_at("/etag");
  put_one(version, "!a:x", "s", session(6, 0, false, "later index"));
  put_one(version, "!a:x", "s", session(5, 5, false, "equal"));
  put_one(version, "!a:x", "s", session(5, 6, false, "forwarded more"));
  EXPECT_EQ(kept(), "first");
  EXPECT_EQ(get(alice, "/room_keys/version").string_at("/etag"), etag) << "nothing changed";
  put_one(version, "!a:x", "s", session(5, 4, false, "forwarded less"));
  EXPECT_EQ(kept(), "forwarded less");
  put_one(version, "!a:x", "s", session(4, 9, false, "earlier index"));
  EXPECT_EQ(kept(), "earlier index");
  put_one(version, "!a:x", "s", session(9, 9, true, "verified"));
  EXPECT_EQ(kept(), "verified");
  put_one(version, "!a:x", "s", session(0, 0, false, "unverified"));
  EXPECT_EQ(kept(), "verified");
  EXPECT_EQ(get(alice, "/room_keys/version").at("/count"), 1);
}

TEST_F(KeyBackupTest, ManyAtOnceLeaveTheBestCopyAndTheRightCount) {
  const auto version = make_version();
  std::vector<std::future<CryptoAnswer>> tries;
  const auto put_at_once = [&](const std::string& id, const JsonObject& body) {
    tries.push_back(
        start_call(alice, "PUT", "/room_keys/keys/!a:x/" + id + "?version=" + version, boost::json::serialize(body)));
  };
  for (int i = 0; i < 30; ++i) {
    const auto index = (i * 7) % 30;
    put_at_once("shared", session(index, 0, false, "from " + std::to_string(index)));
    put_at_once("own" + std::to_string(i), session(0, 0, false));
  }
  for (auto& one : tries) EXPECT_EQ(one.get().status, 200);
  EXPECT_EQ(get_one(version, "!a:x", "shared").string_at("/session_data/ciphertext"), "from 0");
  EXPECT_EQ(get(alice, "/room_keys/version").at("/count"), 31);
  const auto all = get(alice, "/room_keys/keys?version=" + version).at("/rooms/!a:x/sessions");
  EXPECT_EQ(all.as_object().size(), 31U);
}

TEST_F(KeyBackupTest, VersionsMadeAtOnceAreAllDifferent) {
  std::vector<std::future<CryptoAnswer>> tries;
  for (int i = 0; i < 20; ++i)
    tries.push_back(start_call(alice, "POST", "/room_keys/version", boost::json::serialize(version_body())));
  std::set<std::string> versions;
  for (auto& one : tries) versions.insert(one.get().string_at("/version"));
  EXPECT_EQ(versions.size(), 20U);
  EXPECT_EQ(get(alice, "/room_keys/version").string_at("/version"), "20") << "the newest is the current one";
}

TEST_F(KeyBackupTest, TakesKeysOnlyIntoTheCurrentVersion) {
  make_version();
  make_version();
  const auto wrong = put_one("1", "!a:x", "s", session(0, 0, true));
  EXPECT_EQ(wrong.status, 403);
  EXPECT_EQ(wrong.errcode(), "M_WRONG_ROOM_KEYS_VERSION");
  EXPECT_EQ(wrong.string_at("/current_version"), "2");
}

TEST_F(KeyBackupTest, IsNobodyElses) {
  const auto version = make_version();
  put_one(version, "!a:x", "s", session(0, 0, true));
  const auto bob = sign_in("bob");
  EXPECT_EQ(get(bob, "/room_keys/keys?version=" + version).status, 404);
  EXPECT_EQ(call(bob, "DELETE", "/room_keys/version/" + version).status, 404);
}

TEST_F(KeyBackupTest, RemovesKeysWithTheirVersion) {
  const auto version = make_version();
  JsonObject sessions;
  for (int i = 0; i < 1100; ++i) sessions["s" + std::to_string(i)] = session(0, 0, true);
  EXPECT_EQ(put(alice, "/room_keys/keys/!a:x?version=" + version, {{"sessions", sessions}}).at("/count"), 1100);
  EXPECT_EQ(call(alice, "DELETE", "/room_keys/version/" + version).status, 200);
  EXPECT_EQ(get(alice, "/room_keys/keys?version=" + version).status, 404);
  const auto left = server->read([](store::Connection& connection) -> Result<bool> {
    return key_backup_store::find_deleted_with_keys(connection).has_value();
  });
  EXPECT_EQ(left.value(), false);
}

TEST_F(KeyBackupTest, RefusesMalformedBodies) {
  const auto version = make_version();
  for (const char* body : {R"({})", R"({"algorithm":1,"auth_data":{}})", R"({"algorithm":"x"})",
                           R"({"algorithm":"x","auth_data":[]})", R"([])", R"()"}) {
    EXPECT_EQ(start_call(alice, "POST", "/room_keys/version", body).get().status, 400) << body;
  }
  for (const char* body :
       {R"({})", R"({"rooms":[]})", R"({"rooms":{"!a:x":[]}})", R"({"rooms":{"!a:x":{}}})",
        R"({"rooms":{"!a:x":{"sessions":{"s":1}}}})", R"({"rooms":{"!a:x":{"sessions":{"s":{}}}}})",
        R"({"rooms":{"!a:x":{"sessions":{"s":{"first_message_index":-1,"forwarded_count":0,"session_data":{}}}}}})",
        R"({"rooms":{"!a:x":{"sessions":{"s":{"first_message_index":"1","forwarded_count":0,"session_data":{}}}}}})",
        R"({"rooms":{"!a:x":{"sessions":{"s":{"first_message_index":1,"forwarded_count":0,"session_data":"x"}}}}})",
        R"({"rooms":{"!a:x":{"sessions":{"":{"first_message_index":1,"forwarded_count":0,"session_data":{}}}}}})"}) {
    EXPECT_EQ(start_call(alice, "PUT", "/room_keys/keys?version=" + version, body).get().status, 400) << body;
  }
  EXPECT_EQ(put_one(version, "!a:x", "s", session(0, 0, true, std::string(70'000, 'x'))).status, 400);
}

}  // namespace
}  // namespace troupe::homeserver::crypto
