// The whole homeserver with two providers, a browser, and a client that signs in through them. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <regex>

#include "homeserver/common/settings.h"
#include "homeserver/oauth/page.h"
#include "homeserver/web_answer_fixture.h"
#include "homeserver/whole_server_fixture.h"
#include "identity/oidc/settings.h"
#include "kit/oidc_provider.h"

namespace troupe::homeserver::sso {

/// A browser: its cookies.
struct TestBrowser {
  std::string cookie;
};

class SsoTest : public testing::Test {
 protected:
  static constexpr auto kClient = "https://app.example.org/done";
  static constexpr auto kRedirect = "/_matrix/client/v3/login/sso/redirect/oidc-kc?redirectUrl=";
  static constexpr auto kCallback = "/_synapse/client/oidc/callback?";
  static constexpr auto kContinue = "/_synapse/client/sso/continue";
  static constexpr auto kLogout = "/_synapse/client/oidc/backchannel_logout";
  static constexpr auto kLogin = "/_matrix/client/v3/login";
  static constexpr auto kWhoami = "/_matrix/client/v3/account/whoami";

  void SetUp() override {
    idp_.now_s = clock_.unix_ms() / 1000;
    other_.issuer = "https://other.example.org";
    other_.now_s = idp_.now_s;
    server_.http.answer = [this](const net::client::ClientRequest& request) {
      return request.url.starts_with(other_.issuer) ? other_.answer(request) : idp_.answer(request);
    };
  }

  static void settings(host::Settings& settings) {
    settings.public_base_url = "https://matrix.example.org";
    settings.edit<identity::oidc::OidcSettings>().providers = {{.id = "oidc-kc",
                                                                .name = "Key & Cloak",
                                                                .issuer = "https://idp.example.org/realms/main",
                                                                .client_id = "troupe",
                                                                .client_secret = "secret",
                                                                .backchannel_logout = true},
                                                               {.id = "oidc-two",
                                                                .name = "Two",
                                                                .issuer = "https://other.example.org",
                                                                .client_id = "troupe",
                                                                .client_secret = "s"},
                                                               {.id = "oidc-link",
                                                                .name = "Linking",
                                                                .issuer = "https://idp.example.org/realms/main",
                                                                .client_id = "links",
                                                                .client_secret = "s",
                                                                .link_existing = true}};
    settings.edit<SsoSettings>().trusted_redirects = {"https://app.example.org/"};
  }

  WebAnswer send(std::string method, std::string_view target, std::string body = {}, std::string_view token = {},
                 std::string_view type = "application/json", TestBrowser* browser = nullptr) {
    net::http::Request request;
    request.method = std::move(method);
    EXPECT_TRUE(request.set_target(target).has_value()) << target;
    request.remote_address = "192.0.2.7";
    request.headers.add("Host", "matrix.example.org");
    if (!body.empty()) request.headers.add("Content-Type", std::string(type));
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + std::string(token));
    if (browser && !browser->cookie.empty()) request.headers.add("Cookie", browser->cookie);
    request.body = std::move(body);
    const auto response = server_.wait(server_.router.dispatch(host::kMatrixListener, request));
    if (const std::string set(response.headers.get("Set-Cookie")); browser && !set.empty())
      browser->cookie = set.substr(0, set.find(';'));
    return web_answer(response);
  }
  WebAnswer open(std::string_view target) { return send("GET", target, {}, {}, {}, &browser_); }
  /// Sends the form of a page with these fields filled in.
  WebAnswer fill(const WebAnswer& page, const oauth::Fields& filled, const std::string& path = kContinue) {
    static const std::regex hidden("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">");
    oauth::Fields fields;
    for (std::sregex_iterator at(page.body.begin(), page.body.end(), hidden), end; at != end; ++at)
      fields.emplace_back((*at)[1].str(), (*at)[2].str());
    for (const auto& field : filled) fields.push_back(field);
    return send("POST", path, oauth::encoded(fields), {}, "application/x-www-form-urlencoded", &browser_);
  }
  WebAnswer post(std::string_view path, const matrix::JsonObject& body, std::string_view token = {}) {
    return send("POST", path, boost::json::serialize(body), token);
  }

  /// To the provider and back: the callback's query.
  std::string there(const std::string& client = kClient, const std::string& idp = "oidc-kc") {
    const auto left =
        open("/_matrix/client/v3/login/sso/redirect/" + idp + "?redirectUrl=" + base::percent_encode(client));
    EXPECT_EQ(left.status, 302) << left.body;
    return (idp == "oidc-two" ? other_ : idp_).sign_in(left.location());
  }
  WebAnswer sign_in(const std::string& client = kClient, const std::string& idp = "oidc-kc") {
    return open(kCallback + there(client, idp));
  }
  WebAnswer redeem(const std::string& token, const std::string& device = {}) {
    matrix::JsonObject body{{"type", "m.login.token"}, {"token", token}};
    if (!device.empty()) body["device_id"] = device;
    return post(kLogin, body);
  }
  WebAnswer signed_in(const std::string& device = {}) {
    const auto back = sign_in();
    EXPECT_EQ(back.status, 303) << back.body;
    return redeem(back.login_token(), device);
  }
  WebAnswer logout(const std::string& token) {
    return send("POST", kLogout, "logout_token=" + token, {}, "application/x-www-form-urlencoded");
  }
  bool works(const std::string& token) { return send("GET", kWhoami, {}, token).status == 200; }
  void make_person(const std::string& localpart, std::optional<std::string> password = "secret", bool admin = false) {
    matrix::NewAccount account;
    account.localpart = localpart;
    account.password = std::move(password);
    account.admin = admin;
    server_.wait(accounts().create_account(std::move(account))).value();
  }
  matrix::Accounts& accounts() { return server_.context->get<matrix::Accounts>(); }

  base::ManualClock clock_;
  kit::OidcProvider idp_;
  kit::OidcProvider other_;
  WholeServer server_{clock_, {.configure = settings}};
  TestBrowser browser_;
};

}  // namespace troupe::homeserver::sso
