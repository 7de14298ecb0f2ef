// The port's keys, in memory and on the embedded homeserver: what tests of encrypted bots stand on is what bots get.

// modules: homeserver olm kit
#include <gmock/gmock.h>

#include "contract/small_program.h"
#include "homeserver/module.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/fake_homeserver/fake_keys.h"
#include "matrix/homeserver.h"
#include "olm/account.h"
#include "olm/signing_key.h"

namespace troupe::contract {
namespace {

using matrix::JsonObject;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

host::Module fake_with_keys() {
  return {.name = "fake", .migrations = {}, .setup = [](host::Context& context) -> Result<Unit> {
            auto& fake = context.make<kit::FakeHomeserver>(context.bus(), context.clock());
            matrix::offer_roles(context, fake);
            context.offer<matrix::KeyExchange>(context.make<kit::FakeKeys>());
            return Unit{};
          }};
}

class KeyExchangeTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    program.start();
    for (const auto* name : {"anna", "helper"}) {
      matrix::NewAccount account;
      account.localpart = name;
      ASSERT_TRUE(program.run(role<matrix::Accounts>().create_account(account)));
    }
  }
  template <class Role>
  Role& role() {
    return program.context->get<Role>();
  }
  matrix::KeyExchange& keys() { return role<matrix::KeyExchange>(); }
  template <class T>
  T must(Task<T> task) {
    return kit::must(program.run(std::move(task)));
  }
  std::string id(std::string_view localpart) {
    return "@" + std::string(localpart) + ":" + role<matrix::Accounts>().server_name();
  }
  void sign(JsonObject& object, const std::string& user, const std::string& key,
            const std::function<std::string(std::string_view)>& signer) {
    const auto signature = signer(matrix::canonical_json_without(object, {"signatures", "unsigned"}));
    if (!object.contains("signatures")) object["signatures"] = JsonObject();
    auto& of_user = object["signatures"].as_object()[user];
    if (!of_user.is_object()) of_user = JsonObject();
    of_user.as_object()["ed25519:" + key] = signature;
  }
  JsonObject device_keys() {
    const auto own = account.identity_keys();
    JsonObject object{{"user_id", helper},
                      {"device_id", "TROUPE1"},
                      {"algorithms", {"m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"}},
                      {"keys", {{"curve25519:TROUPE1", own.curve25519}, {"ed25519:TROUPE1", own.ed25519}}}};
    sign(object, helper, "TROUPE1", [&](std::string_view text) { return account.sign(text); });
    return object;
  }
  JsonObject claimable(std::string_view key) {
    JsonObject object{{"key", key}};
    sign(object, helper, "TROUPE1", [&](std::string_view text) { return account.sign(text); });
    return object;
  }
  std::string claim() {
    const auto claimed = must(keys().claim_keys(anna, {{helper, {{"TROUPE1", "signed_curve25519"}}}}));
    if (!claimed.contains(helper)) return "none";
    const auto& of_device = claimed.at(helper).as_object().at("TROUPE1").as_object();
    return std::string(std::string_view(of_device.begin()->key()));
  }
  void publish() {
    must(keys().ensure_device(helper, "TROUPE1", "Troupe"));
    must(keys().ensure_device(helper, "TROUPE1", "Troupe"));
    must(keys().upload_keys(
        helper, "TROUPE1",
        {{"device_keys", device_keys()},
         {"one_time_keys", {{"signed_curve25519:A", claimable("a")}, {"signed_curve25519:B", claimable("b")}}},
         {"fallback_keys", {{"signed_curve25519:F", claimable("f")}}}}));
  }

  SmallProgram program{host::Settings{}, GetParam() ? homeserver::homeserver_module() : fake_with_keys()};
  olm::Account account = olm::Account::create();
  std::string anna, helper;
};

TEST_P(KeyExchangeTest, ADeviceAndItsKeysAreFoundAndGivenOutOnce) {
  anna = id("anna");
  helper = id("helper");
  EXPECT_FALSE(program.run(keys().upload_keys(helper, "TROUPE1", {{"device_keys", device_keys()}})));
  matrix::NewRoom room;  // a new server has no position yet to ask on from
  room.creator = anna;
  must(role<matrix::RoomActions>().create_room(room));
  const auto since = must(keys().key_changes(0)).upto;
  publish();
  const auto found = must(keys().query_keys(anna, {helper}));
  EXPECT_EQ(found.at("device_keys").as_object().at(helper).as_object().at("TROUPE1").as_object().at("keys"),
            device_keys().at("keys"));
  const auto changes = must(keys().key_changes(since));
  EXPECT_THAT(changes.user_ids, Contains(helper));
  EXPECT_THAT(must(keys().key_changes(changes.upto)).user_ids, Not(Contains(helper)));
  auto inbox = must(keys().inbox(helper, "TROUPE1", 0, 10));
  EXPECT_EQ(inbox.one_time_keys, 2);
  EXPECT_TRUE(inbox.fallback_key);
  EXPECT_EQ(claim(), "signed_curve25519:A");
  EXPECT_EQ(claim(), "signed_curve25519:B");
  EXPECT_EQ(claim(), "signed_curve25519:F");
  EXPECT_EQ(claim(), "signed_curve25519:F");
  inbox = must(keys().inbox(helper, "TROUPE1", 0, 10));
  EXPECT_EQ(inbox.one_time_keys, 0);
  EXPECT_FALSE(inbox.fallback_key);
}

