// Validation against cases of the JSON Schema Test Suite's kind, and what models are shown and answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assistant/schema/strict.h"
#include "assistant/schema/validator.h"

namespace troupe::assistant::schema {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Json json(std::string_view text) { return matrix::parse_json(text).value(); }
bool fits(std::string_view schema, std::string_view value) { return validate(json(schema), json(value)).empty(); }

TEST(Validator, AgreesWithTheSpecification) {
  const struct {
    std::string_view schema, value;
    bool fits;
  } cases[] = {
      {"true", "1", true},
      {"false", "1", false},
      {"{}", "null", true},
      {R"({"type":"integer"})", "1.0", true},
      {R"({"type":"integer"})", "1.1", false},
      {R"({"type":"integer"})", R"("1")", false},
      {R"({"type":"number"})", "1", true},
      {R"({"type":["string","null"]})", "null", true},
      {R"({"type":["string","null"]})", "0", false},
      {R"({"enum":[1,"a",[2],{"b":3}]})", "1.0", true},
      {R"({"enum":[1,"a",[2],{"b":3}]})", R"({"b":3.0})", true},
      {R"({"enum":[false]})", "0", false},
      {R"({"const":{"a":1,"b":2}})", R"({"b":2,"a":1})", true},
      {R"({"const":[1]})", "[true]", false},
      {R"({"multipleOf":0.01})", "0.07", true},
      {R"({"multipleOf":2})", "7", false},
      {R"({"multipleOf":0.0001})", "0.00751", false},
      {R"({"minimum":1.1})", "1.1", true},
      {R"({"exclusiveMinimum":1.1})", "1.1", false},
      {R"({"maximum":3})", "3.5", false},
      {R"({"exclusiveMaximum":3})", "2.9", true},
      {R"({"maxLength":2})", R"("💩💩")", true},
      {R"({"minLength":2})", R"("💩")", false},
      {R"({"maxLength":2})", "100", true},
      {R"({"pattern":"^a*$"})", R"("aaa")", true},
      {R"({"pattern":"^a*$"})", R"("abc")", false},
      {R"({"pattern":"a+"})", R"("xxaayy")", true},
      {R"j({"pattern":"(?=x)"})j", R"("y")", true},
      {R"({"items":{"type":"integer"}})", "[1,2]", true},
      {R"({"items":{"type":"integer"}})", R"([1,"x"])", false},
      {R"({"items":false})", "[]", true},
      {R"({"prefixItems":[{"type":"integer"}],"items":{"type":"string"}})", R"([1,"a"])", true},
      {R"({"prefixItems":[{"type":"integer"}],"items":{"type":"string"}})", "[1,2]", false},
      {R"({"uniqueItems":true})", "[1,true]", true},
      {R"({"uniqueItems":true})", "[1.0,1.00,1]", false},
      {R"({"uniqueItems":true})", R"([{"a":1,"b":2},{"b":2,"a":1}])", false},
      {R"({"minItems":1})", "[]", false},
      {R"({"maxItems":2})", "[1,2,3]", false},
      {R"({"contains":{"minimum":5}})", "[3,4,5]", true},
      {R"({"contains":{"minimum":5}})", "[]", false},
      {R"({"contains":{"const":1},"minContains":2})", "[1,2]", false},
      {R"({"contains":{"const":1},"maxContains":1})", "[1,1]", false},
      {R"({"required":["a"]})", R"({"a":null})", true},
      {R"({"required":["a"]})", "{}", false},
      {R"({"required":["a"]})", "[]", true},
      {R"({"properties":{"a":{"type":"integer"}}})", R"({"a":"x"})", false},
      {R"({"properties":{"a":{}},"additionalProperties":false})", R"({"b":1})", false},
      {R"({"additionalProperties":{"type":"boolean"}})", R"({"b":1})", false},
      {R"({"patternProperties":{"^v":{}},"properties":{"a":{}},"additionalProperties":false})", R"({"a":1,"vroom":2})",
       true},
      {R"({"patternProperties":{"f.*o":{"type":"integer"}}})", R"({"foo":"bar"})", false},
      {R"({"propertyNames":{"maxLength":3}})", R"({"abcd":1})", false},
      {R"({"minProperties":1})", "{}", false},
      {R"({"maxProperties":1})", R"({"a":1,"b":2})", false},
      {R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})", false},
      {R"({"allOf":[{"minimum":1},{"maximum":3}]})", "4", false},
      {R"({"anyOf":[{"type":"integer"},{"minimum":2}]})", "1.5", false},
      {R"({"anyOf":[{"type":"integer"},{"minimum":2}]})", "2.5", true},
      {R"({"oneOf":[{"type":"integer"},{"minimum":2}]})", "3", false},
      {R"({"oneOf":[{"type":"integer"},{"minimum":2}]})", "1", true},
      {R"({"not":{"type":"integer"}})", "1", false},
      {R"({"if":{"minimum":10},"then":{"multipleOf":10},"else":{"maximum":5}})", "20", true},
      {R"({"if":{"minimum":10},"then":{"multipleOf":10},"else":{"maximum":5}})", "7", false},
      {R"({"$ref":"#/$defs/a","$defs":{"a":{"type":"integer"}}})", R"("x")", false},
      {R"({"$ref":"#/$defs/a~1b","$defs":{"a/b":{"type":"integer"}}})", "1", true},
      {R"({"$ref":"#/$defs/a%25b","$defs":{"a%b":{"type":"integer"}}})", "1", true},
      {R"({"$ref":"#/nowhere"})", "1", false},
      {R"({"format":"email"})", R"("no address")", true},
      {R"({"properties":{"next":{"$ref":"#"}},"additionalProperties":false})", R"({"next":{"next":{}}})", true},
      {R"({"properties":{"next":{"$ref":"#"}},"additionalProperties":false})", R"({"next":{"other":{}}})", false},
  };
  for (const auto& each : cases)
    EXPECT_EQ(fits(each.schema, each.value), each.fits) << each.schema << " " << each.value;
}

TEST(Validator, NamesThePlaceAndTheMistake) {
  const auto found = validate(json(R"({"properties":{"a/b":{"items":{"type":"integer"}}},"required":["c"]})"),
                              json(R"({"a/b":[1,"x"]})"));
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].pointer, "/c");
  EXPECT_EQ(found[0].message, "is missing");
  EXPECT_EQ(found[1].pointer, "/a~1b/1");
  EXPECT_EQ(found[1].message, "must be integer, not string");
}

TEST(Validator, WritesBoundsAsPeopleDo) {
  const std::pair<const char*, const char*> cases[] = {{R"({"maximum":300000})", "must be 300000 or less"},
                                                       {R"({"maximum":-0.5})", "must be -0.5 or less"},
                                                       {R"({"maximum":-1e300})", "must be -1e+300 or less"}};
  for (const auto& [schema, message] : cases) {
    const auto wrong = validate(boost::json::parse(schema), boost::json::value(1'000'000));
    ASSERT_EQ(wrong.size(), 1U) << schema;
    EXPECT_EQ(wrong.front().message, message);
  }
  // The parser keeps the last digits of such numbers not always.
  const auto least = validate(boost::json::parse(R"({"maximum":1.5e-39})"), boost::json::value(1));
  ASSERT_EQ(least.size(), 1U);
  EXPECT_THAT(least.front().message, testing::EndsWith("e-39 or less"));
}

TEST(Validator, EndsWhateverTheSchema) {
  // A circle, a fan of forms at each level, and more mistakes than anybody reads.
  EXPECT_FALSE(fits(R"({"$ref":"#"})", "1"));
  EXPECT_FALSE(fits(R"({"anyOf":[{"$ref":"#"},{"$ref":"#"},{"$ref":"#"}]})", "1"));
  std::string wide = "[";
  for (int i = 0; i < 1'000; ++i) wide += "\"x\",";
  EXPECT_THAT(validate(json(R"({"items":{"type":"integer"}})"), json(wide + "1]")), SizeIs(kMaxViolations));
}

TEST(Validator, TakesNothingForFittingThatItDidNotLookAt) {
  std::string many = "[";
  for (std::size_t i = 0; i <= kMaxSteps; ++i) many += "1,";
  many += "1]";
  // What it gave up on inside of "not", "if" and "oneOf" would otherwise count as "does not match", and so as right.
  EXPECT_FALSE(fits(R"({"not":{"items":{"type":"integer"}}})", many));
  EXPECT_FALSE(fits(R"({"if":{"items":{"type":"integer"}},"then":false})", many));
  EXPECT_FALSE(fits(R"({"oneOf":[true,{"items":{"type":"integer"}}]})", many));
}

JsonObject object(std::string_view text) { return json(text).as_object(); }

TEST(Strict, ClosesObjectsAndMakesTheOptionalNullable) {
  const auto made = strict_variant(object(R"({"type":"object","required":["a"],"properties":{
      "a":{"type":"string","minLength":1},"b":{"type":"integer"},"c":{"type":"string","enum":["x"]},
      "d":{"type":"object","properties":{"e":{"type":"boolean"}}},"f":{"$ref":"#/$defs/F"}},
      "$defs":{"F":{"type":"object","properties":{"g":{"type":"number"}},"required":["g"]}}})"));
  EXPECT_THAT(made.loose, IsEmpty());
  EXPECT_EQ(matrix::canonical_json(made.schema),
            matrix::canonical_json(object(R"({"type":"object","additionalProperties":false,
      "required":["a","b","c","d","f"],"properties":{"a":{"type":"string"},"b":{"type":["integer","null"]},
      "c":{"type":["string","null"],"enum":["x",null]},
      "d":{"type":["object","null"],"additionalProperties":false,"required":["e"],"properties":{"e":{"type":["boolean","null"]}}},
      "f":{"anyOf":[{"$ref":"#/$defs/F"},{"type":"null"}]}},
      "$defs":{"F":{"type":"object","additionalProperties":false,"required":["g"],"properties":{"g":{"type":"number"}}}}})")));
}

TEST(Strict, KeepsTheFormatsThatEndpointsKnow) {
  const auto made = strict_variant(object(
      R"({"type":"object","properties":{"a":{"type":"string","format":"date"},"b":{"type":"integer","format":"int64"}}})"));
  const auto& properties = made.schema.at("properties").as_object();
  EXPECT_TRUE(properties.at("a").as_object().contains("format"));
  EXPECT_FALSE(properties.at("b").as_object().contains("format"));
}

TEST(Strict, SaysWhyItIsNot) {
  EXPECT_THAT(strict_variant(object(R"({"type":"object","properties":{"m":{"type":"object"}}})")).loose,
              ElementsAre(HasSubstr("/properties/m: may have any members")));
  EXPECT_THAT(strict_variant(object(R"({"type":"object","properties":{"m":{}}})")).loose,
              Contains(HasSubstr("may be anything")));
  EXPECT_THAT(strict_variant(object(R"({"type":"object","properties":{"m":{"type":"array"}}})")).loose,
              Contains(HasSubstr("list of anything")));
  EXPECT_THAT(strict_variant(object(R"({"type":"object","properties":{"m":{"type":"string","not":{}}}})")).loose,
              Contains(HasSubstr("uses not")));
  std::string deep = R"({"type":"string"})";
  for (int i = 0; i < 12; ++i) deep = R"({"type":"object","properties":{"a":)" + deep + "}}";
  EXPECT_THAT(strict_variant(object(deep)).loose, Contains(HasSubstr("10 levels")));
  std::string many = R"({"type":"object","properties":{)";
  for (std::size_t i = 0; i <= kMaxStrictProperties; ++i)
    many += (i ? ",\"p" : "\"p") + std::to_string(i) + R"(":{"type":"string"})";
  EXPECT_THAT(strict_variant(object(many + "}}")).loose, Contains(HasSubstr("5000 properties")));
}

TEST(Strict, NullsThatStandForLeftOutGo) {
  const auto schema = object(R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":["string","null"]},
      "c":{"type":"array","items":{"$ref":"#/$defs/C"}}},"$defs":{"C":{"type":"object","properties":{"d":{"type":"integer"}}}}})");
  EXPECT_EQ(
      matrix::canonical_json(without_nulls(schema, json(R"({"a":null,"b":null,"c":[{"d":null},{"d":1}],"x":null})"))),
      R"({"b":null,"c":[{},{"d":1}]})");
}

}  // namespace
}  // namespace troupe::assistant::schema
