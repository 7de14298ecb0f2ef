#include "matrix/event.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "base/encoding.h"
#include "matrix/golden_test.h"
#include "matrix/ids.h"

namespace troupe::matrix {
namespace {

std::string sign(const JsonObject& object, const std::string& seed) {
  std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> public_key{};
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret_key{};
  crypto_sign_seed_keypair(public_key.data(), secret_key.data(), base::as_bytes(seed).data());
  const auto bytes = canonical_json_without(object, {"signatures", "unsigned"});
  std::array<std::uint8_t, crypto_sign_BYTES> signature{};
  crypto_sign_detached(signature.data(), nullptr, base::as_bytes(bytes).data(), bytes.size(), secret_key.data());
  return base::base64(signature);
}

TEST(Signing, MatchesTheAppendix) {
  const auto vectors = golden("spec_signing.json");
  const auto seed = base::base64_decode(view(vectors.at("seed").as_string())).value();
  for (const auto& row : vectors.at("json").as_array()) {
    EXPECT_EQ(sign(row.at("value").as_object(), seed), view(row.at("signature").as_string()));
  }
  for (const auto& row : vectors.at("events").as_array()) {
    auto pdu = row.at("pdu").as_object();
    EXPECT_EQ(content_hash(pdu), view(row.at("content_hash").as_string()));
    pdu["hashes"] = JsonObject{{"sha256", content_hash(pdu)}};
    for (const auto& version : room_versions()) {
      if (version.redacts_in_content) continue;  // `origin` is no longer kept
      EXPECT_EQ(sign(redact(version, pdu), seed), view(row.at("signature").as_string())) << version.id;
    }
  }
}

TEST(EventId, MatchesEventsOfRealRooms) {
  const auto vectors = golden("spec_signing.json");
  for (const auto& row : vectors.at("ids").as_array()) {
    const auto& pdu = row.at("pdu").as_object();
    const auto& version = *room_version(view(row.at("keep").as_string()));
    EXPECT_EQ(event_id_of(version, pdu), view(row.at("event_id").as_string()));
    EXPECT_EQ(event_id_of(version, redact(version, pdu)), view(row.at("event_id").as_string()));
    // Of a create event all versions with ids of this kind keep the same, before redaction changed.
    for (const auto& other : room_versions()) {
      if (other.event_ids != EventIds::hash_url_safe || other.redacts_in_content) continue;
      EXPECT_EQ(event_id_of(other, pdu), view(row.at("event_id").as_string())) << other.id;
    }
    EXPECT_EQ(content_hash(pdu), view(pdu.at("hashes").at("sha256").as_string()));
  }
}

class GoldenEvent : public testing::Test {
 protected:
  static void each(const std::function<void(const RoomVersion&, const JsonObject& row, const JsonObject& pdu)>& check) {
    const auto vectors = golden("events.json");
    for (const auto& row : vectors.as_array()) {
      const auto& version = *room_version(view(row.at("version").as_string()));
      SCOPED_TRACE(text_of(row.as_object(), "name") + " in version " + std::string(version.id));
      check(version, row.as_object(), row.at("pdu").as_object());
    }
  }
};

TEST_F(GoldenEvent, HashesIdsAndRedactions) {
  each([](const RoomVersion& version, const JsonObject& row, const JsonObject& pdu) {
    EXPECT_EQ(canonical_json(pdu), text_of(row, "canonical"));
    EXPECT_EQ(content_hash(pdu), text_of(row, "content_hash"));
    EXPECT_EQ(event_id_of(version, pdu), text_of(row, "event_id"));
    EXPECT_EQ(canonical_json(redact(version, pdu)), canonical_json(row.at("redacted")));
    EXPECT_EQ(canonical_json(redact(version, redact(version, pdu))), canonical_json(row.at("redacted")));
  });
}

EventDraft draft_from(const RoomVersion& version, const JsonObject& pdu) {
  EventDraft draft;
  draft.type = text_of(pdu, "type");
  draft.sender = text_of(pdu, "sender");
  if (const auto key = find_string(pdu, "state_key")) draft.state_key = std::string(*key);
  draft.content = pdu.at("content").as_object();
  draft.origin_server_ts = find_integer(pdu, "origin_server_ts").value();
  if (!version.redacts_in_content && pdu.contains("redacts")) draft.redacts = text_of(pdu, "redacts");
  return draft;
}

void read_links(const Json& from, std::vector<std::string>& ids, std::vector<std::string>& hashes) {
  for (const auto& link : from.as_array()) {
    const auto* pair = link.if_array();
    ids.emplace_back(view(pair ? pair->at(0).as_string() : link.as_string()));
    if (pair) hashes.push_back(text_of(pair->at(1).as_object(), "sha256"));
  }
}

EventLinks links_of(const JsonObject& pdu) {
  EventLinks links;
  if (const auto room_id = find_string(pdu, "room_id")) links.room_id = std::string(*room_id);
  if (const auto event_id = find_string(pdu, "event_id")) links.event_id = std::string(*event_id);
  read_links(pdu.at("prev_events"), links.prev_events, links.prev_hashes);
  read_links(pdu.at("auth_events"), links.auth_events, links.auth_hashes);
  links.depth = find_integer(pdu, "depth").value();
  return links;
}

TEST_F(GoldenEvent, AreBuiltAndReadBack) {
  each([](const RoomVersion& version, const JsonObject& row, const JsonObject& pdu) {
    if (text_of(row, "name") == "legacy top level") return;  // a draft cannot hold foreign keys
    auto built = build_event(version, draft_from(version, pdu), links_of(pdu));
    ASSERT_TRUE(built) << built.error().message();
    const auto& event = **built;
    EXPECT_EQ(event.pdu, text_of(row, "canonical"));
    EXPECT_EQ(event.event_id, text_of(row, "event_id"));
    EXPECT_EQ(event.room_id, pdu.contains("room_id") ? "!room:example.org" : "!" + event.event_id.substr(1));
    if (event.type == "m.room.redaction") {
      EXPECT_EQ(event.redacts, version.event_ids == EventIds::given ? "$gone:example.org" : "$" + std::string(43, 'd'));
    }
    EXPECT_EQ(reference_hash(version, event).value(), text_of(row, "reference"));
    EXPECT_TRUE(is_event_id(event.event_id)) << event.event_id;

    const auto read = parse_event(version, event.pdu).value();
    EXPECT_EQ(read->event_id, event.event_id);
    EXPECT_EQ(read->room_id, event.room_id);
    EXPECT_EQ(read->type, event.type);
    EXPECT_EQ(read->sender, event.sender);
    EXPECT_EQ(read->state_key, event.state_key);
    EXPECT_EQ(read->origin_server_ts, event.origin_server_ts);
    EXPECT_EQ(read->depth, event.depth);
    for (const std::string_view key : {"prev_events", "auth_events"})
      EXPECT_EQ(linked_events(version, event, key).value(),
                key == "prev_events" ? links_of(pdu).prev_events : links_of(pdu).auth_events);
    EXPECT_EQ(canonical_json(read->content), canonical_json(event.content));
    EXPECT_EQ(client_event_open(version, *read, true), client_event_open(version, event, true));
    EXPECT_EQ(read->redacts, event.redacts);
    EXPECT_EQ(read->pdu, event.pdu);

    const auto redacted = redacted_event(version, event).value();
    EXPECT_EQ(redacted->event_id, event.event_id);
    EXPECT_EQ(redacted->room_id, event.room_id);
    EXPECT_EQ(redacted->pdu, canonical_json(row.at("redacted")));
    EXPECT_EQ(reference_hash(version, *redacted).value(), text_of(row, "reference"));
    EXPECT_EQ(parse_event(version, redacted->pdu).value()->event_id, event.event_id);
  });
}

EventDraft message(std::string body) {
  return {.type = "m.room.message",
          .sender = "@alice:example.org",
          .state_key = {},
          .content = {{"msgtype", "m.text"}, {"body", std::move(body)}},
          .origin_server_ts = 1'760'000'000'000,
          .redacts = {}};
}

EventLinks somewhere(std::string_view version = "11") {
  EventLinks links{.room_id = "!room:example.org", .prev_events = {}, .auth_events = {}, .depth = 2};
  if (room_version(version)->event_ids == EventIds::given) links.event_id = "$opaque:example.org";
  return links;
}

Errc refusal(EventDraft draft, EventLinks links, std::string_view version = "11") {
  const auto event = build_event(*room_version(version), std::move(draft), std::move(links));
  EXPECT_FALSE(event);
  return event ? Errc::internal : event.error().code();
}

TEST(BuildEvent, LimitsSizes) {
  EXPECT_EQ(refusal(message(std::string(kMaxPduBytes, 'x')), somewhere()), Errc::too_large);
  EXPECT_EQ(refusal(message(std::string(kMaxPduBytes / 6, '\x01')), somewhere()), Errc::too_large);
  EXPECT_TRUE(build_event(*room_version("11"), message(std::string(kMaxPduBytes - 1000, 'x')), somewhere()));
  auto draft = message("x");
  draft.type = std::string(255, 'x');
  EXPECT_TRUE(build_event(*room_version("11"), draft, somewhere()));
  draft.type += 'x';
  EXPECT_EQ(refusal(draft, somewhere()), Errc::too_large);
  draft = message("x");
  draft.state_key = std::string(256, 'x');
  EXPECT_EQ(refusal(draft, somewhere()), Errc::too_large);
  draft = message("x");
  draft.sender = "@" + std::string(253, 'x') + ":b";
  EXPECT_EQ(refusal(draft, somewhere()), Errc::too_large);
  auto links = somewhere();
  links.room_id = "!" + std::string(300, 'x') + ":b";
  EXPECT_EQ(refusal(message("x"), links), Errc::too_large);
}

TEST(BuildEvent, TheSignedFormStaysWithinTheLimit) {
  // The largest body that is taken, found by bisection.
  std::size_t fits = 0;
  std::size_t too_large = kMaxPduBytes;
  while (too_large - fits > 1) {
    const auto middle = (fits + too_large) / 2;
    (build_event(*room_version("11"), message(std::string(middle, 'x')), somewhere()) ? fits : too_large) = middle;
  }
  const auto event = build_event(*room_version("11"), message(std::string(fits, 'x')), somewhere()).value();
  auto pdu = parse_json(event->pdu).value().as_object();
  pdu["signatures"] = {{"example.org", {{"ed25519:" + std::string(32, 'k'), std::string(86, 's')}}}};
  EXPECT_EQ(canonical_json(pdu).size(), kMaxPduBytes);
}

TEST(BuildEvent, RefusesWhatCannotBeAnEvent) {
  auto draft = message("x");
  draft.type = "";
  EXPECT_EQ(refusal(draft, somewhere()), Errc::bad_json);
  draft = message("x");
  draft.type = "\xff";
  EXPECT_EQ(refusal(draft, somewhere()), Errc::bad_json);
  draft = message("x");
  draft.state_key = "\xed\xa0\x80";
  EXPECT_EQ(refusal(draft, somewhere()), Errc::bad_json);
  draft = message("x");
  draft.sender = "alice";
  EXPECT_EQ(refusal(draft, somewhere()), Errc::bad_json);
  draft = message("x");
  draft.origin_server_ts = kMaxCanonicalInteger + 1;
  EXPECT_EQ(refusal(draft, somewhere()), Errc::bad_json);
  auto links = somewhere();
  links.depth = -1;
  EXPECT_EQ(refusal(message("x"), links), Errc::bad_json);
  links = somewhere();
  links.prev_events.assign(21, "$" + std::string(43, 'a'));
  EXPECT_EQ(refusal(message("x"), links), Errc::bad_json);
  links = somewhere();
  links.auth_events.assign(11, "$" + std::string(43, 'a'));
  EXPECT_EQ(refusal(message("x"), links), Errc::bad_json);
  links = somewhere();
  links.room_id = "";
  EXPECT_EQ(refusal(message("x"), links), Errc::bad_json);
  EXPECT_EQ(refusal(message("x"), links, "12"), Errc::bad_json);
}

TEST(BuildEvent, TheCreateEventOfVersion12NamesItsRoom) {
  EventDraft create{.type = "m.room.create",
                    .sender = "@alice:example.org",
                    .state_key = "",
                    .content = {{"room_version", "12"}},
                    .origin_server_ts = 1,
                    .redacts = {}};
  EXPECT_EQ(refusal(create, somewhere(), "12"), Errc::bad_json);
  const auto event = build_event(*room_version("12"), create, {}).value();
  EXPECT_EQ(event->room_id, "!" + event->event_id.substr(1));
  EXPECT_TRUE(parse_room_id(event->room_id));
  EXPECT_EQ(event->pdu.find("room_id"), std::string::npos);
}

TEST(BuildEvent, OfVersions1And2AreGivenTheirIdsAndNameOthersWithHashes) {
  for (const std::string_view id : {"1", "2"}) {
    const auto& version = *room_version(id);
    auto links = somewhere(id);
    links.prev_events = {"$before:example.org"};
    links.prev_hashes = {"aGFzaA"};
    const auto event = build_event(version, message("x"), links).value();
    EXPECT_EQ(event->event_id, "$opaque:example.org");
    EXPECT_EQ(linked_events(version, *event, "prev_events").value(), links.prev_events);
    const auto pdu = parse_json(event->pdu).value().as_object();
    EXPECT_EQ(text_of(pdu, "event_id"), event->event_id);
    EXPECT_EQ(canonical_json(pdu.at("prev_events")), R"([["$before:example.org",{"sha256":"aGFzaA"}]])");

    for (const std::string_view bad : {"", "opaque:example.org", "$opaque", "$:example.org", "$o p:a b"}) {
      links.event_id = bad;
      EXPECT_EQ(refusal(message("x"), links, id), Errc::bad_json) << bad;
    }
    links = somewhere(id);
    links.prev_events = {"$before:example.org"};
    EXPECT_EQ(refusal(message("x"), links, id), Errc::bad_json) << "without its hash";
    links.prev_hashes = {"a", "b"};
    EXPECT_EQ(refusal(message("x"), links, id), Errc::bad_json);
    EXPECT_EQ(refusal(message("x"), somewhere(), id), Errc::bad_json) << "without an id";

    auto damaged = pdu;
    damaged.erase("event_id");
    EXPECT_FALSE(parse_event(version, canonical_json(damaged)));
    damaged = pdu;
    damaged["prev_events"] = JsonArray{"$before:example.org"};
    EXPECT_FALSE(parse_event(version, canonical_json(damaged)));
  }
  EXPECT_EQ(refusal(message("x"), somewhere("1"), "3"), Errc::bad_json) << "ids are hashes";
}

TEST(BuildEvent, RedactionsCarryTheirTargetWhereTheVersionKeepsIt) {
  const std::string target = "$" + std::string(43, 't');
  for (const auto& version : room_versions()) {
    const bool inside = version.redacts_in_content;
    SCOPED_TRACE(version.id);
    EventDraft draft = message("x");
    draft.type = "m.room.redaction";
    draft.content = {{"reason", "spam"}};
    draft.redacts = target;
    const auto event = build_event(version, draft, somewhere(version.id)).value();
    const auto pdu = parse_json(event->pdu).value().as_object();
    EXPECT_EQ(pdu.contains("redacts"), !inside);
    EXPECT_EQ(find_string(event->content, "redacts").has_value(), inside);
    EXPECT_EQ(parse_event(version, event->pdu).value()->redacts, target);
    EXPECT_EQ(redacted_event(version, *event).value()->redacts.has_value(), inside);
    // Clients read either place.
    const auto client = parse_json(client_event_open(version, *event, true) + "}").value().as_object();
    EXPECT_EQ(find_string(client, "redacts"), target);
    EXPECT_EQ(find_string(client.at("content").as_object(), "redacts"), target);
    EXPECT_EQ(find_string(client.at("content").as_object(), "reason"), "spam");
  }
}

TEST(ParseEvent, RefusesDamagedBytes) {
  const auto& version = *room_version("11");
  const auto good = build_event(version, message("x"), somewhere()).value()->pdu;
  ASSERT_TRUE(parse_event(version, good));
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    const auto read = parse_event(version, good.substr(0, cut));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), Errc::internal);
  }
  for (const std::string_view bad : {"[]", "3", "{}", "null"}) EXPECT_FALSE(parse_event(version, std::string(bad)));
  const auto object = parse_json(good).value().as_object();
  for (const auto& member : object) {
    auto changed = object;
    changed[member.key()] = 1.5;
    EXPECT_EQ(parse_event(version, canonical_json(changed)).has_value(), member.key() == "hashes") << member.key();
  }
  auto changed = object;
  changed["state_key"] = nullptr;
  EXPECT_FALSE(parse_event(version, canonical_json(changed)));
  changed = object;
  changed["prev_events"] = JsonArray{1};
  EXPECT_FALSE(parse_event(version, canonical_json(changed)));
}

