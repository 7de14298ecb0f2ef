#include <gmock/gmock.h>

#include <limits>

#include "base/crypto.h"
#include "homeserver/accounts/account_fixture.h"
#include "homeserver/accounts/tokens.h"
#include "homeserver/common/settings.h"
#include "homeserver/common/walk.h"
#include "net/route/credential_guard.h"

namespace troupe::homeserver::accounts {
namespace {

using matrix::JsonObject;
using LoginTest = AccountFixture;

constexpr auto kWhoamiOfLogin = "/_matrix/client/v3/account/whoami";
constexpr auto kLogin = "/_matrix/client/v3/login";

TEST_F(LoginTest, OffersPasswordsAndTokensOfOtherDevices) {
  const auto answer = call("GET", kLogin);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"flows":[{"type":"m.login.password"},{"type":"m.login.token","get_login_token":true}]})");
}

TEST_F(LoginTest, SignsInByEveryFormOfTheName) {
  make_account("anna");
  for (const auto* user : {"anna", "Anna", "@anna:example.org"}) {
    const auto answer = login(user);
    EXPECT_EQ(answer.status, 200) << user;
    EXPECT_EQ(answer.text("user_id"), "@anna:example.org");
    EXPECT_EQ(answer.text("access_token").size(), 47U);
    EXPECT_TRUE(answer.text("access_token").starts_with("mct_"));
    EXPECT_EQ(answer.text("device_id").size(), 10U);
    EXPECT_FALSE(answer.json.contains("refresh_token"));
    const auto whoami = call("GET", kWhoamiOfLogin, {}, answer.text("access_token"));
    EXPECT_EQ(whoami.text("user_id"), "@anna:example.org");
    EXPECT_EQ(whoami.text("device_id"), answer.text("device_id"));
    EXPECT_EQ(whoami.json.at("is_guest"), false);
  }
  const auto old_shape =
      call("POST", "/_matrix/client/r0/login", R"({"type":"m.login.password","user":"anna","password":"secret"})");
  EXPECT_EQ(old_shape.status, 200);
}

TEST_F(LoginTest, DoesNotTellWrongNamesFromWrongPasswords) {
  make_account("anna");
  matrix::NewAccount bot;
  bot.localpart = "bot_echo";
  run(accounts_.create(bot));
  const auto wrong_password = login("anna", "wrong");
  EXPECT_EQ(wrong_password.status, 403);
  EXPECT_EQ(wrong_password.errcode(), "M_FORBIDDEN");
  for (const auto* user : {"nobody", "@anna:elsewhere.org", "@", "@anna", "", "bot_echo", "../../etc", "anna\t"}) {
    const auto answer = login(user, "wrong");
    EXPECT_EQ(answer.status, 403) << user;
    EXPECT_EQ(answer.body, wrong_password.body) << user;
  }
  EXPECT_EQ(login("bot_echo", "").body, wrong_password.body);
}

/// By the processor's time, which is the same on a busy machine.
TEST_F(LoginTest, AnUnknownNameCostsTheWorkOfAKnownOne) {
  make_account("anna");
  matrix::NewAccount bot;
  bot.localpart = "bot_echo";
  run(accounts_.create(bot));
  login("anna", "wrong");  // what is made once has been made
  const auto work = [this](std::string_view user) {
    auto least = std::numeric_limits<std::clock_t>::max();
    for (int i = 0; i < 3; ++i) {
      const auto before = std::clock();
      EXPECT_EQ(login(user, "wrong").status, 403);
      least = std::min(least, std::clock() - before);
    }
    return least;
  };
  const auto known = work("anna");
  for (const auto* user : {"nobody", "@anna:elsewhere.org", "bot_echo"}) EXPECT_GT(2 * work(user), known) << user;
}

