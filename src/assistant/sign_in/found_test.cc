// Signing in to an MCP server whose pack says nothing of it: what is asked, of whom, and what no server can bring
// about.
#include "assistant/calls/tokens.h"
#include "assistant/services/grants.h"
#include "assistant/services/services_fixture.h"
#include "assistant/sign_in/sign_ins.h"
#include "kit/fake_http.h"
#include "net/http/url.h"

namespace troupe::assistant::sign_in {
namespace {

using net::client::ClientRequest;
using net::client::ClientResponse;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kServer = "https://mcp.example/v1/mcp",
                  kAbout = "https://mcp.example/.well-known/oauth-protected-resource";
const std::string kOrigin = "https://troupe.example.org";
constexpr std::string_view kIssuer = "https://id.example";

class FoundSignInTest : public services::ServicesFixture {
 protected:
  FoundSignInTest() {
    about = {{"resource", kServer}, {"authorization_servers", {kIssuer}}, {"scopes_supported", {"tools"}}};
    issuer = {{"issuer", kIssuer},
              {"authorization_endpoint", "https://id.example/auth"},
              {"token_endpoint", "https://id.example/token"},
              {"registration_endpoint", "https://id.example/register"},
              {"code_challenge_methods_supported", {"S256"}},
              {"token_endpoint_auth_methods_supported", {"client_secret_post"}}};
    http.answer = [this](const ClientRequest& request) { return answer(request); };
    list_tools = [this](calls::Service, std::chrono::milliseconds) -> Task<matrix::JsonArray> {
      if (shut) co_return Error(Errc::forbidden, "it answered with status 401").with_status(401);
      matrix::JsonArray tools;
      tools.push_back(matrix::JsonObject{{"name", "look"}, {"inputSchema", {{"type", "object"}}}});
      co_return tools;
    };
  }
  void add(const std::string& more = R"(,"egress":["id.example"])") {
    must(services().add(
        as(), {{"config.json", R"({"service":"mc","title":"The server","mcp":{"transport":"http","url":")" + kServer +
                                   "\"}" + more + "}"}}));
  }
  Result<ClientResponse> answer(const ClientRequest& request) {
    asked.push_back(request.method + " " + request.url);
    if (const auto other = otherwise.find(request.url); other != otherwise.end()) return other->second;
    const auto json = [](int status, const matrix::JsonObject& body) {
      return ClientResponse{.status = status, .headers = {}, .body = boost::json::serialize(body)};
    };
    if (request.url == kServer) {
      auto out = json(lets_in ? 200 : 401, {});
      if (!challenge.empty()) out.headers.add("WWW-Authenticate", challenge);
      return out;
    }
    if (request.url == kAbout + "/v1/mcp") return json(200, about);
    if (request.url == std::string(kIssuer) + "/.well-known/openid-configuration") return json(200, issuer);
    if (request.url == "https://id.example/register")
      return json(201,
                  {{"client_id", "made-" + std::to_string(++registered)}, {"client_secret", "canary-client-secret"}});
    if (request.url == "https://id.example/token")
      return json(200, {{"access_token", "canary-access-" + std::to_string(++given)},
                        {"refresh_token", "canary-refresh"},
                        {"expires_in", 3600}});
    return json(404, {});
  }
  SignIns& sign_ins() {
    if (!made_)
      made_ = std::make_unique<SignIns>(SignIns::Uses{
          .packs = services(), .secrets = secrets, .db = *db, .sealing_key = key, .http = http, .clock = clock});
    return *made_;
  }
  static Beginner anna() { return {.tenant_id = 1, .principal_id = 10, .credential = "session 7"}; }
  Result<Leaving> begin(const std::string& origin = kOrigin) { return run(sign_ins().begin(anna(), "mc", origin)); }
  std::string refusal() {
    const auto begun = begin();
    return begun ? "it began" : begun.error().message();
  }
  static std::string part(const std::string& address, const std::string& name) {
    net::http::Request request;
    kit::must(request.set_target(kit::must(net::http::Url::parse(address)).target));
    return std::string(request.query_value(name).value_or("nothing"));
  }
  Result<Arrived> finish(const Leaving& leaving, std::optional<std::string> says = {}) {
    return run(sign_ins().finish(anna(), "mc",
                                 {.state = part(leaving.address, "state"),
                                  .code = "canary-code",
                                  .issuer = std::move(says),
                                  .error = {},
                                  .description = {}}));
  }
  const services::Item& item() { return *(kept_ = stock())->find("mc"); }

