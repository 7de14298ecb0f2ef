#include "net/http/url.h"

#include <gtest/gtest.h>

namespace troupe::net::http {
namespace {

TEST(Url, IsTakenApart) {
  const auto plain = Url::parse("http://Example.ORG").value();
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.host, "example.org");
  EXPECT_EQ(plain.port, 80);
  EXPECT_EQ(plain.target, "/");
  EXPECT_EQ(plain.authority(), "example.org");

  const auto full = Url::parse("https://[::1]:8443/a%2Fb/c?x=1&y=%20#fragment").value();
  EXPECT_TRUE(full.tls);
  EXPECT_EQ(full.host, "::1");
  EXPECT_EQ(full.port, 8443);
  EXPECT_EQ(full.target, "/a%2Fb/c?x=1&y=%20");
  EXPECT_EQ(full.origin(), "https://[::1]:8443");

  EXPECT_EQ(Url::parse("https://a:443/").value().authority(), "a");
  EXPECT_EQ(Url::parse("http://a:/x").value().port, 80);
  EXPECT_EQ(Url::parse("http://a?q").value().target, "/?q");
  EXPECT_EQ(Url::parse(" http://a/gr\xc3\xbc\xc3\x9f e|\r\n").value().target, "/gr%C3%BC%C3%9F%20e%7C");
}

TEST(Url, RefusesWhatIsNoHttpUrl) {
  const std::string too_long = "http://a/" + std::string(9'000, 'x');
  for (std::string_view text : {std::string_view(""),
                                std::string_view("example.org"),
                                std::string_view("/path"),
                                std::string_view("ftp://a/"),
                                std::string_view("file:///etc/passwd"),
                                std::string_view("http://"),
                                std::string_view("http:///x"),
                                std::string_view("http://user@a/"),
                                std::string_view("http://u:p@a/"),
                                std::string_view("http://a:0/"),
                                std::string_view("http://a:65536/"),
                                std::string_view("http://a:65616/"),
                                std::string_view("http://a:99999999999/"),
                                std::string_view("http://a:-1/"),
                                std::string_view("http://a:80x/"),
                                std::string_view("http://a b/"),
                                std::string_view("http://a%0d%0ab/"),
                                std::string_view("http://a%00/"),
                                std::string_view("http://[::1/"),
                                std::string_view("http://m\xc3\xbcller.de/"),
                                std::string_view("http://a/%zz"),
                                std::string_view("mailto:a@b"),
                                std::string_view("javascript:alert(1)"),
                                std::string_view(too_long)}) {
    const auto url = Url::parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code(), Errc::invalid_param) << text;
  }
}

TEST(Url, FollowsALocation) {
  const auto base = Url::parse("http://a:8080/x/y?q=1").value();
  EXPECT_EQ(base.resolve("/z").value().target, "/z");
  EXPECT_EQ(base.resolve("z").value().target, "/x/z");
  EXPECT_EQ(base.resolve("../../../z").value().target, "/z");
  EXPECT_EQ(base.resolve("/a/./b/../../..").value().target, "/");
  EXPECT_EQ(base.resolve("/a/b/.").value().target, "/a/b/");
  EXPECT_EQ(base.resolve("/a//../b/..c").value().target, "/a/b/..c");
  EXPECT_EQ(base.resolve("?r").value().target, "/x/y?r");
  EXPECT_EQ(base.resolve("//b/z").value().origin(), "http://b");
  EXPECT_EQ(base.resolve("https://a:8080/z").value().origin(), "https://a:8080");
  EXPECT_TRUE(base.same_origin(base.resolve("z").value()));
  EXPECT_FALSE(base.same_origin(base.resolve("//a/z").value()));
  EXPECT_FALSE(base.resolve("file:///etc/passwd"));
  EXPECT_FALSE(base.resolve("http://u:p@b/"));
}

}  // namespace
}  // namespace troupe::net::http