TEST_F(LoginTest, RefusesBadBodies) {
  make_account("anna");
  const struct {
    const char* body;
    int status;
    const char* errcode;
  } cases[] = {
      {"", 400, "M_NOT_JSON"},
      {"{", 400, "M_NOT_JSON"},
      {"[]", 400, "M_BAD_JSON"},
      {"{}", 400, "M_MISSING_PARAM"},
      {R"({"type":5})", 400, "M_BAD_JSON"},
      {R"({"type":"m.login.odd","token":"x"})", 400, "M_UNKNOWN"},
      {R"({"type":"m.login.token"})", 400, "M_MISSING_PARAM"},
      {R"({"type":"m.login.token","token":7})", 400, "M_BAD_JSON"},
      {R"({"type":"m.login.password"})", 400, "M_MISSING_PARAM"},
      {R"({"type":"m.login.password","user":"anna"})", 400, "M_MISSING_PARAM"},
      {R"({"type":"m.login.password","user":"anna","password":7})", 400, "M_BAD_JSON"},
      {R"({"type":"m.login.password","user":["anna"],"password":"secret"})", 400, "M_BAD_JSON"},
      {R"({"type":"m.login.password","identifier":"anna","password":"secret"})", 400, "M_BAD_JSON"},
      {R"({"type":"m.login.password","identifier":{},"password":"secret"})", 400, "M_MISSING_PARAM"},
      {R"({"type":"m.login.password","identifier":{"type":"m.id.odd"},"password":"secret"})", 400, "M_INVALID_PARAM"},
      {R"({"type":"m.login.password","identifier":{"type":"m.id.thirdparty"},"password":"xxx"})", 403, "M_FORBIDDEN"},
      {R"({"type":"m.login.password","user":"anna","password":"secret","device_id":5})", 400, "M_BAD_JSON"},
      {R"({"type":"m.login.password","user":"anna","password":"a\u0000b"})", 400, "M_INVALID_PARAM"},
  };
  for (const auto& c : cases) {
    const auto answer = call("POST", kLogin, c.body);
    EXPECT_EQ(answer.status, c.status) << c.body;
    EXPECT_EQ(answer.errcode(), c.errcode) << c.body << answer.body;
  }
  EXPECT_EQ(login("anna", std::string(513, 'x')).status, 400);
  EXPECT_EQ(login(std::string(300, 'x')).status, 400);
  EXPECT_EQ(login("anna", "secret", {{"device_id", std::string(256, 'x')}}).status, 400);
}

TEST_F(LoginTest, AKnownDeviceIsKeptAndItsTokenReplaced) {
  make_account("anna");
  const auto first = login("anna", "secret", {{"device_id", "PHONE"}, {"initial_device_display_name", "Anna's phone"}});
  const auto other = login("anna");
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, first.text("access_token")).status, 200);
  const auto second = login("anna", "secret", {{"device_id", "PHONE"}, {"initial_device_display_name", "ignored"}});
  EXPECT_EQ(second.text("device_id"), "PHONE");
  const auto old_token = call("GET", kWhoamiOfLogin, {}, first.text("access_token"));
  EXPECT_EQ(old_token.status, 401);
  EXPECT_EQ(old_token.errcode(), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(old_token.json.at("soft_logout"), false);
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, other.text("access_token")).status, 200);
  const auto device = call("GET", "/_matrix/client/v3/devices/PHONE", {}, second.text("access_token"));
  EXPECT_EQ(device.text("display_name"), "Anna's phone");
  EXPECT_EQ(device.text("last_seen_ip"), "192.0.2.7");
}

TEST_F(LoginTest, LogoutEndsTheDevice) {
  make_account("anna");
  const auto one = login("anna", "secret", {{"device_id", "ONE"}}).text("access_token");
  const auto two = login("anna", "secret", {{"device_id", "TWO"}}).text("access_token");
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, one).status, 200);
  EXPECT_EQ(call("POST", "/_matrix/client/v3/logout", {}, one).status, 200);
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, one).status, 401);
  EXPECT_EQ(call("GET", "/_matrix/client/v3/devices/ONE", {}, two).status, 404);
  EXPECT_EQ(call("POST", "/_matrix/client/v3/logout/all", "{}", two).status, 200);
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, two).status, 401);
  EXPECT_EQ(heard_.removed, (std::vector<std::string>{"@anna:example.org ONE", "@anna:example.org TWO"}));
}

