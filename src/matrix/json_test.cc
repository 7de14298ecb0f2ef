#include "matrix/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "matrix/golden_test.h"

namespace troupe::matrix {
namespace {

TEST(CanonicalJson, MatchesTheAppendix) {
  const auto vectors = golden("canonical_json.json");
  for (const auto& row : vectors.at("canonical").as_array()) {
    const auto in = text_of(row.as_object(), "in");
    auto value = parse_json(in);
    ASSERT_TRUE(value) << in << ": " << value.error().message();
    EXPECT_TRUE(check_canonical(*value)) << in;
    EXPECT_EQ(canonical_json(*value), text_of(row.as_object(), "out"));
    EXPECT_EQ(canonical_json(parse_json(canonical_json(*value)).value()), canonical_json(*value));
  }
}

TEST(ParseJson, RefusesWhatIsNoJson) {
  const auto vectors = golden("canonical_json.json");
  for (const auto& row : vectors.at("not_json").as_array()) {
    const std::string text(view(row.as_string()));
    const auto value = parse_json(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code(), Errc::not_json);
  }
}

TEST(CheckCanonical, NamesTheOffendingPath) {
  const auto vectors = golden("canonical_json.json");
  for (const auto& row : vectors.at("not_canonical").as_array()) {
    const auto in = text_of(row.as_object(), "in");
    const auto checked = check_canonical(parse_json(in).value());
    ASSERT_FALSE(checked) << in;
    EXPECT_EQ(checked.error().code(), Errc::bad_json);
    EXPECT_NE(checked.error().message().find("at " + text_of(row.as_object(), "path") + " "), std::string::npos)
        << checked.error().message();
  }
}

TEST(CheckCanonical, AnyNumbersAreTakenWhereTheRoomVersionTakesThem) {
  const auto odd = parse_json(R"({"a":[1.5,1e300,18446744073709551615,-9223372036854775808]})").value();
  EXPECT_FALSE(check_canonical(odd));
  EXPECT_TRUE(check_canonical(odd, Numbers::any));
  EXPECT_TRUE(check_canonical(odd.as_object(), Numbers::any));
  EXPECT_EQ(canonical_json(parse_json(canonical_json(odd)).value()), canonical_json(odd));
  const Json endless = JsonObject{{"a", std::numeric_limits<double>::infinity()}};
  EXPECT_FALSE(check_canonical(endless, Numbers::any)) << "there is no word for it in JSON";
  const Json broken = JsonObject{{"a", "\xff"}};
  EXPECT_FALSE(check_canonical(broken, Numbers::any)) << "text has its rules anywhere";
}

TEST(CanonicalNumbers, AreTheNearestTowardsZero) {
  const auto odd = parse_json(
      R"({"a":[1.9,-1.9,-0.0,1e300,-1e300,18446744073709551615,-9223372036854775808,{"b":0.5}],"c":7,"d":"1.5"})");
  const auto brought = with_canonical_numbers(odd.value());
  EXPECT_EQ(
      canonical_json(brought),
      R"({"a":[1,-1,0,9007199254740991,-9007199254740991,9007199254740991,-9007199254740991,{"b":0}],"c":7,"d":"1.5"})");
  EXPECT_TRUE(check_canonical(brought));
}

TEST(ParseJson, RefusesBadUtf8) {
  for (const std::string_view bytes : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    EXPECT_FALSE(parse_json("{\"a\":\"" + std::string(bytes) + "\"}"));
    EXPECT_FALSE(parse_json("{\"" + std::string(bytes) + "\":1}"));
  }
}

TEST(ParseJson, LimitsTheDepth) {
  const auto nested = [](std::size_t depth, char open, char close) {
    return std::string(depth, open) + std::string(depth, close);
  };
  EXPECT_TRUE(parse_json(nested(kMaxJsonDepth, '[', ']')));
  EXPECT_FALSE(parse_json(nested(kMaxJsonDepth + 1, '[', ']')));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(parse_json(objects));
}

TEST(ParseJson, FindsDuplicatesInLargeObjectsToo) {
  std::string text = "{";
  for (int i = 0; i < 1000; ++i) text += "\"k" + std::to_string(i) + "\":{\"n\":" + std::to_string(i) + "},";
  EXPECT_TRUE(parse_json(text + "\"last\":0}"));
  EXPECT_FALSE(parse_json(text + "\"k500\":0}"));
}

TEST(ParseJson, ReadsFractionsExactly) {
  for (const std::string_view text : {"0.1", "0.25", "1.7976931348623157e+308", "5e-324", "0.30000000000000004"}) {
    EXPECT_EQ(canonical_json(parse_json(text).value()), text);
  }
  // An underflow is no error: it is zero, and no event may hold it.
  EXPECT_TRUE(parse_json("1e-400"));
}

TEST(ParseJson, ErrorsNameThePlace) {
  EXPECT_NE(parse_json("{\"a\":x}").error().message().find("byte 5"), std::string::npos);
  EXPECT_NE(parse_json("{\"a\":1,\"a\":1}").error().message().find("same key twice"), std::string::npos);
}

TEST(CheckCanonical, RefusesStringsMadeInCodeThatAreNoUtf8) {
  JsonObject object;
  object["a"] = JsonObject{{"b", std::string_view("\xed\xa0\x80")}};
  EXPECT_FALSE(check_canonical(object));
  JsonObject bad_key;
  bad_key["\xff"] = 1;
  const auto checked = check_canonical(bad_key);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message().find('\xff'), std::string::npos) << "no raw bytes in messages";
}

TEST(CanonicalJson, EscapesAtEveryPlaceOfAString) {
  const std::vector<std::pair<std::string, std::string>> pieces{
      {"\"", "\\\""},   {"\\", "\\\\"}, {"\n", "\\n"}, {"\x01", "\\u0001"}, {"\x1f", "\\u001f"},
      {"\x7f", "\x7f"}, {"ü", "ü"},     {"!", "!"},    {" ", " "}};
  for (std::size_t length = 0; length < 40; ++length) {
    for (std::size_t at = 0; at <= length; ++at) {
      for (const auto& [raw, escaped] : pieces) {
        const auto before = std::string(at, '#');
        const auto after = std::string(length - at, ']');
        std::string out;
        append_json_string(out, before + raw + after + raw);
        ASSERT_EQ(out, "\"" + before + escaped + after + escaped + "\"");
      }
    }
  }
}

TEST(CanonicalJson, LeavesOutTopLevelKeysOnly) {
  const auto value = parse_json(R"({"b":{"unsigned":1},"unsigned":2,"a":3})").value();
  EXPECT_EQ(canonical_json_without(value.get_object(), {"unsigned"}), R"({"a":3,"b":{"unsigned":1}})");
  EXPECT_EQ(canonical_json_without(value.get_object(), {"unsigned", "a", "b"}), "{}");
}

TEST(CanonicalJson, SortsManyNestedMembers) {
  std::string text = "{";
  std::string expected = "{";
  for (int i = 999; i >= 100; --i) text += "\"" + std::to_string(i) + "\":{\"b\":1,\"a\":[{\"d\":1,\"c\":2}]},";
  for (int i = 100; i <= 999; ++i) expected += "\"" + std::to_string(i) + "\":{\"a\":[{\"c\":2,\"d\":1}],\"b\":1},";
  text.back() = '}';
  expected.back() = '}';
  EXPECT_EQ(canonical_json(parse_json(text).value()), expected);
}

TEST(FindMembers, AreNothingForOtherTypes) {
  const auto value = parse_json(R"({"s":"x","i":-3,"u":18446744073709551615,"f":1.5,"b":true,"o":{},"a":[],"n":null})");
  const auto& object = value->get_object();
  EXPECT_EQ(find_string(object, "s"), "x");
  EXPECT_FALSE(find_string(object, "i"));
  EXPECT_EQ(find_integer(object, "i"), -3);
  EXPECT_FALSE(find_integer(object, "u"));
  EXPECT_FALSE(find_integer(object, "f"));
  EXPECT_FALSE(find_integer(object, "b"));
  EXPECT_EQ(find_bool(object, "b"), true);
  EXPECT_FALSE(find_bool(object, "i"));
  EXPECT_TRUE(find_object(object, "o"));
  EXPECT_FALSE(find_object(object, "a"));
  EXPECT_TRUE(find_array(object, "a"));
  EXPECT_FALSE(find_array(object, "missing"));
  EXPECT_TRUE(find(object, "n"));
  EXPECT_FALSE(find(object, "missing"));
}

}  // namespace
}  // namespace troupe::matrix
