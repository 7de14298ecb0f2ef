// The shipped router against labelled texts that none of its examples came from.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>

#include "assistant/router/shipped.h"

namespace troupe::assistant::router {
namespace {

namespace json = boost::json;

struct Quality {
  int texts = 0, right = 0, in_scope = 0, wrong = 0, needless = 0, foreign = 0, routed = 0;
  std::string misses;

  double share(int part, int of) const { return of == 0 ? 0 : 100.0 * part / of; }
};

std::string answer(const Decision& decision) {
  if (decision.outcome == Outcome::ask) return "ask";
  return decision.outcome == Outcome::service ? decision.service : "none";
}

void judge(const Router& router, const json::value& one, Quality& quality) {
  const bool vague = one.at("ambiguous").as_bool();
  const std::string service(one.at("service").as_string());
  const auto expected = vague ? "ask" : service;
  const std::string text(one.at("text").as_string());
  const auto got = answer(router.route(text));
  const bool to_service = got != "ask" && got != "none";
  ++quality.texts;
  quality.right += got == expected;
  if (got != expected) quality.misses += fmt::format("  {} instead of {}: {}\n", got, expected, text);
  if (!vague && service == "none") {
    ++quality.foreign;
    quality.routed += to_service;
    return;
  }
  quality.wrong += to_service && got != expected;
  if (vague) return;
  ++quality.in_scope;
  quality.needless += got == "ask";
}

Quality judge(const std::string& file) {
  const auto router = shipped_router().value();
  std::ifstream lines(std::string(TROUPE_ROUTER_DATA) + file);
  Quality quality;
  for (std::string line; std::getline(lines, line);) judge(router, json::parse(line), quality);
  return quality;
}

void expect_good(const Quality& quality) {
  EXPECT_GE(quality.share(quality.right, quality.texts), 92) << quality.misses;
  EXPECT_LT(quality.share(quality.wrong, quality.texts), 2) << quality.misses;
  EXPECT_LT(quality.share(quality.routed, quality.foreign), 6) << quality.misses;
  EXPECT_LT(quality.share(quality.needless, quality.in_scope), 5) << quality.misses;
}

TEST(RouterQualityTest, DevelopmentTexts) {
  const auto quality = judge("dev.jsonl");
  EXPECT_EQ(quality.texts, 40);
  expect_good(quality);
}

TEST(RouterQualityTest, HeldOutTexts) {
  const auto quality = judge("heldout.jsonl");
  EXPECT_GE(quality.texts, 250);
  expect_good(quality);
}

TEST(RouterQualityTest, TextsWrittenLater) {
  const auto quality = judge("second.jsonl");
  EXPECT_GE(quality.texts, 100);
  expect_good(quality);
}

TEST(RouterQualityTest, EachServiceHasEnoughExamples) {
  const auto router = shipped_router().value();
  EXPECT_GE(router.services().size(), 5U);
  for (const auto& service : router.services()) EXPECT_GE(service.phrases.size(), 60U) << service.name;
}

}  // namespace
}  // namespace troupe::assistant::router
