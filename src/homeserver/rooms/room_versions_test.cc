// What rooms of each version do: ids, rules, numbers, redactions, and the way from any version to any other.
#include <gmock/gmock.h>

#include "base/crypto.h"
#include "base/encoding.h"
#include "homeserver/rooms/room_fixture.h"
#include "matrix/ids.h"

namespace troupe::homeserver::rooms {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

class RoomVersionsTest : public RoomTest {
 protected:
  std::string make(const matrix::RoomVersion& version, std::string_view join_rule = {}, JsonArray allow = {}) {
    CreateRoom request;
    request.version = version.id;
    request.preset = "public_chat";
    if (!join_rule.empty()) {
      JsonObject content{{"join_rule", join_rule}};
      if (!allow.empty()) content["allow"] = std::move(allow);
      request.initial_state = {JsonObject{{"type", "m.room.join_rules"}, {"content", std::move(content)}}};
    }
    return must_create("alice", std::move(request));
  }
  const JsonObject& content(const std::string& room_id, std::string_view type) {
    return state(room_id, type)->event->content;
  }
  std::vector<memory::StoredEventPtr> events(const std::string& room_id) {
    std::vector<memory::StoredEventPtr> found;
    auto num = room(room_id)->num();
    EXPECT_TRUE(server->read([&](store::Connection& connection) -> Result<Unit> {
      found = memory::event_store::timeline(connection, num, 0, 1LL << 60, 1000, false);
      return Unit{};
    }));
    return found;
  }
  Result<Sent> redact(std::string_view who, const std::string& room_id, const std::string& event_id) {
    return server->run(server->service->redact(actor(who), room_id, event_id, {}));
  }
  Result<std::string> upgrade(const std::string& room_id, std::string_view version) {
    UpgradeRoom wanted{.room_id = room_id, .version = std::string(version), .additional_creators = {}};
    return server->run(server->service->upgrade(actor("alice"), std::move(wanted)));
  }
  static JsonArray members_of(const std::string& room_id) {
    return {JsonObject{{"type", "m.room_membership"}, {"room_id", room_id}}};
  }
};

/// Whether the id has the form that the version gives its events.
bool has_form(const matrix::RoomVersion& version, const std::string& id) {
  if (version.event_ids == matrix::EventIds::given) return id.starts_with('$') && id.ends_with(":example.org");
  const auto odd = version.event_ids == matrix::EventIds::hash ? "-_:" : "+/:";
  return id.size() == 44 && id.find_first_of(odd) == id.npos;
}

TEST_F(RoomVersionsTest, RoomsOfEachVersionLiveOverARestart) {
  for (const auto& version : matrix::room_versions()) {
    SCOPED_TRACE(version.id);
    const auto id = make(version);
    const auto txn = "in" + std::string(version.id);
    EXPECT_EQ(content(id, "m.room.create").at("room_version").as_string(), version.id);
    EXPECT_EQ(content(id, "m.room.create").contains("creator"), version.creator_in_create_content);
    EXPECT_TRUE(matrix::parse_room_id(id));
    ASSERT_TRUE(join("bob", id));
    const auto first = send(with_txn("bob", txn), id, "m.room.message", {{"body", "one"}});
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_EQ(send(with_txn("bob", txn), id, "m.room.message", {{"body", "one"}})->event_id, first->event_id);
    const auto before = events(id);
    restart();
    const auto after = events(id);
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
      EXPECT_TRUE(has_form(version, after[i]->event->event_id)) << after[i]->event->event_id;
      EXPECT_EQ(after[i]->event->event_id, before[i]->event->event_id);
      EXPECT_EQ(after[i]->event->pdu, before[i]->event->pdu);
      EXPECT_EQ(matrix::linked_events(version, *after[i]->event, "prev_events").value(),
                i == 0 ? std::vector<std::string>{} : std::vector{before[i - 1]->event->event_id});
    }
    EXPECT_EQ(send(with_txn("bob", txn), id, "m.room.message", {{"body", "one"}})->event_id, first->event_id);
    const auto redaction = redact("bob", id, first->event_id);
    ASSERT_TRUE(redaction) << redaction.error().message();
    restart();
    EXPECT_TRUE(send("bob", id, "two"));
    const auto rest = events(id);
    EXPECT_TRUE(rest[before.size() - 1]->event->content.empty());
    EXPECT_EQ(rest[before.size()]->event->redacts, first->event_id);
    EXPECT_EQ(matrix::linked_events(version, *rest.back()->event, "prev_events").value(),
              std::vector{redaction->event_id});
  }
}

