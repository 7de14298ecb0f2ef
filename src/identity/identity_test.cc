#include <fstream>

#include "base/crypto.h"
#include "identity/identity_fixture.h"
#include "identity/tenants.h"

namespace troupe::identity {
namespace {

TEST_F(IdentityTest, AnAccountGetsOnePrincipalOnFirstSight) {
  auto first = must(principals.for_account(account("@anna:localhost")));
  auto second = must(principals.for_account(account("@anna:localhost")));
  EXPECT_EQ(first.id, second.id);
  EXPECT_GT(first.id, dev.id);
  EXPECT_EQ(first.role, Role::member);
  EXPECT_EQ(first.name, "anna");
  EXPECT_EQ(principals.service_now("command line", Role::admin)->id, local.id);
}

TEST_F(IdentityTest, TheAdminFlagIsTheRoleAdmin) {
  EXPECT_EQ(must(principals.for_account(account("@anna:localhost", true))).role, Role::admin);
  EXPECT_EQ(must(principals.for_account(account("@anna:localhost", false))).role, Role::member);
  must(principals.set_role("@anna:localhost", Role::operator_));
  EXPECT_EQ(must(principals.for_account(account("@anna:localhost", false))).role, Role::operator_);
}

TEST_F(IdentityTest, OutsideTheDefaultTenantTheFlagMeansNothing) {
  Tenants tenants(*db, clock);
  auto house = must(tenants.create("House"));
  must(principals.for_account(account("@zoe:localhost"), house.id));
  EXPECT_EQ(must(principals.tenant_of("@zoe:localhost")), house.id);
  EXPECT_EQ(must(principals.tenant_of("@nobody:localhost")), kDefaultTenant);
  must(principals.set_role("@zoe:localhost", Role::admin));
  EXPECT_EQ(must(principals.for_account(account("@zoe:localhost", false))).role, Role::admin);
  must(principals.set_role("@zoe:localhost", Role::member));
  EXPECT_EQ(must(principals.for_account(account("@zoe:localhost", true))).role, Role::member);
  EXPECT_TRUE(must(principals.any_in_tenant(house.id, {"@nobody:localhost", "@zoe:localhost"})));
  EXPECT_FALSE(must(principals.any_in_tenant(kDefaultTenant, {"@nobody:localhost", "@zoe:localhost"})));
}

TEST_F(IdentityTest, AnAdministratorOfAnotherTenantComesAsAMember) {
  Tenants tenants(*db, clock);
  auto house = must(tenants.create("House"));
  must(principals.for_account(account("@zoe:localhost"), house.id));
  must(principals.set_role("@zoe:localhost", Role::admin));
  auto moved = must(tenants.move("@zoe:localhost", kDefaultTenant));
  EXPECT_EQ(moved.role, Role::member);
  EXPECT_EQ(must(principals.by_user("@zoe:localhost")).role, Role::member);
}

TEST_F(IdentityTest, WhatIsOpenEndsInTheTransactionThatChangesTheAccount) {
  auto anna = must(principals.for_account(account("@anna:localhost")));
  auto change = [&](auto act) {
    must(db->write([&](store::Tx& tx) -> Result<Unit> {
      act(tx);
      return Unit{};
    }));
  };
  auto locked = account("@anna:localhost");
  locked.locked = true;
  auto session = must(sessions.create(anna, "192.0.2.1", "browser"));
  auto key = must(keys.create(anna, {.name = "script", .scopes = {}, .expires_ms = {}}));
  auto by_cookie = must(authenticator->admit(request({{"Cookie", "troupe_session=" + session.token}})));
  auto by_key = must(authenticator->admit(request({{"X-API-Key", key.token}})));
  ASSERT_TRUE(by_cookie && by_key);
  EXPECT_TRUE(must(authenticator->still_good(*by_cookie)));
  EXPECT_TRUE(must(authenticator->still_good(*by_key)));
  const auto now = clock.unix_ms();
  change([&](store::Tx& tx) { principals.follow(tx, locked, now); });
  EXPECT_FALSE(must(sessions.find(session.token)));
  EXPECT_FALSE(must(authenticator->still_good(*by_cookie)));
  EXPECT_FALSE(must(authenticator->still_good(*by_key)));
  change([&](store::Tx& tx) { principals.follow(tx, account("@anna:localhost"), now); });
  EXPECT_FALSE(must(sessions.find(session.token)));
  EXPECT_TRUE(must(authenticator->still_good(*by_key)));
  change([&](store::Tx& tx) { principals.follow(tx, account("@stranger:localhost"), now); });
  EXPECT_FALSE(run(principals.by_user("@stranger:localhost")));

  session = must(sessions.create(anna, "192.0.2.1", "browser"));
  change([&](store::Tx& tx) { sessions.end_all_of(tx, "@anna:localhost"); });
  EXPECT_FALSE(must(sessions.find(session.token)));
  auto closed = account("@anna:localhost");
  closed.deactivated = true;
  change([&](store::Tx& tx) { principals.follow(tx, closed, now); });
  EXPECT_FALSE(must(keys.find(key.token)));
}

TEST_F(IdentityTest, UnknownCredentialsOfAnAddressAreCountedBeforeTheDatabaseIsAsked) {
  auto anna = must(principals.for_account(account("@anna:localhost")));
  auto session = must(sessions.create(anna, "", ""));
  auto known = request({{"Cookie", "troupe_session=" + session.token}});
  ASSERT_TRUE(authenticate(known));
  int asked = 0;
  for (int i = 0; i < 400; ++i) {
    auto refused = authenticate(request({{"X-API-Key", "trp_" + std::to_string(i)}}));
    ASSERT_FALSE(refused);
    if (refused.error().code() == Errc::unknown_token) ++asked;
    if (refused.error().code() != Errc::limit_exceeded) continue;
    EXPECT_GT(refused.error().retry_after().count(), 0);
  }
  EXPECT_EQ(asked, static_cast<int>(net::route::kUnknownCredentials.burst));
  EXPECT_TRUE(authenticate(known)) << "whoever was let in before is not kept out by others at the address";
  EXPECT_TRUE(authenticate(request({{"X-API-Key", "configured-api-token"}})));
  auto elsewhere = request({{"X-API-Key", "trp_unknown"}});
  elsewhere.remote_address = "192.0.2.2";
  EXPECT_EQ(authenticate(elsewhere).error().code(), Errc::unknown_token);
  clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(authenticate(request({{"X-API-Key", "trp_unknown"}})).error().code(), Errc::unknown_token);
}

TEST_F(IdentityTest, WhoeverSignsInPassesWhateverOthersAtTheAddressShow) {
  auto anna = must(principals.for_account(account("@anna:localhost")));
  for (int i = 0; i < 400; ++i) (void)authenticate(request({{"X-API-Key", "trp_" + std::to_string(i)}}));
  EXPECT_EQ(authenticate(request({{"X-API-Key", "trp_x"}})).error().code(), Errc::limit_exceeded);
  auto session = must(sessions.create(anna, "192.0.2.1", "browser"));
  auto cookie = request({{"Cookie", "troupe_session=" + session.token}});
  EXPECT_TRUE(authenticate(cookie));
  auto key = must(keys.create(anna, {.name = "new", .role = anna.role, .scopes = {}, .expires_ms = {}}));
  EXPECT_TRUE(authenticate(request({{"X-API-Key", key.token}})));
  // What has ended is unknown like anything else.
  must(sessions.end(session.token));
  EXPECT_EQ(authenticate(cookie).error().code(), Errc::unknown_token);
  EXPECT_EQ(authenticate(cookie).error().code(), Errc::limit_exceeded);
}

TEST_F(IdentityTest, AnotherRoleIsAnotherCaller) {
  auto anna = must(principals.for_account(account("@anna:localhost")));
  auto session = must(sessions.create(anna, "", ""));
  auto caller = must(authenticator->admit(request({{"Cookie", "troupe_session=" + session.token}})));
  ASSERT_TRUE(caller);
  must(principals.set_role("@anna:localhost", Role::operator_));
  EXPECT_FALSE(must(authenticator->still_good(*caller)));
  auto local_caller = must(authenticator->admit(request({{"X-API-Key", "trl_local"}})));
  ASSERT_TRUE(local_caller);
  EXPECT_TRUE(must(authenticator->still_good(*local_caller)));
}

TEST_F(IdentityTest, ManyAccountsAreOneWrite) {
  std::vector<matrix::Account> accounts;
  for (int i = 0; i < 500; ++i) accounts.push_back(account("@user" + std::to_string(i) + ":localhost"));
  auto made = must(principals.for_accounts(accounts));
  EXPECT_EQ(made.size(), 500U);
  std::set<std::int64_t> ids;
  for (const auto& [user, principal] : made) ids.insert(principal.id);
  EXPECT_EQ(ids.size(), 500U);
}

TEST_F(IdentityTest, ASessionLivesUntilItIsIdleTooLongOrTooOld) {
  auto anna = must(principals.for_account(account("@anna:localhost")));
  auto session = must(sessions.create(anna, "192.0.2.1", "browser"));
  EXPECT_GE(session.token.size(), 43U);
  EXPECT_TRUE(must(sessions.find(session.token)));
  EXPECT_FALSE(must(sessions.find(session.token + "x")));
  EXPECT_FALSE(must(sessions.find("")));
  clock.advance(kSessionIdle - std::chrono::minutes(1));
  ASSERT_TRUE(must(sessions.find(session.token)));
  must(sessions.touch(must(sessions.find(session.token))->id));
  clock.advance(kSessionIdle - std::chrono::minutes(1));
  EXPECT_TRUE(must(sessions.find(session.token)));
  clock.advance(std::chrono::minutes(2));
  EXPECT_FALSE(must(sessions.find(session.token)));

  auto second = must(sessions.create(anna, "", ""));
  for (auto lived = std::chrono::hours(0); lived < kSessionAbsolute; lived += std::chrono::hours(48)) {
    auto found = must(sessions.find(second.token));
    ASSERT_TRUE(found);
    must(sessions.touch(found->id));
    clock.advance(std::chrono::hours(48));
  }
  EXPECT_FALSE(must(sessions.find(second.token)));
  must(sessions.sweep(clock.unix_ms()));
}

TEST_F(IdentityTest, WhatIsKeptNoLongerIsReallyDeleted) {
  const auto count = [&](std::string table) {
    std::int64_t n = -1;
    EXPECT_TRUE(db->read_now([&](store::Connection& c) -> Result<Unit> {
      n = store::number(c.query("SELECT COUNT(*) FROM " + table));
      return Unit{};
    }));
    return n;
  };
  auto anna = must(principals.for_account(account("@anna:localhost")));
  const auto in_a_day = clock.unix_ms() + 86'400'000;
  (void)must(keys.create(anna, {.name = "stays", .role = Role::member, .scopes = {}, .expires_ms = {}}));
  (void)must(keys.create(anna, {.name = "expires", .role = Role::member, .scopes = {}, .expires_ms = in_a_day}));
  auto revoked = must(keys.create(anna, {.name = "revoked", .role = Role::member, .scopes = {}, .expires_ms = {}}));
  (void)must(keys.revoke(anna.tenant_id, revoked.key.id, anna.id));
  const auto made_ms = clock.unix_ms();
  ASSERT_TRUE(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    for (int i = 0; i < 1'234; ++i)
      audit.append(tx, record("bot.start", std::to_string(i), {}), made_ms);  // more than one piece
    return Unit{};
  }));
  for (int i = 0; i < 600; ++i) (void)must(sessions.create(anna, "", ""));
  clock.advance(std::chrono::days(100));
  must(audit.record(record("bot.stop", "later", {})));

