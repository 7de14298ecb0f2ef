#include "homeserver/sso/names.h"

#include <gtest/gtest.h>

#include "homeserver/sso/redirects.h"

namespace troupe::homeserver::sso {
namespace {

TEST(SsoNames, BecomeLocalParts) {
  EXPECT_EQ(as_localpart("anna"), "anna");
  EXPECT_EQ(as_localpart("Anna.B-c/d+1"), "anna.b-c/d+1");
  EXPECT_EQ(as_localpart("a b"), "a=20b");
  EXPECT_EQ(as_localpart("a=b"), "a=3db");
  EXPECT_EQ(as_localpart("_anna_"), "=5fanna_");
  EXPECT_EQ(as_localpart("j\xc3\xb6rg"), "j=c3=b6rg");
  EXPECT_EQ(as_localpart("a@b:c"), "a=40b=3ac");
  EXPECT_EQ(as_localpart(""), "");
}

TEST(SsoRedirects, MustBeAddressesOfClients) {
  for (const auto* good : {"https://app.example.org/#/login", "http://localhost:8080/?a=b", "io.element.app:/callback",
                           "element://vector/webapp"})
    EXPECT_TRUE(check_redirect(good)) << good;
  EXPECT_EQ(check_redirect("").error().code(), Errc::missing_param);
  for (const auto* bad :
       {"/relative", "app.example.org", "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x",
        "file:///etc/passwd", "blob:https://x", "https:app.example.org", "https://", "https://user@example.org/",
        "https://a.example\\@b.example/", "https://a.example/\r\nSet-Cookie: x", " https://a.example",
        "java\tscript:x"})
    EXPECT_FALSE(check_redirect(bad)) << bad;
  EXPECT_FALSE(check_redirect("https://a.example/" + std::string(kMaxRedirectBytes, 'a')));
}

TEST(SsoRedirects, AreTrustedByOriginAndPath) {
  const std::vector<std::string> trusted{"https://app.example.org", "https://other.example.org/element/",
                                         "io.element.app:/"};
  for (const auto* good : {"https://app.example.org", "https://app.example.org/", "https://app.example.org/a?b#c",
                           "https://APP.example.org:443/", "https://other.example.org/element/a",
                           "https://other.example.org/element", "io.element.app:/callback"})
    EXPECT_TRUE(is_trusted(good, trusted)) << good;
  for (const auto* bad :
       {"https://app.example.org.evil.example/", "http://app.example.org/", "https://app.example.org:8443/",
        "https://app.example.org@evil.example/", "https://evil.example/https://app.example.org/",
        "https://other.example.org/elementary", "https://other.example.org/", "https://other.example.org/element/../x",
        "https://other.example.org/element/%2E%2e/x", "io.element.app.evil:/", "io.element.appx:/"})
    EXPECT_FALSE(is_trusted(bad, trusted)) << bad;
  EXPECT_FALSE(is_trusted("https://app.example.org/", {}));
}

TEST(SsoRedirects, CarryTheTokenInTheirQuery) {
  EXPECT_EQ(with_token("https://a.example", "t"), "https://a.example?loginToken=t");
  EXPECT_EQ(with_token("https://a.example/?", "t"), "https://a.example/?loginToken=t");
  EXPECT_EQ(with_token("https://a.example/?b=c", "t"), "https://a.example/?b=c&loginToken=t");
  EXPECT_EQ(with_token("https://a.example/?b=c#/login?d", "t"), "https://a.example/?b=c&loginToken=t#/login?d");
  EXPECT_EQ(with_token("io.element.app:/x", "t&"), "io.element.app:/x?loginToken=t%26");
}

TEST(SsoRedirects, AreShownByTheirHost) {
  EXPECT_EQ(shown_address("https://app.example.org/a?b"), "app.example.org");
  EXPECT_EQ(shown_address("http://app.example.org:80/a"), "http://app.example.org");
  EXPECT_EQ(shown_address("io.element.app:/x"), "io.element.app:");
}

}  // namespace
}  // namespace troupe::homeserver::sso
