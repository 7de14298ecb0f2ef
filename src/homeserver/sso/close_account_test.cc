// Closing an account that has no password, on the pages of OAuth.
#include "homeserver/accounts/uia.h"
#include "homeserver/sso/sso_fixture.h"

namespace troupe::homeserver::sso {
namespace {

TEST_F(SsoTest, WhoHasNoPasswordClosesTheAccountByItsProvider) {
  constexpr auto kAccount = "/_matrix/client/oauth/account";
  const auto token = signed_in("PHONE").text("access_token");
  open(kCallback + idp_.sign_in(open("/_matrix/client/oauth/elsewhere?idp=oidc-kc&to=account").location()));
  const auto asked = open(std::string(kAccount) + "?action=org.matrix.account_deactivate");
  EXPECT_EQ(asked.body.find("password"), std::string::npos) << "there is none";
  EXPECT_EQ(fill(asked, {{"step", "close"}}, kAccount).status, 403) << "not confirmed yet";
  EXPECT_EQ(fill(asked, {{"step", "close"}, {"session", "guessed"}}, kAccount).status, 403);
  EXPECT_TRUE(works(token));
  const auto left = fill(asked, {}, std::string(accounts::kSsoFallbackPath));
  ASSERT_EQ(left.status, 303) << left.body;
  const auto back = open(kCallback + idp_.sign_in(left.location()));
  EXPECT_EQ(idp_.sent().at("prompt"), "login");
  ASSERT_EQ(back.status, 303) << back.body;
  ASSERT_TRUE(back.location().starts_with(std::string(kAccount) + "?action=org.matrix.account_deactivate&session="))
      << back.location();
  const auto confirmed = open(back.location());
  EXPECT_TRUE(works(token)) << "the button closes it, and nothing else";
  EXPECT_EQ(fill(confirmed, {{"step", "close"}}, kAccount).status, 200);
  EXPECT_FALSE(works(token));
  EXPECT_EQ(open(kCallback + there()).status, 403) << "it is closed";
}

}  // namespace
}  // namespace troupe::homeserver::sso