TEST_F(LoginTest, ADeactivatedAccountSaysSo) {
  const auto token = signed_in("anna");
  EXPECT_TRUE(run(accounts_.deactivate("@anna:example.org")).has_value());
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, token).status, 401);
  const auto answer = login("anna");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.errcode(), "M_USER_DEACTIVATED");
  matrix::NewAccount again;
  again.localpart = "anna";
  EXPECT_EQ(run(accounts_.create(again)).error().code(), Errc::user_in_use);
}

TEST_F(LoginTest, ALockedAccountMayOnlyLogOut) {
  const auto token = signed_in("anna");
  EXPECT_TRUE(run(accounts_.set_locked("@anna:example.org", true)).has_value());
  const auto refused = call("GET", kWhoamiOfLogin, {}, token);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.errcode(), "M_USER_LOCKED");
  EXPECT_EQ(refused.json.at("soft_logout"), true);
  EXPECT_EQ(login("anna").errcode(), "M_USER_LOCKED");
  EXPECT_EQ(login("anna", "wrong").errcode(), "M_FORBIDDEN");
  EXPECT_TRUE(run(accounts_.set_locked("@anna:example.org", false)).has_value());
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, token).status, 200);
  EXPECT_TRUE(run(accounts_.set_locked("@anna:example.org", true)).has_value());
  EXPECT_EQ(call("POST", "/_matrix/client/v3/logout", "{}", token).status, 200);
}

TEST_F(LoginTest, GuessingIsSlowedDown) {
  make_account("anna");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(login("anna", "wrong").status, 403);
  const auto refused = login("anna");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.errcode(), "M_LIMIT_EXCEEDED");
  EXPECT_TRUE(refused.headers.has("Retry-After"));
  clock_.advance(std::chrono::seconds(30));
  EXPECT_EQ(login("anna").status, 200);
}

TEST_F(LoginTest, TokensComeFromOnePlace) {
  const auto token = signed_in("anna");
  const auto other = login("anna").text("access_token");
  EXPECT_EQ(call("GET", kWhoamiOfLogin).errcode(), "M_MISSING_TOKEN");
  const std::string by_query = std::string(kWhoamiOfLogin) + "?access_token=";
  EXPECT_EQ(call("GET", by_query + token).status, 200);
  EXPECT_EQ(call("GET", by_query + token, {}, token).status, 200);
  const auto two = call("GET", by_query + other, {}, token);
  EXPECT_EQ(two.status, 400);
  EXPECT_EQ(two.errcode(), "M_INVALID_PARAM");
  for (const auto& bad :
       {std::string("x"), token + "x", "mct_" + std::string(43, '!'), "mct_" + std::string(43, 'A')}) {
    EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, bad).errcode(), "M_UNKNOWN_TOKEN") << bad;
  }
}

TEST_F(LoginTest, TokensAndPasswordsAreStoredAsHashesOnly) {
  const auto made = signed_in("anna");
  const auto read = db_->read_now([&](store::Connection& connection) -> Result<Unit> {
    const auto hash = store::value<std::string, store::Bytes>(connection.query("SELECT token_hash FROM hs_token"));
    EXPECT_EQ(hash, token_hash(made));
    const auto password = store::value<std::string>(connection.query("SELECT password_hash FROM hs_account"));
    EXPECT_TRUE(password.value_or("").starts_with("$argon2id$"));
    return Unit{};
  });
  EXPECT_TRUE(read.has_value());
}

TEST_F(LoginTest, SightingsAreWrittenOnceAMinute) {
  const auto token = signed_in("anna");
  const auto seen = [&] {
    const auto device = call("GET", "/_matrix/client/v3/devices/DEV1", {}, token);
    return device.json.at("last_seen_ts").as_int64();
  };
  const auto at_login = seen();
  clock_.advance(std::chrono::seconds(30));
  call("GET", kWhoamiOfLogin, {}, token);
  EXPECT_TRUE(run(sessions_->write_last_seen()).has_value());
  EXPECT_EQ(seen(), at_login);
  clock_.advance(std::chrono::seconds(31));
  call("GET", kWhoamiOfLogin, {}, token);
  EXPECT_TRUE(run(sessions_->write_last_seen()).has_value());
  EXPECT_EQ(seen(), clock_.unix_ms());
}

