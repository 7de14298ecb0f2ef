#include "matrix/ids.h"

#include <gtest/gtest.h>

#include "matrix/room_version.h"

namespace troupe::matrix {
namespace {

const std::string kHash = "31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM";

TEST(ServerName, FollowsTheGrammar) {
  for (const std::string_view good :
       {"matrix.org", "matrix.org:8888", "1.2.3.4", "1.2.3.4:1234", "[1234:5678::abcd]", "[1234:5678::abcd]:5678",
        "localhost", "a-b.c", "X.org:65535", "[::ffff:1.2.3.4]"}) {
    EXPECT_TRUE(is_server_name(good)) << good;
  }
  for (const std::string_view bad : {"", ":80", "a:", "a:x", "a:123456", "a:65536", "a b", "a_b", "ä.org", "[::1", "[]",
                                     "[x]", "[::1]80", "[::1]:", "a:1:2", "[1:2:3:4:5:6:7:8:9]", "a/b", "a%b"}) {
    EXPECT_FALSE(is_server_name(bad)) << bad;
  }
  EXPECT_TRUE(is_server_name(std::string(255, 'a')));
  EXPECT_FALSE(is_server_name(std::string(256, 'a')));
}

TEST(UserId, SplitsIntoParts) {
  const auto parts = parse_user_id("@al/ice=:example.org:8448");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->localpart, "al/ice=");
  EXPECT_EQ(parts->server, "example.org:8448");
  for (const std::string_view good : {"@A:b", "@hi there!:b", "@日本:b", "@a@b#c!:b", "@a:[::1]:80"}) {
    EXPECT_TRUE(parse_user_id(good)) << good;
  }
  for (const std::string_view bad :
       {"", "@", "@:b", "@a", "@a:", "a:b", "#a:b", "@a:b c", "@a\n:b", "@a\x7f:b", "@\xff:b", "@a:b:c:d"}) {
    EXPECT_FALSE(parse_user_id(bad)) << bad;
  }
  EXPECT_FALSE(parse_user_id(std::string_view("@a\0b:c", 6)));
  EXPECT_TRUE(parse_user_id("@" + std::string(252, 'a') + ":b"));
  EXPECT_FALSE(parse_user_id("@" + std::string(253, 'a') + ":b"));
}

TEST(RoomId, ComesWithAndWithoutADomain) {
  EXPECT_EQ(parse_room_id("!abc:example.org")->server, "example.org");
  EXPECT_EQ(parse_room_id("!" + kHash)->server, "");
  EXPECT_EQ(parse_room_id("!" + kHash)->localpart, kHash);
  for (const std::string& bad : {std::string("!"), std::string("!abc"), "!" + kHash + "a", "!" + kHash.substr(1),
                                 "#" + kHash, "!" + std::string(43, '+'), std::string("!:b"), std::string("!a:")}) {
    EXPECT_FALSE(parse_room_id(bad)) << bad;
  }
}

TEST(RoomAlias, NeedsItsSigil) {
  EXPECT_EQ(parse_room_alias("#room name:example.org")->localpart, "room name");
  EXPECT_FALSE(parse_room_alias("!room:example.org"));
  EXPECT_FALSE(parse_room_alias("#room"));
}

TEST(EventId, IsAHashOrNamesItsServer) {
  EXPECT_TRUE(is_event_id("$" + kHash));
  EXPECT_TRUE(is_event_id("$acR1l0raoZnm60CBwAVgqbZqoO/mYU81xysh1u7XcJk")) << "version 3";
  EXPECT_TRUE(is_event_id("$" + std::string(43, '/')));
  EXPECT_TRUE(is_event_id("$old:example.org")) << "versions 1 and 2";
  EXPECT_TRUE(is_event_id("$143273582443PhrSn:example.org:8448"));
  for (const std::string& bad :
       {std::string(), "$" + kHash + "=", "$" + kHash.substr(1), "#" + kHash, std::string("$old"), std::string("$old:"),
        std::string("$:example.org"), std::string("$old:a b"), std::string("old:example.org"),
        "$" + std::string(42, 'a') + "\n", "$-+" + std::string(41, 'a'), "$" + std::string(300, 'a') + ":b"}) {
    EXPECT_FALSE(is_event_id(bad)) << bad;
  }
}

TEST(NewLocalpart, IsNarrowerThanHistoricalOnes) {
  EXPECT_TRUE(is_new_localpart("a-z0.9_=-/+", "b"));
  for (const std::string_view bad : {"", "A", "a b", "ä", "a:b", "a@b", "a#b"})
    EXPECT_FALSE(is_new_localpart(bad, "b")) << bad;
  EXPECT_TRUE(is_new_localpart(std::string(252, 'a'), "b"));
  EXPECT_FALSE(is_new_localpart(std::string(253, 'a'), "b"));
}

TEST(RoomVersion, KnowsTwelve) {
  ASSERT_EQ(room_versions().size(), 12U);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(room_versions()[i].id, std::to_string(i + 1));
  for (const std::string_view unknown : {"", "0", "13", "01", "1 ", "org.matrix.msc2176"})
    EXPECT_EQ(room_version(unknown), nullptr) << unknown;
  EXPECT_TRUE(room_version(kDefaultRoomVersion)->room_id_is_create_hash);
}

TEST(RoomVersion, HasItsFeaturesFromTheSpecifiedVersionOn) {
  // First and last version with each feature (room versions #feature-matrix).
  struct Row {
    const char* name;
    bool RoomVersion::* feature;
    std::size_t first;
    std::size_t last;
  };
  const std::array<Row, 13> rows{{
      {"redaction_needs_right", &RoomVersion::redaction_needs_right, 1, 2},
      {"aliases_have_own_rule", &RoomVersion::aliases_have_own_rule, 1, 5},
      {"strict_numbers", &RoomVersion::strict_numbers, 6, 12},
      {"notification_levels_guarded", &RoomVersion::notification_levels_guarded, 6, 12},
      {"knocking", &RoomVersion::knocking, 7, 12},
      {"restricted_joins", &RoomVersion::restricted_joins, 8, 12},
      {"redaction_keeps_join_authorisation", &RoomVersion::redaction_keeps_join_authorisation, 9, 12},
      {"knock_restricted_joins", &RoomVersion::knock_restricted_joins, 10, 12},
      {"creator_in_create_content", &RoomVersion::creator_in_create_content, 1, 10},
      {"redacts_in_content", &RoomVersion::redacts_in_content, 11, 12},
      {"redaction_keeps_whole_create", &RoomVersion::redaction_keeps_whole_create, 11, 12},
      {"room_id_is_create_hash", &RoomVersion::room_id_is_create_hash, 12, 12},
      {"creators_have_infinite_power", &RoomVersion::creators_have_infinite_power, 12, 12},
  }};
  for (std::size_t i = 0; i < 12; ++i) {
    const auto& version = room_versions()[i];
    const auto number = i + 1;
    for (const auto& row : rows)
      EXPECT_EQ(version.*row.feature, number >= row.first && number <= row.last) << row.name << ' ' << number;
    EXPECT_EQ(version.event_ids,
              number <= 2 ? EventIds::given : (number == 3 ? EventIds::hash : EventIds::hash_url_safe));
    EXPECT_EQ(version.levels,
              number <= 5 ? LevelForms::fractions : (number <= 9 ? LevelForms::texts : LevelForms::integers));
    EXPECT_EQ(version.state_resolution,
              number == 1 ? StateResolution::v1 : (number < 12 ? StateResolution::v2 : StateResolution::v2_1));
  }
}

}  // namespace
}  // namespace troupe::matrix
