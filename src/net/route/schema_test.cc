#include "net/route/schema.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

namespace troupe::net::route {
namespace {

std::vector<SchemaError> check(std::string_view schema, std::string_view value) {
  SchemaSet set;
  set.add_named("Name", R"({"type":"string","minLength":2,"maxLength":4})");
  set.add_named(
      "Tree",
      R"({"type":"object","properties":{"children":{"type":"array","items":{"$ref":"#/components/schemas/Tree"}}},"additionalProperties":false})");
  const auto* node = set.compile(schema);
  set.resolve();
  return SchemaSet::validate(*node, boost::json::parse({value.data(), value.size()}));
}

std::string outcome(std::string_view schema, std::string_view value) {
  std::string out;
  for (const auto& error : check(schema, value))
    out += (out.empty() ? "" : " ") + error.pointer + ":" + std::string(error.type);
  return out;
}

constexpr std::string_view kBot =
    R"({"type":"object","required":["name","brain"],"additionalProperties":false,"properties":{
  "name":{"$ref":"#/components/schemas/Name"},"brain":{"enum":["echo","webhook"]},"age":{"type":"integer","minimum":0,"maximum":150},
  "tags":{"type":"array","maxItems":2,"items":{"type":"string"}},"note":{"type":["string","null"]}}})";

TEST(Schema, AcceptsWhatFits) {
  EXPECT_EQ(outcome(kBot, R"({"name":"anna","brain":"echo","age":3,"tags":["a"],"note":null})"), "");
  EXPECT_EQ(outcome(kBot, R"({"name":"\u00e4\u00f6\u00fc\u00df","brain":"echo"})"), "") << "length is in code points";
  EXPECT_EQ(outcome(kBot, R"({"name":"anna","brain":"echo","age":3.0})"), "");
}

TEST(Schema, NamesEveryFault) {
  EXPECT_EQ(outcome(kBot, R"({})"), "/name:missing /brain:missing");
  EXPECT_EQ(outcome(kBot, R"([])"), ":dict_type");
  EXPECT_EQ(outcome(kBot, R"({"name":1,"brain":"flow"})"), "/name:string_type /brain:enum");
  EXPECT_EQ(outcome(kBot, R"({"name":"a","brain":"echo"})"), "/name:string_too_short");
  EXPECT_EQ(outcome(kBot, R"({"name":"abcde","brain":"echo"})"), "/name:string_too_long");
  EXPECT_EQ(outcome(kBot, R"({"name":"anna","brain":"echo","age":-1})"), "/age:greater_than_equal");
  EXPECT_EQ(outcome(kBot, R"({"name":"anna","brain":"echo","age":1.5})"), "/age:int_type");
  EXPECT_EQ(outcome(kBot, R"({"name":"anna","brain":"echo","age":1e300})"), "/age:int_type");
  EXPECT_EQ(outcome(kBot, R"({"name":"anna","brain":"echo","age":true})"), "/age:int_type");
  EXPECT_EQ(outcome(kBot, R"({"name":"anna","brain":"echo","tags":["a",2]})"), "/tags/1:string_type");
  EXPECT_EQ(outcome(kBot, R"({"name":"anna","brain":"echo","tags":["a","b","c"]})"), "/tags:too_long");
  EXPECT_EQ(outcome(kBot, R"({"name":"anna","brain":"echo","note":5})"), "/note:string_type");
  EXPECT_EQ(outcome(kBot, R"({"name":"anna","brain":"echo","x/y~z":5})"), "/x~1y~0z:extra_forbidden");
}

TEST(Schema, AnyOf) {
  constexpr std::string_view kSchema = R"({"anyOf":[{"type":"string"},{"type":"array","items":{"type":"integer"}}]})";
  EXPECT_EQ(outcome(kSchema, R"("a")"), "");
  EXPECT_EQ(outcome(kSchema, R"([1])"), "");
  EXPECT_EQ(outcome(kSchema, R"(["a"])"), ":union");
}

TEST(Schema, RecursionFollowsTheValue) {
  constexpr std::string_view kTree = R"({"$ref":"#/components/schemas/Tree"})";
  std::string deep;
  for (int i = 0; i < 15; ++i) deep += R"({"children":[)";
  deep += "1";
  for (int i = 0; i < 15; ++i) deep += "]}";
  const auto errors = check(kTree, deep);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].path.size(), 30U);
}

TEST(Schema, ListsAtMost32Faults) {
  std::string many = "[";
  for (int i = 0; i < 1'000; ++i) many += i ? ",1" : "1";
  EXPECT_EQ(check(R"({"items":{"type":"string"}})", many + "]").size(), SchemaSet::kMaxErrors);
}

TEST(Schema, BadSchemasStopTheStart) {
  for (std::string_view schema : {R"([])", R"({"type":"text"})", R"({"oneOf":[]})", R"({"$ref":"#/definitions/A"})"}) {
    EXPECT_THROW(check(schema, "1"), std::logic_error) << schema;
  }
  EXPECT_THROW(check(R"({"$ref":"#/components/schemas/Nobody"})", "1"), std::logic_error);
}

TEST(Schema, ErrorsBecomeOneError) {
  const auto error = schema_error(check(kBot, R"({"brain":"echo"})"));
  EXPECT_EQ(error.code(), Errc::bad_json);
  EXPECT_EQ(error.message(), "name: Field required");
  EXPECT_EQ(boost::json::serialize(error.members()),
            R"({"errors":[{"pointer":"/name","loc":["body","name"],"message":"Field required","type":"missing"}]})");
}

TEST(Schema, MatrixHasACodeForWhatIsMissingAndWhatIsOutOfBounds) {
  const auto code = [](std::string_view body) {
    return matrix_code(check(R"({"type":"object","required":["a"],"properties":{"a":{"type":"string","maxLength":2},
"b":{"type":"integer","minimum":1},"c":{"type":"string","enum":["x"]}}})",
                             body)
                           .front());
  };
  EXPECT_EQ(code("{}"), Errc::missing_param);
  EXPECT_EQ(code(R"({"a":1})"), Errc::bad_json);
  EXPECT_EQ(code(R"({"a":"long"})"), Errc::invalid_param);
  EXPECT_EQ(code(R"({"a":"","b":0})"), Errc::invalid_param);
  EXPECT_EQ(code(R"({"a":"","c":"y"})"), Errc::invalid_param);
}

}  // namespace
}  // namespace troupe::net::route