TEST_F(LoginTest, TheCacheStaysWithinItsBound) {
  auto small = make_sessions(*db_, clock_, metrics_, settings_, 16);  // one for each shard
  make_account("anna");
  std::vector<std::string> tokens;
  for (int i = 0; i < 40; ++i) tokens.push_back(login("anna").text("access_token"));
  for (int round = 0; round < 2; ++round) {
    for (const auto& token : tokens) {
      net::http::Request request;
      request.headers.add("authorization", "bearer " + token);
      const auto caller = run(small->admit(request));
      ASSERT_TRUE(caller.has_value() && caller->has_value());
      EXPECT_EQ((*caller)->user_id, "@anna:example.org");
    }
  }
  small->forget("@anna:example.org");
}

TEST_F(LoginTest, UnknownTokensOfAnAddressAreCountedBeforeTheDatabaseIsAsked) {
  const auto old = signed_in("anna");
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, old).status, 200);
  const auto unknown = [&] { return call("GET", kWhoamiOfLogin, {}, base::random_token(kAccessTokenPrefix)); };
  int asked = 0;
  for (int i = 0; i < 400; ++i) {
    const auto refused = unknown();
    ASSERT_TRUE(refused.status == 401 || refused.status == 429) << refused.status;
    if (refused.status == 401) ++asked;
  }
  EXPECT_EQ(asked, static_cast<int>(net::route::kUnknownCredentials.burst));
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, old).status, 200) << "who was there before is not kept out";
  const auto fresh = login("anna").text("access_token");
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, fresh).status, 200) << "nor is who signs in meanwhile";
  sessions_->forget_all();  // as after a time
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, old).status, 200);
  EXPECT_EQ(call("POST", "/_matrix/client/v3/logout", "{}", fresh).status, 200);
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, fresh).status, 401);
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, fresh).status, 429) << "an ended token is unknown like any other";
  address_ = "192.0.2.8";
  EXPECT_EQ(unknown().status, 401);
}

TEST_F(LoginTest, AFloodIsRefusedNotQueued) {
  make_account("anna");
  std::size_t refused = 0;
  std::size_t answered = 0;
  context_.restart();
  for (std::size_t i = 0; i < PasswordPool::kMaxWaiting + 40; ++i) {
    asio::co_spawn(context_, passwords_.verify(std::nullopt, "x"), [&](std::exception_ptr, Result<bool> outcome) {
      ++answered;
      if (!outcome && outcome.error().code() == Errc::limit_exceeded) ++refused;
    });
  }
  context_.run();
  EXPECT_EQ(answered, PasswordPool::kMaxWaiting + 40);
  EXPECT_GE(refused, 1U);
  EXPECT_LE(refused, 40U);
}

TEST_F(LoginTest, AnAccountHasSoManyDevicesAndNoMore) {
  settings_.edit<KeepSettings>().devices_per_account = 10;
  make_account("anna");
  const auto on = [&](int device) { return login("anna", "secret", {{"device_id", "D" + std::to_string(device)}}); };
  const auto first = on(0).text("access_token");
  for (int i = 1; i < 10; ++i) EXPECT_EQ(on(i).status, 200);
  const auto refused = on(10);
  EXPECT_EQ(refused.status, 403) << refused.body;
  EXPECT_NE(refused.text("error").find("10 devices"), std::string::npos) << refused.body;
  EXPECT_EQ(on(3).status, 200) << "a known one signs in as before";
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, first).status, 200);
  make_account("bert");
  EXPECT_EQ(login("bert").status, 200) << "each account counts for itself";
  // A device that nobody used for a month gives way: the longest unused one.
  clock_.advance(std::chrono::hours(31 * 24));
  EXPECT_EQ(on(0).status, 200);
  EXPECT_EQ(on(10).status, 200);
  EXPECT_TRUE(run(devices_.find("@anna:example.org", "D0")).has_value());
  EXPECT_FALSE(run(devices_.find("@anna:example.org", "D1")).has_value());
  EXPECT_EQ(run(devices_.list("@anna:example.org"))->size(), 10U);
}