  base::ManualClock clock;
  kit::FakeHttp http;
  std::vector<std::string> asked;
  std::map<std::string, Result<ClientResponse>> otherwise;
  matrix::JsonObject about, issuer;
  std::string challenge;
  bool lets_in = false, shut = true;
  int registered = 0, given = 0;

 private:
  std::unique_ptr<SignIns> made_;
  std::shared_ptr<const services::Stock> kept_;
};

TEST_F(FoundSignInTest, GoesFromARefusalToTokens) {
  add();
  EXPECT_TRUE(item().finds_sign_in);
  EXPECT_TRUE(item().asks_for_sign_in) << "the list of its tools was refused";
  EXPECT_TRUE(asked.empty()) << "nobody looks where before somebody wants to";
  const auto leaving = kit::must(begin());
  EXPECT_THAT(asked, ElementsAre("POST " + kServer, "GET " + kAbout + "/v1/mcp",
                                 "GET https://id.example/.well-known/oauth-authorization-server",
                                 "GET https://id.example/.well-known/openid-configuration",
                                 "POST https://id.example/register"));
  const auto& registration = http.requests.back().body;
  EXPECT_THAT(registration,
              HasSubstr(R"("redirect_uris":["https://troupe.example.org/api/v1/packs/mc/sign-in/arrival"])"));
  EXPECT_THAT(registration, HasSubstr(R"("token_endpoint_auth_method":"client_secret_post")"));
  for (const auto& each : http.requests) {
    EXPECT_EQ(each.trust, net::client::Trust::untrusted) << each.url;
    EXPECT_EQ(each.max_redirects, 0) << each.url;
    EXPECT_LE(each.max_body_bytes, 64U * 1024) << each.url;
    EXPECT_FALSE(each.headers.has("Authorization")) << each.url;
  }
  EXPECT_THAT(leaving.address, testing::StartsWith("https://id.example/auth?response_type=code&client_id=made-1&"));
  EXPECT_EQ(part(leaving.address, "resource"), kServer);
  EXPECT_EQ(part(leaving.address, "scope"), "tools");
  EXPECT_EQ(part(leaving.address, "code_challenge_method"), "S256");

  ASSERT_TRUE(finish(leaving));
  EXPECT_EQ(http.requests.back().url, "https://id.example/token");
  EXPECT_THAT(http.requests.back().body, HasSubstr("resource=https%3A%2F%2Fmcp.example%2Fv1%2Fmcp"));
  EXPECT_THAT(http.requests.back().body, HasSubstr("client_secret=canary-client-secret"));
  EXPECT_TRUE(item().signed_in);
  EXPECT_THAT(item().missing, IsEmpty());
  EXPECT_THAT(all_text(), Not(HasSubstr("canary"))) << "sealed";

  services::StoredGrants grants({.db = *db, .sealing_key = key, .secrets = secrets, .clock = base::system_clock()});
  calls::Tokens tokens(http, clock, grants, [](auto) -> asio::awaitable<void> { co_return; });
  EXPECT_EQ(must(tokens.access(item().use->service, "canary-access-1", {})), "canary-access-2");
  EXPECT_THAT(http.requests.back().body, HasSubstr("grant_type=refresh_token"));
  EXPECT_THAT(http.requests.back().body, HasSubstr("resource=https%3A%2F%2Fmcp.example%2Fv1%2Fmcp"));

  restart();
  EXPECT_TRUE(item().signed_in) << "it outlives the program";
  shut = false;
  must(services().look_at_tools({}));
}

TEST_F(FoundSignInTest, RegistersOnceForEachAddress) {
  add();
  EXPECT_EQ(part(kit::must(begin()).address, "client_id"), "made-1");
  EXPECT_EQ(part(kit::must(begin()).address, "client_id"), "made-1");
  EXPECT_EQ(part(kit::must(begin("https://other.example.org")).address, "client_id"), "made-2")
      << "it comes back elsewhere";
  issuer["token_endpoint"] = "https://id.example/token2";
  EXPECT_EQ(part(kit::must(begin("https://other.example.org")).address, "client_id"), "made-3")
      << "a secret is for one address";
}

TEST_F(FoundSignInTest, TakesTheClientThatAPersonSets) {
  issuer.erase("registration_endpoint");
  add();
  EXPECT_THAT(refusal(),
              HasSubstr("Register https://troupe.example.org/api/v1/packs/mc/sign-in/arrival there by hand"));
  must(services().change(as(), "mc", {.secrets = {{"client_id", "by-hand"}, {"client_secret", "canary-by-hand"}}}));
  EXPECT_EQ(part(kit::must(begin()).address, "client_id"), "by-hand");
  issuer["registration_endpoint"] = "https://id.example/register";
  EXPECT_EQ(part(kit::must(begin("https://other.example.org")).address, "client_id"), "by-hand") << "it is theirs";
  // A server that names another authorization server does not get what was given for this one.
  issuer["token_endpoint"] = "https://id.example/elsewhere";
  EXPECT_EQ(part(kit::must(begin()).address, "client_id"), "made-1");
}

TEST_F(FoundSignInTest, ReadsTheChallengeFirst) {
  add();
  challenge = R"(Bearer resource_metadata="https://mcp.example/about", scope="one two")";
  otherwise.emplace("https://mcp.example/about",
                    ClientResponse{.status = 200, .headers = {}, .body = boost::json::serialize(about)});
  const auto leaving = kit::must(begin());
  EXPECT_EQ(part(leaving.address, "scope"), "one two");
  EXPECT_THAT(asked, Contains("GET https://mcp.example/about"));
  EXPECT_THAT(asked, Not(Contains("GET " + kAbout + "/v1/mcp")));
}

TEST_F(FoundSignInTest, AsksNobodyThatThePackDoesNotName) {
  add("");
  EXPECT_THAT(refusal(), HasSubstr("the authorization server is at https://id.example, which the pack does not allow"));
  EXPECT_THAT(asked, ElementsAre("POST " + kServer, "GET " + kAbout + "/v1/mcp"));
  for (const std::string where :
       {"https://evil.example/about", "http://mcp.example/about", "http://127.0.0.1:9/about",
        "https://mcp.example:444/about", "file:///etc/passwd", "//mcp.example/x", "https://mcp.example/a#b"}) {
    asked.clear();
    challenge = "Bearer resource_metadata=\"" + where + "\"";
    EXPECT_FALSE(begin()) << where;
    EXPECT_THAT(asked, ElementsAre("POST " + kServer)) << where;
  }
  challenge.clear();
  for (const std::string where :
       {"http://mcp.example", "https://169.254.169.254", "https://localhost", "https://mcp.example?x", "x"}) {
    asked.clear();
    about["authorization_servers"] = matrix::JsonArray{matrix::Json(where)};
    EXPECT_FALSE(begin()) << where;
    EXPECT_THAT(asked, ElementsAre("POST " + kServer, "GET " + kAbout + "/v1/mcp")) << where;
  }
}

TEST_F(FoundSignInTest, BelievesNoneThatSaysItIsAnother) {
  add();
  about["resource"] = "https://bank.example/mcp";
  EXPECT_THAT(refusal(), HasSubstr("its description is of another server"));
  about["resource"] = kServer;
  issuer["issuer"] = "https://bank.example";
  EXPECT_THAT(refusal(), HasSubstr("which is another one than was asked"));
  issuer["issuer"] = kIssuer;
  issuer["token_endpoint"] = "https://evil.example/token";
  EXPECT_THAT(refusal(), HasSubstr("its token_endpoint is at https://evil.example, which the pack does not allow"));
  issuer["token_endpoint"] = "https://id.example/token";
  const auto leaving = kit::must(begin());
  EXPECT_EQ(finish(leaving, "https://id.example.evil").error().code(), Errc::forbidden) << "RFC 9207";
  issuer["authorization_response_iss_parameter_supported"] = true;
  EXPECT_EQ(finish(kit::must(begin())).error().code(), Errc::forbidden) << "it says that it always says it";
  EXPECT_TRUE(finish(kit::must(begin()), std::string(kIssuer)));
}

TEST_F(FoundSignInTest, SaysWhatWentWrong) {
  add();
  const auto answered = [](int status, std::string body = "{}") {
    return ClientResponse{.status = status, .headers = {}, .body = std::move(body)};
  };
  const auto page = std::string(kIssuer) + "/.well-known/openid-configuration";
  otherwise.insert_or_assign(page, answered(302));
  EXPECT_THAT(refusal(), HasSubstr("does not describe itself (it sends on, which is not followed)"));
  otherwise.insert_or_assign(page, answered(200, "<html>"));
  EXPECT_THAT(refusal(), HasSubstr("no JSON"));
  otherwise.insert_or_assign(
      page,
      Result<ClientResponse>(Error(Errc::too_large, "the answer of https://id.example is larger than 65536 bytes")));
  EXPECT_THAT(refusal(), HasSubstr("larger than 65536 bytes"));
  otherwise.erase(page);
  otherwise.insert_or_assign("https://id.example/register", answered(403, R"({"error":"no\r\nway"})"));
  EXPECT_THAT(refusal(), HasSubstr("did not register this program (status 403, noway"));
  otherwise.insert_or_assign("https://id.example/register", answered(201, R"({"client_id":"a b"})"));
  EXPECT_THAT(refusal(), HasSubstr("cannot be kept"));
  otherwise.insert_or_assign("https://id.example/register", answered(201, R"([])"));
  EXPECT_THAT(refusal(), HasSubstr("did not register"));
  otherwise.clear();
  otherwise.insert_or_assign(kAbout + "/v1/mcp", answered(404));
  EXPECT_THAT(refusal(), HasSubstr("does not say where people do (status 404)"));
  EXPECT_THAT(asked, Contains("GET " + kAbout)) << "at the root, too";
  lets_in = true;
  EXPECT_THAT(refusal(), HasSubstr("asks nobody to sign in"));
  otherwise.insert_or_assign(kServer, answered(503));
  EXPECT_THAT(refusal(), HasSubstr("status 503"));
  EXPECT_FALSE(item().found) << "nothing of all that is kept";
}

TEST_F(FoundSignInTest, IsOfThePackAndItsAddress) {
  add();
  kit::must(begin());
  EXPECT_TRUE(item().found);
  must(services().change(as(), "mc", {.base_url = "https://mcp2.example/mcp", .secrets = {}}));
  EXPECT_FALSE(item().found) << "it was found for another server";
  must(services().change(as(), "mc", {.base_url = "", .secrets = {}}));
  kit::must(begin());
  EXPECT_TRUE(item().found);
  must(services().remove(as(), "mc"));
  add();
  EXPECT_FALSE(item().found);
  add(R"(,"auth":{"scheme":"bearer"})");
  EXPECT_FALSE(item().finds_sign_in) << "the pack says how";
  EXPECT_THAT(refusal(), HasSubstr("it takes keys"));
}

TEST_F(FoundSignInTest, AServerThatLetsEverybodyInIsOpen) {
  shut = false;
  add();
  EXPECT_FALSE(item().asks_for_sign_in);
  EXPECT_TRUE(item().listed);
}

}  // namespace
}  // namespace troupe::assistant::sign_in
