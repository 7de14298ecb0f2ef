// Accounts that end at a time: locked then, opened by more time, and what an administrator decides holds.
#include "homeserver/admin/admin_fixture.h"

namespace troupe::homeserver::admin {
namespace {

using matrix::JsonObject;

constexpr std::int64_t kLongAgo = 1'000'000'000'000;   // 2001
constexpr std::int64_t kFarAhead = 4'000'000'000'000;  // 2096

class UserValidityTest : public AdminFixture {
 protected:
  static constexpr const char* kPath = "/v1/account_validity/validity";
  WholeAnswer set(std::int64_t until, const std::string& user = kAnna) {
    return ask("POST", kPath, JsonObject{{"user_id", user}, {"expiration_ts", until}, {"enable_renewal_emails", true}});
  }
  std::string outcome_of_anna() { return outcome(server_.call(anna_, "GET", "/account/whoami")); }
  /// As if the time had come.
  void let_time_pass() {
    ASSERT_TRUE(server_.db->write_now([](store::Tx& tx) -> Result<Unit> {
      tx.run("UPDATE hs_account SET valid_until_ms = 1 WHERE valid_until_ms IS NOT NULL");
      return Unit{};
    }));
    server_.run_job("homeserver.expired_accounts");
  }
  void set_locked(bool locked) {
    ASSERT_EQ(ask("PUT", "/v2/users/@anna:example.org", JsonObject{{"locked", locked}}).status, 200);
  }
};

TEST_F(UserValidityTest, AnAccountIsLockedWhenItsTimeHasPassed) {
  EXPECT_EQ(set(kFarAhead).text, R"({"expiration_ts":4000000000000})");
  EXPECT_EQ(outcome_of_anna(), "200");
  server_.run_job("homeserver.expired_accounts");
  EXPECT_EQ(outcome_of_anna(), "200") << "not yet";
  let_time_pass();
  EXPECT_EQ(outcome_of_anna(), "401 M_USER_LOCKED");
  EXPECT_EQ(ask("GET", "/v2/users/@anna:example.org").at("/locked"), true);
  EXPECT_EQ(set(kFarAhead).status, 200);
  EXPECT_EQ(outcome_of_anna(), "200") << "with its sessions";
  EXPECT_TRUE(audited().contains("user.validity @anna:example.org")) << audited();
}

TEST_F(UserValidityTest, ATimeInThePastHoldsAtOnce) {
  EXPECT_EQ(set(kLongAgo).status, 200);
  EXPECT_EQ(outcome_of_anna(), "401 M_USER_LOCKED");
  EXPECT_EQ(set(kLongAgo + 1).status, 200);
  EXPECT_EQ(outcome_of_anna(), "401 M_USER_LOCKED");
}

TEST_F(UserValidityTest, WhatAnAdministratorLocksStaysLocked) {
  set_locked(true);
  EXPECT_EQ(set(kLongAgo).status, 200);
  EXPECT_EQ(set(kFarAhead).status, 200);
  EXPECT_EQ(outcome_of_anna(), "401 M_USER_LOCKED");
  set_locked(false);
  EXPECT_EQ(outcome_of_anna(), "200");
  let_time_pass();
  EXPECT_EQ(outcome_of_anna(), "401 M_USER_LOCKED") << "its time was kept";
}

TEST_F(UserValidityTest, WhatAnAdministratorOpensStaysOpen) {
  EXPECT_EQ(set(kLongAgo).status, 200);
  set_locked(false);
  server_.run_job("homeserver.expired_accounts");
  EXPECT_EQ(outcome_of_anna(), "200");
}

TEST_F(UserValidityTest, AdministratorsStay) {
  EXPECT_EQ(outcome(set(kLongAgo, kRoot)), "400 M_UNKNOWN");
  EXPECT_EQ(set(kFarAhead).status, 200);
  ASSERT_TRUE(server_.wait(accounts().set_admin(kAnna, true)));
  let_time_pass();
  EXPECT_EQ(outcome_of_anna(), "200");
  ASSERT_TRUE(server_.wait(accounts().set_admin(kAnna, false)));
  server_.run_job("homeserver.expired_accounts");
  EXPECT_EQ(outcome_of_anna(), "401 M_USER_LOCKED");
}

TEST_F(UserValidityTest, Refuses) {
  EXPECT_EQ(outcome(set(-1)), "400 M_INVALID_PARAM");
  EXPECT_EQ(outcome(set(kFarAhead, "anna")), "400 M_INVALID_PARAM");
  EXPECT_EQ(outcome(set(kFarAhead, "@anna:elsewhere.org")), "400 M_UNKNOWN");
  EXPECT_EQ(outcome(set(kFarAhead, "@nobody:example.org")), "404 M_NOT_FOUND");
  EXPECT_EQ(status("POST", kPath, JsonObject{{"expiration_ts", kFarAhead}}), "400 M_MISSING_PARAM");
  EXPECT_EQ(status("POST", kPath, JsonObject{{"user_id", kAnna}}), "400 M_MISSING_PARAM") << "there is no period";
  const JsonObject body{{"user_id", kAnna}, {"expiration_ts", kLongAgo}};
  EXPECT_EQ(outcome(as(anna_, "POST", kPath, body)), "403 M_FORBIDDEN");
  EXPECT_EQ(outcome(as("", "POST", kPath, body)), "401 M_MISSING_TOKEN");
  EXPECT_EQ(outcome_of_anna(), "200");
}

}  // namespace
}  // namespace troupe::homeserver::admin