TEST_F(RoomVersionsTest, LinksOfVersions1And2CarryTheHashOfWhatTheyName) {
  for (const std::string_view name : {"1", "2"}) {
    const auto& version = *matrix::room_version(name);
    const auto id = make(version);
    ASSERT_TRUE(redact("alice", id, send("alice", id, "gone")->event_id));
    ASSERT_TRUE(set_state("alice", id, "m.room.topic", "", {{"topic", "tea"}}));
    std::map<std::string, std::string> hashes;
    for (const auto& stored : events(id)) {
      const auto pdu = matrix::parse_json(stored->event->pdu).value().as_object();
      EXPECT_EQ(matrix::content_hash(pdu) == matrix::find_string(pdu.at("hashes").as_object(), "sha256"),
                !stored->redacted_by);
      for (const auto* key : {"prev_events", "auth_events"}) {
        for (const auto& link : pdu.at(key).as_array()) {
          const auto& pair = link.as_array();
          ASSERT_EQ(pair.size(), 2U);
          const std::string named(matrix::view(pair[0].as_string()));
          EXPECT_EQ(matrix::find_string(pair[1].as_object(), "sha256"), hashes.at(named)) << key;
        }
      }
      hashes[stored->event->event_id] = matrix::reference_hash(version, *stored->event).value();
    }
  }
}

TEST_F(RoomVersionsTest, KnockingAndRestrictedJoinsComeWithTheirVersions) {
  const auto club = public_room("alice");
  ASSERT_TRUE(join("bob", club));
  for (const auto& version : matrix::room_versions()) {
    SCOPED_TRACE(version.id);
    const auto knocked = make(version, "knock");
    const auto knock = change("carol", knocked, "carol", "knock");
    EXPECT_EQ(knock.has_value(), version.knocking);
    if (!knock) EXPECT_EQ(knock.error().code(), Errc::forbidden);
    ASSERT_TRUE(change("alice", knocked, "dave", "invite"));
    EXPECT_EQ(join("dave", knocked).has_value(), version.knocking) << "a rule that nobody knows lets nobody in";

    const auto restricted = make(version, "restricted", members_of(club));
    EXPECT_EQ(join("bob", restricted).has_value(), version.restricted_joins);
    EXPECT_EQ(join("carol", restricted).error().code(), Errc::forbidden) << "not in the club";

    const auto both = make(version, "knock_restricted", members_of(club));
    EXPECT_EQ(join("bob", both).has_value(), version.knock_restricted_joins);
    EXPECT_EQ(change("carol", both, "carol", "knock").has_value(), version.knock_restricted_joins);
    if (!version.restricted_joins) continue;
    const auto member = state(restricted, "m.room.member", user("bob"));
    EXPECT_EQ(matrix::find_string(member->event->content, "join_authorised_via_users_server"), user("alice"));
    ASSERT_TRUE(redact("alice", restricted, member->event->event_id));
    EXPECT_EQ(
        state(restricted, "m.room.member", user("bob"))->event->content.contains("join_authorised_via_users_server"),
        version.redaction_keeps_join_authorisation);
    ASSERT_TRUE(redact("alice", restricted, state(restricted, "m.room.join_rules")->event->event_id));
    EXPECT_TRUE(content(restricted, "m.room.join_rules").contains("allow"));
  }
}

TEST_F(RoomVersionsTest, NumbersOfAnyKindAreTakenUpToVersion5) {
  const JsonObject odd{{"body", "x"}, {"n", {1.5, std::uint64_t{1} << 60, 1e300}}};
  for (const auto& version : matrix::room_versions()) {
    SCOPED_TRACE(version.id);
    const auto id = make(version);
    const auto expect = [&](const Result<Sent>& sent) {
      EXPECT_EQ(sent.has_value(), !version.strict_numbers);
      if (!sent) EXPECT_EQ(sent.error().code(), Errc::bad_json);
    };
    const auto said = send(actor("alice"), id, "m.room.message", odd);
    expect(said);
    expect(set_state("alice", id, "org.example.odd", "", odd));
    expect(server->run(server->service->redact(actor("alice"), id, send("alice", id, "x")->event_id, odd)));
    MembershipChange coming;
    coming.room_id = id;
    coming.target = user("bob");
    coming.membership = "join";
    coming.extra_content = {{"org.example.n", 0.5}};
    expect(server->run(server->service->change_membership(actor("bob"), coming)));
    CreateRoom request;
    request.version = version.id;
    request.creation_content = {{"org.example.n", 0.5}};
    EXPECT_EQ(server->run(server->service->create(actor("alice"), request)).has_value(), !version.strict_numbers);
    EXPECT_EQ(send(actor("alice"), id, "m.room.message", {{"body", "\xff"}}).error().code(), Errc::bad_json);
    if (version.strict_numbers) continue;
    restart();
    bool found = false;
    for (const auto& stored : events(id)) found = found || stored->event->event_id == said->event_id;
    EXPECT_TRUE(found) << "the id is the hash of what was stored";
  }
  EXPECT_EQ(send(actor("alice"), "!no:where", "m.room.message", odd).error().code(), Errc::bad_json);
}

