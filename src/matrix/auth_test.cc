#include "matrix/auth.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "base/encoding.h"
#include "matrix/golden_test.h"
#include "matrix/state_test.h"

namespace troupe::matrix {
namespace {

const std::string kCreator = "@creator:a";

std::string room_id_in(const RoomVersion& version) {
  return version.room_id_is_create_hash ? "!" + std::string(43, 'e') : "!room:a";
}

JsonObject create_content(const RoomVersion& version, const JsonObject* more) {
  JsonObject content{{"room_version", version.id}};
  if (version.creator_in_create_content) content["creator"] = kCreator;
  if (more) {
    for (const auto& member : *more) content.insert_or_assign(member.key(), member.value());
  }
  return content;
}

/// Before version 12 the creator is an ordinary entry of users.
JsonObject with_creator(const RoomVersion& version, JsonObject levels) {
  if (version.creators_have_infinite_power) return levels;
  auto& users = levels["users"];
  if (!users.is_object()) users = JsonObject{};
  users.get_object().emplace(kCreator, 100);
  return levels;
}

StateOfTest state_of(const RoomVersion& version, const JsonObject& row) {
  StateOfTest state;
  state.set_room_id(room_id_in(version));
  if (find_bool(row, "fresh").value_or(false)) return state;
  state.set("m.room.create", "", kCreator, create_content(version, find_object(row, "create")));
  if (const auto rule = find_string(row, "join_rule")) {
    state.set("m.room.join_rules", "", kCreator, {{"join_rule", *rule}});
  }
  if (const auto* levels = find_object(row, "levels")) {
    state.set("m.room.power_levels", "", kCreator, with_creator(version, *levels));
  }
  if (const auto* members = find_object(row, "members")) {
    for (const auto& member : *members) {
      state.set("m.room.member", std::string(member.key()), kCreator, {{"membership", member.value()}});
    }
  }
  return state;
}

EventDraft draft_of(const RoomVersion& version, const JsonObject& row) {
  const auto& event = row.at("event").as_object();
  EventDraft draft;
  draft.type = text_of(event, "type");
  draft.sender = find_string(event, "sender").value_or(kCreator);
  if (const auto key = find_string(event, "state_key")) draft.state_key = std::string(*key);
  draft.content = event.at("content").as_object();
  if (const auto redacts = find_string(event, "redacts")) draft.redacts = std::string(*redacts);
  if (find_bool(row, "keep_creator").value_or(false)) draft.content = with_creator(version, draft.content);
  return draft;
}

bool is_expected_in(const JsonObject& row, std::string_view version) {
  if (const auto allow = find_bool(row, "allow")) return *allow;
  const auto number = std::stoi(std::string(version));
  return std::ranges::any_of(row.at("allow_in").as_array(), [&](const Json& item) {
    const std::string span(view(item.as_string()));
    const auto dash = span.find('-');
    const auto last = dash == span.npos ? span : span.substr(dash + 1);
    return std::stoi(span) <= number && number <= std::stoi(last);
  });
}

TEST(Authorize, FollowsTheTable) {
  const auto table = golden("auth_rules.json");
  for (const auto& item : table.at("cases").as_array()) {
    const auto& row = item.as_object();
    for (const auto& version : room_versions()) {
      SCOPED_TRACE(text_of(row, "name") + ", version " + std::string(version.id));
      const auto draft = draft_of(version, row);
      auto room_id = room_id_in(version);
      if (draft.type == "m.room.create" && version.room_id_is_create_hash) room_id.clear();
      if (const auto named = find_string(row, "room_id")) room_id = *named;
      const auto verdict = authorize(version, draft, room_id, state_of(version, row));
      EXPECT_EQ(verdict.has_value(), is_expected_in(row, version.id))
          << (verdict ? "allowed" : verdict.error().message());
      if (!verdict) EXPECT_EQ(verdict.error().code(), Errc::forbidden);
    }
  }
}

struct Key {
  std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> shown{};
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret{};
  Key() { crypto_sign_keypair(shown.data(), secret.data()); }
  std::string text() const { return base::base64(shown); }
  std::string sign(const JsonObject& object) const {
    const auto bytes = canonical_json_without(object, {"signatures", "unsigned"});
    std::array<std::uint8_t, crypto_sign_BYTES> out{};
    crypto_sign_detached(out.data(), nullptr, base::as_bytes(bytes).data(), bytes.size(), secret.data());
    return base::base64(out);
  }
};

class ThirdPartyInvite : public testing::TestWithParam<std::string> {
 protected:
  ThirdPartyInvite() {
    state.set_room_id(room_id_in(version));
    state.set("m.room.create", "", kCreator, create_content(version, nullptr));
    state.set("m.room.member", kCreator, kCreator, {{"membership", "join"}});
    state.set("m.room.third_party_invite", "token", "@bob:a", {{"public_key", first.text()}});
    proof = {{"mxid", "@carl:b"}, {"token", "token"}};
    proof["signatures"] = {{"id.example", {{"ed25519:0", first.sign(proof)}}}};
    draft.type = "m.room.member";
    draft.sender = "@bob:a";  // not even in the room: the signature is what counts
    draft.state_key = "@carl:b";
  }
  bool allowed() {
    draft.content = {{"membership", "invite"}, {"third_party_invite", {{"display_name", "c…"}, {"signed", proof}}}};
    return authorize(version, draft, room_id_in(version), state).has_value();
  }

