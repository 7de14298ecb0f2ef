#include "net/http/http.h"

#include <gtest/gtest.h>

namespace troupe::net::http {
namespace {

TEST(Headers, NamesCompareWithoutCase) {
  Headers headers;
  headers.add("Content-Type", "a");
  headers.add("content-type", "b");
  EXPECT_EQ(headers.get("CONTENT-TYPE"), "a");
  EXPECT_EQ(headers.count("Content-type"), 2U);
  headers.set("content-Type", "c");
  EXPECT_EQ(headers.all().size(), 1U);
  EXPECT_EQ(headers.get("Content-Type"), "c");
  EXPECT_FALSE(headers.has("Content-Typ"));
  EXPECT_EQ(headers.get("X"), "");
}

TEST(Headers, ClearedFieldsAreReused) {
  Headers headers;
  const std::string value(100, 'v');
  headers.append("A-Name-Of-Some-Length", value);
  const auto* memory = headers.get("A-Name-Of-Some-Length").data();
  headers.clear();
  EXPECT_TRUE(headers.all().empty());
  headers.append("B", std::string(90, 'w'));
  EXPECT_EQ(headers.get("B").data(), memory);
}

TEST(Target, SplitsPathAndQuery) {
  Request request;
  ASSERT_TRUE(request.set_target("/a%2Fb?x=1&y=a+b%26&x=2&&z"));
  EXPECT_EQ(request.path, "/a%2Fb");
  EXPECT_EQ(request.query_value("y"), "a b&");
  EXPECT_EQ(request.query_values("x").size(), 2U);
  EXPECT_EQ(request.query_value("x"), "1");
  EXPECT_EQ(request.query_value("z"), "");
  EXPECT_EQ(request.query_value("q"), std::nullopt);
}

TEST(Target, TakesTheAbsoluteForm) {
  Request request;
  ASSERT_TRUE(request.set_target("http://example.org:8008/a?b=c"));
  EXPECT_EQ(request.path, "/a");
  EXPECT_EQ(request.query_value("b"), "c");
  ASSERT_TRUE(request.set_target("http://example.org"));
  EXPECT_EQ(request.path, "/");
}

TEST(Target, RefusesWhatIsNoPath) {
  Request request;
  for (std::string_view target : {"", "a", "*", "//"}) {
    EXPECT_EQ(request.set_target(target).has_value(), target == "//") << target;
  }
  request.method = "OPTIONS";
  EXPECT_TRUE(request.set_target("*"));
}

TEST(Target, RefusesBadQueries) {
  Request request;
  for (std::string_view target : {"/?a=%", "/?a=%1", "/?%gg=1", "/?a=%ff", "/?a=\xff"}) {
    EXPECT_FALSE(request.set_target(target)) << target;
  }
}

}  // namespace
}  // namespace troupe::net::http
