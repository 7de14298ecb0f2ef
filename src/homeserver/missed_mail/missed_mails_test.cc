// Mails about missed messages through the whole server: when they come, what is in them, and what ends them. The mails
// are taken from where they wait for the relay.
#include "homeserver/missed_mail/missed_mails.h"

#include <gmock/gmock.h>

#include "base/encoding.h"
#include "homeserver/accounts/identifier_store.h"
#include "homeserver/mail/mail_fixture.h"
#include "homeserver/missed_mail/unsubscribe.h"
#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::missed_mail {
namespace {

using namespace std::chrono_literals;
using matrix::JsonArray;
using matrix::JsonObject;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr auto kAddress = "ben@example.net";

/// A mail that waits, as it will go out.
struct Waiting {
  std::string to;
  std::string headers;
  std::string text;
  std::string html;
};

std::string part(const std::string& mail, const std::string& type) {
  auto at = mail.find("Content-Type: " + type);
  if (at == std::string::npos) return {};
  const bool encoded = mail.substr(at, 200).contains("Encoding: base64");
  at = mail.find("\r\n\r\n", at) + 4;
  auto body = mail.substr(at, mail.find("\r\n--part-", at) - at);
  if (!encoded) return body;
  std::erase_if(body, [](char c) { return c == '\r' || c == '\n'; });
  return base::base64_decode(body).value_or("");
}

class MissedMailsTest : public testing::Test {
 protected:
  MissedMailsTest() {
    anna_ = server_.person("anna");
    ben_ = server_.person("ben");
    give_address("@ben:example.org", kAddress);
    room_ = server_.call(anna_, "POST", "/createRoom", JsonObject{{"preset", "public_chat"}, {"name", "Kitchen"}})
                .string_at("/room_id");
    EXPECT_EQ(server_.call(ben_, "POST", "/join/" + room_, JsonObject()).status, 200);
    look();
    EXPECT_EQ(set_pusher(ben_, kAddress).status, 200);
  }
  void give_address(std::string user_id, std::string address) {
    ASSERT_TRUE(server_.db->write_now([&](store::Tx& tx) -> Result<Unit> {
      auto ids = accounts::identifier_store::third_party_ids(tx, user_id);
      ids.push_back({.medium = "email", .address = address, .added_ms = 1});
      accounts::identifier_store::set_third_party_ids(tx, user_id, ids);
      return Unit{};
    }));
  }
  WholeAnswer set_pusher(const std::string& token, std::string_view address, JsonObject more = {}) {
    JsonObject body{{"app_id", "m.email"},
                    {"pushkey", address},
                    {"kind", "email"},
                    {"lang", "en"},
                    {"data", JsonObject()},
                    {"app_display_name", "Mails"},
                    {"device_display_name", address}};
    for (const auto& [key, value] : more) body[key] = value;
    return server_.call(token, "POST", "/pushers/set", body);
  }
  std::size_t pushers(const std::string& token) {
    return server_.call(token, "GET", "/pushers").at("/pushers").as_array().size();
  }
  std::string say(const std::string& token, const JsonObject& content) {
    const auto path = "/rooms/" + room_ + "/send/m.room.message/" + std::to_string(++txn_);
    return server_.call(token, "PUT", path, content).string_at("/event_id");
  }
  std::string say(const std::string& token, std::string_view text) {
    return say(token, JsonObject{{"msgtype", "m.text"}, {"body", text}});
  }
  void read(const std::string& event) {
    EXPECT_EQ(server_.call(ben_, "POST", "/rooms/" + room_ + "/receipt/m.read/" + event, JsonObject()).status, 200);
  }
  void look() {
    server_.run_job("homeserver.push");
    server_.run_job("homeserver.missed_mails");
  }
  void after(std::chrono::milliseconds time) {
    look();
    clock_.advance(time);
    look();
  }
  /// What was put among the mails since the last call.
  std::vector<Waiting> mails() {
    std::vector<Waiting> found;
    EXPECT_TRUE(server_.db->write_now([&](store::Tx& tx) -> Result<Unit> {
      auto rows = tx.query("SELECT sealed_mail FROM hs_mail ORDER BY id");
      while (rows.next()) {
        std::string sealed;
        rows >> store::blob(sealed);
        const auto mail = server_.key.open(sealed).value();
        const auto begin = mail.find('\n');
        found.push_back({.to = mail.substr(0, begin),
                         .headers = mail.substr(begin + 1, mail.find("\r\n\r\n") - begin - 1),
                         .text = part(mail, "text/plain"),
                         .html = part(mail, "text/html")});
      }
      tx.run("DELETE FROM hs_mail");
      return Unit{};
    }));
    return found;
  }
  /// As a mail program does of itself (RFC 8058), or the button of the page with a token.
  int press(const std::string& link, const std::string& form = "List-Unsubscribe=One-Click") {
    net::http::Request request;
    request.method = "POST";
    EXPECT_TRUE(request.set_target(link));
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = form;
    request.remote_address = "192.0.2.7";
    auto send = [&]() -> asio::awaitable<int> {
      co_return (co_await server_.router.dispatch(host::kMatrixListener, request)).status;
    };
    return server_.wait(send());
  }
  /// The link that ends the mails, from its path on.
  static std::string link_of(const Waiting& mail) {
    const auto at = mail.text.find(kUnsubscribePath);
    return at == std::string::npos ? std::string() : mail.text.substr(at, mail.text.find('\r', at) - at);
  }

