// /api/v1/packs/{service}/sign-in: who may begin, whose browser may come back, and what a stranger's is told.
#include "assistant/routes/pack_routes_fixture.h"
#include "host/console_address.h"

namespace troupe::assistant::routes {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kCloud = "/api/v1/packs/cloud";

class SignInRoutesTest : public PackRoutesTest {
 protected:
  SignInRoutesTest() {
    const boost::json::object config{
        {"service", "cloud"},
        {"title", "The <cloud>"},
        {"base_url", "https://cloud.example/v1"},
        {"auth",
         {{"scheme", "oauth2"},
          {"authorize_url", "https://id.cloud.example/authorize"},
          {"token_url", "https://id.cloud.example/token"},
          {"scopes", {"things:read"}}}},
        {"operations", {{"list_things", {{"method", "GET"}, {"path", "/things"}, {"summary", "List the things"}}}}}};
    const auto files =
        boost::json::serialize(boost::json::object{{"files", {{"config.json", boost::json::serialize(config)}}}});
    EXPECT_EQ(api("POST", "/api/v1/packs", files).status, 201);
    EXPECT_EQ(api("PUT", kCloud, R"({"secrets":{"client_id":"the-client"}})").status, 200);
    http.answers = {
        {.body = R"({"access_token":"canary-access-1","refresh_token":"canary-refresh-1","expires_in":3600})"}};
  }
  PackAnswer begin(const HeaderList& who, const std::string& body = "{}") {
    return call("POST", kCloud + "/sign-in", body, who);
  }
  static std::string query_of(const PackAnswer& begun) {
    const std::string address(begun["/address"].as_string());
    const auto at = address.find("state=");
    return "?code=the-code&" + address.substr(at, address.find('&', at) - at);
  }
  std::string audit() {
    std::string told;
    for (const auto& each : must(context->get<identity::Audit>().page(1, {})).items)
      told += each.actor + " " + each.action + boost::json::serialize(each.detail) + "\n";
    return told;
  }
};

TEST_F(SignInRoutesTest, AnAdministratorsBrowserGoesAndComesBack) {
  const auto before = api("GET", kCloud);
  EXPECT_EQ(before["/settings/sign_in/signed_in"], false);
  EXPECT_EQ(before["/settings/sign_in/address"], "https://id.cloud.example");
  EXPECT_EQ(before["/settings/sign_in/scopes/0"], "things:read");
  EXPECT_EQ(before["/settings/sign_in/return_path"], "/api/v1/packs/cloud/sign-in/arrival");
  EXPECT_EQ(before["/ready"], false);
  const auto browser = browser_of("@admin:localhost");
  const auto begun = begin(browser);
  ASSERT_EQ(begun.status, 200) << begun.text;
  EXPECT_EQ(begun["/redirect_uri"], "http://127.0.0.1:8001/api/v1/packs/cloud/sign-in/arrival");
  auto cross = browser;
  cross.emplace_back("Sec-Fetch-Site", "cross-site");  // that is how browsers come
  const auto page = call("GET", kCloud + "/sign-in/arrival" + query_of(begun), "", cross);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.text, HasSubstr("<h1>Signed in</h1>"));
  EXPECT_THAT(page.text, HasSubstr("The &lt;cloud&gt;"));
  const auto after = api("GET", kCloud);
  EXPECT_EQ(after["/settings/sign_in/signed_in"], true);
  EXPECT_EQ(after["/ready"], true);
  EXPECT_THAT(audit(), HasSubstr("@admin:localhost pack.sign_in{}"));
  EXPECT_THAT(call("GET", kCloud + "/sign-in/arrival" + query_of(begun), "", cross).text,
              HasSubstr("did not begin here"));
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(SignInRoutesTest, OthersBrowsersBringNothing) {
  const auto begun = begin(browser_of("@admin:localhost"));
  const auto target = kCloud + "/sign-in/arrival" + query_of(begun);
  for (const auto& who :
       {HeaderList(), browser_of("@anna:localhost"), browser_of("@admin:localhost"),
        HeaderList{{"X-API-Key", "the-api-token"}}, HeaderList{{"Cookie", "troupe_session=unknown"}}}) {
    const auto page = call("GET", target, "", who);
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.text, HasSubstr("did not begin here"));
    EXPECT_THAT(page.text, Not(HasSubstr("cloud&gt;"))) << "a stranger learns nothing of the service";
  }
  EXPECT_TRUE(http.requests.empty());
  EXPECT_EQ(begin({}).status, 401);
  EXPECT_EQ(begin(browser_of("@anna:localhost")).status, 403);
  EXPECT_EQ(begin({{"X-API-Key", "the-dev-token"}}).status, 403);
  auto foreign = browser_of("@admin:localhost");
  foreign.emplace_back("Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(begin(foreign).status, 403) << "another site does not begin it";
}

TEST_F(SignInRoutesTest, ComesBackToThisServerAndNoOther) {
  const HeaderList key{{"X-API-Key", "the-api-token"}};
  const auto asked_at = [&](const std::string& host) {
    auto request = kit::platform_request("POST", kCloud + "/sign-in", "{}", key);
    request.headers.set("Host", host);
    const auto response = dispatch(std::move(request));
    return response.shared_body ? *response.shared_body : response.body;
  };
  EXPECT_THAT(asked_at("evil.example"), HasSubstr("console.public_url"));
  EXPECT_THAT(asked_at("evil.example"), Not(HasSubstr("redirect_uri")));
  EXPECT_EQ(begin(key, R"({"return_to":"https://evil.example"})").status, 400);
  EXPECT_THAT(asked_at("localhost:9000"), HasSubstr("http://localhost:9000/api/v1/packs/cloud/sign-in/arrival"));

  settings.edit<host::ConsoleAddress>().public_url = "https://troupe.example.org";
  for (const auto* host : {"evil.example", "localhost:9000", "troupe.example.org"})
    EXPECT_THAT(asked_at(host), HasSubstr("https://troupe.example.org/api/v1/packs/cloud/sign-in/arrival"));
  EXPECT_EQ(begin(key, R"({"return_to":"http://localhost:9000"})").status, 400);
}

TEST_F(SignInRoutesTest, ATerminalIsGivenTheAddressThatTheBrowserEndedAt) {
  const HeaderList key{{"X-API-Key", "the-api-token"}};
  settings.edit<host::ConsoleAddress>().public_url = "https://troupe.example.org";
  const auto begun = begin(key, R"({"return_to":"https://troupe.example.org/"})");
  EXPECT_EQ(begun["/redirect_uri"], "https://troupe.example.org/api/v1/packs/cloud/sign-in/arrival");
  const auto ended = "https://troupe.example.org" + kCloud + "/sign-in/arrival" + query_of(begun);
  const auto body = [](const std::string& address) {
    return boost::json::serialize(boost::json::object{{"address", address}});
  };
  EXPECT_EQ(call("POST", kCloud + "/sign-in/finish", body(ended), browser_of("@admin:localhost")).status, 404);
  EXPECT_EQ(call("POST", kCloud + "/sign-in/finish", body("https://troupe.example.org/"), key).status, 400);
  EXPECT_EQ(call("POST", "/api/v1/packs/slack/sign-in/finish", body(ended), key).status, 404);
  const auto arrived = call("POST", kCloud + "/sign-in/finish", body(ended), key);
  EXPECT_EQ(arrived.status, 200) << arrived.text;
  EXPECT_EQ(arrived["/title"], "The <cloud>");
  EXPECT_EQ(call("POST", kCloud + "/sign-in/finish", body(ended), key).status, 404);
  EXPECT_EQ(begin(key, R"({"return_to":"javascript:alert"
})")
                .status,
            400);
  EXPECT_EQ(call("POST", "/api/v1/packs/slack/sign-in", "{}", key).status, 400);
  EXPECT_EQ(call("POST", "/api/v1/packs/nothing/sign-in", "{}", key).status, 404);
}

TEST_F(SignInRoutesTest, APageSaysWhyItDidNotWork) {
  const auto browser = browser_of("@admin:localhost");
  const auto begun = begin(browser);
  http.answers = {{.status = 400, .body = R"({"error":"invalid_client<script>"})"}};
  const auto page = call("GET", kCloud + "/sign-in/arrival" + query_of(begun), "", browser);
  EXPECT_THAT(page.text, HasSubstr("did not take the code: invalid_client&lt;script&gt;"));
  EXPECT_THAT(audit(), HasSubstr("did not take the code"));
  EXPECT_EQ(api("GET", kCloud)["/settings/sign_in/signed_in"], false);
}

}  // namespace
}  // namespace troupe::assistant::routes