TEST(ClientEvent, IsOpenAtItsEnd) {
  const auto& version = *room_version("12");
  auto draft = message("hi \"you\"");
  draft.state_key = "k";
  auto links = somewhere();
  links.room_id = "!" + std::string(43, 'r');
  const auto event = build_event(version, draft, links).value();
  const auto prefix = R"({"content":{"body":"hi \"you\"","msgtype":"m.text"},"event_id":")" + event->event_id +
                      R"(","origin_server_ts":1760000000000,)";
  const std::string suffix = R"("sender":"@alice:example.org","state_key":"k","type":"m.room.message")";
  EXPECT_EQ(client_event_open(version, *event, false), prefix + suffix);
  EXPECT_EQ(client_event_open(version, *event, true), prefix + R"("room_id":")" + links.room_id + "\"," + suffix);
}

TEST(StrippedEvent, HoldsFourMembers) {
  auto draft = message("x");
  draft.state_key = "";
  const auto event = build_event(*room_version("11"), draft, somewhere()).value();
  EXPECT_EQ(
      canonical_json(stripped_event(*event)),
      R"({"content":{"body":"x","msgtype":"m.text"},"sender":"@alice:example.org","state_key":"","type":"m.room.message"})");
}

}  // namespace
}  // namespace troupe::matrix
