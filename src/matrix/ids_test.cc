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

TEST(EventId, IsAHash) {
  EXPECT_TRUE(is_event_id("$" + kHash));
  EXPECT_FALSE(is_event_id("$" + kHash + "="));
  EXPECT_FALSE(is_event_id("$old:example.org"));
  EXPECT_FALSE(is_event_id("$" + std::string(43, '/')));
  EXPECT_FALSE(is_event_id(""));
}

TEST(NewLocalpart, IsNarrowerThanHistoricalOnes) {
  EXPECT_TRUE(is_new_localpart("a-z0.9_=-/+", "b"));
  for (const std::string_view bad : {"", "A", "a b", "ä", "a:b", "a@b", "a#b"})
    EXPECT_FALSE(is_new_localpart(bad, "b")) << bad;
  EXPECT_TRUE(is_new_localpart(std::string(252, 'a'), "b"));
  EXPECT_FALSE(is_new_localpart(std::string(253, 'a'), "b"));
}

TEST(RoomVersion, KnowsThree) {
  ASSERT_EQ(room_versions().size(), 3U);
  EXPECT_EQ(room_version("9"), nullptr);
  EXPECT_EQ(room_version(""), nullptr);
  EXPECT_TRUE(room_version("10")->creator_in_create_content);
  EXPECT_TRUE(room_version("11")->redacts_in_content);
  EXPECT_TRUE(room_version(kDefaultRoomVersion)->room_id_is_create_hash);
}

}  // namespace
}  // namespace troupe::matrix
