// Coming into the console by a provider: what the browser is given, and what nobody else can do with it.
#include "base/encoding.h"
#include "console/console_fixture.h"

namespace troupe::console {
namespace {

class ProviderSignInTest : public ConsoleTest {
 protected:
  ProviderSignInTest() {
    elsewhere.names = {{.id = "oidc-kc", .name = "Key & Cloak"}};
    elsewhere.tokens = {{"good", "@anna:localhost"}, {"admins", "@admin:localhost"}};
  }
  struct Left {
    std::string cookie;
    std::string back;  ///< the target of the console that the browser is to come back to
  };
  Left leave(const std::string& query = {}) {
    const auto answer = call("GET", "/api/v1/session/providers/oidc-kc" + query, "", {});
    EXPECT_EQ(answer.status, 303) << answer.text;
    EXPECT_EQ(answer.headers.get("Location"), "https://hs.example.org/leave/oidc-kc");
    const std::string set(answer.headers.get("Set-Cookie"));
    EXPECT_TRUE(set.starts_with("troupe_sign_in=") && set.contains("; HttpOnly; SameSite=Lax")) << set;
    constexpr std::string_view kOrigin = "http://127.0.0.1:8001";
    EXPECT_TRUE(elsewhere.back.starts_with(kOrigin)) << elsewhere.back;
    return {.cookie = set.substr(0, set.find(';')), .back = elsewhere.back.substr(kOrigin.size())};
  }
  Answer arrive(const Left& left, const std::string& token, HeaderList more = {}) {
    if (!left.cookie.empty()) more.emplace_back("Cookie", left.cookie);
    more.emplace_back("Sec-Fetch-Site", "cross-site");  // that is how browsers come
    return call("GET", left.back + "&loginToken=" + token, "", std::move(more));
  }
  static std::string session_of(const Answer& answer) {
    for (const auto& [name, value] : answer.headers.all())
      if (name == "Set-Cookie" && value.starts_with("troupe_session=")) return value.substr(0, value.find(';'));
    return {};
  }
  static std::string where(const Answer& answer) { return std::string(answer.headers.get("Location")); }
};

TEST_F(ProviderSignInTest, ThePageIsToldWhoVouches) {
  const auto answer = call("GET", "/api/v1/session/providers", "", {});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer["/items/0/id"], "oidc-kc");
  EXPECT_EQ(answer["/items/0/name"], "Key & Cloak");
  EXPECT_EQ(answer["/total"], 1);
}

TEST_F(ProviderSignInTest, SomebodyComesIn) {
  const auto answer = arrive(leave("?next=%2Fui%2Fbots"), "good");
  EXPECT_EQ(answer.status, 303) << answer.text;
  EXPECT_EQ(where(answer), "/ui/sign-in?next=%2Fui%2Fbots");
  const auto me = call("GET", "/api/v1/session", "", {{"Cookie", session_of(answer)}});
  EXPECT_EQ(me["/user_id"], "@anna:localhost");
  EXPECT_EQ(me["/role"], "member");
  EXPECT_EQ(elsewhere.used, std::vector<std::string>{"good"});
  const auto admin = arrive(leave(), "admins");
  EXPECT_EQ(call("GET", "/api/v1/session", "", {{"Cookie", session_of(admin)}})["/role"], "admin");
  EXPECT_EQ(api("GET", "/api/v1/audit?limit=1")["/items/0/detail/provider"], "oidc-kc");
}

TEST_F(ProviderSignInTest, ATokenInAnAddressBringsNobodyIn) {
  const auto left = leave();
  const Left strangers{.cookie = {}, .back = left.back};
  EXPECT_EQ(where(arrive(strangers, "good")), "/ui/sign-in?problem=late") << "sent to somebody by mail";
  const auto other = leave();
  EXPECT_EQ(where(arrive({.cookie = other.cookie, .back = left.back}, "good")), "/ui/sign-in?problem=late");
  EXPECT_EQ(where(arrive({.cookie = "troupe_sign_in=", .back = "/api/v1/session/arrival?state="}, "good")),
            "/ui/sign-in?problem=late");
  EXPECT_TRUE(elsewhere.used.empty());
}

TEST_F(ProviderSignInTest, ATokenIsGoodOnce) {
  const auto left = leave();
  ASSERT_FALSE(session_of(arrive(left, "good")).empty());
  const auto again = arrive(left, "good");
  EXPECT_EQ(where(again), "/ui/sign-in?problem=refused");
  EXPECT_TRUE(session_of(again).empty());
  EXPECT_EQ(where(arrive(leave(), "")), "/ui/sign-in?problem=late");
  EXPECT_EQ(where(arrive(leave(), std::string(600, 'x'))), "/ui/sign-in?problem=late");
}

TEST_F(ProviderSignInTest, LockedAccountsAndBotsStayOut) {
  homeserver.set_flags("@anna:localhost", false, true);
  const auto locked = arrive(leave(), "good");
  EXPECT_EQ(where(locked), "/ui/sign-in?problem=locked");
  EXPECT_TRUE(session_of(locked).empty());
  EXPECT_TRUE(elsewhere.used.empty());
}

TEST_F(ProviderSignInTest, AnUnknownProviderIsSaid) {
  EXPECT_EQ(where(call("GET", "/api/v1/session/providers/nobody", "", {})), "/ui/sign-in?problem=provider");
}

}  // namespace
}  // namespace troupe::console
