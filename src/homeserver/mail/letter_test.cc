#include "homeserver/mail/letter.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace troupe::homeserver::mail {
namespace {

constexpr base::UnixMs kThen = 1'795'273'531'000;  // 21 November 2026, 15:05:31 UTC
const MailSender kTroupe{.name = "Troupe", .address = "troupe@example.org"};

TEST(LetterTest, AscIiGoesOutAsItIs) {
  EXPECT_EQ(compose({.to = "anna@example.org", .subject = "Hello", .text = "one\n\ntwo"}, kTroupe, "id1", kThen),
            "Date: Sat, 21 Nov 2026 15:05:31 +0000\r\nFrom: \"Troupe\" <troupe@example.org>\r\n"
            "To: anna@example.org\r\nSubject: Hello\r\nMessage-ID: <id1@example.org>\r\n"
            "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 7bit\r\n\r\none\r\n\r\ntwo\r\n");
}

TEST(LetterTest, NothingEndsAHeader) {
  const auto text = compose({.to = "anna@example.org", .subject = "a\r\nBcc: all@example.org\n", .text = "b\r\n.\r\n"},
                            kTroupe, "id1", kThen);
  EXPECT_EQ(text.find("\r\nBcc"), std::string::npos);
  EXPECT_NE(text.find("Subject: a  Bcc: all@example.org \r\n"), std::string::npos);
}

TEST(LetterTest, OtherLettersAreEncodedInShortLines) {
  std::string long_name;
  for (int i = 0; i < 60; ++i) long_name += "é";
  const auto text = compose({.to = "a@b", .subject = long_name, .text = long_name + "\n"}, kTroupe, "id1", kThen);
  for (std::size_t from = 0; from < text.size();) {
    const auto end = text.find("\r\n", from);
    EXPECT_LE(end - from, 78U);
    from = end + 2;
  }
  EXPECT_NE(text.find("Subject: =?utf-8?B?"), std::string::npos);
  auto body = text.substr(text.find("\r\n\r\n") + 4);
  std::erase_if(body, [](char c) { return c == '\r' || c == '\n'; });
  EXPECT_EQ(base::base64_decode(body), long_name + "\r\n");
}

TEST(LetterTest, HtmlComesBesideTheText) {
  const auto text = compose(
      {.to = "a@b", .subject = "s", .text = "one\n", .html = "<p>one</p>", .unsubscribe = "https://example.org/end"},
      kTroupe, "id1", kThen);
  EXPECT_TRUE(
      text.ends_with("List-Unsubscribe: <https://example.org/end>\r\n"
                     "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version: 1.0\r\n"
                     "Content-Type: multipart/alternative; boundary=\"part-id1\"\r\n\r\n--part-id1\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
                     "one\r\n\r\n--part-id1\r\n"
                     "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                     "PHA+b25lPC9wPg==\r\n\r\n--part-id1--\r\n"))
      << text;
}

TEST(LetterTest, AddressesInOneForm) {
  EXPECT_EQ(canonical_mail_address(" Anna.Ball+x@Example.ORG "), "anna.ball+x@example.org");
  EXPECT_EQ(canonical_mail_address("anna@localhost"), "anna@localhost");
  for (const auto* wrong :
       {"", "@", "a@b@c", "a b@c", "a@b\n", "a@b..c", ".a@b", "a.@b", "a@b-", "a@[127.0.0.1]", "é@b"})
    EXPECT_FALSE(canonical_mail_address(wrong)) << wrong;
  EXPECT_FALSE(canonical_mail_address(std::string(65, 'a') + "@example.org"));
  EXPECT_FALSE(canonical_mail_address("a@" + std::string(64, 'b')));
}

TEST(LetterTest, Senders) {
  EXPECT_EQ(parse_mail_sender("\"The Server\" <a@b>").value().name, "The Server");
  EXPECT_EQ(parse_mail_sender("The Server <A@b>").value().address, "A@b");
  EXPECT_EQ(parse_mail_sender("a@b").value().name, "");
  for (const auto* wrong : {"", "Name", "Na\"me <a@b>", "Name\r\nBcc: x <a@b>", "Name <a@b", "Name <>"})
    EXPECT_FALSE(parse_mail_sender(wrong)) << wrong;
}

}  // namespace
}  // namespace troupe::homeserver::mail
