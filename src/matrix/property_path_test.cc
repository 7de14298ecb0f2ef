#include "matrix/property_path.h"

#include <gtest/gtest.h>

namespace troupe::matrix {
namespace {

JsonObject object(std::string_view text) { return parse_json(text)->get_object(); }

TEST(PropertyPathTest, SegmentsAreUnescaped) {
  std::string_view path = R"(a\.b.c\\d.\e.)";
  EXPECT_EQ(next_path_segment(path), "a.b");
  EXPECT_EQ(next_path_segment(path), R"(c\d)");
  EXPECT_EQ(next_path_segment(path), R"(\e)");
  EXPECT_NE(path.data(), nullptr);
  EXPECT_EQ(next_path_segment(path), "");
  EXPECT_EQ(path.data(), nullptr);
}

TEST(PropertyPathTest, KeepsWhatThePathsLeadTo) {
  const auto event =
      object(R"({"type":"t","content":{"body":"b","m.relates_to":{"rel_type":"r","event_id":"$e"},"n":[1]}})");
  struct Case {
    std::vector<std::string> paths;
    const char* kept;
  };
  for (const auto& [paths, kept] : {
           Case{{}, "{}"},
           Case{{"type"}, R"({"type":"t"})"},
           Case{{"content.body", "type"}, R"({"content":{"body":"b"},"type":"t"})"},
           Case{{R"(content.m\.relates_to.rel_type)"}, R"({"content":{"m.relates_to":{"rel_type":"r"}}})"},
           Case{{"content.m.relates_to"}, "{}"},
           Case{{"content.nothing", "nothing.at.all", "type.t", "content.n.0", ""}, "{}"},
           Case{{"content.body", "content"},
                R"({"content":{"body":"b","m.relates_to":{"rel_type":"r","event_id":"$e"},"n":[1]}})"},
           Case{{"content", "content.body"},
                R"({"content":{"body":"b","m.relates_to":{"rel_type":"r","event_id":"$e"},"n":[1]}})"},
       }) {
    EXPECT_EQ(boost::json::serialize(only_properties(event, paths)), kept) << (paths.empty() ? "" : paths.front());
  }
}

TEST(PropertyPathTest, LongPathsEndWhereTheObjectDoes) {
  EXPECT_EQ(find_at_path(object(R"({"":{"":1}})"), std::string(60'000, '.')), nullptr);
  EXPECT_EQ(*find_at_path(object(R"({"":{"":1}})"), "."), 1);
}

}  // namespace
}  // namespace troupe::matrix
