#include "matrix/level_values.h"

#include <gtest/gtest.h>

namespace troupe::matrix {
namespace {

std::optional<std::int64_t> level(std::string_view version, const Json& value) {
  return level_of(*room_version(version), value);
}

TEST(LevelOf, IntegersAreLevelsEverywhere) {
  for (const auto& version : room_versions()) {
    EXPECT_EQ(level_of(version, 50), 50) << version.id;
    EXPECT_EQ(level_of(version, -1), -1);
    EXPECT_EQ(level_of(version, std::uint64_t{7}), 7);
    EXPECT_FALSE(level_of(version, std::uint64_t{1} << 63));
    for (const Json& none : {Json(nullptr), Json(true), Json(JsonArray{1}), Json(JsonObject{}), Json("x")})
      EXPECT_FALSE(level_of(version, none)) << version.id;
  }
}

TEST(LevelOf, TextsOfIntegersAreLevelsUpToVersion9) {
  const std::vector<std::pair<std::string_view, std::optional<std::int64_t>>> texts{
      {"100", 100},     {"000100", 100},
      {"+100", 100},    {"-100", -100},
      {" 100 ", 100},   {"\t-00100\n", -100},
      {"", {}},         {"   ", {}},
      {"1.0", {}},      {"1e2", {}},
      {"+-1", {}},      {"--1", {}},
      {"- 1", {}},      {"+", {}},
      {"1 2", {}},      {"1_000", {}},
      {"0x10", {}},     {"9223372036854775807", INT64_MAX},
      {"Infinity", {}}, {"9223372036854775808", {}}};
  for (const auto& [text, number] : texts) {
    for (const auto* version : {"1", "5", "6", "9"})
      EXPECT_EQ(level(version, Json(text)), number) << '"' << text << '"';
    for (const auto* version : {"10", "11", "12"}) EXPECT_FALSE(level(version, Json(text))) << '"' << text << '"';
  }
}

TEST(LevelOf, FractionsCountUpToTheirPointUpToVersion5) {
  for (const auto* version : {"1", "3", "5"}) {
    EXPECT_EQ(level(version, 50.57), 50);
    EXPECT_EQ(level(version, -50.57), -50);
    EXPECT_EQ(level(version, 5.114698e4), 51146);
    EXPECT_EQ(level(version, -9223372036854775808.0), INT64_MIN);
    EXPECT_FALSE(level(version, 9223372036854775808.0));
    EXPECT_FALSE(level(version, 1e300));
  }
  for (const auto* version : {"6", "9", "10", "12"}) EXPECT_FALSE(level(version, 50.0)) << version;
}

TEST(IntegerLevels, KeepWhatTheLevelsMeant) {
  const JsonObject content{{"ban", "50"},
                           {"kick", 10.9},
                           {"redact", "many"},
                           {"invite", 3},
                           {"users", {{"@a:b", " 100"}, {"@b:b", nullptr}}},
                           {"events", {{"x", 1.5}}},
                           {"notifications", 5},
                           {"historical", "x"}};
  EXPECT_EQ(integer_levels(*room_version("5"), content), (JsonObject{{"ban", 50},
                                                                     {"kick", 10},
                                                                     {"invite", 3},
                                                                     {"users", {{"@a:b", 100}}},
                                                                     {"events", {{"x", 1}}},
                                                                     {"historical", "x"}}));
  EXPECT_FALSE(integer_levels(*room_version("9"), content).contains("kick"));
}

}  // namespace
}  // namespace troupe::matrix