  must(audit.sweep(0, clock.unix_ms()));  // for ever
  must(keys.sweep(0, clock.unix_ms()));
  EXPECT_EQ(count("id_audit"), 1'235);
  EXPECT_EQ(count("id_api_key"), 3);
  must(audit.sweep(101, clock.unix_ms()));
  must(keys.sweep(101, clock.unix_ms()));
  EXPECT_EQ(count("id_audit"), 1'235);
  EXPECT_EQ(count("id_api_key"), 3);
  must(audit.sweep(99, clock.unix_ms()));
  must(keys.sweep(98, clock.unix_ms()));
  must(sessions.sweep(clock.unix_ms()));
  EXPECT_EQ(count("id_audit"), 1);
  EXPECT_EQ(must(audit.page(1, {.search = "", .from = 0, .limit = 10})).items.at(0).target, "later");
  EXPECT_EQ(count("id_api_key"), 1);
  EXPECT_EQ(count("id_session"), 0);
  must(audit.record(record("bot.start", "after", {})));
  EXPECT_EQ(must(audit.page(1, {.search = "", .from = 0, .limit = 10})).items.at(0).id, 1'236);  // no number twice
}

TEST_F(IdentityTest, ADisabledAccountHasNoWayIn) {
  auto anna = must(principals.for_account(account("@anna:localhost")));
  auto session = must(sessions.create(anna, "", ""));
  auto key = must(keys.create(anna, {.name = "k", .role = Role::member, .scopes = {}, .expires_ms = {}}));
  must(principals.disable("@anna:localhost"));
  EXPECT_FALSE(must(sessions.find(session.token)));
  EXPECT_FALSE(must(keys.find(key.token)));
  auto locked = account("@ben:localhost");
  auto ben = must(principals.for_account(locked));
  auto bens = must(sessions.create(ben, "", ""));
  locked.locked = true;
  must(principals.for_account(locked));
  EXPECT_FALSE(must(sessions.find(bens.token)));
}

TEST_F(IdentityTest, AKeyIsShownOnceAndCanBeRevoked) {
  auto anna = must(principals.for_account(account("@anna:localhost", true)));
  auto made = must(keys.create(anna, {.name = "ci", .role = Role::operator_, .scopes = {"bots"}, .expires_ms = {}}));
  EXPECT_TRUE(made.token.starts_with("trp_"));
  EXPECT_TRUE(made.token.starts_with(made.key.prefix));
  auto live = must(keys.find(made.token));
  ASSERT_TRUE(live);
  EXPECT_EQ(live->role, Role::operator_);
  EXPECT_EQ(live->key.scopes, std::vector<std::string>{"bots"});
  EXPECT_EQ(must(keys.list(1, anna.id)).size(), 1U);
  EXPECT_EQ(run(keys.revoke(1, made.key.id, anna.id + 1)).error().code(), Errc::not_found);
  EXPECT_EQ(run(keys.revoke(2, made.key.id, 0)).error().code(), Errc::not_found);
  must(keys.revoke(1, made.key.id, anna.id));
  EXPECT_FALSE(must(keys.find(made.token)));
  EXPECT_EQ(run(keys.revoke(1, made.key.id, 0)).error().code(), Errc::not_found);
}

TEST_F(IdentityTest, AKeyNeverMayMoreThanItsOwner) {
  auto anna = must(principals.for_account(account("@anna:localhost")));
  NewApiKey wanted{.name = "k", .role = Role::admin, .scopes = {}, .expires_ms = {}};
  EXPECT_EQ(run(keys.create(anna, wanted)).error().code(), Errc::forbidden);
  wanted.role = Role::member;
  wanted.scopes = {"everything"};
  EXPECT_EQ(run(keys.create(anna, wanted)).error().code(), Errc::invalid_param);
  auto admin = must(principals.for_account(account("@anna:localhost", true)));
  wanted = {.name = "k", .role = Role::admin, .scopes = {}, .expires_ms = {}};
  auto made = must(keys.create(admin, wanted));
  must(principals.for_account(account("@anna:localhost", false)));
  EXPECT_EQ(must(keys.find(made.token))->role, Role::member) << "lowered with its owner";
}

TEST_F(IdentityTest, AKeyExpires) {
  auto anna = must(principals.for_account(account("@anna:localhost")));
  auto made =
      must(keys.create(anna, {.name = "k", .role = Role::member, .scopes = {}, .expires_ms = clock.unix_ms() + 1'000}));
  EXPECT_TRUE(must(keys.find(made.token)));
  clock.advance(std::chrono::milliseconds(1'000));
  EXPECT_FALSE(must(keys.find(made.token)));
}

TEST_F(IdentityTest, NothingSecretIsInTheDatabase) {
  TROUPE_SQLITE_ONLY();
  auto anna = must(principals.for_account(account("@anna:localhost")));
  auto session = must(sessions.create(anna, "", ""));
  auto key = must(keys.create(anna, {.name = "k", .role = Role::member, .scopes = {}, .expires_ms = {}}));
  must(audit.record(record("a", "t", {{"password", "hunter22222"}})));
  db->stop();
  std::string bytes;
  for (const char* file : {"troupe.db", "troupe.db-wal"}) {
    std::ifstream in(dir.path() / file, std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(in), {});
  }
  EXPECT_NE(bytes.find("@anna:localhost"), std::string::npos);
  EXPECT_EQ(bytes.find(session.token), std::string::npos);
  EXPECT_EQ(bytes.find(key.token), std::string::npos);
  EXPECT_EQ(bytes.find("hunter22222"), std::string::npos);
}

TEST_F(IdentityTest, TheAuthenticatorTakesEachKindOfCredential) {
  auto anna = must(principals.for_account(account("@anna:localhost", true)));
  auto session = must(sessions.create(anna, "", ""));
  auto key = must(keys.create(anna, {.name = "k", .role = Role::operator_, .scopes = {"bots"}, .expires_ms = {}}));

  auto nobody = authenticate(request({}));
  ASSERT_TRUE(nobody);
  EXPECT_FALSE(*nobody);

  auto by_cookie = authenticate(request({{"Cookie", "a=b; troupe_session=" + session.token + "; c=d"}}));
  ASSERT_TRUE(by_cookie && *by_cookie);
  EXPECT_TRUE((*by_cookie)->by_cookie);
  EXPECT_EQ((*by_cookie)->role, Role::admin);
  EXPECT_EQ((*by_cookie)->user_id, "@anna:localhost");
  EXPECT_EQ(credential_of(**by_cookie).principal.id, anna.id);

  for (const auto& headers : std::vector<std::vector<std::pair<std::string, std::string>>>{
           {{"Authorization", "Bearer " + key.token}},
           {{"authorization", "bearer " + key.token}},
           {{"X-API-Key", key.token}},
           {{"X-API-Key", key.token}, {"Authorization", "Bearer " + key.token}}}) {
    auto by_key = authenticate(request(headers));
    ASSERT_TRUE(by_key && *by_key);
    EXPECT_EQ((*by_key)->role, Role::operator_);
    EXPECT_EQ((*by_key)->scopes, std::vector<std::string>{"bots"});
    EXPECT_FALSE((*by_key)->by_cookie);
  }
  auto configured = authenticate(request({{"X-API-Key", "configured-api-token"}}));
  ASSERT_TRUE(configured && *configured);
  EXPECT_EQ((*configured)->role, Role::admin);
  EXPECT_TRUE((*configured)->scopes.empty());
  auto developer = authenticate(request({{"Authorization", "Bearer configured-dev-token"}}));
  ASSERT_TRUE(developer && *developer);
  EXPECT_EQ((*developer)->scopes, std::vector<std::string>{"assistant"});
  auto machine = authenticate(request({{"Authorization", "Bearer trl_local"}}));
  ASSERT_TRUE(machine && *machine);
  EXPECT_EQ((*machine)->principal_id, local.id);
}

TEST_F(IdentityTest, TwoDifferentCredentialsAreRefused) {
  auto anna = must(principals.for_account(account("@anna:localhost")));
  auto session = must(sessions.create(anna, "", ""));
  auto key = must(keys.create(anna, {.name = "k", .role = Role::member, .scopes = {}, .expires_ms = {}}));
  auto cookie = "troupe_session=" + session.token;
  for (const auto& headers : std::vector<std::vector<std::pair<std::string, std::string>>>{
           {{"Cookie", cookie}, {"X-API-Key", key.token}},
           {{"Authorization", "Bearer " + key.token}, {"X-API-Key", "trp_other"}},
           {{"Authorization", "Bearer " + key.token}, {"Authorization", "Bearer trp_other"}}}) {
    auto refused = authenticate(request(headers));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::invalid_param);
  }
}

TEST_F(IdentityTest, BadCredentialsAreUnknown) {
  for (const auto& header :
       std::vector<std::pair<std::string, std::string>>{{"Authorization", "Bearer trp_nobody"},
                                                        {"Authorization", "Basic YTpi"},
                                                        {"Authorization", "Bearer "},
                                                        {"X-API-Key", "x"},
                                                        {"X-API-Key", std::string(5'000, 'x')},
                                                        {"Cookie", "troupe_session=nobody"},
                                                        {"X-API-Key", "configured-api-toke"},
                                                        {"Authorization", std::string("Bearer \xff\xfe")}}) {
    auto refused = authenticate(request({header}));
    ASSERT_FALSE(refused) << header.second;
    EXPECT_EQ(refused.error().code(), Errc::unknown_token) << header.second;
  }
}

TEST_F(IdentityTest, TlsHasItsOwnCookieName) {
  auto anna = must(principals.for_account(account("@anna:localhost")));
  auto session = must(sessions.create(anna, "", ""));
  auto plain_name = authenticate(request({{"Cookie", "troupe_session=" + session.token}}, true));
  ASSERT_TRUE(plain_name);
  EXPECT_FALSE(*plain_name);
  auto host_name = authenticate(request({{"Cookie", "__Host-troupe_session=" + session.token}}, true));
  EXPECT_TRUE(host_name && *host_name);
  auto cookie = session_cookie("t", true, 60);
  for (const char* part : {"__Host-troupe_session=t", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"}) {
    EXPECT_NE(cookie.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(session_cookie("t", false, 60).find("Secure"), std::string::npos);
}

}  // namespace
}  // namespace troupe::identity
