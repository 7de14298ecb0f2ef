// Cross-signing keys and signatures.
#include "homeserver/crypto/crypto_fixture.h"

namespace troupe::homeserver::crypto {
namespace {

using matrix::JsonObject;

class CrossSigningTest : public CryptoTest {
 protected:
  CrossSigningTest() : alice(sign_in("alice")), bob(sign_in("bob", "LAPTOP")) {
    post(alice, "/keys/upload", {{"device_keys", device_keys("alice", "PHONE", phone)}});
    post(bob, "/keys/upload", {{"device_keys", device_keys("bob", "LAPTOP", laptop)}});
  }

  struct Keys {
    SigningKey master;
    SigningKey self_signing;
    SigningKey user_signing;
  };
  static JsonObject body_of(std::string_view name, const Keys& keys) {
    auto self_signing = cross_signing_key(name, "self_signing", keys.self_signing);
    auto user_signing = cross_signing_key(name, "user_signing", keys.user_signing);
    keys.master.sign(self_signing, user(name), keys.master.public_key());
    keys.master.sign(user_signing, user(name), keys.master.public_key());
    return {{"master_key", cross_signing_key(name, "master", keys.master)},
            {"self_signing_key", std::move(self_signing)},
            {"user_signing_key", std::move(user_signing)}};
  }
  static JsonObject with_password(JsonObject body, std::string_view name, const CryptoAnswer& asked,
                                  std::string_view password = "secret") {
    body["auth"] = {{"type", "m.login.password"},
                    {"identifier", {{"type", "m.id.user"}, {"user", name}}},
                    {"password", password},
                    {"session", asked.string_at("/session")}};
    return body;
  }
  CryptoAnswer upload(const std::string& token, JsonObject body) {
    return post(token, "/keys/device_signing/upload", std::move(body));
  }
  CryptoAnswer query(const std::string& token, std::string_view name) {
    return post(token, "/keys/query", {{"device_keys", {{user(name), matrix::JsonArray()}}}});
  }
  CryptoAnswer sign(const std::string& token, std::string_view name, const std::string& target, JsonObject object) {
    return post(token, "/keys/signatures/upload", {{user(name), {{target, std::move(object)}}}});
  }

