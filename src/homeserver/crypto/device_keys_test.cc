// Uploading, asking for and claiming devices' keys.
#include "homeserver/crypto/crypto_fixture.h"
#include "homeserver/crypto/device_keys_store.h"

namespace troupe::homeserver::crypto {
namespace {

using matrix::JsonObject;

class DeviceKeysTest : public CryptoTest {
 protected:
  DeviceKeysTest() : alice(sign_in("alice")), bob(sign_in("bob", "LAPTOP")) {}

  CryptoAnswer upload(const std::string& token, JsonObject body) {
    return post(token, "/keys/upload", std::move(body));
  }
  CryptoAnswer query(const std::string& token, std::string_view name, matrix::Json devices = matrix::JsonArray()) {
    return post(token, "/keys/query", {{"device_keys", {{user(name), std::move(devices)}}}});
  }
  CryptoAnswer claim(const std::string& token, std::string_view name, std::string_view device,
                     std::string_view algorithm = "signed_curve25519") {
    return post(token, "/keys/claim", {{"one_time_keys", {{user(name), {{device, algorithm}}}}}});
  }
  /// The name of the key that was claimed; empty when there was none.
  static std::string claimed(const CryptoAnswer& answer, std::string_view name, std::string_view device) {
    const auto keys = answer.at("/one_time_keys/" + user(name) + "/" + std::string(device));
    return keys.is_object() && keys.get_object().size() == 1 ? std::string(keys.get_object().begin()->key()) : "";
  }