TEST_P(KeyExchangeTest, CrossSigningKeysAndSignaturesAreShown) {
  anna = id("anna");
  helper = id("helper");
  publish();
  const auto master = olm::SigningKey::create();
  const auto self_signing = olm::SigningKey::create();
  JsonObject master_key{
      {"user_id", helper}, {"usage", {"master"}}, {"keys", {{"ed25519:" + master.public_key(), master.public_key()}}}};
  JsonObject signing_key{{"user_id", helper},
                         {"usage", {"self_signing"}},
                         {"keys", {{"ed25519:" + self_signing.public_key(), self_signing.public_key()}}}};
  sign(signing_key, helper, master.public_key(), [&](std::string_view text) { return master.sign(text); });
  must(keys().upload_cross_signing(helper, {{"master_key", master_key}, {"self_signing_key", signing_key}}));
  auto device = device_keys();
  device.erase("signatures");
  sign(device, helper, self_signing.public_key(), [&](std::string_view text) { return self_signing.sign(text); });
  must(keys().upload_signatures(helper, {{helper, {{"TROUPE1", device}}}}));
  const auto found = must(keys().query_keys(anna, {helper}));
  const auto& shown = found.at("device_keys").as_object().at(helper).as_object().at("TROUPE1").as_object();
  EXPECT_THAT(shown.at("signatures").as_object().at(helper).as_object(), SizeIs(2));
  EXPECT_EQ(found.at("master_keys").as_object().at(helper).as_object().at("keys"), master_key.at("keys"));
}

TEST_P(KeyExchangeTest, MessagesWaitInOrderUntilTheyAreTakenOver) {
  anna = id("anna");
  helper = id("helper");
  publish();
  for (const auto* text : {"one", "two", "two"}) {
    must(keys().send_to_device({.sender = anna,
                                .sender_device = "PHONE",
                                .type = "m.test",
                                .messages = {{helper, {{"TROUPE1", {{"text", text}}}}}},
                                .txn_id = text}));
  }
  auto inbox = must(keys().inbox(helper, "TROUPE1", 0, 1));
  ASSERT_THAT(inbox.messages, SizeIs(1));
  EXPECT_TRUE(inbox.more);
  EXPECT_EQ(inbox.messages[0].sender, anna);
  EXPECT_EQ(inbox.messages[0].type, "m.test");
  EXPECT_EQ(inbox.messages[0].content, (JsonObject{{"text", "one"}}));
  const auto first = inbox.messages[0].pos;
  inbox = must(keys().inbox(helper, "TROUPE1", first, 10));
  ASSERT_THAT(inbox.messages, SizeIs(1));
  EXPECT_FALSE(inbox.more);
  EXPECT_EQ(inbox.messages[0].content, (JsonObject{{"text", "two"}}));
  must(keys().forget_inbox(helper, "TROUPE1", first));
  EXPECT_THAT(must(keys().inbox(helper, "TROUPE1", 0, 10)).messages, SizeIs(1));
  must(keys().forget_inbox(helper, "TROUPE1", inbox.messages[0].pos));
  EXPECT_THAT(must(keys().inbox(helper, "TROUPE1", 0, 10)).messages, IsEmpty());
}

TEST_P(KeyExchangeTest, PlainWordsStayOutOfAnEncryptedRoom) {
  anna = id("anna");
  auto& rooms = role<matrix::RoomActions>();
  matrix::NewRoom wanted;
  wanted.creator = anna;
  const auto room = must(rooms.create_room(wanted));
  const auto say = [&](const std::string& type, const std::string& txn) {
    return program.run(rooms.send({.room_id = room,
                                   .sender = anna,
                                   .type = type,
                                   .content = {{"msgtype", "m.text"}, {"body", "hello"}},
                                   .txn_id = txn,
                                   .plain_rooms_only = true}));
  };
  const auto before = say("m.room.message", "one");
  ASSERT_TRUE(before);
  must(rooms.set_state({.room_id = room,
                        .sender = anna,
                        .type = "m.room.encryption",
                        .state_key = "",
                        .content = {{"algorithm", "m.megolm.v1.aes-sha2"}, {"rotation_period_msgs", 7}}}));
  const auto refused = say("m.room.message", "two");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().wire_code(), matrix::kEncryptedRoom);
  EXPECT_EQ(say("m.room.message", "one")->event_id, before->event_id);  // what was said is said
  const auto summary = must(rooms.room(room));
  EXPECT_TRUE(summary.encrypted);
  EXPECT_EQ(matrix::find_integer(summary.encryption, "rotation_period_msgs"), 7);
}

INSTANTIATE_TEST_SUITE_P(Twins, KeyExchangeTest, ::testing::Values(false, true),
                         [](const auto& info) { return info.param ? "embedded" : "fake"; });

}  // namespace
}  // namespace troupe::contract
