// Whom the user directory shows to whom: Client-Server API #post_matrixclientv3user_directorysearch.
#include "homeserver/common/settings.h"
#include "homeserver/spaces/space_fixture.h"

namespace troupe::homeserver {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class UserDirectoryTest : public spaces::SpaceTest {
 protected:
  std::vector<std::string> found(const std::string& who, const std::string& term) {
    const auto answer = ok(who, "POST", "/user_directory/search",
                           boost::json::serialize(matrix::JsonObject{{"search_term", term}, {"limit", 50}}));
    std::vector<std::string> users;
    for (const auto& entry : answer.at("/results").as_array())
      users.emplace_back(matrix::view(entry.at("user_id").as_string()));
    return users;
  }
};

TEST_F(UserDirectoryTest, OneFindsWhomOneCanMeet) {
  for (const auto* who : {"alice", "bob", "carol"}) token(who);
  EXPECT_THAT(found("alice", "bob"), IsEmpty()) << "no room in common";
  const auto room = create("alice", "tea", "private_chat");
  act_on(room, "invite", "bob");
  EXPECT_THAT(found("alice", "bob"), IsEmpty()) << "invited only";
  join("bob", room);
  EXPECT_THAT(found("alice", "bob"), ElementsAre("@bob:example.org"));
  EXPECT_THAT(found("alice", "@bob:exam"), ElementsAre("@bob:example.org"));
  EXPECT_THAT(found("alice", "alice"), IsEmpty()) << "oneself";
  EXPECT_THAT(found("carol", "bob"), IsEmpty());
  ok("bob", "POST", "/rooms/" + room + "/leave");
  EXPECT_THAT(found("alice", "bob"), IsEmpty());
  const auto listed = create("bob", "market", "public_chat");
  EXPECT_THAT(found("carol", "bob"), IsEmpty()) << "anybody may join it, but no directory lists it";
  ok("bob", "PUT", "/directory/list/room/" + listed, R"({"visibility":"public"})");
  EXPECT_THAT(found("carol", "bob"), ElementsAre("@bob:example.org"));
}

TEST_F(UserDirectoryTest, OrEverybodyWhereThatIsSet) {
  server.settings.edit<HomeserverSettings>().search_all_users = true;
  token("bob");
  EXPECT_THAT(found("alice", "bob"), ElementsAre("@bob:example.org"));
  EXPECT_THAT(found("bob", "bob"), IsEmpty());
}

}  // namespace
}  // namespace troupe::homeserver
