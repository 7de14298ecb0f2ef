#include "homeserver/admin/admin_fixture.h"
#include "homeserver/admin/listed_user_fixture.h"

namespace troupe::homeserver::admin {
namespace {

using matrix::JsonObject;

class UserListTest : public AdminFixture {
 protected:
  /// The local parts of a list, in its order.
  std::string names(const std::string& path) {
    const auto answer = ask("GET", path);
    EXPECT_EQ(answer.status, 200) << path << answer.text;
    std::string found;
    for (const auto& user : answer.at("/users").as_array()) {
      const std::string name(user.at("name").as_string());
      found += name.substr(1, name.find(':') - 1) + " ";
    }
    return found;
  }
};

TEST_F(UserListTest, ShowsAccountsWithAllMembers) {
  const auto answer = ask("GET", "/v2/users?limit=1");
  auto user = answer.at("/users/0").as_object();
  EXPECT_GT(user["creation_ts"].as_int64(), 1'000'000'000'000);  // milliseconds
  EXPECT_GT(user["last_seen_ts"].as_int64(), 1'000'000'000'000);
  user.erase("creation_ts");
  user.erase("last_seen_ts");
  EXPECT_EQ(matrix::Json(user), matrix::Json(listed_user(kAnna, "anna")));
  EXPECT_EQ(answer.at("/total").as_int64(), 2);
  EXPECT_EQ(answer.string_at("/next_token"), "1");
  const auto last = ask("GET", "/v2/users?limit=1&from=1");
  EXPECT_EQ(last.string_at("/users/0/name"), kRoot);
  EXPECT_FALSE(last.json.as_object().contains("next_token"));
}

TEST_F(UserListTest, FiltersByNameAndFlags) {
  server_.person("berta");
  ASSERT_TRUE(server_.wait(accounts().set_display_name("@berta:example.org", "Annabel")));
  EXPECT_EQ(names("/v2/users"), "anna berta root ");
  EXPECT_EQ(names("/v2/users?name=ANNA"), "anna berta ");
  EXPECT_EQ(names("/v2/users?user_id=anna"), "anna ");
  EXPECT_EQ(names("/v2/users?user_id=anna&name=root"), "root ");
  EXPECT_EQ(names("/v2/users?user_id=_nna"), "");
  EXPECT_EQ(names("/v2/users?admins=true"), "root ");
  EXPECT_EQ(names("/v2/users?admins=false&guests=false"), "anna berta ");
}

TEST_F(UserListTest, DeactivatedOnesAreAddedInTheSecondVersionAndChosenInTheThird) {
  ASSERT_TRUE(server_.wait(accounts().deactivate(kAnna)));
  EXPECT_EQ(names("/v2/users"), "root ");
  EXPECT_EQ(names("/v2/users?deactivated=false"), "root ");
  EXPECT_EQ(names("/v2/users?deactivated=true"), "anna root ");
  EXPECT_EQ(names("/v3/users"), "anna root ");
  EXPECT_EQ(names("/v3/users?deactivated=true"), "anna ");
  EXPECT_EQ(names("/v3/users?deactivated=false"), "root ");
}

TEST_F(UserListTest, LockedOnesAndTypesAreLeftOut) {
  ASSERT_TRUE(server_.wait(accounts().set_locked(kAnna, true)));
  EXPECT_EQ(names("/v3/users"), "root ");
  EXPECT_EQ(names("/v3/users?locked=true"), "anna root ");
  for (const auto* type : {"bot", "support"}) {
    const auto path = "/v2/users/@" + std::string(type) + "1:example.org";
    ASSERT_EQ(status("PUT", path, JsonObject{{"user_type", type}}), "201");
  }
  EXPECT_EQ(names("/v3/users"), "bot1 root support1 ");
  EXPECT_EQ(names("/v3/users?not_user_type=bot"), "root support1 ");
  EXPECT_EQ(names("/v3/users?not_user_type=bot&not_user_type=support"), "root ");
  EXPECT_EQ(names("/v3/users?not_user_type="), "bot1 support1 ");
}

TEST_F(UserListTest, SortsByEveryColumn) {
  ASSERT_EQ(
      status("PUT", "/v2/users/@carl:example.org", JsonObject{{"displayname", "Aaron"}, {"avatar_url", "mxc://a/b"}}),
      "201");
  EXPECT_EQ(names("/v2/users?order_by=name&dir=b"), "root carl anna ");
  EXPECT_EQ(names("/v2/users?order_by=displayname"), "carl anna root ");
  EXPECT_EQ(names("/v2/users?order_by=admin&dir=b"), "root anna carl ");
  EXPECT_EQ(names("/v2/users?order_by=avatar_url&dir=b"), "carl anna root ");
  EXPECT_EQ(names("/v2/users?order_by=is_guest&dir=b"), "anna carl root ");
  EXPECT_EQ(names("/v2/users?order_by=last_seen_ts").substr(0, 5), "carl ");
  for (const auto* order : {"user_type", "deactivated", "shadow_banned", "creation_ts", "locked"}) {
    for (const auto* direction : {"f", "b"}) {
      const auto path = "/v2/users?order_by=" + std::string(order) + "&dir=" + direction;
      EXPECT_EQ(names(path).size(), std::string("anna carl root ").size()) << path;
    }
  }
}

TEST_F(UserListTest, BadParametersAreRefused) {
  for (const auto* query :
       {"from=-1", "limit=-1", "order_by=age", "dir=up", "admins=1", "deactivated=yes", "locked=2", "guests=no"}) {
    EXPECT_EQ(status("GET", "/v2/users?" + std::string(query)), "400 M_INVALID_PARAM") << query;
  }
}

TEST_F(UserListTest, IsForAdministrators) {
  for (const auto* path : {"/v2/users", "/v3/users", "/v2/users/@anna:example.org", "/v1/username_available?username=x",
                           "/v1/whois/@anna:example.org", "/v1/users/@anna:example.org/admin"}) {
    EXPECT_EQ(outcome(as(anna_, "GET", path)), "403 M_FORBIDDEN") << path;
    EXPECT_EQ(outcome(as({}, "GET", path)), "401 M_MISSING_TOKEN") << path;
  }
}

TEST_F(UserListTest, NamesAreFreeOrTaken) {
  EXPECT_EQ(ask("GET", "/v1/username_available?username=dora").text, R"({"available":true})");
  EXPECT_EQ(status("GET", "/v1/username_available?username=anna"), "400 M_USER_IN_USE");
  EXPECT_EQ(status("GET", "/v1/username_available?username=a%20b"), "400 M_INVALID_USERNAME");
  EXPECT_EQ(status("GET", "/v1/username_available"), "400 M_MISSING_PARAM");
}

TEST_F(UserListTest, AnAccountIsFoundByWhatItIsKnownByElsewhere) {
  const JsonObject body{
      {"threepids", matrix::JsonArray{JsonObject{{"medium", "email"}, {"address", "Anna@Example.org"}}}},
      {"external_ids", matrix::JsonArray{JsonObject{{"auth_provider", "oidc-k"}, {"external_id", "7"}}}}};
  ASSERT_EQ(status("PUT", "/v2/users/@anna:example.org", body), "200");
  EXPECT_EQ(ask("GET", "/v1/threepid/email/users/anna@example.ORG").string_at("/user_id"), kAnna);
  EXPECT_EQ(ask("GET", "/v1/auth_providers/oidc-k/users/7").string_at("/user_id"), kAnna);
  EXPECT_EQ(status("GET", "/v1/threepid/msisdn/users/anna@example.org"), "404 M_NOT_FOUND");
  EXPECT_EQ(status("GET", "/v1/auth_providers/oidc-k/users/8"), "404 M_NOT_FOUND");
}

}  // namespace
}  // namespace troupe::homeserver::admin