  SigningKey alice_key;
  std::string alice;
  std::string bob;
};

TEST_F(DeviceKeysTest, ShowsUploadedKeysToOthersWithNameAndSignature) {
  const auto keys = device_keys("alice", "PHONE", alice_key);
  const auto uploaded = upload(alice, {{"device_keys", keys}, {"one_time_keys", one_time_keys({"AAA", "AAB"})}});
  EXPECT_EQ(uploaded.status, 200) << uploaded.text;
  EXPECT_EQ(uploaded.at("/one_time_key_counts/signed_curve25519"), 2);
  EXPECT_EQ(put(alice, "/devices/PHONE", {{"display_name", "Alice's \"phone\""}}).status, 200);

  const auto found = query(bob, "alice");
  ASSERT_EQ(found.status, 200);
  const auto shown = found.at("/device_keys/@alice:example.org/PHONE");
  ASSERT_TRUE(shown.is_object()) << found.text;
  auto expected = keys;
  expected["unsigned"] = {{"device_display_name", "Alice's \"phone\""}};
  EXPECT_EQ(shown.get_object(), expected);
  EXPECT_EQ(found.at("/failures"), JsonObject());
  EXPECT_EQ(found.at("/master_keys"), JsonObject());
}

TEST_F(DeviceKeysTest, AnswersForChosenDevicesAndForUsersWithout) {
  upload(alice, {{"device_keys", device_keys("alice", "PHONE", alice_key)}});
  const auto tablet = sign_in("alice", "TABLET");
  upload(tablet, {{"device_keys", device_keys("alice", "TABLET", alice_key)}});
  EXPECT_EQ(query(bob, "alice").at("/device_keys/@alice:example.org").get_object().size(), 2U);
  const auto one = query(bob, "alice", {"TABLET", "NONE"});
  EXPECT_TRUE(one.has("/device_keys/@alice:example.org/TABLET"));
  EXPECT_FALSE(one.has("/device_keys/@alice:example.org/PHONE"));
  EXPECT_EQ(query(bob, "nobody").at("/device_keys/@nobody:example.org"), JsonObject());
}

TEST_F(DeviceKeysTest, NamesOtherServersAsFailures) {
  const auto found = post(bob, "/keys/query", {{"device_keys", {{"@eve:elsewhere.net", matrix::JsonArray()}}}});
  EXPECT_EQ(found.status, 200);
  EXPECT_TRUE(found.has("/failures/elsewhere.net"));
  const auto taken =
      post(bob, "/keys/claim", {{"one_time_keys", {{"@eve:elsewhere.net", {{"X", "signed_curve25519"}}}}}});
  EXPECT_EQ(taken.status, 200);
  EXPECT_TRUE(taken.has("/failures/elsewhere.net"));
}

TEST_F(DeviceKeysTest, RefusesKeysOfSomebodyElse) {
  auto keys = device_keys("alice", "PHONE", alice_key);
  keys["user_id"] = user("bob");
  EXPECT_EQ(upload(alice, {{"device_keys", keys}}).errcode(), "M_INVALID_PARAM");
  keys = device_keys("alice", "OTHER", alice_key);
  EXPECT_EQ(upload(alice, {{"device_keys", keys}}).status, 400);
  EXPECT_EQ(query(bob, "alice").at("/device_keys/@alice:example.org"), JsonObject());
}

TEST_F(DeviceKeysTest, RefusesMalformedBodies) {
  for (
      const char* body : {
          R"({"device_keys":[]})",
          R"({"device_keys":{"user_id":"@alice:example.org","device_id":"PHONE","keys":{}}})",
          R"({"device_keys":{"user_id":"@alice:example.org","device_id":"PHONE","algorithms":[1],"keys":{}}})",
          R"({"device_keys":{"user_id":"@alice:example.org","device_id":"PHONE","algorithms":[],"keys":{"a":1}}})",
          R"({"device_keys":{"user_id":"@alice:example.org","device_id":"PHONE","algorithms":[],"keys":{},"x":1.5}})",
          R"({"device_keys":{"user_id":"@alice:example.org","device_id":"PHONE","algorithms":[],"keys":{},"signatures":1}})",
          R"({"one_time_keys":[]})",
          R"({"one_time_keys":{"nocolon":{"key":"x"}}})",
          R"({"one_time_keys":{":x":{"key":"x"}}})",
          R"({"one_time_keys":{"a:":{"key":"x"}}})",
          R"({"one_time_keys":{"a:b":17}})",
          R"({"one_time_keys":{"a:b":{"no":"key"}}})",
          R"({"one_time_keys":{"a:b\u0000":{"key":"x"}}})",
          R"({"fallback_keys":{"a:b":{"key":"x"},"a:c":{"key":"x"}}})",
          R"([])",
          R"({)",
      }) {
    EXPECT_EQ(start_call(alice, "POST", "/keys/upload", body).get().status, 400) << body;
  }
  EXPECT_EQ(start_call(alice, "POST", "/keys/query", "{}").get().errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(start_call(alice, "POST", "/keys/query", R"({"device_keys":{"alice":[]}})").get().status, 400);
  EXPECT_EQ(start_call(alice, "POST", "/keys/query", R"({"device_keys":{"@a:b":{}}})").get().status, 400);
  EXPECT_EQ(start_call(alice, "POST", "/keys/query", R"({"device_keys":{"@a:b":[1]}})").get().status, 400);
  EXPECT_EQ(start_call(alice, "POST", "/keys/claim", "{}").get().errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(start_call(alice, "POST", "/keys/claim", R"({"one_time_keys":{"@a:b":[]}})").get().status, 400);
  EXPECT_EQ(start_call(alice, "POST", "/keys/claim", R"({"one_time_keys":{"@a:b":{"D":1}}})").get().status, 400);
  EXPECT_EQ(start_call("", "POST", "/keys/upload", "{}").get().errcode(), "M_MISSING_TOKEN");
}

TEST_F(DeviceKeysTest, AnswersCountsForAnEmptyUpload) {
  const auto counts = upload(alice, {});
  EXPECT_EQ(counts.status, 200);
  EXPECT_EQ(counts.at("/one_time_key_counts/signed_curve25519"), 0);
}

TEST_F(DeviceKeysTest, TakesTheSameKeyAgainButNotAnotherUnderItsName) {
  upload(alice, {{"one_time_keys", one_time_keys({"AAA"})}});
  const auto again = upload(alice, {{"one_time_keys", one_time_keys({"AAA", "AAB"})}});
  EXPECT_EQ(again.at("/one_time_key_counts/signed_curve25519"), 2);
  JsonObject signed_again{
      {"signed_curve25519:AAA",
       {{"key", "value of AAA"}, {"signatures", {{"@alice:example.org", {{"ed25519:X", "YWE"}}}}}}}};
  EXPECT_EQ(upload(alice, {{"one_time_keys", signed_again}}).status, 200);
  const auto other = upload(alice, {{"one_time_keys", {{"signed_curve25519:AAA", {{"key", "different"}}}}}});
  EXPECT_EQ(other.status, 400);
  EXPECT_EQ(other.errcode(), "M_UNKNOWN");
  EXPECT_TRUE(other.string_at("/error").starts_with("One time key signed_curve25519:AAA already exists."));
}

TEST_F(DeviceKeysTest, AnUploadThatIsSentAgainBringsNoClaimedKeyBack) {
  const auto keys = [](std::string_view value, std::string_view signature) {
    return JsonObject{{"one_time_keys",
                       {{"signed_curve25519:AAA",
                         {{"key", value}, {"signatures", {{"@alice:example.org", {{"ed25519:X", signature}}}}}}}}}};
  };
  upload(alice, keys("one", "YWE"));
  EXPECT_EQ(claimed(claim(bob, "alice", "PHONE"), "alice", "PHONE"), "signed_curve25519:AAA");
  const auto again = upload(alice, keys("one", "YmI"));
  EXPECT_EQ(again.status, 200) << again.text;
  EXPECT_EQ(again.at("/one_time_key_counts/signed_curve25519"), 0);
  EXPECT_EQ(claimed(claim(bob, "alice", "PHONE"), "alice", "PHONE"), "");
  upload(alice, keys("of a client that began anew", "YWE"));
  EXPECT_EQ(claimed(claim(bob, "alice", "PHONE"), "alice", "PHONE"), "signed_curve25519:AAA");
}

TEST_F(DeviceKeysTest, TheNewestClaimedKeysAreRemembered) {
  auto write = [](store::Tx& tx) -> Result<Unit> {
    namespace ks = device_keys_store;
    const std::string print("\0\xff", 2);
    for (const char* id : {"k", "l", "m"}) ks::note_claimed(tx, "@a:b", "PHONE", "curve", id, print + id, *id);
    ks::forget_claimed(tx, "@a:b", "PHONE", 2);
    EXPECT_FALSE(ks::was_claimed(tx, "@a:b", "PHONE", "curve", "k", print + "k"));
    EXPECT_TRUE(ks::was_claimed(tx, "@a:b", "PHONE", "curve", "l", print + "l"));
    EXPECT_TRUE(ks::was_claimed(tx, "@a:b", "PHONE", "curve", "m", print + "m"));
    EXPECT_FALSE(ks::was_claimed(tx, "@a:b", "PHONE", "curve", "m", print + "another"));
    ks::delete_device(tx, "@a:b", "PHONE");
    EXPECT_FALSE(ks::was_claimed(tx, "@a:b", "PHONE", "curve", "m", print + "m"));
    return Unit{};
  };
  EXPECT_TRUE(server->run(server->db->write(write)));
}

TEST_F(DeviceKeysTest, LimitsHowManyKeysAreUploadedAndKept) {
  const auto many = [](int from, int count) {
    JsonObject keys;
    for (int i = from; i < from + count; ++i) keys["signed_curve25519:" + std::to_string(i)] = {{"key", "x"}};
    return keys;
  };
  EXPECT_EQ(upload(alice, {{"one_time_keys", many(0, 101)}}).status, 400);
  EXPECT_EQ(upload(alice, {{"one_time_keys", many(0, 100)}}).status, 200);
  EXPECT_EQ(upload(alice, {{"one_time_keys", many(100, 100)}}).status, 200);
  EXPECT_EQ(upload(alice, {{"one_time_keys", many(200, 1)}}).status, 400);
  EXPECT_EQ(upload(alice, {}).at("/one_time_key_counts/signed_curve25519"), 200);
  EXPECT_EQ(upload(alice, {{"one_time_keys", {{"a:b", {{"key", std::string(5000, 'x')}}}}}}).status, 400);
  JsonObject algorithms;
  for (int i = 0; i < 9; ++i) algorithms["alg" + std::to_string(i) + ":A"] = "x";
  EXPECT_EQ(upload(bob, {{"one_time_keys", algorithms}}).status, 400);
  EXPECT_EQ(upload(bob, {{"fallback_keys", algorithms}}).status, 400);
}

TEST_F(DeviceKeysTest, GivesKeysOutOnceInTheOrderOfUpload) {
  upload(alice, {{"one_time_keys", one_time_keys({"ZZZ", "MMM"})}});
  upload(alice, {{"one_time_keys", one_time_keys({"AAA"})}});
  EXPECT_EQ(claimed(claim(bob, "alice", "PHONE"), "alice", "PHONE"), "signed_curve25519:ZZZ");
  EXPECT_EQ(claimed(claim(bob, "alice", "PHONE"), "alice", "PHONE"), "signed_curve25519:MMM");
  EXPECT_EQ(claimed(claim(bob, "alice", "PHONE", "curve25519"), "alice", "PHONE"), "");
  EXPECT_EQ(claimed(claim(bob, "alice", "PHONE"), "alice", "PHONE"), "signed_curve25519:AAA");
  const auto none = claim(bob, "alice", "PHONE");
  EXPECT_EQ(none.status, 200);
  EXPECT_EQ(none.at("/one_time_keys"), JsonObject());
}

TEST_F(DeviceKeysTest, FallsBackToTheFallbackKeyAndMarksItUsed) {
  const JsonObject fallback{{"signed_curve25519:FFF", {{"key", "fallback"}, {"fallback", true}}}};
  upload(alice, {{"one_time_keys", one_time_keys({"AAA"})}, {"fallback_keys", fallback}});
  EXPECT_TRUE(lists(sync(alice).at("/device_unused_fallback_key_types"), "signed_curve25519"));
  EXPECT_EQ(claimed(claim(bob, "alice", "PHONE"), "alice", "PHONE"), "signed_curve25519:AAA");
  EXPECT_TRUE(lists(sync(alice).at("/device_unused_fallback_key_types"), "signed_curve25519"));
  EXPECT_EQ(claimed(claim(bob, "alice", "PHONE"), "alice", "PHONE"), "signed_curve25519:FFF");
  EXPECT_EQ(claimed(claim(bob, "alice", "PHONE"), "alice", "PHONE"), "signed_curve25519:FFF");
  EXPECT_EQ(sync(alice).at("/device_unused_fallback_key_types"), matrix::JsonArray());
  upload(alice, {{"fallback_keys", fallback}});  // the same key is as used as before
  EXPECT_EQ(sync(alice).at("/device_unused_fallback_key_types"), matrix::JsonArray());
  upload(alice, {{"fallback_keys", {{"signed_curve25519:GGG", {{"key", "new"}, {"fallback", true}}}}}});
  EXPECT_TRUE(lists(sync(alice).at("/device_unused_fallback_key_types"), "signed_curve25519"));
}

TEST_F(DeviceKeysTest, GivesNoKeyTwiceToManyAtOnce) {
  JsonObject keys;
  for (int i = 0; i < 40; ++i) keys["signed_curve25519:" + std::to_string(i)] = {{"key", std::to_string(i)}};
  upload(alice, {{"one_time_keys", keys}});
  const auto body =
      boost::json::serialize(JsonObject{{"one_time_keys", {{user("alice"), {{"PHONE", "signed_curve25519"}}}}}});
  std::vector<std::future<CryptoAnswer>> asked;
  for (int i = 0; i < 50; ++i) asked.push_back(start_call(bob, "POST", "/keys/claim", body));
  std::set<std::string> given;
  int empty = 0;
  for (auto& one : asked) {
    const auto name = claimed(one.get(), "alice", "PHONE");
    if (name.empty())
      ++empty;
    else
      EXPECT_TRUE(given.insert(name).second) << name << " was given twice";
  }
  EXPECT_EQ(given.size(), 40U);
  EXPECT_EQ(empty, 10);
}

TEST_F(DeviceKeysTest, KeepsKeysOverARestart) {
  upload(alice,
         {{"device_keys", device_keys("alice", "PHONE", alice_key)}, {"one_time_keys", one_time_keys({"AAA", "AAB"})}});
  EXPECT_EQ(claimed(claim(bob, "alice", "PHONE"), "alice", "PHONE"), "signed_curve25519:AAA");
  restart_all();
  EXPECT_TRUE(query(bob, "alice").has("/device_keys/@alice:example.org/PHONE"));
  EXPECT_EQ(sync(alice).at("/device_one_time_keys_count/signed_curve25519"), 1);
  EXPECT_EQ(claimed(claim(bob, "alice", "PHONE"), "alice", "PHONE"), "signed_curve25519:AAB");
}

TEST_F(DeviceKeysTest, ForgetsKeysOfASignedOutDevice) {
  upload(alice, {{"device_keys", device_keys("alice", "PHONE", alice_key)}, {"one_time_keys", one_time_keys({"AAA"})}});
  EXPECT_EQ(post(alice, "/logout", JsonObject()).status, 200);
  EXPECT_EQ(query(bob, "alice").at("/device_keys/@alice:example.org"), JsonObject());
  EXPECT_EQ(claimed(claim(bob, "alice", "PHONE"), "alice", "PHONE"), "");
  alice = sign_in("alice");
  EXPECT_EQ(upload(alice, {}).at("/one_time_key_counts/signed_curve25519"), 0);
}

TEST_F(DeviceKeysTest, TellsCountsInSyncAndWakesTheOwnerWhenTheyFall) {
  upload(alice, {{"one_time_keys", one_time_keys({"AAA", "AAB"})}});
  const auto first = sync(alice);
  EXPECT_EQ(first.at("/device_one_time_keys_count/signed_curve25519"), 2);
  claim(bob, "alice", "PHONE");
  const auto next = sync(alice, first.string_at("/next_batch"));
  EXPECT_EQ(next.at("/device_one_time_keys_count/signed_curve25519"), 1);
  EXPECT_EQ(sync(bob).at("/device_one_time_keys_count/signed_curve25519"), 0);
}

TEST_F(DeviceKeysTest, TellsThoseInARoomOfChangedDevices) {
  const auto carol = sign_in("carol");
  room_of("alice", {"bob"});
  auto bobs = now(bob);
  auto carols = now(carol);
  auto alices = now(alice);
  const auto keys = device_keys("alice", "PHONE", alice_key);
  upload(alice, {{"device_keys", keys}});
  auto seen = sync(bob, bobs);
  EXPECT_TRUE(lists(seen.at("/device_lists/changed"), user("alice"))) << seen.text;
  EXPECT_FALSE(sync(carol, carols).has("/device_lists"));
  EXPECT_TRUE(lists(sync(alice, alices).at("/device_lists/changed"), user("alice")));
  bobs = seen.string_at("/next_batch");
  EXPECT_FALSE(sync(bob, bobs).has("/device_lists"));

  upload(alice, {{"device_keys", keys}});  // nothing new
  EXPECT_FALSE(sync(bob, bobs).has("/device_lists"));
  put(alice, "/devices/PHONE", {{"display_name", "renamed"}});
  seen = sync(bob, bobs);
  EXPECT_TRUE(lists(seen.at("/device_lists/changed"), user("alice")));
  bobs = seen.string_at("/next_batch");
  post(alice, "/logout", JsonObject());
  EXPECT_TRUE(lists(sync(bob, bobs).at("/device_lists/changed"), user("alice")));
}

TEST_F(DeviceKeysTest, WhoCameWhenNothingHadHappenedHearsOfItsDevicesToo) {
  upload(alice, {{"device_keys", device_keys("alice", "PHONE", alice_key)}});
  EXPECT_FALSE(sync(alice).has("/device_lists")) << "a first sync";
  // The token of the first who came to a new server.
  EXPECT_TRUE(lists(sync(alice, "s0").at("/device_lists/changed"), user("alice")));
}

TEST_F(DeviceKeysTest, WakesAWaitingSyncOfWhoeverSharesARoom) {
  room_of("alice", {"bob"});
  const auto since = now(bob);
  auto waiting = start_call(bob, "GET", "/sync?timeout=20000&since=" + since, "");
  upload(alice, {{"device_keys", device_keys("alice", "PHONE", alice_key)}});
  ASSERT_EQ(waiting.wait_for(std::chrono::seconds(60)), std::future_status::ready);
  EXPECT_TRUE(lists(waiting.get().at("/device_lists/changed"), user("alice")));
}

TEST_F(DeviceKeysTest, TellsOfNewAndLostCompany) {
  upload(alice, {{"device_keys", device_keys("alice", "PHONE", alice_key)}});
  SigningKey bob_key;
  upload(bob, {{"device_keys", device_keys("bob", "LAPTOP", bob_key)}});
  const auto room_id = public_room("alice");
  auto alices = now(alice);
  auto bobs = now(bob);
  const auto before = bobs;
  ASSERT_TRUE(join("bob", room_id));
  auto seen_by_alice = sync(alice, alices);
  auto seen_by_bob = sync(bob, bobs);
  EXPECT_TRUE(lists(seen_by_alice.at("/device_lists/changed"), user("bob"))) << seen_by_alice.text;
  EXPECT_TRUE(lists(seen_by_bob.at("/device_lists/changed"), user("alice"))) << seen_by_bob.text;
  alices = seen_by_alice.string_at("/next_batch");
  bobs = seen_by_bob.string_at("/next_batch");
  auto changes = get(bob, "/keys/changes?from=" + before + "&to=" + bobs);
  EXPECT_TRUE(lists(changes.at("/changed"), user("alice"))) << changes.text;
  EXPECT_EQ(changes.at("/left"), matrix::JsonArray());

  ASSERT_TRUE(change("bob", room_id, "bob", "leave"));
  seen_by_alice = sync(alice, alices);
  seen_by_bob = sync(bob, bobs);
  EXPECT_TRUE(lists(seen_by_alice.at("/device_lists/left"), user("bob"))) << seen_by_alice.text;
  EXPECT_TRUE(lists(seen_by_bob.at("/device_lists/left"), user("alice"))) << seen_by_bob.text;
  changes = get(bob, "/keys/changes?from=" + bobs + "&to=" + seen_by_bob.string_at("/next_batch"));
  EXPECT_TRUE(lists(changes.at("/left"), user("alice"))) << changes.text;
}

TEST_F(DeviceKeysTest, AsksForBothEndsOfChanges) {
  EXPECT_EQ(get(bob, "/keys/changes").errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(get(bob, "/keys/changes?from=s0").errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(get(bob, "/keys/changes?from=nonsense&to=s1").errcode(), "M_INVALID_PARAM");
  const auto token = now(bob);
  EXPECT_EQ(get(bob, "/keys/changes?from=" + token + "&to=" + token).status, 200);
}

TEST_F(DeviceKeysTest, LimitsTheBytesOfKeysThatAreKept) {
  const auto many = [](int from, int count) {
    JsonObject keys;
    for (int i = from; i < from + count; ++i)
      keys["alg" + std::to_string(i % 8) + ":" + std::to_string(i)] = {{"key", std::string(4000, 'x')}};
    return keys;
  };
  int kept = 0;
  for (; kept < 1600 && upload(alice, {{"one_time_keys", many(kept, 50)}}).status == 200;) kept += 50;
  EXPECT_EQ(kept, 250) << "1 MiB";
}

}  // namespace
}  // namespace troupe::homeserver::crypto
