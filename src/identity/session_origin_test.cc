// Console sessions that came from a provider of OpenID Connect, and what ends them.
#include <gtest/gtest.h>

#include "identity/module.h"
#include "identity/principals.h"
#include "identity/sessions.h"
#include "kit/migrate.h"
#include "kit/task_runner.h"
#include "net/server/server.h"
#include "store/test_database.h"

namespace troupe::identity {
namespace {

class SessionOriginTest : public ::testing::Test, protected kit::TaskRunner {
 protected:
  SessionOriginTest() { kit::migrate(*db, "identity", identity_module().migrations); }
  ~SessionOriginTest() override {
    db->stop();  // before the threads that its answers go to
    io.stop();
  }
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }
  Principal anna() {
    matrix::Account account;
    account.user_id = "@anna:localhost";
    return must(principals.for_account(account));
  }

  store::TempDir dir;
  base::MetricRegistry metrics;
  base::ManualClock clock;
  std::unique_ptr<store::Database> db = store::open_database(dir, metrics);
  net::server::IoThreads io{1};
  Principals principals{*db, clock};
  net::route::CredentialGuard guard{true, clock};
  Sessions sessions{*db, guard, clock};
};

TEST_F(SessionOriginTest, ASessionEndsWithTheProvidersThatItCameFrom) {
  const auto own_principal = anna();
  const auto from = [&](std::string subject, std::string sid) {
    return must(sessions.create(own_principal, "", "", {.provider = "oidc-kc", .subject = subject, .sid = sid})).token;
  };
  const auto lives = [&](const std::string& token) { return must(sessions.find(token)).has_value(); };
  const auto end = [&](SessionOrigin ended) {
    return must(db->write([&](store::Tx& tx) -> Result<std::int64_t> { return sessions.end_from(tx, ended); }));
  };
  const auto first = from("anna", "one");
  const auto second = from("anna", "two");
  const auto other = from("berta", "one");
  const auto own = must(sessions.create(own_principal, "", "")).token;
  EXPECT_EQ(end({.provider = "oidc-kc", .subject = "", .sid = ""}), 0);
  EXPECT_EQ(end({.provider = "", .subject = "", .sid = ""}), 0) << "those by password came from nobody";
  EXPECT_EQ(end({.provider = "oidc-other", .subject = "anna", .sid = ""}), 0);
  EXPECT_EQ(end({.provider = "oidc-kc", .subject = "anna", .sid = "one"}), 1);
  EXPECT_FALSE(lives(first));
  EXPECT_TRUE(lives(second) && lives(other));
  EXPECT_EQ(end({.provider = "oidc-kc", .subject = "", .sid = "one"}), 1);
  EXPECT_FALSE(lives(other));
  EXPECT_EQ(end({.provider = "oidc-kc", .subject = "anna", .sid = ""}), 1);
  EXPECT_FALSE(lives(second));
  EXPECT_TRUE(lives(own));
}

TEST_F(SessionOriginTest, ASessionThatMayNotBeginLeavesNothing) {
  const auto own_principal = anna();
  auto refused = wait(sessions.create(own_principal, "", "", {}, [](store::Tx&) -> Result<Unit> {
    return Error(Errc::forbidden, "It was used already.");
  }));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::forbidden);
  EXPECT_TRUE(must(sessions.list(own_principal.id)).empty());
}

}  // namespace
}  // namespace troupe::identity
