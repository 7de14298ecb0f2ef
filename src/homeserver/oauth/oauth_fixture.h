// The whole homeserver with a browser that fills in its pages, and a client that signs in through them. Only tests
// include this.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <regex>

#include "base/crypto.h"
#include "base/encoding.h"
#include "homeserver/oauth/client_metadata.h"
#include "homeserver/oauth/page.h"
#include "homeserver/web_answer_fixture.h"
#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::oauth {

class OAuthTest : public testing::Test {
 protected:
  static constexpr auto kBase = "/_matrix/client/oauth/";
  static constexpr auto kWhoami = "/_matrix/client/v3/account/whoami";
  static constexpr auto kRedirect = "https://app.example.com/done";
  static constexpr auto kVerifier = "a-verifier-of-more-than-forty-three-characters-0123456789";
  static constexpr auto kScope = "urn:matrix:client:api:* urn:matrix:client:device:DEVICE-ONE";

  void SetUp() override { make_person("anna"); }

  void make_person(const std::string& localpart, const std::string& password = "secret") {
    matrix::NewAccount account;
    account.localpart = localpart;
    account.password = password;
    server_.wait(server_.context->get<matrix::Accounts>().create_account(std::move(account))).value();
  }

  WebAnswer send(net::http::Request request) {
    request.remote_address = address_;
    request.headers.add("Host", "matrix.example.org");
    return web_answer(server_.wait(server_.router.dispatch(host::kMatrixListener, request)));
  }
  static net::http::Request request(std::string method, std::string_view target) {
    net::http::Request made;
    made.method = std::move(method);
    EXPECT_TRUE(made.set_target(target).has_value()) << target;
    return made;
  }
  WebAnswer call(std::string method, std::string_view target, const matrix::JsonObject& body = {},
                 std::string_view token = {}) {
    auto made = request(std::move(method), target);
    if (!body.empty()) made.body = boost::json::serialize(body);
    if (!token.empty()) made.headers.add("Authorization", "Bearer " + std::string(token));
    return send(std::move(made));
  }
  /// What a client posts, without a browser.
  WebAnswer post(std::string_view endpoint, const Fields& fields) {
    auto made = request("POST", kBase + std::string(endpoint));
    made.headers.add("Content-Type", "application/x-www-form-urlencoded");
    made.body = encoded(fields);
    return send(std::move(made));
  }

  // The browser: it keeps the pages' cookie.

  WebAnswer browse(net::http::Request made) {
    if (!cookie_.empty()) made.headers.add("Cookie", cookie_);
    auto answer = send(std::move(made));
    if (const std::string set(answer.headers.get("Set-Cookie")); !set.empty()) cookie_ = set.substr(0, set.find(';'));
    return answer;
  }
  WebAnswer open(std::string_view page) { return browse(request("GET", kBase + std::string(page))); }
  /// Sends the form of a page, with these fields filled in.
  WebAnswer fill(std::string_view page, const WebAnswer& shown, Fields filled) {
    auto fields = hidden_in(shown.body);
    for (auto& field : filled) fields.push_back(std::move(field));
    return submit(page, fields);
  }
  WebAnswer submit(std::string_view page, const Fields& fields, std::string_view origin = {}) {
    auto made = request("POST", kBase + std::string(page));
    made.headers.add("Content-Type", "application/x-www-form-urlencoded");
    if (!origin.empty()) made.headers.add("Origin", std::string(origin));
    made.body = encoded(fields);
    return browse(std::move(made));
  }
  static Fields hidden_in(const std::string& html) {
    Fields fields;
    static const std::regex pattern("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">");
    for (std::sregex_iterator at(html.begin(), html.end(), pattern), end; at != end; ++at) {
      auto value = std::regex_replace((*at)[2].str(), std::regex("&amp;"), "&");
      fields.emplace_back((*at)[1].str(), std::move(value));
    }
    return fields;
  }
  WebAnswer sign_in_on(std::string_view page, const std::string& target, std::string_view user = "anna",
                       std::string_view password = "secret") {
    return fill(page, open(target),
                {{"step", "login"}, {"user", std::string(user)}, {"password", std::string(password)}});
  }

  // The client.

  std::string register_client(matrix::JsonObject more = {}) {
    matrix::JsonObject metadata{{"client_name", "An App"},
                                {"client_uri", "https://example.com"},
                                {"redirect_uris", matrix::JsonArray{kRedirect}},
                                {"grant_types", matrix::JsonArray{kCodeGrant, kRefreshGrant}}};
    for (const auto& [key, value] : more) metadata[key] = value;
    const auto made = call("POST", kBase + std::string("register"), metadata);
    EXPECT_EQ(made.status, 201) << made.body;
    return made.text("client_id");
  }
  static std::string challenge() { return base::base64url(base::sha256(kVerifier)); }
  static Fields asking(const std::string& client_id) {
    return {{"response_type", "code"},        {"client_id", client_id},
            {"redirect_uri", kRedirect},      {"scope", kScope},
            {"state", "a state & more"},      {"code_challenge", challenge()},
            {"code_challenge_method", "S256"}};
  }
  static Fields with(Fields fields, std::string_view name, std::string_view value) {
    std::erase_if(fields, [name](const auto& field) { return field.first == name; });
    if (!value.empty()) fields.emplace_back(name, value);
    return fields;
  }
  /// The person signs in and allows; yields the redirect.
  WebAnswer authorize(const Fields& asked, std::string_view user = "anna") {
    const auto target = "authorize?" + encoded(asked);
    const auto entered = sign_in_on("authorize", target, user);
    EXPECT_EQ(entered.status, 303) << entered.body;
    return fill("authorize", open(entered.location()), {{"step", "allow"}});
  }
  std::string code_for(const std::string& client_id) { return authorize(asking(client_id)).led_with("code"); }
  static Fields exchange(const std::string& client_id, const std::string& code) {
    return {{"grant_type", "authorization_code"},
            {"client_id", client_id},
            {"code", code},
            {"redirect_uri", kRedirect},
            {"code_verifier", kVerifier}};
  }
  WebAnswer signed_in(const std::string& client_id) {
    auto tokens = post("token", exchange(client_id, code_for(client_id)));
    EXPECT_EQ(tokens.status, 200) << tokens.body;
    return tokens;
  }
  WebAnswer refresh(const std::string& client_id, const std::string& token) {
    return post("token", {{"grant_type", "refresh_token"}, {"client_id", client_id}, {"refresh_token", token}});
  }
  bool works(const std::string& access_token) { return call("GET", kWhoami, {}, access_token).status == 200; }
  matrix::Accounts& accounts() { return server_.context->get<matrix::Accounts>(); }

  base::ManualClock clock_;
  WholeServer server_{clock_};
  std::string cookie_;
  std::string address_ = "192.0.2.7";
};

}  // namespace troupe::homeserver::oauth