TEST_F(RoomVersionsTest, PowerLevelsAreWhatTheVersionReads) {
  for (const auto& version : matrix::room_versions()) {
    SCOPED_TRACE(version.id);
    const auto id = make(version);
    ASSERT_TRUE(join("bob", id));
    const bool texts = version.levels != matrix::LevelForms::integers;
    const JsonObject users = version.creators_have_infinite_power
                                 ? JsonObject{{user("bob"), "50"}}
                                 : JsonObject{{user("alice"), "100"}, {user("bob"), "50"}};
    const auto in_texts = set_state("alice", id, "m.room.power_levels", "", {{"users", users}, {"ban", " 060"}});
    EXPECT_EQ(in_texts.has_value(), texts);
    if (!in_texts) EXPECT_EQ(in_texts.error().code(), Errc::bad_json);
    EXPECT_EQ(set_state("bob", id, "m.room.topic", "", {{"topic", "x"}}).has_value(), texts);
    EXPECT_EQ(change("bob", id, "carol", "ban").error().code(), Errc::forbidden) << "needs 60";
    EXPECT_EQ(set_state("alice", id, "m.room.power_levels", "", {{"users", users}, {"ban", "many"}}).error().code(),
              Errc::bad_json);
    EXPECT_EQ(set_state("carol", id, "m.room.power_levels", "", {{"ban", "many"}}).error().code(), Errc::forbidden);
    const auto fraction = set_state("alice", id, "m.room.power_levels", "", {{"users", users}, {"ban", 60.5}});
    EXPECT_EQ(fraction.has_value(), version.levels == matrix::LevelForms::fractions);
    if (!fraction) EXPECT_EQ(fraction.error().code(), Errc::bad_json);
  }
}

TEST_F(RoomVersionsTest, AliasesOfAServerAreItsMembersToSetUpToVersion5) {
  for (const auto& version : matrix::room_versions()) {
    SCOPED_TRACE(version.id);
    const auto id = make(version);
    ASSERT_TRUE(join("bob", id));
    const JsonObject aliases{{"aliases", {"#tea:example.org"}}};
    const auto set = set_state("bob", id, "m.room.aliases", "example.org", aliases);
    EXPECT_EQ(set.has_value(), version.aliases_have_own_rule);
    EXPECT_EQ(set_state("alice", id, "m.room.aliases", "other.org", aliases).has_value(),
              !version.aliases_have_own_rule);
    EXPECT_EQ(set_state("stranger", id, "m.room.aliases", "example.org", aliases).error().code(), Errc::forbidden);
    EXPECT_EQ(set_state("stranger", id, "m.room.aliases", "", aliases).error().code(), Errc::forbidden);
    if (!set) continue;
    ASSERT_TRUE(redact("bob", id, set->event_id));
    EXPECT_EQ(state(id, "m.room.aliases", "example.org")->event->content, aliases) << "redaction keeps them";
  }
}

TEST_F(RoomVersionsTest, OthersEventsAreRedactedByLevelInEachVersion) {
  for (const auto& version : matrix::room_versions()) {
    SCOPED_TRACE(version.id);
    const auto id = make(version);
    for (const auto* who : {"bob", "carol"}) ASSERT_TRUE(join(who, id));
    const auto said = send("bob", id, "x");
    EXPECT_EQ(redact("carol", id, said->event_id).error().code(), Errc::forbidden);
    EXPECT_TRUE(redact("alice", id, said->event_id));
    // The same through /send, with the target in the content.
    const auto other = send("bob", id, "y");
    EXPECT_TRUE(send(actor("bob"), id, "m.room.redaction", {{"redacts", other->event_id}}));
    for (const auto& stored : events(id)) {
      if (stored->event->type != "m.room.redaction") continue;
      const auto shown = matrix::parse_json(stored->client_open + "}").value().as_object();
      const auto target = matrix::find_string(shown, "redacts");
      EXPECT_TRUE(target == said->event_id || target == other->event_id);
      EXPECT_EQ(matrix::find_string(shown.at("content").as_object(), "redacts"), target);
    }
  }
}

