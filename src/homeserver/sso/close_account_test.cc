// People without a password close their accounts on the pages, by signing in again where they have one.
#include "homeserver/sso/sso_fixture.h"

namespace troupe::homeserver::sso {
namespace {

class SsoCloseTest : public SsoTest {
 protected:
  static constexpr auto kClose = "/_matrix/client/oauth/account?action=org.matrix.account_deactivate";
  static constexpr auto kForm = "/_matrix/client/oauth/elsewhere";

  /// To the pages, and the one that closes the account.
  PageAnswer close_page() {
    const auto left = open("/_matrix/client/oauth/elsewhere?idp=oidc-kc&to=account");
    open(kCallback + idp_.sign_in(left.location()));
    return open(kClose);
  }
  PageAnswer press(const PageAnswer& page, const std::string& idp = "oidc-kc") {
    std::smatch token;
    EXPECT_TRUE(std::regex_search(page.body, token, std::regex(R"re(name="form_token" value="([^"]*)")re")))
        << page.body;
    const auto sent = "step=close&idp=" + idp + "&form_token=" + base::percent_encode(std::string(token[1]));
    return send("POST", kForm, sent, {}, "application/x-www-form-urlencoded", &browser_);
  }
  bool is_closed() { return server_.wait(accounts().account("@anna:example.org")).value().deactivated; }
};

TEST_F(SsoCloseTest, WhoHasNoPasswordClosesTheirAccountAtTheProvider) {
  const auto token = signed_in("PHONE").text("access_token");
  const auto page = close_page();
  EXPECT_EQ(page.body.find("Your password"), std::string::npos) << page.body;
  EXPECT_NE(page.body.find("Sign in again with <bdi>Key &amp; Cloak</bdi>"), std::string::npos) << page.body;
  EXPECT_NE(std::string(page.headers.get("Content-Security-Policy")).find("form-action 'self' https:"),
            std::string::npos);
  const auto left = press(page);
  ASSERT_EQ(left.status, 303) << left.body;
  const auto done = open(kCallback + idp_.sign_in(left.location()));
  EXPECT_EQ(idp_.sent().at("prompt"), "login");
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_NE(done.body.find("The account is closed"), std::string::npos) << done.body;
  EXPECT_TRUE(is_closed());
  EXPECT_FALSE(works(token));
  EXPECT_EQ(sign_in().login_token(), "") << "and signing in makes no new one";
}

TEST_F(SsoCloseTest, NobodyElseAndNoOldSessionClosesIt) {
  signed_in("PHONE");
  const auto page = close_page();
  const auto first = press(page);
  idp_.more_claims = {{"auth_time", idp_.now_s - 61}};
  EXPECT_EQ(open(kCallback + idp_.sign_in(first.location())).status, 403) << "signed in there since long";
  idp_.more_claims = {};
  const auto second = press(open(kClose));
  const auto anna = idp_.person;
  idp_.person = {{"sub", "f:1:mallory"}, {"preferred_username", "mallory"}};
  EXPECT_EQ(open(kCallback + idp_.sign_in(second.location())).status, 403) << "nobody here";
  EXPECT_EQ(press(open(kClose), "oidc-two").status, 404) << "it does not vouch for her";
  const auto sent = std::string("step=close&idp=oidc-kc&form_token=guessed");
  EXPECT_EQ(send("POST", kForm, sent, {}, "application/x-www-form-urlencoded", &browser_).status, 403);
  idp_.person = anna;
  const auto third = press(open(kClose));
  const auto back = idp_.sign_in(third.location());
  browser_ = {};
  EXPECT_EQ(open(kCallback + back).status, 403) << "in another browser";
  EXPECT_FALSE(is_closed());
}

}  // namespace
}  // namespace troupe::homeserver::sso
