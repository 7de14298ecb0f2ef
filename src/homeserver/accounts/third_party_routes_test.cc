// Third-party ids, of which there are none.
#include "homeserver/accounts/account_fixture.h"

namespace troupe::homeserver::accounts {
namespace {

class ThirdPartyRoutesTest : public AccountFixture {
 protected:
  static constexpr auto kIds = "/_matrix/client/v3/account/3pid";
  Answer post(const std::string& rest, std::string body, std::string_view token = {}) {
    return call("POST", "/_matrix/client/v3" + rest, std::move(body), token);
  }
};

TEST_F(ThirdPartyRoutesTest, ThereAreNone) {
  const auto anna = signed_in("anna");
  EXPECT_EQ(call("GET", kIds, {}, anna).body, R"({"threepids":[]})");
  const auto capabilities = call("GET", "/_matrix/client/v3/capabilities", {}, anna).json.at("capabilities");
  EXPECT_EQ(capabilities.at("m.3pid_changes").at("enabled"), false);
}

TEST_F(ThirdPartyRoutesTest, NoneIsAdded) {
  const auto anna = signed_in("anna");
  for (const auto* path : {"/account/3pid", "/account/3pid/add"}) {
    const auto answer = post(path, R"({"sid":"s","client_secret":"c"})", anna);
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_EQ(answer.errcode(), "M_FORBIDDEN") << path;
  }
  const auto bound = post("/account/3pid/bind", R"({"sid":"s","client_secret":"c","id_server":"id.example"})", anna);
  EXPECT_EQ(bound.status, 400);
  EXPECT_EQ(bound.errcode(), "M_SERVER_NOT_TRUSTED");
}

TEST_F(ThirdPartyRoutesTest, WhatIsNotThereIsGone) {
  const auto anna = signed_in("anna");
  for (const std::string path : {"/account/3pid/unbind", "/account/3pid/delete"}) {
    const auto answer = post(path, R"({"medium":"email","address":"anna@example.org","id_server":"id.example"})", anna);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body, R"({"id_server_unbind_result":"no-support"})") << path;
    EXPECT_EQ(post(path, "{}", anna).errcode(), "M_MISSING_PARAM") << path;
    EXPECT_EQ(post(path, R"({"medium":"email","address":1})", anna).errcode(), "M_BAD_JSON") << path;
    EXPECT_EQ(post(path, R"({"medium":"pigeon","address":"x"})", anna).errcode(), "M_INVALID_PARAM") << path;
  }
}

TEST_F(ThirdPartyRoutesTest, NoTokenIsSent) {
  const struct {
    const char* path;
    int status;
    const char* errcode;
  } cases[] = {{"/account/3pid/email/requestToken", 400, "M_THREEPID_MEDIUM_NOT_SUPPORTED"},
               {"/account/3pid/msisdn/requestToken", 400, "M_THREEPID_MEDIUM_NOT_SUPPORTED"},
               {"/account/password/email/requestToken", 400, "M_THREEPID_NOT_FOUND"},
               {"/account/password/msisdn/requestToken", 400, "M_THREEPID_NOT_FOUND"},
               {"/register/email/requestToken", 403, "M_THREEPID_DENIED"},
               {"/register/msisdn/requestToken", 403, "M_THREEPID_DENIED"}};
  for (const auto& c : cases) {
    for (const auto* body : {"", "{}", R"({"client_secret":"c","email":"anna@example.org","send_attempt":1})"}) {
      const auto answer = post(c.path, body);
      EXPECT_EQ(answer.status, c.status) << c.path;
      EXPECT_EQ(answer.errcode(), c.errcode) << c.path;
    }
    EXPECT_EQ(post(c.path, "[").errcode(), "M_NOT_JSON") << c.path;
  }
}

TEST_F(ThirdPartyRoutesTest, OnesOwnWantAToken) {
  EXPECT_EQ(call("GET", kIds).errcode(), "M_MISSING_TOKEN");
  for (const auto* rest : {"", "/add", "/bind", "/unbind", "/delete"}) {
    EXPECT_EQ(post(std::string("/account/3pid") + rest, "{}").errcode(), "M_MISSING_TOKEN") << rest;
  }
}

}  // namespace
}  // namespace troupe::homeserver::accounts