TEST_F(RoomVersionsTest, EachIsUpgradedToEach) {
  for (const auto& from : matrix::room_versions()) {
    for (const auto& to : matrix::room_versions()) {
      SCOPED_TRACE(std::string(from.id) + " to " + std::string(to.id));
      const auto old_id = make(from);
      const auto made = upgrade(old_id, to.id);
      ASSERT_TRUE(made) << made.error().message();
      const auto& create = content(*made, "m.room.create");
      EXPECT_EQ(create.at("room_version").as_string(), to.id);
      EXPECT_EQ(create.contains("creator"), to.creator_in_create_content);
      EXPECT_EQ(create.at("predecessor").at("room_id").as_string(), old_id);
      EXPECT_EQ(create.at("predecessor").as_object().contains("event_id"), !to.room_id_is_create_hash);
      EXPECT_EQ(content(old_id, "m.room.tombstone").at("replacement_room").as_string(), *made);
      EXPECT_TRUE(set_state("alice", *made, "m.room.topic", "", {{"topic", "x"}}));
      EXPECT_TRUE(join("bob", *made));
      EXPECT_EQ(set_state("bob", *made, "m.room.topic", "", {{"topic", "y"}}).error().code(), Errc::forbidden);
    }
  }
}

TEST_F(RoomVersionsTest, WhatWasUpgradedBackIsUpgradedAgain) {
  const auto first = upgrade(make(*matrix::room_version("12")), "10");
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(content(*first, "m.room.power_levels").at("events").at("m.room.tombstone"), 100);
  const auto second = upgrade(*first, "11");
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_TRUE(upgrade(*second, "12"));
}

TEST_F(RoomVersionsTest, AnUpgradeBringsWhatTheNewVersionTakes) {
  const auto old_id = make(*matrix::room_version("5"));
  ASSERT_TRUE(join("bob", old_id));
  ASSERT_TRUE(set_state("alice", old_id, "m.room.power_levels", "",
                        {{"users", {{user("alice"), "100"}, {user("bob"), 50.7}}},
                         {"users_default", " 5"},
                         {"events", {{"m.room.topic", "70"}}}}));
  ASSERT_TRUE(set_state("alice", old_id, "m.room.encryption", "",
                        {{"algorithm", "m.megolm.v1.aes-sha2"}, {"rotation_period_ms", 6.048e8}, {"odd", 1e300}}));
  for (const auto* version : {"6", "10", "12"}) {
    const auto made = upgrade(old_id, version);
    ASSERT_TRUE(made) << made.error().message();
    const auto& levels = content(*made, "m.room.power_levels");
    EXPECT_EQ(levels.at("users").at(user("bob")), 50);
    EXPECT_EQ(levels.at("users_default"), 5);
    EXPECT_EQ(levels.at("events").at("m.room.topic"), 70);
    const auto& encryption = content(*made, "m.room.encryption");
    EXPECT_EQ(encryption.at("rotation_period_ms"), 604'800'000);
    EXPECT_EQ(encryption.at("odd"), matrix::kMaxCanonicalInteger);
    // Who is now below what the old room asks for.
    EXPECT_EQ(matrix::find_integer(content(old_id, "m.room.power_levels"), "events_default"), 50);
  }
}

TEST_F(RoomVersionsTest, AJoinRuleThatTheNewVersionDoesNotKnowBecomesInvite) {
  const auto club = public_room("alice");
  const auto rule_after = [&](std::string_view from, std::string_view rule, std::string_view to) {
    const auto made = upgrade(make(*matrix::room_version(from), rule, members_of(club)), to);
    EXPECT_TRUE(made);
    return std::string(matrix::find_string(content(*made, "m.room.join_rules"), "join_rule").value_or(""));
  };
  EXPECT_EQ(rule_after("12", "knock_restricted", "9"), "invite");
  EXPECT_EQ(rule_after("9", "restricted", "7"), "invite");
  EXPECT_EQ(rule_after("7", "knock", "6"), "invite");
  EXPECT_EQ(rule_after("7", "knock", "12"), "knock");
  EXPECT_EQ(rule_after("8", "restricted", "10"), "restricted");
  EXPECT_EQ(rule_after("6", "knock", "12"), "invite") << "nobody could come in by it, and nobody shall now";
  EXPECT_EQ(rule_after("1", "public", "12"), "public");
}

}  // namespace
}  // namespace troupe::homeserver::rooms
