// What somebody who is suspended may do at the platform listener.
#include "identity/identity_fixture.h"

namespace troupe::identity {
namespace {

TEST_F(IdentityTest, ASuspendedAccountReadsAndChangesNothing) {
  auto anna = must(principals.for_account(account("@anna:localhost")));
  auto session = must(sessions.create(anna, "192.0.2.1", "browser"));
  auto key = must(keys.create(anna, {.name = "script", .scopes = {}, .expires_ms = {}}));
  auto asks = [&](std::string method, std::string path, bool by_key = false) {
    auto made = by_key ? request({{"X-API-Key", key.token}}) : request({{"Cookie", "troupe_session=" + session.token}});
    made.method = std::move(method);
    made.path = std::move(path);
    auto found = authenticate(made);
    return found ? std::optional<Errc>() : std::optional(found.error().code());
  };
  auto follow = [&](bool suspended) {
    auto now = account("@anna:localhost");
    now.suspended = suspended;
    must(db->write([&](store::Tx& tx) -> Result<Unit> {
      principals.follow(tx, now, clock.unix_ms());
      return Unit{};
    }));
  };
  EXPECT_FALSE(asks("POST", "/api/v1/tasks"));
  follow(true);
  EXPECT_TRUE(must(principals.by_id(anna.tenant_id, anna.id)).suspended);
  for (const auto by_key : {false, true}) {
    EXPECT_FALSE(asks("GET", "/api/v1/tasks", by_key));
    EXPECT_EQ(asks("POST", "/api/v1/tasks", by_key), Errc::forbidden);
    EXPECT_EQ(asks("POST", "/api/v1/files", by_key), Errc::forbidden);
    EXPECT_EQ(asks("POST", "/api/v1/keys", by_key), Errc::forbidden);
    EXPECT_EQ(asks("PUT", "/api/v1/conversations/c", by_key), Errc::forbidden);
    EXPECT_EQ(asks("DELETE", "/api/v1/conversations/c", by_key), Errc::forbidden);
    EXPECT_FALSE(asks("DELETE", "/api/v1/keys/1", by_key));
    EXPECT_FALSE(asks("DELETE", "/api/v1/users/@anna:localhost/sessions/D", by_key));
    EXPECT_FALSE(asks("POST", "/api/v1/users/anna/password", by_key));
    EXPECT_FALSE(asks("DELETE", "/api/v1/session", by_key));
  }
  follow(false);
  EXPECT_FALSE(asks("POST", "/api/v1/tasks"));
  EXPECT_FALSE(asks("POST", "/api/v1/tasks", true));
}

TEST_F(IdentityTest, ASuspendedAccountLeavesOthersAlone) {
  Tenants tenants(*db, clock);
  auto house = must(tenants.create("House"));
  must(principals.for_account(account("@zoe:localhost"), house.id));
  must(principals.set_role("@zoe:localhost", Role::admin));
  auto suspended = account("@zoe:localhost");
  suspended.suspended = true;
  auto zoe = must(principals.for_account(suspended));
  auto session = must(sessions.create(zoe, "", ""));
  for (const auto& path : {"/api/v1/keys/1", "/api/v1/users/anna/sessions"}) {
    auto made = request({{"Cookie", "troupe_session=" + session.token}});
    made.method = "DELETE";
    made.path = path;
    auto found = authenticate(made);
    ASSERT_FALSE(found) << path;
    EXPECT_EQ(found.error().code(), Errc::forbidden) << path;
  }
}

}  // namespace
}  // namespace troupe::identity