  const RoomVersion& version = *room_version(GetParam());
  Key first;
  Key second;
  StateOfTest state;
  JsonObject proof;
  EventDraft draft;
};

TEST_P(ThirdPartyInvite, IsAllowedBySignature) {
  EXPECT_TRUE(allowed());
  proof["unsigned"] = {{"x", 1}};
  EXPECT_TRUE(allowed()) << "unsigned is not covered";
}

TEST_P(ThirdPartyInvite, AnyKeyAndAnySignatureWillDo) {
  state.set(
      "m.room.third_party_invite", "token", "@bob:a",
      {{"public_key", second.text()}, {"public_keys", {{{"public_key", "junk"}}, {{"public_key", first.text()}}}}});
  proof["signatures"].as_object()["a.example"] = {{"ed25519:x", std::string(86, 'A')}, {"curve:y", "zz"}};
  EXPECT_TRUE(allowed());
}

TEST_P(ThirdPartyInvite, IsRefusedWhenAnythingIsAmiss) {
  state.set("m.room.member", "@carl:b", kCreator, {{"membership", "ban"}});
  EXPECT_FALSE(allowed()) << "banned";
  state.set("m.room.member", "@carl:b", kCreator, {{"membership", "leave"}});
  EXPECT_TRUE(allowed());

  const auto good = proof;
  proof["extra"] = 1;
  EXPECT_FALSE(allowed()) << "altered";
  proof = good;
  proof.erase("mxid");
  EXPECT_FALSE(allowed());
  proof = good;
  proof.erase("token");
  EXPECT_FALSE(allowed());
  proof = good;
  proof["token"] = "other";
  EXPECT_FALSE(allowed()) << "no such token";
  proof = good;
  proof.erase("signatures");
  EXPECT_FALSE(allowed());
  proof = good;
  draft.state_key = "@dora:b";
  EXPECT_FALSE(allowed()) << "for another user";
  draft.state_key = "@carl:b";
  draft.sender = kCreator;
  EXPECT_FALSE(allowed()) << "not the sender who announced it";
  draft.sender = "@bob:a";
  state.set("m.room.third_party_invite", "token", "@bob:a", {{"public_key", second.text()}});
  EXPECT_FALSE(allowed()) << "another key";
  state.set("m.room.third_party_invite", "token", "@bob:a", {});
  EXPECT_FALSE(allowed()) << "redacted";
}

TEST_P(ThirdPartyInvite, RefusesOddShapes) {
  for (const Json& odd :
       {Json(1), Json(nullptr), Json(JsonArray{}), Json(JsonObject{}), Json(JsonObject{{"signed", 1}})}) {
    draft.content = {{"membership", "invite"}, {"third_party_invite", odd}};
    EXPECT_FALSE(authorize(version, draft, room_id_in(version), state));
  }
}

TEST_P(ThirdPartyInvite, GivesUpOnAFloodOfKeysAndSignatures) {
  JsonArray keys;
  for (int i = 0; i < 5'000; ++i) keys.push_back(JsonObject{{"public_key", second.text()}});
  state.set("m.room.third_party_invite", "token", "@bob:a", {{"public_keys", keys}});
  JsonObject signatures;
  for (int i = 0; i < 1'000; ++i) signatures["ed25519:" + std::to_string(i)] = first.sign(proof);
  proof["signatures"] = {{"id.example", signatures}};
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(allowed());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30)) << "all of them take minutes";
}

INSTANTIATE_TEST_SUITE_P(Versions, ThirdPartyInvite, testing::Values("1", "3", "5", "6", "9", "10", "11", "12"));

using Keys = std::vector<std::pair<std::string, std::string>>;

Keys selected(std::string_view version, EventDraft draft) { return auth_state_keys(*room_version(version), draft); }

TEST(AuthStateKeys, FollowTheSelection) {
  EventDraft draft;
  draft.type = "m.room.create";
  draft.sender = "@a:x";
  draft.state_key = "";
  EXPECT_TRUE(selected("10", draft).empty());

  draft.type = "m.room.message";
  draft.state_key = {};
  EXPECT_EQ(selected("11", draft),
            (Keys{{"m.room.create", ""}, {"m.room.power_levels", ""}, {"m.room.member", "@a:x"}}));
  EXPECT_EQ(selected("12", draft), (Keys{{"m.room.power_levels", ""}, {"m.room.member", "@a:x"}}));

  draft.type = "m.room.member";
  draft.state_key = "@b:x";
  draft.content = {{"membership", "leave"}};
  EXPECT_EQ(selected("12", draft),
            (Keys{{"m.room.power_levels", ""}, {"m.room.member", "@a:x"}, {"m.room.member", "@b:x"}}));
  draft.content = {{"membership", "ban"}};
  EXPECT_EQ(selected("12", draft).size(), 3U);

  draft.content = {{"membership", "invite"}, {"third_party_invite", {{"signed", {{"token", "t"}}}}}};
  EXPECT_EQ(selected("12", draft), (Keys{{"m.room.power_levels", ""},
                                         {"m.room.member", "@a:x"},
                                         {"m.room.member", "@b:x"},
                                         {"m.room.join_rules", ""},
                                         {"m.room.third_party_invite", "t"}}));

  draft.state_key = "@a:x";
  draft.content = {{"membership", "join"}, {"join_authorised_via_users_server", "@c:x"}};
  EXPECT_EQ(selected("12", draft), (Keys{{"m.room.power_levels", ""},
                                         {"m.room.member", "@a:x"},
                                         {"m.room.join_rules", ""},
                                         {"m.room.member", "@c:x"}}));
  draft.content = {{"membership", "join"}, {"join_authorised_via_users_server", "@a:x"}};
  EXPECT_EQ(selected("12", draft).size(), 3U) << "no duplicates";
  draft.content = {{"membership", "knock"}};
  EXPECT_EQ(selected("12", draft).back().first, "m.room.join_rules");
}

TEST(PowerLevels, FillInTheDefaults) {
  for (const auto& version : room_versions()) {
    SCOPED_TRACE(version.id);
    const bool infinite = version.creators_have_infinite_power;
    StateOfTest state;
    state.set("m.room.create", "", kCreator, create_content(version, nullptr));
    const PowerLevels none(version, state);
    EXPECT_EQ(none.user(kCreator), infinite ? kInfinitePower : 100);
    EXPECT_EQ(none.user("@x:a"), 0);
    EXPECT_EQ(none.needed_for("m.room.topic", true), 0);
    EXPECT_EQ(none.needed_for("m.room.message", false), 0);
    EXPECT_EQ(none.ban(), 50);
    EXPECT_EQ(none.kick(), 50);
    EXPECT_EQ(none.redact(), 50);
    EXPECT_EQ(none.invite(), 0);
    EXPECT_EQ(none.notification_room(), 50);

    state.set("m.room.power_levels", "", kCreator, {});
    const PowerLevels empty(version, state);
    EXPECT_EQ(empty.user(kCreator), infinite ? kInfinitePower : 0);
    EXPECT_EQ(empty.needed_for("m.room.topic", true), 50);
    EXPECT_EQ(empty.needed_for("m.room.message", false), 0);
    EXPECT_EQ(empty.invite(), 0);

    state.set("m.room.power_levels", "", kCreator,
              {{"ban", 1},
               {"kick", 2},
               {"redact", 3},
               {"invite", 4},
               {"state_default", 5},
               {"events_default", 6},
               {"users_default", 7},
               {"users", {{"@x:a", 8}}},
               {"events", {{"e", 9}}},
               {"notifications", {{"room", 10}}}});
    const PowerLevels set(version, state);
    EXPECT_EQ(set.ban(), 1);
    EXPECT_EQ(set.kick(), 2);
    EXPECT_EQ(set.redact(), 3);
    EXPECT_EQ(set.invite(), 4);
    EXPECT_EQ(set.needed_for("x", true), 5);
    EXPECT_EQ(set.needed_for("x", false), 6);
    EXPECT_EQ(set.user("@y:a"), 7);
    EXPECT_EQ(set.user("@x:a"), 8);
    EXPECT_EQ(set.needed_for("e", true), 9);
    EXPECT_EQ(set.notification_room(), 10);
  }
}

TEST(Creators, AreListedOnce) {
  Event create;
  create.sender = kCreator;
  create.content = {{"creator", "@other:a"}, {"additional_creators", {"@x:a", kCreator, "@x:a", 1}}};
  EXPECT_EQ(creators(*room_version("10"), create), std::vector<std::string>{"@other:a"});
  EXPECT_EQ(creators(*room_version("11"), create), std::vector<std::string>{kCreator});
  EXPECT_EQ(creators(*room_version("12"), create), (std::vector<std::string>{kCreator, "@x:a"}));
}

TEST(Membership, IsEmptyForStrangersAndUnknownWords) {
  StateOfTest state;
  state.set("m.room.member", "@a:x", "@a:x", {{"membership", "knock"}});
  state.set("m.room.member", "@b:x", "@b:x", {{"membership", "dance"}});
  state.set("m.room.member", "@c:x", "@c:x", {{"membership", 1}});
  EXPECT_EQ(membership_of(state, "@a:x"), "knock");
  for (const std::string_view user : {"@b:x", "@c:x", "@d:x"}) EXPECT_EQ(membership_of(state, user), "");
}

}  // namespace
}  // namespace troupe::matrix
