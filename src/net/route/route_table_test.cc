#include "net/route/route_table.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace troupe::net::route {
namespace {

using Outcome = RouteTable::Outcome;
using Values = std::vector<std::string>;

struct Table {
  RouteTable table;
  std::vector<std::string> patterns;
  Table& add(std::string method, std::string pattern) {
    table.add(method, pattern, patterns.size());
    patterns.push_back(std::move(pattern));
    return *this;
  }
  std::string matched(std::string_view method, std::string_view path) const {
    const auto match = table.find(method, path);
    return match.outcome == Outcome::found ? patterns[match.route] : "";
  }
};

TEST(RouteTable, LiteralBeatsParameterAndBacktracks) {
  Table t;
  t.add("GET", "/bots/{id}").add("GET", "/bots/status").add("GET", "/bots/{id}/logs").add("GET", "/bots/status/{x}/y");
  EXPECT_EQ(t.matched("GET", "/bots/status"), "/bots/status");
  EXPECT_EQ(t.matched("GET", "/bots/7"), "/bots/{id}");
  EXPECT_EQ(t.matched("GET", "/bots/status/logs"), "/bots/{id}/logs");
  EXPECT_EQ(t.matched("GET", "/bots/status/a/y"), "/bots/status/{x}/y");
  EXPECT_EQ(t.matched("GET", "/bots"), "");
  EXPECT_EQ(t.matched("GET", "/bots/"), "");
}

TEST(RouteTable, AMethodOnTheParameterIsFoundBehindALiteralOfAnother) {
  Table t;
  t.add("POST", "/bots/status").add("GET", "/bots/{id}");
  EXPECT_EQ(t.matched("GET", "/bots/status"), "/bots/{id}");
}

TEST(RouteTable, DecodesEachSegmentOnceAfterSplitting) {
  Table t;
  t.add("GET", "/rooms/{room}/state/{type}/{key}");
  const auto match = t.table.find("GET", "/rooms/%21a%3Ab/state/m.x/a%2Fb%2520");
  ASSERT_EQ(match.outcome, Outcome::found);
  EXPECT_EQ(match.values, (Values{"!a:b", "m.x", "a/b%20"}));
  EXPECT_EQ(t.matched("GET", "/r%6foms/x/state/m.x/k"), "/rooms/{room}/state/{type}/{key}");
}

TEST(RouteTable, AnEmptyLastSegmentNeedsItsOwnRoute) {
  Table t;
  t.add("GET", "/state/{type}/{key}");
  EXPECT_EQ(t.matched("GET", "/state/m.x/"), "");
  t.add("GET", "/state/{type}/");
  EXPECT_EQ(t.matched("GET", "/state/m.x/"), "/state/{type}/");
  EXPECT_EQ(t.matched("GET", "/state/m.x"), "");
}

TEST(RouteTable, RestTakesTheRestButNoDots) {
  Table t;
  t.add("GET", "/ui/{path*}").add("GET", "/ui/assets/{name}");
  EXPECT_EQ(t.matched("GET", "/ui/assets/x.js"), "/ui/assets/{name}");
  EXPECT_EQ(t.matched("GET", "/ui/assets/x/y"), "/ui/{path*}");
  EXPECT_EQ(t.table.find("GET", "/ui/a/b").values, Values{"a/b"});
  EXPECT_EQ(t.table.find("GET", "/ui/").values, Values{""});
  for (const char* path : {"/ui/..", "/ui/a/../b", "/ui/%2e%2e/b", "/ui/./b", "/ui/a%2fb", "/ui/..%2f"}) {
    EXPECT_EQ(t.matched("GET", path), "") << path;
  }
}

TEST(RouteTable, SaysWhichMethodsThereAre) {
  Table t;
  t.add("GET", "/a").add("PUT", "/a");
  const auto match = t.table.find("POST", "/a");
  EXPECT_EQ(match.outcome, Outcome::no_method);
  EXPECT_EQ(match.allow, "GET, HEAD, PUT");
  EXPECT_EQ(t.matched("HEAD", "/a"), "/a");
  EXPECT_EQ(t.table.find("get", "/a").outcome, Outcome::no_method);
}

TEST(RouteTable, MalformedPathsAreNamedSo) {
  Table t;
  t.add("GET", "/{a}");
  for (const char* path : {"/%", "/%1", "/%zz", "/%00", "/%ff", "/%c0%80", "/\xff"}) {
    EXPECT_EQ(t.table.find("GET", path).outcome, Outcome::malformed) << path;
  }
  for (const char* path : {"", "a", "//", "/a/b"})
    EXPECT_EQ(t.table.find("GET", path).outcome, Outcome::no_path) << path;
}

TEST(RouteTable, ManySegmentsDoNotMatchAndDoNotHurt) {
  Table t;
  t.add("GET", "/{a}/{b}").add("GET", "/x/{rest*}");
  std::string path;
  for (int i = 0; i < 10'000; ++i) path += "/x";
  EXPECT_EQ(t.matched("GET", path), "");
}

TEST(RouteTable, EqualPatternsStopTheStart) {
  Table t;
  t.add("GET", "/a/{x}");
  EXPECT_THROW(t.add("GET", "/a/{y}"), std::logic_error);
  EXPECT_NO_THROW(t.add("POST", "/a/{y}"));
  for (const char* pattern : {"", "a", "/{a", "/a}", "/{p*}/x", "/{}"})
    EXPECT_THROW(t.add("GET", pattern), std::logic_error) << pattern;
}

}  // namespace
}  // namespace troupe::net::route