  SigningKey phone;
  SigningKey laptop;
  Keys alices;
  std::string alice;
  std::string bob;
};

TEST_F(CrossSigningTest, TakesTheFirstKeysWithoutProof) {
  const auto room_id = room_of("alice", {"bob"});
  const auto since = now(bob);
  EXPECT_EQ(upload(alice, body_of("alice", alices)).status, 200);
  EXPECT_EQ(upload(alice, body_of("alice", alices)).status, 200) << "the same keys again";
  const auto own = query(alice, "alice");
  EXPECT_TRUE(own.has("/master_keys/@alice:example.org"));
  EXPECT_TRUE(own.has("/user_signing_keys/@alice:example.org"));
  const auto seen = query(bob, "alice");
  EXPECT_TRUE(seen.has("/master_keys/@alice:example.org")) << seen.text;
  EXPECT_TRUE(seen.has("/self_signing_keys/@alice:example.org/signatures/@alice:example.org"));
  EXPECT_FALSE(seen.has("/user_signing_keys/@alice:example.org")) << "for the owner only";
  EXPECT_TRUE(lists(sync(bob, since).at("/device_lists/changed"), user("alice")));
}

TEST_F(CrossSigningTest, AnAdministratorAllowsOneReplacementForAWhile) {
  const auto allow = [&](std::int64_t until_ms) {
    bool there = false;
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      there = device_keys_store::allow_replacement(tx, user("alice"), until_ms);
      return Unit{};
    };
    EXPECT_TRUE(server->db->write_now(write));
    return there;
  };
  EXPECT_FALSE(allow(1)) << "there are no keys";
  upload(alice, body_of("alice", alices));
  const auto now = server->clock.unix_ms();
  EXPECT_TRUE(allow(now));
  EXPECT_EQ(upload(alice, body_of("alice", Keys())).status, 401) << "it is over";
  EXPECT_TRUE(allow(now + 60'000));
  const Keys fresh;
  EXPECT_EQ(upload(alice, body_of("alice", fresh)).status, 200);
  EXPECT_NE(query(bob, "alice").text.find(fresh.master.public_key()), std::string::npos);
  EXPECT_EQ(upload(alice, body_of("alice", Keys())).status, 401) << "once";
}

TEST_F(CrossSigningTest, AsksForThePasswordBeforeItReplacesKeys) {
  upload(alice, body_of("alice", alices));
  const Keys fresh;
  const auto asked = upload(alice, body_of("alice", fresh));
  ASSERT_EQ(asked.status, 401);
  EXPECT_EQ(asked.string_at("/flows/0/stages/0"), "m.login.password");
  EXPECT_EQ(upload(alice, with_password(body_of("alice", fresh), "alice", asked, "wrong")).status, 401);
  EXPECT_NE(query(bob, "alice").text.find(alices.master.public_key()), std::string::npos);
  const auto done = upload(alice, with_password(body_of("alice", fresh), "alice", asked));
  EXPECT_EQ(done.status, 200) << done.text;
  EXPECT_NE(query(bob, "alice").text.find(fresh.master.public_key()), std::string::npos);
}

TEST_F(CrossSigningTest, AProofIsForOnesOwnKeys) {
  upload(alice, body_of("alice", alices));
  upload(bob, body_of("bob", alices));
  const Keys fresh;
  const auto bobs = upload(bob, body_of("bob", fresh));
  const auto asked = upload(alice, body_of("alice", fresh));
  ASSERT_EQ(asked.status, 401);
  ASSERT_EQ(bobs.status, 401);
  EXPECT_EQ(upload(alice, with_password(body_of("alice", fresh), "alice", bobs)).status, 403);
  EXPECT_EQ(upload(alice, with_password(body_of("alice", fresh), "bob", asked)).status, 403);
  auto unknown = with_password(body_of("alice", fresh), "alice", asked);
  unknown["auth"].as_object()["session"] = "never";
  const auto refused = upload(alice, unknown);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.errcode(), "M_UNKNOWN");
  EXPECT_EQ(query(bob, "alice").text.find(fresh.master.public_key()), std::string::npos);
}

TEST_F(CrossSigningTest, RefusesKeysThatTheMasterKeyDidNotSign) {
  auto body = body_of("alice", alices);
  body["self_signing_key"] = cross_signing_key("alice", "self_signing", alices.self_signing);
  EXPECT_EQ(upload(alice, body).errcode(), "M_INVALID_SIGNATURE");
  auto forged = cross_signing_key("alice", "self_signing", alices.self_signing);
  alices.user_signing.sign(forged, user("alice"), alices.master.public_key());
  body["self_signing_key"] = forged;
  EXPECT_EQ(upload(alice, body).errcode(), "M_INVALID_SIGNATURE");
  body.erase("master_key");
  EXPECT_EQ(upload(alice, body).errcode(), "M_MISSING_PARAM");
  EXPECT_FALSE(query(bob, "alice").has("/master_keys/@alice:example.org"));
}

TEST_F(CrossSigningTest, RefusesMalformedKeys) {
  const auto good = cross_signing_key("alice", "master", alices.master);
  const auto with = [&good](std::string_view key, matrix::Json value) {
    auto changed = good;
    changed[key] = std::move(value);
    return JsonObject{{"master_key", changed}};
  };
  EXPECT_EQ(upload(alice, with("user_id", boost::json::string(user("bob")))).status, 400);
  EXPECT_EQ(upload(alice, with("usage", matrix::JsonArray{"self_signing"})).status, 400);
  EXPECT_EQ(upload(alice, with("usage", 1)).status, 400);
  EXPECT_EQ(upload(alice, with("keys", JsonObject())).status, 400);
  EXPECT_EQ(upload(alice, with("keys", JsonObject{{"ed25519:abc", "abc"}})).status, 400);
  EXPECT_EQ(upload(alice, with("keys", JsonObject{{"ed25519:other", alices.master.public_key()}})).status, 400);
  EXPECT_EQ(upload(alice, {{"master_key", 7}}).status, 400);
  EXPECT_EQ(upload(alice, with("fraction", 0.5)).status, 400);
}

TEST_F(CrossSigningTest, MergesTheSignatureOfADevice) {
  upload(alice, body_of("alice", alices));
  const auto room_id = room_of("alice", {"bob"});
  const auto since = now(bob);
  auto device = device_keys("alice", "PHONE", phone);
  alices.self_signing.sign(device, user("alice"), alices.self_signing.public_key());
  const auto signed_ = sign(alice, "alice", "PHONE", device);
  EXPECT_EQ(signed_.status, 200);
  EXPECT_EQ(signed_.at("/failures"), JsonObject()) << signed_.text;
  const auto shown = query(bob, "alice").at("/device_keys/@alice:example.org/PHONE");
  EXPECT_EQ(shown, device);
  EXPECT_TRUE(lists(sync(bob, since).at("/device_lists/changed"), user("alice")));

  // The device may come again without that signature; other content ends it.
  post(alice, "/keys/upload", {{"device_keys", device_keys("alice", "PHONE", phone)}});
  EXPECT_EQ(query(bob, "alice").at("/device_keys/@alice:example.org/PHONE"), device);
  const SigningKey other;
  post(alice, "/keys/upload", {{"device_keys", device_keys("alice", "PHONE", other)}});
  EXPECT_EQ(query(bob, "alice").at("/device_keys/@alice:example.org/PHONE"), device_keys("alice", "PHONE", other));
}

TEST_F(CrossSigningTest, TakesSignaturesOfOnesMasterKeyByOnesDevice) {
  upload(alice, body_of("alice", alices));
  auto master = cross_signing_key("alice", "master", alices.master);
  phone.sign(master, user("alice"), "PHONE");
  EXPECT_EQ(sign(alice, "alice", alices.master.public_key(), master).at("/failures"), JsonObject());
  EXPECT_EQ(query(bob, "alice").at("/master_keys/@alice:example.org"), master);
}

TEST_F(CrossSigningTest, ShowsSignaturesOfOthersOnlyToTheSigner) {
  upload(alice, body_of("alice", alices));
  const Keys bobs;
  upload(bob, body_of("bob", bobs));
  const auto carol = sign_in("carol");
  auto master = cross_signing_key("bob", "master", bobs.master);
  alices.user_signing.sign(master, user("alice"), alices.user_signing.public_key());
  const auto since = now(alice);
  EXPECT_EQ(sign(alice, "bob", bobs.master.public_key(), master).at("/failures"), JsonObject());
  EXPECT_TRUE(query(alice, "bob").has("/master_keys/@bob:example.org/signatures/@alice:example.org"));
  EXPECT_FALSE(query(bob, "bob").has("/master_keys/@bob:example.org/signatures/@alice:example.org"));
  EXPECT_FALSE(query(carol, "bob").has("/master_keys/@bob:example.org/signatures/@alice:example.org"));
  EXPECT_TRUE(lists(sync(alice, since).at("/device_lists/changed"), user("bob")));
}

TEST_F(CrossSigningTest, NamesWhatItDidNotTake) {
  upload(alice, body_of("alice", alices));
  const auto device = device_keys("alice", "PHONE", phone);
  const std::string at = "/failures/@alice:example.org/";
  EXPECT_EQ(sign(alice, "alice", "PHONE", device).string_at(at + "PHONE/errcode"), "M_INVALID_SIGNATURE");
  auto forged = device;
  alices.master.sign(forged, user("alice"), alices.self_signing.public_key());
  EXPECT_EQ(sign(alice, "alice", "PHONE", forged).string_at(at + "PHONE/errcode"), "M_INVALID_SIGNATURE");
  auto changed = device;
  changed["algorithms"] = matrix::JsonArray();
  alices.self_signing.sign(changed, user("alice"), alices.self_signing.public_key());
  EXPECT_EQ(sign(alice, "alice", "PHONE", changed).string_at(at + "PHONE/errcode"), "M_INVALID_PARAM");
  auto good = device;
  alices.self_signing.sign(good, user("alice"), alices.self_signing.public_key());
  EXPECT_EQ(sign(alice, "alice", "NONE", good).string_at(at + "NONE/errcode"), "M_NOT_FOUND");
  const auto mixed = post(alice, "/keys/signatures/upload",
                          {{user("alice"), {{"PHONE", good}, {"NONE", good}, {"TEXT", "no object"}}}});
  EXPECT_EQ(mixed.at("/failures/@alice:example.org").get_object().size(), 2U) << mixed.text;
  // Nobody signs another's devices.
  auto others = device_keys("bob", "LAPTOP", laptop);
  alices.user_signing.sign(others, user("alice"), alices.user_signing.public_key());
  EXPECT_EQ(sign(alice, "bob", "LAPTOP", others).string_at("/failures/@bob:example.org/LAPTOP/errcode"), "M_NOT_FOUND");
  EXPECT_EQ(post(alice, "/keys/signatures/upload", {{"nobody", JsonObject()}}).status, 400);
  EXPECT_EQ(post(alice, "/keys/signatures/upload", {{user("bob"), 1}}).status, 400);
}

}  // namespace
}  // namespace troupe::homeserver::crypto
