// A second device of a bot's account, which the bot itself says is one of its own.
#include "fleet/encryption/vouching.h"

#include "fleet/encryption/encryption_fixture.h"

namespace troupe::fleet::encryption {
namespace {

constexpr const char* kSecond = "MEETSECOND";

class VouchingTest : public EncryptionTest {
 protected:
  /// What a client with this account publishes as the bot's device.
  matrix::JsonObject second_device(olm::Account& account, const std::string& user_id, const std::string& device_id) {
    const auto identity = account.identity_keys();
    matrix::JsonObject object{
        {"user_id", user_id},
        {"device_id", device_id},
        {"algorithms", {kOlmAlgorithm, kMegolmAlgorithm}},
        {"keys", {{"curve25519:" + device_id, identity.curve25519}, {"ed25519:" + device_id, identity.ed25519}}}};
    sign_object(object, user_id, device_id, [&](std::string_view text) { return account.sign(text); });
    return object;
  }
  void publish(matrix::JsonObject device) {
    must(keys.ensure_device(bot, kSecond, "a call"));
    must(keys.upload_keys(bot, kSecond, {{"device_keys", std::move(device)}}));
  }
  Result<Unit> vouch(const std::string& device_id = kSecond) {
    Vouching vouching({.db = *db, .keys = keys, .sealing_key = key});
    return run(vouching.vouch(view("helper").bot.id, bot, device_id));
  }
  bool is_verified() {
    const auto master = keys.cross_signing(bot, "self_signing_key");
    const auto key = cross_signing_key(master, bot);
    return !key.empty() && is_signed_by(keys.device_keys(bot, kSecond), bot, key, key);
  }
  olm::Account account = olm::Account::create();
};

TEST_F(VouchingTest, SignsWhatTheDeviceHasPublished) {
  start_room();
  anna_client.share(room, {bot});
  EXPECT_EQ(vouch().error().code(), Errc::conflict) << "there is no such device yet";
  must(keys.ensure_device(bot, kSecond, "a call"));
  EXPECT_EQ(vouch().error().code(), Errc::conflict) << "it has no keys yet";
  publish(second_device(account, bot, kSecond));
  EXPECT_FALSE(is_verified());
  kit::must(vouch());
  EXPECT_TRUE(is_verified());
  kit::must(vouch());
  // The bot's own device reads on.
  anna_client.say(room, "are you there?");
  EXPECT_TRUE(settled("helper", 1));
}

TEST_F(VouchingTest, WhatIsNotTheDevicesOwnIsNotSigned) {
  start_room();
  publish(second_device(account, anna, kSecond));
  EXPECT_EQ(vouch().error().code(), Errc::invalid_param) << "another user's";
  publish(second_device(account, bot, "ANOTHER"));
  EXPECT_EQ(vouch().error().code(), Errc::invalid_param) << "another device's";
  auto forged = second_device(account, bot, kSecond);
  forged["keys"].as_object()["curve25519:" + std::string(kSecond)] = olm::Account::create().identity_keys().curve25519;
  publish(forged);
  EXPECT_EQ(vouch().error().code(), Errc::invalid_param) << "not signed by itself";
}

TEST_F(VouchingTest, KeysThatAreNotTheBotsAnyMoreAreLeftAlone) {
  start_room();
  publish(second_device(account, bot, kSecond));
  const auto other = olm::SigningKey::create();
  must(keys.upload_cross_signing(bot, {{"self_signing_key",
                                        {{"user_id", bot},
                                         {"usage", {"self_signing"}},
                                         {"keys", {{"ed25519:" + other.public_key(), other.public_key()}}}}}}));
  EXPECT_EQ(vouch().error().code(), Errc::forbidden);
}

}  // namespace
}  // namespace troupe::fleet::encryption