  base::ManualClock clock_;
  WholeServer server_{clock_, {.configure = [](host::Settings& settings) {
                        mail::configure_mail(settings);
                        settings.edit<MailSettings>().missed_messages = true;
                        settings.edit<MailSettings>().missed_after_s = 600;
                      }}};
  std::string anna_;
  std::string ben_;
  std::string room_;
  int txn_ = 0;
};

TEST_F(MissedMailsTest, PushesWaitForNoMail) {
  say(anna_, "tea?");
  look();
  clock_.advance(11min);
  server_.run_job("homeserver.push");
  EXPECT_THAT(mails(), IsEmpty()) << "a job of their own";
  server_.run_job("homeserver.missed_mails");
  EXPECT_THAT(mails(), SizeIs(1));
}

TEST_F(MissedMailsTest, WhatIsPlannedWhileALookIsUnderWayIsNotLost) {
  say(anna_, "tea?");
  look();
  clock_.advance(11min);
  // Due, and not looked for yet: what comes now is planned beside it.
  say(anna_, "coffee?");
  server_.run_job("homeserver.push");
  server_.run_job("homeserver.missed_mails");
  EXPECT_THAT(mails(), SizeIs(1));
  read(say(anna_, "water?"));
  look();
  say(anna_, "milk?");
  after(11min);
  EXPECT_THAT(mails(), SizeIs(1)) << "what was read ended the pause";
}

TEST_F(MissedMailsTest, OneMailTellsOfAllThatWaited) {
  say(anna_, "tea?");
  after(5min);
  say(anna_, "<b>or</b> coffee\r\nBcc: all@example.org");
  look();
  EXPECT_THAT(mails(), IsEmpty()) << "too early";
  after(5min);
  const auto came = mails();
  ASSERT_THAT(came, SizeIs(1));
  EXPECT_EQ(came[0].to, kAddress);
  EXPECT_THAT(came[0].headers, HasSubstr("Subject: example.org: 2 unread messages in Kitchen"));
  EXPECT_THAT(came[0].headers,
              HasSubstr("List-Unsubscribe: <https://matrix.example.org" + std::string(kUnsubscribePath)));
  EXPECT_THAT(came[0].headers, HasSubstr("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
  EXPECT_THAT(came[0].headers, Not(HasSubstr("\r\nBcc")));
  EXPECT_THAT(came[0].text, HasSubstr("anna: tea?\r\n"));
  EXPECT_THAT(came[0].text, HasSubstr("anna: <b>or</b> coffee Bcc: all@example.org\r\n"));
  EXPECT_THAT(came[0].html, HasSubstr("&lt;b&gt;or&lt;/b&gt;"));
  EXPECT_THAT(came[0].html, Not(HasSubstr("<b>")));
  after(10h);
  EXPECT_THAT(mails(), IsEmpty()) << "told";
}

TEST_F(MissedMailsTest, WhatWasReadIsNotMailed) {
  read(say(anna_, "one"));
  after(10min);
  EXPECT_THAT(mails(), IsEmpty());
  const auto second = say(anna_, "two");
  after(9min);
  read(second);
  say(anna_, "three");
  after(1min);
  EXPECT_THAT(mails(), IsEmpty()) << "the third has not waited";
  after(9min);
  const auto came = mails();
  ASSERT_THAT(came, SizeIs(1));
  EXPECT_THAT(came[0].text, Not(HasSubstr("two")));
  EXPECT_THAT(came[0].text, HasSubstr("three"));
  say(anna_, "four");
  say(ben_, "I am here");
  after(10h);
  EXPECT_THAT(mails(), IsEmpty()) << "who answers has read";
}

TEST_F(MissedMailsTest, WhatDoesNotNotifyIsNotMailed) {
  say(anna_, JsonObject{{"msgtype", "m.notice"}, {"body", "hum"}});
  say(ben_, "mine");
  ASSERT_EQ(
      server_
          .call(ben_, "PUT", "/pushrules/global/content/tea", JsonObject{{"pattern", "tea"}, {"actions", JsonArray()}})
          .status,
      200);
  say(anna_, "tea");
  after(10min);
  EXPECT_THAT(mails(), IsEmpty());
}

TEST_F(MissedMailsTest, WhoDoesNotReadIsToldLessAndLessOften) {
  std::vector<int> minutes;
  for (int minute = 0; minute < 60 * 10; minute += 5) {
    say(anna_, "message");
    after(5min);
    if (!mails().empty()) minutes.push_back(minute + 5);
  }
  EXPECT_THAT(minutes, ElementsAre(10, 70, 190, 430));
  const auto last = say(anna_, "the last");
  read(last);
  say(anna_, "new");
  after(10min);
  EXPECT_THAT(mails(), SizeIs(1)) << "who has read is told as at first";
}

TEST_F(MissedMailsTest, ARedactedMessageAndARoomThatWasLeftAreNotTold) {
  const auto event = say(anna_, "oops");
  EXPECT_EQ(server_.call(anna_, "PUT", "/rooms/" + room_ + "/redact/" + event + "/1", JsonObject()).status, 200);
  after(10min);
  EXPECT_THAT(mails(), IsEmpty());
  say(anna_, "late");
  EXPECT_EQ(server_.call(ben_, "POST", "/rooms/" + room_ + "/leave", JsonObject()).status, 200);
  after(10min);
  EXPECT_THAT(mails(), IsEmpty());
}

TEST_F(MissedMailsTest, AnInvitationIsTold) {
  server_.call(anna_, "POST", "/createRoom", JsonObject{{"name", "Cellar"}, {"invite", JsonArray{"@ben:example.org"}}});
  after(10min);
  const auto came = mails();
  ASSERT_THAT(came, SizeIs(1));
  EXPECT_THAT(came[0].text, HasSubstr("Cellar\r\n  anna: invites you"));
}

TEST_F(MissedMailsTest, TheLinkEndsThemWithoutSigningIn) {
  say(anna_, "one");
  after(10min);
  const auto came = mails();
  ASSERT_THAT(came, SizeIs(1));
  const auto link = link_of(came[0]);
  const auto page = server_.call("", "GET", link);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.text, HasSubstr(kAddress));
  EXPECT_THAT(page.text, HasSubstr("<form method=\"post\""));
  EXPECT_EQ(pushers(ben_), 1U) << "looking ends nothing";
  EXPECT_EQ(server_.call("", "GET", link.substr(0, link.size() - 3)).status, 404);
  EXPECT_EQ(server_.call("", "GET", std::string(kUnsubscribePath)).status, 404);
  EXPECT_EQ(
      server_
          .call("", "GET",
                std::string(kUnsubscribePath) + "?token=" + base::base64url(base::as_bytes(server_.key.seal("x"))))
          .status,
      404);
  EXPECT_EQ(press(std::string(kUnsubscribePath), "token=wrong"), 404);
  EXPECT_EQ(press(link), 200);
  EXPECT_EQ(pushers(ben_), 0U);
  say(anna_, "two");
  after(24h);
  EXPECT_THAT(mails(), IsEmpty());
  clock_.advance(1s);
  EXPECT_EQ(set_pusher(ben_, kAddress).status, 200);
  EXPECT_EQ(press(std::string(kUnsubscribePath), link.substr(link.find('?') + 1)), 200);
  EXPECT_EQ(pushers(ben_), 1U) << "an old link ends nothing that began since";
}

TEST_F(MissedMailsTest, TheyEndWithTheAddress) {
  say(anna_, "one");
  look();
  ASSERT_TRUE(server_.db->write_now([&](store::Tx& tx) -> Result<Unit> {
    accounts::identifier_store::set_third_party_ids(tx, "@ben:example.org", {});
    return Unit{};
  }));
  EXPECT_EQ(pushers(ben_), 0U);
  after(10min);
  EXPECT_THAT(mails(), IsEmpty());
  give_address("@ben:example.org", kAddress);
  EXPECT_EQ(set_pusher(ben_, kAddress).status, 200);
  give_address("@anna:example.org", kAddress);
  EXPECT_EQ(pushers(ben_), 0U) << "it is somebody else's now";
}

TEST_F(MissedMailsTest, TheyOutliveTheDevice) {
  EXPECT_EQ(server_.call(ben_, "POST", "/logout", JsonObject()).status, 200);
  say(anna_, "are you there?");
  after(10min);
  EXPECT_THAT(mails(), SizeIs(1));
}

TEST_F(MissedMailsTest, WhatMayBeSet) {
  EXPECT_EQ(set_pusher(ben_, "Ben@Example.NET").status, 200);
  EXPECT_EQ(pushers(ben_), 1U) << "one form of an address";
  EXPECT_EQ(server_.call(ben_, "GET", "/pushers").string_at("/pushers/0/pushkey"), kAddress);
  EXPECT_EQ(server_.call(ben_, "GET", "/pushers").string_at("/pushers/0/kind"), "email");
  EXPECT_EQ(set_pusher(anna_, kAddress).string_at("/errcode"), "M_THREEPID_NOT_FOUND");
  EXPECT_EQ(set_pusher(anna_, "not an address").string_at("/errcode"), "M_THREEPID_NOT_FOUND");
  EXPECT_EQ(set_pusher(ben_, kAddress, {{"app_id", "org.example"}}).string_at("/errcode"), "M_INVALID_PARAM");
  const JsonObject web{{"kind", "http"}, {"data", {{"url", "https://p.example/_matrix/push/v1/notify"}}}};
  EXPECT_EQ(set_pusher(ben_, kAddress, web).string_at("/errcode"), "M_INVALID_PARAM");
  EXPECT_EQ(set_pusher(ben_, "BEN@example.net", {{"kind", nullptr}}).status, 200);
  EXPECT_EQ(pushers(ben_), 0U);
}

TEST_F(MissedMailsTest, WhatWaitedBeforeTheyBeganIsNotTold) {
  EXPECT_EQ(set_pusher(ben_, kAddress, {{"kind", nullptr}}).status, 200);
  say(anna_, "before");
  look();
  EXPECT_EQ(set_pusher(ben_, kAddress).status, 200);
  say(anna_, "after");
  after(10min);
  const auto came = mails();
  ASSERT_THAT(came, SizeIs(1));
  EXPECT_THAT(came[0].text, Not(HasSubstr("before")));
}

TEST_F(MissedMailsTest, FullQueuesLoseNothing) {
  ASSERT_TRUE(server_.db->write_now([](store::Tx& tx) -> Result<Unit> {
    for (std::int64_t i = 0; i < mail::MailQueue::kMostWaiting; ++i)
      mail::mail_store::insert(tx, {.id = -1 - i, .sealed_mail = "x", .made_ms = 1, .due_ms = 1, .ends_ms = 2});
    return Unit{};
  }));
  say(anna_, "one");
  after(10min);
  ASSERT_TRUE(server_.db->write_now([](store::Tx& tx) -> Result<Unit> {
    tx.run("DELETE FROM hs_mail");
    return Unit{};
  }));
  look();
  EXPECT_THAT(mails(), IsEmpty());
  after(5min);
  EXPECT_THAT(mails(), SizeIs(1));
}

TEST(MissedMailsSwitchTest, OffThereAreNone) {
  WholeServer server(base::system_clock(), {.configure = mail::configure_mail});
  const auto ben = server.person("ben");
  const JsonObject body{{"app_id", "m.email"}, {"pushkey", kAddress},     {"kind", "email"},
                        {"lang", "en"},        {"app_display_name", "a"}, {"device_display_name", "a"}};
  EXPECT_EQ(server.call(ben, "POST", "/pushers/set", body).string_at("/errcode"), "M_INVALID_PARAM");
  EXPECT_EQ(server.call("", "GET", std::string(kUnsubscribePath)).status, 404);
}

}  // namespace
}  // namespace troupe::homeserver::missed_mail