TEST_F(LoginTest, ASignInWhosePasswordWasChangedMeanwhileComesToNothing) {
  make_account("anna");
  auto proven = run(accounts_.prove("anna", "secret"));
  ASSERT_TRUE(proven.has_value());
  const SignIn late{.user_id = proven->account.user_id,
                    .device_id = "LATE",
                    .display_name = {},
                    .remote_address = {},
                    .password_hash = proven->password_hash};
  ASSERT_TRUE(run(accounts_.set_password("@anna:example.org", "another", true, {})).has_value());
  const auto made = run(devices_.sign_in(late));
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code(), base::Errc::forbidden);
  EXPECT_TRUE(run(devices_.list("@anna:example.org"))->empty());
  EXPECT_EQ(login("anna", "another").status, 200);
}

TEST_F(LoginTest, PeoplesUnusedDevicesAreSignedOutInTime) {
  settings_.edit<KeepSettings>().unused_device_days = 100;
  make_account("anna");
  const auto old_token = login("anna", "secret", {{"device_id", "OLD"}}).text("access_token");
  matrix::NewAccount bot;
  bot.localpart = "robot";
  bot.kind = matrix::AccountKind::bot;
  ASSERT_TRUE(run(accounts_.create(std::move(bot))).has_value());
  ASSERT_TRUE(run(devices_.sign_in({.user_id = "@robot:example.org",
                                    .device_id = "BOT",
                                    .display_name = {},
                                    .with_refresh_token = false,
                                    .remote_address = {}}))
                  .has_value());
  clock_.advance(std::chrono::hours(99 * 24));
  ASSERT_TRUE(run(devices_.sweep()).has_value());
  EXPECT_EQ(heard_.removed.size(), 0U);
  login("anna", "secret", {{"device_id", "NEW"}});
  clock_.advance(std::chrono::hours(2 * 24));
  ASSERT_TRUE(run(devices_.sweep()).has_value());
  EXPECT_EQ(heard_.removed, std::vector<std::string>{"@anna:example.org OLD"});
  EXPECT_EQ(call("GET", kWhoamiOfLogin, {}, old_token).status, 401);
  EXPECT_TRUE(run(devices_.find("@robot:example.org", "BOT")).has_value());
  clock_.advance(std::chrono::hours(400 * 24));
  settings_.edit<KeepSettings>().unused_device_days = 0;
  ASSERT_TRUE(run(devices_.sweep()).has_value());
  EXPECT_EQ(heard_.removed.size(), 1U) << "0: never";
}

TEST_F(LoginTest, TokensThatNothingRenewsGo) {
  settings_.edit<KeepSettings>().unused_device_days = 0;
  make_account("anna");
  const auto renewable = login("anna", "secret", {{"refresh_token", true}, {"device_id", "A"}});
  ASSERT_EQ(login("anna", "secret", {{"refresh_token", true}, {"device_id", "B"}}).status, 200);
  const auto count = [&](std::string sql) {
    std::int64_t rows_found = 0;
    EXPECT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
      rows_found = store::number(connection.query(sql));
      return Unit{};
    }));
    return rows_found;
  };
  // What an older program, or a restored part of a database, may have left.
  ASSERT_TRUE(db_->write_now([](store::Tx& tx) -> Result<Unit> {
    tx.run("DELETE FROM hs_device WHERE device_id = 'B'");
    return Unit{};
  }));
  clock_.advance(std::chrono::hours(48));
  ASSERT_TRUE(run(devices_.sweep()).has_value());
  ASSERT_TRUE(run(devices_.sweep()).has_value());
  EXPECT_EQ(count("SELECT count(*) FROM hs_refresh_token"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM hs_token"), 1);
  const auto expired = call("GET", kWhoamiOfLogin, {}, renewable.text("access_token"));
  EXPECT_EQ(expired.json.at("soft_logout"), true) << "a client that can renew is still told so";
}

TEST_F(LoginTest, TokensAreLookedAtPieceByPiece) {
  settings_.edit<KeepSettings>().unused_device_days = 0;
  make_account("anna");
  // Of a device that is not there; one more than a round looks at.
  constexpr std::size_t kLost = kWalkPieces * store::kPiece + 1;
  ASSERT_TRUE(db_->write_now([](store::Tx& tx) -> Result<Unit> {
    for (std::size_t i = 0; i < kLost; ++i) {
      account_store::insert_refresh_token(tx, {token_hash(std::to_string(i)), "@anna:example.org", "GONE"}, 0);
    }
    return Unit{};
  }));
  ASSERT_EQ(login("anna", "secret", {{"refresh_token", true}}).status, 200);
  const auto left = [&] {
    std::int64_t found = -1;
    EXPECT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
      found = store::number(connection.query("SELECT count(*) FROM hs_refresh_token"));
      return Unit{};
    }));
    return found;
  };
  ASSERT_TRUE(run(devices_.sweep()).has_value());
  EXPECT_GT(left(), 1) << "a round is bounded";
  ASSERT_TRUE(run(devices_.sweep()).has_value());
  ASSERT_TRUE(run(devices_.sweep()).has_value());
  EXPECT_EQ(left(), 1) << "and the next one goes on";
}

