#include "net/smtp/smtp.h"

#include "net/smtp/smtp_fixture.h"

namespace troupe::net::smtp {
namespace {

using namespace std::chrono_literals;

class SmtpTest : public testing::Test {
 protected:
  Relay relay_at(const FakeRelay& relay, Security security = Security::none) const {
    return {.host = "127.0.0.1",
            .port = relay.port(),
            .security = security,
            .user = {},
            .password = {},
            .greeting = "example.org",
            .ca_file = files_.certificate_chain_file};
  }
  static Mail mail() {
    return {.from = "troupe@example.org",
            .to = "anna@example.org",
            .text = "Subject: hello\r\n\r\nfirst\r\n.\r\n..second\r\n.third\r\n"};
  }
  std::shared_ptr<tls::TlsServer> tls() const { return tls::TlsServer::load(files_).value(); }
  /// What became of the mail at a relay that answers this to the command.
  std::string outcome(std::string command, std::string answer) {
    const FakeRelay relay({.answers = {{std::move(command), std::move(answer)}}});
    const auto sent = send(relay_at(relay), mail(), {.connect = 30s, .silence = 1s, .total = 30s});
    EXPECT_TRUE(relay.taken().empty());
    return sent ? "sent" : std::string(base::info(sent.error().code()).matrix_code);
  }

  tls::testing::TempDir dir_;
  tls::TlsFiles files_ = tls::testing::make_certificate(dir_, "relay", "DNS:localhost,IP:127.0.0.1");
};

TEST_F(SmtpTest, AMailArrivesAsItIs) {
  const FakeRelay relay;
  const auto sent = send(relay_at(relay), mail());
  ASSERT_TRUE(sent) << sent.error().message();
  const FakeRelay::Taken wanted{
      .from = "<troupe@example.org>", .to = "<anna@example.org>", .text = mail().text, .encrypted = false};
  ASSERT_EQ(relay.taken().size(), 1U);
  EXPECT_EQ(relay.taken()[0].from.substr(0, wanted.from.size()), wanted.from);
  EXPECT_EQ(relay.taken()[0].to, wanted.to);
  EXPECT_EQ(relay.taken()[0].text, wanted.text) << "lines that begin with a dot are what they were";
}

TEST_F(SmtpTest, IsEncryptedAndSignsIn) {
  for (const bool first : {false, true}) {
    const FakeRelay relay({.tls = tls(), .tls_first = first, .user = "troupe", .password = "sésame", .answers = {}});
    auto how = relay_at(relay, first ? Security::tls : Security::starttls);
    how.user = "troupe";
    how.password = "sésame";
    const auto sent = send(how, mail());
    ASSERT_TRUE(sent) << sent.error().message();
    ASSERT_EQ(relay.taken().size(), 1U);
    EXPECT_TRUE(relay.taken()[0].encrypted);
    EXPECT_TRUE(probe(how));
    how.password = "wrong";
    EXPECT_EQ(send(how, mail()).error().code(), Errc::unavailable);
    EXPECT_EQ(probe(how).error().code(), Errc::unavailable);
    EXPECT_EQ(relay.taken().size(), 1U);
  }
}

TEST_F(SmtpTest, NothingIsSaidToARelayThatDoesNotEncrypt) {
  const FakeRelay plain;
  EXPECT_EQ(send(relay_at(plain, Security::starttls), mail()).error().code(), Errc::unavailable);
  const FakeRelay stripped({.tls = tls(), .answers = {{"STARTTLS", "454 not now"}}});
  EXPECT_EQ(send(relay_at(stripped, Security::starttls), mail()).error().code(), Errc::unavailable);
  const FakeRelay unknown({.tls = tls(), .answers = {}});
  auto how = relay_at(unknown, Security::starttls);
  how.ca_file.clear();
  EXPECT_EQ(send(how, mail()).error().code(), Errc::unavailable) << "nobody knows who signed its certificate";
  EXPECT_TRUE(plain.taken().empty() && stripped.taken().empty() && unknown.taken().empty());
}

TEST_F(SmtpTest, WhatIsRefusedForGoodAndForNow) {
  EXPECT_EQ(outcome("RCPT", "550 5.1.1 no such user"), "M_INVALID_PARAM");
  EXPECT_EQ(outcome("RCPT", "450 4.2.0 greylisted"), "M_LIMIT_EXCEEDED");
  EXPECT_EQ(outcome("DATA", "554 no"), "M_INVALID_PARAM");
  EXPECT_EQ(outcome("END", "554 5.7.1 looks like spam"), "M_INVALID_PARAM");
  EXPECT_EQ(outcome("END", "452 4.3.1 no room"), "M_LIMIT_EXCEEDED");
  // What it makes of us is no mail's fault.
  for (const auto* command : {"CONNECT", "MAIL"}) EXPECT_EQ(outcome(command, "554 go away"), "M_UNKNOWN") << command;
}

TEST_F(SmtpTest, ARelayThatDiesOrHangsIsTroubleInTime) {
  for (const auto* command : {"CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "MIDDLE", "END"})
    EXPECT_EQ(outcome(command, "die"), "M_UNKNOWN") << command;
  for (const auto* command : {"CONNECT", "RCPT", "END"}) EXPECT_EQ(outcome(command, "hang"), "M_UNKNOWN") << command;
}

TEST_F(SmtpTest, AStopEndsWhatIsUnderWay) {
  const FakeRelay relay({.answers = {{"RCPT", "hang"}}});
  std::atomic<bool> stop{true};
  EXPECT_EQ(send(relay_at(relay), mail(), {.stop = &stop}).error().code(), Errc::unavailable);
}

TEST_F(SmtpTest, NobodyListens) {
  auto how = [&] {
    const FakeRelay relay;
    return relay_at(relay);
  }();
  const auto reached = probe(how);
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().code(), Errc::unavailable);
  EXPECT_NE(reached.error().message().find("connect"), std::string::npos) << reached.error().message();
}

}  // namespace
}  // namespace troupe::net::smtp
