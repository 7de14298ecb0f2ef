// What must hold for canonical JSON, hashes, ids and redaction in every room version, of values made by chance (the
// same ones each time). The specification's own vectors are in event_test.cc and json_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "matrix/event.h"
#include "matrix/redaction.h"
#include "matrix/room_version.h"

namespace troupe::matrix {
namespace {

constexpr std::size_t kValues = 400;

class Samples {
 public:
  explicit Samples(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t count) { return engine_() % count; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  std::string of(const std::vector<std::string>& choices) { return choices[below(choices.size())]; }
  /// Texts with what canonical JSON writes in its own way, and what it may not change.
  std::string text() {
    static const std::vector<std::string> pieces{"a",
                                                 "Z",
                                                 "0",
                                                 " ",
                                                 "\"",
                                                 "\\",
                                                 "/",
                                                 "\n",
                                                 "\t",
                                                 std::string(1, '\0'),
                                                 "\x1f",
                                                 "\x7f",
                                                 "\xc3\xa9",
                                                 "\xe2\x80\xa8",
                                                 "\xf0\x9f\x98\x80",
                                                 "\xef\xbf\xbf",
                                                 "<",
                                                 "\xed\x9f\xbf"};
    std::string made;
    for (auto left = below(6); left > 0; --left) made += of(pieces);
    return made;
  }
  std::int64_t number() {
    static constexpr std::array<std::int64_t, 8> numbers{
        0, 1, -1, 50, 1'234'567'890'123, kMaxCanonicalInteger, -kMaxCanonicalInteger, 1LL << 33};
    return numbers[below(numbers.size())];
  }
  Json value(int depth) {
    switch (below(depth > 0 ? 7 : 5)) {
      case 0:
        return nullptr;
      case 1:
        return one_in(2);
      case 2:
        return number();
      case 3:
      case 4:
        return Json(text());
      case 5: {
        JsonArray list;
        for (auto left = below(4); left > 0; --left) list.push_back(value(depth - 1));
        return list;
      }
      default:
        return object(depth - 1);
    }
  }
  JsonObject object(int depth) {
    JsonObject made;
    for (auto left = below(6); left > 0; --left) made[text()] = value(depth);
    return made;
  }
  /// The same members in another order, at every depth.
  Json shuffled(const Json& whole) {
    if (const auto* list = whole.if_array()) {
      JsonArray copy;
      for (const auto& item : *list) copy.push_back(shuffled(item));
      return copy;
    }
    const auto* members = whole.if_object();
    if (!members) return whole;
    std::vector<std::string> keys;
    for (const auto& [key, value] : *members) keys.emplace_back(key);
    std::ranges::shuffle(keys, engine_);
    JsonObject copy;
    for (const auto& key : keys) copy[key] = shuffled(members->at(key));
    return copy;
  }
  std::mt19937& engine() { return engine_; }

 private:
  std::mt19937 engine_;
};

/// Keys stand in the order of their code points, which is that of their bytes.
void expect_sorted(const Json& value) {
  if (const auto* list = value.if_array())
    for (const auto& item : *list) expect_sorted(item);
  const auto* members = value.if_object();
  if (!members) return;
  std::string last;
  bool first = true;
  for (const auto& [key, inside] : *members) {
    EXPECT_TRUE(first || last < std::string(key)) << last << " before " << key;
    last = std::string(key);
    first = false;
    expect_sorted(inside);
  }
}

TEST(CanonicalJsonProperties, OneValueHasOneFormThatReadsBackToIt) {
  Samples samples(7);
  for (std::size_t i = 0; i < kValues; ++i) {
    const Json value = samples.object(4);
    ASSERT_TRUE(check_canonical(value));
    const auto form = canonical_json(value);
    EXPECT_EQ(canonical_json(samples.shuffled(value)), form) << "whatever order its members came in";
    const auto read = parse_json(form);
    ASSERT_TRUE(read) << form;
    EXPECT_EQ(*read, value) << form;
    EXPECT_EQ(canonical_json(*read), form);
    expect_sorted(*read);
    std::string behind = "x";
    append_canonical(behind, value);
    EXPECT_EQ(behind, "x" + form);
  }
}

TEST(CanonicalJsonProperties, DifferentValuesHaveDifferentForms) {
  Samples samples(11);
  std::map<std::string, Json> seen;
  for (std::size_t i = 0; i < kValues; ++i) {
    const Json value = samples.object(3);
    const auto [known, is_new] = seen.emplace(canonical_json(value), value);
    EXPECT_EQ(known->second, value) << known->first;
  }
}

const std::vector<std::string>& types() {
  static const std::vector<std::string> all{"m.room.message",
                                            "m.room.create",
                                            "m.room.member",
                                            "m.room.power_levels",
                                            "m.room.join_rules",
                                            "m.room.aliases",
                                            "m.room.history_visibility",
                                            "m.room.redaction",
                                            "m.room.topic",
                                            "org.example.own"};
  return all;
}

/// Keys that some version keeps of some type, so that what is dropped stands beside what is kept.
JsonObject content_of(Samples& samples) {
  auto content = samples.object(2);
  for (const auto* key : {"creator",
                          "room_version",
                          "membership",
                          "join_rule",
                          "allow",
                          "ban",
                          "events",
                          "events_default",
                          "invite",
                          "kick",
                          "redact",
                          "state_default",
                          "users",
                          "users_default",
                          "aliases",
                          "history_visibility",
                          "redacts",
                          "join_authorised_via_users_server",
                          "third_party_invite",
                          "body"}) {
    if (samples.one_in(2)) content[key] = samples.value(2);
  }
  return content;
}

JsonObject pdu_of(Samples& samples, const RoomVersion& version) {
  JsonObject pdu{{"type", samples.of(types())},
                 {"sender", "@anna:example.org"},
                 {"origin_server_ts", samples.number()},
                 {"depth", 7},
                 {"content", content_of(samples)}};
  if (samples.one_in(2)) pdu["state_key"] = samples.text();
  pdu["room_id"] = "!room:example.org";
  const bool named = version.event_ids == EventIds::given;
  if (named) pdu["event_id"] = "$event:example.org";
  JsonArray links;
  if (!named) links.emplace_back("$" + std::string(43, 'p'));
  pdu["prev_events"] = links;
  pdu["auth_events"] = links;
  pdu["hashes"] = {{"sha256", content_hash(pdu)}};
  if (samples.one_in(2)) pdu["unsigned"] = samples.object(2);
  if (samples.one_in(2)) pdu["signatures"] = {{"example.org", {{"ed25519:1", "s"}}}};
  if (samples.one_in(3)) pdu["org.example.top"] = samples.value(2);
  return pdu;
}

class EveryVersion : public testing::TestWithParam<std::string_view> {
 protected:
  const RoomVersion& version_ = *room_version(GetParam());
  Samples samples_{23};
};

TEST_P(EveryVersion, TheContentHashCoversAllButWhatIsAddedOnTheWay) {
  for (std::size_t i = 0; i < kValues; ++i) {
    const auto pdu = pdu_of(samples_, version_);
    const auto hash = content_hash(pdu);
    auto carried = pdu;
    carried["unsigned"] = {{"age", 5}};
    carried["signatures"] = {{"other.example.org", {{"ed25519:2", "t"}}}};
    carried["hashes"] = {{"sha256", "of whatever"}};
    EXPECT_EQ(content_hash(carried), hash);
    EXPECT_EQ(content_hash(samples_.shuffled(pdu).as_object()), hash);
    for (const auto& [key, value] : pdu) {
      if (key == "unsigned" || key == "signatures" || key == "hashes") continue;
      auto changed = pdu;
      changed[key] = JsonArray{value, "changed"};
      EXPECT_NE(content_hash(changed), hash) << key;
      changed.erase(key);
      EXPECT_NE(content_hash(changed), hash) << key;
    }
  }
}

TEST_P(EveryVersion, RedactionKeepsNothingNewAndIsDoneOnce) {
  for (std::size_t i = 0; i < kValues; ++i) {
    const auto pdu = pdu_of(samples_, version_);
    const auto once = redact(version_, pdu);
    EXPECT_EQ(canonical_json(redact(version_, once)), canonical_json(once));
    EXPECT_EQ(canonical_json(redact(version_, samples_.shuffled(pdu).as_object())), canonical_json(once));
    EXPECT_FALSE(once.contains("unsigned"));
    EXPECT_FALSE(once.contains("org.example.top"));
    for (const auto* key : {"type", "sender", "origin_server_ts", "depth", "hashes", "room_id"})
      EXPECT_EQ(once.at(key), pdu.at(key)) << key;
    for (const auto& [key, value] : once)
      if (key != "content") EXPECT_EQ(value, pdu.at(key)) << key;
    const auto& before = pdu.at("content").as_object();
    const auto type = std::string(*find_string(pdu, "type"));
    for (const auto& [key, value] : once.at("content").as_object()) {
      ASSERT_TRUE(before.contains(key)) << key;
      // Of an invitation by e-mail the signed part alone stays.
      if (key != "third_party_invite") EXPECT_EQ(value, before.at(key)) << key;
    }
    EXPECT_FALSE(once.at("content").as_object().contains("body") && !version_.redaction_keeps_whole_create) << type;
    EXPECT_EQ(canonical_json(redacted_content(version_, type, before)), canonical_json(once.at("content")));
  }
}

TEST_P(EveryVersion, AnIdIsTheEventsAndOutlivesItsRedaction) {
  std::map<std::string, std::string> seen;
  for (std::size_t i = 0; i < kValues; ++i) {
    const auto pdu = pdu_of(samples_, version_);
    const auto id = event_id_of(version_, pdu);
    EXPECT_EQ(event_id_of(version_, redact(version_, pdu)), id);
    auto carried = pdu;
    carried["unsigned"] = {{"age", 5}};
    carried.erase("signatures");
    EXPECT_EQ(event_id_of(version_, carried), id);
    EXPECT_EQ(reference_bytes(version_, redact(version_, pdu)), reference_bytes(version_, pdu));
    if (version_.event_ids == EventIds::given) continue;
    auto other = pdu;
    other["sender"] = "@berta:example.org";
    EXPECT_NE(event_id_of(version_, other), id) << "another sender";
    other = pdu;
    other["hashes"] = {{"sha256", "another content"}};
    EXPECT_NE(event_id_of(version_, other), id) << "another content";
    const auto [known, is_new] = seen.emplace(id, reference_bytes(version_, pdu));
    EXPECT_EQ(known->second, reference_bytes(version_, pdu)) << "two events of one id";
  }
}

TEST_P(EveryVersion, WhatIsBuiltIsReadBackAndPrunedUnderTheSameId) {
  for (std::size_t i = 0; i < kValues / 4; ++i) {
    EventDraft draft{.type = samples_.of(types()),
                     .sender = "@anna:example.org",
                     .state_key = std::nullopt,
                     .content = content_of(samples_),
                     .origin_server_ts = 1'700'000'000'000,
                     .redacts = std::nullopt};
    if (draft.type == "m.room.create" || draft.type == "m.room.redaction") draft.type = "m.room.topic";
    if (samples_.one_in(2)) draft.state_key = "key";
    EventLinks links{.room_id = "!room:example.org", .prev_events = {}, .auth_events = {}};
    if (version_.event_ids == EventIds::given) links.event_id = "$event:example.org";
    const auto built = build_event(version_, draft, links);
    ASSERT_TRUE(built) << built.error().message();
    const auto& event = **built;
    const auto pdu = parse_json(event.pdu).value().as_object();
    EXPECT_EQ(canonical_json(pdu), event.pdu);
    EXPECT_EQ(find_string(pdu.at("hashes").as_object(), "sha256"), content_hash(pdu));
    EXPECT_EQ(event_id_of(version_, pdu), event.event_id);
    const auto read = parse_event(version_, event.pdu).value();
    EXPECT_EQ(read->event_id, event.event_id);
    EXPECT_EQ(read->content, event.content);
    const auto pruned = redacted_event(version_, event).value();
    EXPECT_EQ(pruned->event_id, event.event_id);
    EXPECT_EQ(reference_hash(version_, *pruned).value(), reference_hash(version_, event).value());
    EXPECT_EQ(canonical_json(redact(version_, pdu)), pruned->pdu);
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, EveryVersion,
                         testing::Values("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"),
                         [](const auto& version) { return "V" + std::string(version.param); });

}  // namespace
}  // namespace troupe::matrix