TEST_F(LoginTest, WhoGuessesShutsOutNobodyButTheirAddress) {
  make_account("anna");
  address_ = "203.0.113.5";
  int tries = 0;
  while (login("anna", "guess").status == 403) ASSERT_LT(++tries, 12);
  EXPECT_EQ(tries, 10);
  EXPECT_EQ(login("anna").status, 429);  // from here not even the right one
  address_ = "192.0.2.7";
  EXPECT_EQ(login("anna").status, 200);
  // A right password elsewhere does not wash the guesser clean.
  address_ = "203.0.113.5";
  EXPECT_EQ(login("anna", "guess").status, 429);
  clock_.advance(std::chrono::minutes(2));
  EXPECT_EQ(login("anna").status, 200);
}

TEST_F(LoginTest, ACrowdThatGuessesDoesNotShutOutAKnownAddress) {
  make_account("anna");
  ASSERT_EQ(login("anna").status, 200);
  int tries = 0;
  for (bool refused = false; !refused; ++tries) {
    ASSERT_LT(tries, 120);
    address_ = "2001:db8:0:" + std::to_string(tries / 5) + "::1";
    refused = login("anna", "guess").status == 429;
  }
  EXPECT_GE(tries, 100);
  address_ = "198.51.100.1";  // has done nothing, but is not known either
  EXPECT_EQ(login("anna").status, 429);
  address_ = "192.0.2.7";
  EXPECT_EQ(login("anna").status, 200);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(login("anna", "guess").status, 403);
  EXPECT_EQ(login("anna", "guess").status, 429);
}

TEST_F(LoginTest, ThatAnAccountIsClosedIsToldToItsPasswordOnly) {
  make_account("anna");
  ASSERT_TRUE(run(accounts_.deactivate("@anna:example.org")));
  EXPECT_EQ(login("anna", "guess").errcode(), "M_FORBIDDEN");
  EXPECT_EQ(login("anna", "guess").body, login("nobody", "guess").body);
  EXPECT_EQ(login("anna").errcode(), "M_USER_DEACTIVATED");
  make_account("berta");
  ASSERT_TRUE(run(accounts_.deactivate("@berta:example.org", true)));
  EXPECT_EQ(login("berta").errcode(), "M_FORBIDDEN");  // erased: nothing of the password is kept
}

TEST_F(LoginTest, WhoeverSignsAnAccountOutEverywhereIsHeard) {
  const auto anna = signed_in("anna");
  ASSERT_TRUE(run(accounts_.set_password("@anna:example.org", "another", false)));
  EXPECT_THAT(heard_.ended, testing::IsEmpty());
  ASSERT_TRUE(run(accounts_.set_password("@anna:example.org", "a third", true, "DEV1")));
  EXPECT_EQ(heard_.ended.size(), 1u);
  EXPECT_EQ(call("POST", "/_matrix/client/v3/logout/all", "{}", anna).status, 200);
  EXPECT_EQ(heard_.ended.size(), 2u);
}

}  // namespace
}  // namespace troupe::homeserver::accounts
