// For tests: accounts of a server that sends mail, and people who open links.
#pragma once
#include "homeserver/accounts/account_fixture.h"

namespace troupe::homeserver::accounts {

class AccountMailTest : public AccountFixture {
 protected:
  static constexpr std::string_view kReset = "/account/password/email/requestToken";
  static constexpr std::string_view kAdd = "/account/3pid/email/requestToken";
  static constexpr std::string_view kRegister = "/register/email/requestToken";
  static constexpr auto kLogin = "/_matrix/client/v3/login";

  AccountMailTest() : AccountFixture(true) {}

  Answer post(std::string_view rest, const matrix::JsonObject& body, std::string_view token = {}) {
    return call("POST", "/_matrix/client/v3" + std::string(rest), boost::json::serialize(body), token);
  }
  Answer ask(std::string_view rest, std::string_view email, std::string_view secret = "secret", int attempt = 1) {
    return post(rest, {{"client_secret", secret}, {"email", email}, {"send_attempt", attempt}});
  }
  std::vector<net::smtp::Mail> mails() {
    EXPECT_TRUE(run(mail_->queue.send_due()));
    return mail_->postman.take();
  }
  /// The path of the link in the one mail that came.
  std::string path_in_mail() {
    const auto came = mails();
    EXPECT_EQ(came.size(), 1U);
    const auto link = came.empty() ? std::string() : mail::link_in(came[0]);
    constexpr std::string_view kBase = "https://matrix.example.org";
    EXPECT_TRUE(link.starts_with(std::string(kBase) + std::string(mail::kConfirmPath))) << link;
    return link.size() < kBase.size() ? link : link.substr(kBase.size());
  }
  Answer press_button(const std::string& path) {
    const auto query = path.find('?');
    content_type_ = "application/x-www-form-urlencoded";
    auto answer = call("POST", path.substr(0, query), path.substr(query + 1));
    content_type_.clear();
    return answer;
  }
  /// A proof whose button was pressed; its sid.
  std::string proven(std::string_view rest, std::string_view email, std::string_view secret = "secret") {
    const auto asked = ask(rest, email, secret);
    EXPECT_EQ(asked.status, 200) << asked.body;
    EXPECT_EQ(press_button(path_in_mail()).status, 200);
    return asked.text("sid");
  }
  static matrix::JsonObject by_mail(std::string_view sid, std::string_view secret = "secret") {
    return {{"type", "m.login.email.identity"}, {"threepid_creds", {{"sid", sid}, {"client_secret", secret}}}};
  }
  static matrix::JsonObject by_password(std::string_view user) {
    return {
        {"type", "m.login.password"}, {"identifier", {{"type", "m.id.user"}, {"user", user}}}, {"password", "secret"}};
  }
  void give_address(std::string_view localpart, const std::string& token, std::string_view email) {
    const auto sid = proven(kAdd, email, std::string("give-") + std::string(localpart));
    const auto added = post(
        "/account/3pid/add",
        {{"sid", sid}, {"client_secret", "give-" + std::string(localpart)}, {"auth", by_password(localpart)}}, token);
    ASSERT_EQ(added.status, 200) << added.body;
  }
  std::string addresses(const std::string& token) {
    std::string found;
    const auto shown = call("GET", "/_matrix/client/v3/account/3pid", {}, token);
    for (const auto& id : shown.json.at("threepids").as_array())
      found += (found.empty() ? "" : " ") + std::string(id.at("address").as_string());
    return found;
  }
  std::string outcome(const Answer& answer) { return std::to_string(answer.status) + " " + answer.errcode(); }
};

}  // namespace troupe::homeserver::accounts
