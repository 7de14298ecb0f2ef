// From documents to operations, and from arguments to requests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assistant/openapi/names.h"
#include "assistant/openapi/reader.h"
#include "assistant/openapi/request.h"
#include "assistant/schema/validator.h"

namespace troupe::assistant::openapi {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Outcome {
  std::vector<Operation> operations;
  report::Findings findings;
};

Outcome read(std::string_view bytes, const std::string& file = "openapi.json") {
  Outcome out;
  const report::InFile report(out.findings, file);
  if (const auto document = read_document(bytes, report))
    out.operations = read_operations(*document, {.service = "shop", .name_of = {}, .wants = {}}, report);
  return out;
}

/// A document of one path.
std::string with(std::string_view path, std::string_view item, std::string_view more = "") {
  return R"({"openapi":"3.0.3","info":{"title":"Shop","version":"1"},"paths":{")" + std::string(path) +
         "\":" + std::string(item) + "}" + std::string(more) + "}";
}

Operation one(std::string_view path, std::string_view item, std::string_view more = "") {
  auto out = read(with(path, item, more));
  EXPECT_THAT(out.operations, SizeIs(1)) << (out.findings.all().empty() ? "" : out.findings.all().front().message);
  return out.operations.empty() ? Operation{} : out.operations.front();
}

JsonObject object(std::string_view text) { return matrix::parse_json(text).value().as_object(); }
Request build(const Operation& operation, std::string_view arguments) {
  return build_request(operation, object(arguments)).value();
}
std::string problem(const Operation& operation, std::string_view arguments) {
  auto made = build_request(operation, object(arguments));
  return made ? "" : made.error().message();
}
std::string arguments_of(const Operation& operation) { return matrix::canonical_json(operation.arguments); }
std::string canonical(std::string_view text) { return matrix::canonical_json(object(text)); }

TEST(Names, AreInSnakeCase) {
  EXPECT_EQ(snake_case("listProjects"), "list_projects");
  EXPECT_EQ(snake_case("Contacts-GetByID"), "contacts_get_by_id");
  EXPECT_EQ(snake_case("GETJobs v2"), "get_jobs_v2");
  EXPECT_EQ(snake_case("__a..b__"), "a_b");
  EXPECT_EQ(snake_case("2fa.enable"), "op_2fa_enable");
  EXPECT_EQ(snake_case("ü"), "");
  EXPECT_EQ(name_of_path("GET", "/open/v1/jobs/{id}"), "get_open_v1_jobs_id");
  const auto a = snake_case(std::string(80, 'a') + "one", 40), b = snake_case(std::string(80, 'a') + "two", 40);
  EXPECT_EQ(a.size(), 40);
  EXPECT_NE(a, b);
  std::set<std::string, std::less<>> taken;
  EXPECT_EQ(unique_name("x", taken), "x");
  EXPECT_EQ(unique_name("x", taken), "x_2");
  EXPECT_EQ(action_of_tool(tool_name("slack", "send_message")), "slack.send_message");
  EXPECT_EQ(action_of_tool("slack_send"), "");
  EXPECT_FALSE(is_service("a__b"));
  EXPECT_FALSE(is_operation("Send"));
  EXPECT_EQ(argument_name("filter[name]"), "filter_name");
}

/// 10 to the 12th texts.
const std::string& billion_laughs() {
  static const auto text = [] {
    std::string out = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 12; ++i) {
      const auto before = "*a" + std::to_string(i - 1);
      out += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
      for (int n = 0; n < 10; ++n) out += (n > 0 ? "," : "") + before;
      out += "]\n";
    }
    return out;
  }();
  return text;
}

TEST(Document, YamlMayNameWhatWasMarkedBefore) {
  const auto read = json_of_yaml(
      "base: &base {type: object, required: &names [id, name]}\n"
      "copy: *base\n"
      "more:\n  <<: *base\n  type: &kind string\n  kinds: [*kind, *names]\n"
      "both:\n  <<: [{a: 1, b: 1}, {b: 2, c: 2}]\n  c: 3\n"
      "quoted: {\"<<\": 1}\n");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, boost::json::parse(R"({"base":{"type":"object","required":["id","name"]},
      "copy":{"type":"object","required":["id","name"]},
      "more":{"type":"string","kinds":["string",["id","name"]],"required":["id","name"]},
      "both":{"c":3,"a":1,"b":1}, "quoted":{"<<":1}})"));
}

TEST(Document, SaysWhyItIsNone) {
  const struct {
    std::string_view bytes;
    std::string file, says;
  } cases[] = {
      {"{", "openapi.json", "this is no JSON"},
      {"a: !!str 1", "openapi.yaml", "tags"},
      {"a: *x", "openapi.yaml", "no anchor before it is called x"},
      {"a: &x\n  b: *x", "openapi.yaml", "no anchor before it is called x"},
      {"a: &x 1\nb:\n  <<: *x", "openapi.yaml", "<< takes maps"},
      {billion_laughs(), "openapi.yaml", "too much"},
      {"[]", "openapi.json", "no object"},
      {R"({"swagger":"2.0"})", "openapi.json", "Swagger 2.0"},
      {R"({"openapi":"4.0"})", "openapi.json", "is not read here"},
      {R"({"openapi":"3.3.0"})", "openapi.json", "is not read here"},
      {R"({"info":{}})", "openapi.json", "does not say its version"},
      {R"({"openapi":"3.1.0"})", "openapi.json", "describes no paths"},
  };
  for (const auto& each : cases) {
    const auto out = read(each.bytes, each.file);
    ASSERT_TRUE(out.findings.has_errors()) << each.bytes;
    EXPECT_THAT(out.findings.all().front().message, HasSubstr(each.says));
    EXPECT_FALSE(out.findings.all().front().advice.empty());
  }
  EXPECT_TRUE(read(std::string(kMaxDocumentBytes + 1, ' ')).findings.has_errors());
}

TEST(Document, OfSwaggerSaysHowToConvertIt) {
  const auto out = read(R"({"swagger":"2.0","info":{"title":"Old"},"paths":{"/a":{"get":{}}}})");
  ASSERT_THAT(out.findings.all(), SizeIs(1));
  EXPECT_THAT(out.findings.all().front().advice, HasSubstr("swagger2openapi"));
}

/// A document of OpenAPI 3.2 with these paths.
Outcome read_32(std::string_view paths, std::string_view more = "") {
  return read(R"({"openapi":"3.2.0","info":{"title":"Shop"},"paths":{)" + std::string(paths) + "}" + std::string(more) +
              "}");
}
std::vector<std::string> names_of(const Outcome& out) {
  std::vector<std::string> names;
  for (const auto& each : out.operations) names.push_back(each.method + " " + each.name);
  return names;
}

TEST(OpenApi32, HasMoreMethods) {
  const auto out = read_32(
      R"("/a":{"query":{"operationId":"find","requestBody":{"required":true,"content":{"application/json":{"schema":{
        "type":"object","properties":{"text":{"type":"string"}}}}}}},
      "additionalOperations":{"LINK":{"operationId":"join"},"purge":{},"POST":{},"connect":{},"B D":{},"":{},"COPY":7,
        "x-note":{}}})");
  EXPECT_THAT(names_of(out), ElementsAre("QUERY find", "LINK join", "purge purge_a"));
  ASSERT_THAT(out.operations, SizeIs(3));
  EXPECT_FALSE(out.operations[0].writes);
  EXPECT_FALSE(out.operations[0].destructive);
  EXPECT_EQ(build(out.operations[0], R"({"text":"x"})").body, R"({"text":"x"})");
  EXPECT_TRUE(out.operations[1].writes) << "nothing is known of it";
  EXPECT_TRUE(out.operations[1].destructive);
  EXPECT_EQ(out.operations[1].pointer, "/paths/~1a/additionalOperations/LINK");
  EXPECT_THAT(out.findings.all(), SizeIs(5));
  EXPECT_FALSE(out.findings.has_errors());
}

TEST(OpenApi32, TakesAQueryStringAsAWhole) {
  const auto content = [](std::string_view type, std::string_view schema) {
    return R"("/a":{"get":{"operationId":"find","parameters":[{"in":"querystring","name":"filter","required":true,"content":{")" +
           std::string(type) + R"(":{"schema":)" + std::string(schema) + "}}}]}}";
  };
  const auto form = read_32(content(
      "application/x-www-form-urlencoded",
      R"({"type":"object","properties":{"foo":{"type":"string"},"bar":{"type":"boolean"},"n":{"type":"array"}}})"));
  ASSERT_THAT(form.operations, SizeIs(1));
  EXPECT_EQ(build(form.operations[0], R"({"filter":{"foo":"a + b&c","bar":true,"n":[1,2],"none":null}})").query,
            "foo=a%20%2B%20b%26c&bar=true&n=1&n=2");
  EXPECT_THAT(arguments_of(form.operations[0]), HasSubstr(R"("required":["filter"])"));
  const auto json = read_32(content("application/json", R"({"type":"object"})"));
  ASSERT_THAT(json.operations, SizeIs(1));
  EXPECT_EQ(build(json.operations[0], R"({"filter":{"n":[1,2],"flag":null}})").query,
            "%7B%22flag%22%3Anull%2C%22n%22%3A%5B1%2C2%5D%7D");
  const auto path = read_32(content("application/jsonpath", R"({"type":"string"})"));
  ASSERT_THAT(path.operations, SizeIs(1));
  EXPECT_EQ(build(path.operations[0], R"({"filter":"$.a.b[1:1]"})").query, "%24.a.b%5B1%3A1%5D");
}

TEST(OpenApi32, LeavesOutAQueryStringThatIsNotAlone) {
  constexpr std::string_view kWhole = R"({"in":"querystring","name":"q","content":{"text/plain":{}}})";
  for (const std::string_view parameters :
       {R"({"in":"query","name":"page"})", R"({"in":"querystring","name":"other","content":{"text/plain":{}}})",
        R"({"in":"querystring","name":"q","schema":{}})", R"({"in":"querystring","name":"q","content":{}})",
        R"({"in":"querystring","name":"q","content":{"a/b":{},"c/d":{}}})",
        R"({"in":"querystring","name":"q","content":{"a/b":{"$ref":"#/gone"}}})"}) {
    const auto out = read_32(R"("/a":{"parameters":[)" + std::string(kWhole) + R"(],"get":{"parameters":[)" +
                             std::string(parameters) + "]}}");
    EXPECT_THAT(out.operations, IsEmpty()) << parameters;
    EXPECT_THAT(out.findings.all(), SizeIs(1)) << parameters;
  }
}

TEST(OpenApi32, FollowsItsOwnAddressAndNoOther) {
  for (const auto& [reference, found] : std::vector<std::pair<std::string, bool>>{
           {"https://shop.example/api/openapi.json#/components/schemas/Job", true},
           {"openapi.json#/components/schemas/Job", true},
           {"/api/openapi.json#/components/schemas/Job", true},
           {"other.json#/components/schemas/Job", false},
           {"https://else.example/api/openapi.json#/components/schemas/Job", false},
           {"https://shop.example/api/openapi.json", false}}) {
    const auto out = read_32(
        R"("/a":{"post":{"operationId":"put","requestBody":{"content":{"application/json":{"schema":{"$ref":")" +
            reference + R"("}}}}}})",
        R"(,"$self":"https://shop.example/api/openapi.json","components":{"schemas":{"Job":{"type":"object","properties":{"n":{"type":"string"}}}}})");
    ASSERT_THAT(out.operations, SizeIs(1)) << reference;
    EXPECT_EQ(out.findings.all().empty(), found) << reference;
    EXPECT_EQ(arguments_of(out.operations[0]).contains(R"("n":{"type":"string"})"), found) << reference;
  }
}

TEST(OpenApi32, TakesStreamsAsTextAndSaysSo) {
  const auto out = read_32(
      R"("/a":{"post":{"operationId":"load","requestBody":{"content":{"application/jsonl":{"$ref":"#/components/mediaTypes/Rows"}}},
        "responses":{"200":{"content":{"text/event-stream":{"itemSchema":{"type":"object"}}}}}}})",
      R"(,"components":{"mediaTypes":{"Rows":{"itemSchema":{"type":"object"}}}})");
  ASSERT_THAT(out.operations, SizeIs(1));
  EXPECT_EQ(out.operations[0].body.kind, BodyKind::raw);
  EXPECT_EQ(out.operations[0].body.media_type, "application/jsonl");
  EXPECT_FALSE(out.operations[0].answer);
  EXPECT_THAT(out.findings.all(), SizeIs(2));
  EXPECT_FALSE(out.findings.has_errors());
}

TEST(OpenApi32, OfAnyFormDoesNoHarm) {
  for (const std::string_view paths :
       {R"("/a":{"additionalOperations":[]})", R"("/a":{"query":7,"additionalOperations":null})",
        R"("/a":{"get":{"parameters":[{"in":"querystring","name":"q","content":[]}]}})",
        R"("/a":{"get":{"requestBody":{"content":{"application/json":7}},"responses":{"200":{"content":{"a/b":7}}}}})"})
    EXPECT_FALSE(read_32(paths, R"(,"$self":7)").findings.has_errors()) << paths;
}

TEST(Document, OfManyKeysIsReadInItsTime) {
  std::string yaml = "openapi: 3.0.3\npaths: {}\nx-all:\n";
  for (int i = 0; i < 300'000; ++i) yaml += "  k" + std::to_string(i) + ": 1\n";
  EXPECT_TRUE(json_of_yaml(yaml));
  EXPECT_FALSE(json_of_yaml(yaml + "  k7: 2\n"));
}

TEST(Document, CopiesNoMoreThanItMay) {
  const std::string large(1 << 20, 'x');
  const auto named = [&](int times) {
    std::string yaml = "a: &a " + large + "\nall:\n";
    for (int i = 0; i < times; ++i) yaml += "  - *a\n";
    return json_of_yaml(yaml).has_value();
  };
  EXPECT_TRUE(named(10));
  EXPECT_FALSE(named(1'000)) << "a small text that would fill the memory";
  std::string nested;
  for (int i = 0; i < 12; ++i) nested += "{n: &n" + std::to_string(i) + " ";
  EXPECT_FALSE(json_of_yaml(nested + large + large + large + large + std::string(12, '}')));
}

TEST(Document, IsReadAsYamlToo) {
  const auto out = read(
      "openapi: 3.0.0\nservers: [{url: 'https://{r}.x/v1/', variables: {r: {default: eu}}}]\npaths:\n  /a:\n    get:\n "
      "     operationId: getA\n"
      "      responses: {200: {description: ok}}\n      parameters:\n        - {name: n, in: query, schema: {type: "
      "integer, minimum: 0x, maximum: 1.5, default: '1'}}\n",
      "openapi.yaml");
  ASSERT_THAT(out.operations, SizeIs(1));
  EXPECT_EQ(
      arguments_of(out.operations[0]),
      canonical(
          R"({"type":"object","additionalProperties":false,"properties":{"n":{"type":"integer","minimum":"0x","maximum":1.5,"default":"1"}}})"));
  EXPECT_EQ(json_of_yaml("[~, true, 'true', 1, +2, 1e3, 1.5, .inf, 2020-01-01, '']").value(),
            matrix::parse_json(R"([null,true,"true",1,2,1000.0,1.5,".inf","2020-01-01",""])").value());
}

TEST(Operations, HaveOneSchemaOfAllArguments) {
  const auto operation =
      one("/jobs/{id}/notes", R"({"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}},
      {"name":"page","in":"query","schema":{"type":"string"}}],
    "post":{"summary":"Add a note","description":"Long.","parameters":[{"name":"page","in":"query","description":"which","schema":{"type":"integer","minimum":1,"exclusiveMinimum":true}},
      {"name":"X-As","in":"header","schema":{"type":"string"}},{"name":"Accept","in":"header","schema":{}},{"name":"s","in":"cookie","schema":{}}],
     "requestBody":{"required":true,"content":{"text/plain":{},"application/json":{"schema":{"$ref":"#/components/schemas/Note"}}}},
     "responses":{"404":{},"201":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Note"}}}}}}})",
          R"(,"components":{"schemas":{"Note":{"type":"object","required":["text","made"],"properties":{
       "text":{"type":"string","nullable":true},"made":{"type":"string","readOnly":true},"secret":{"type":"string","writeOnly":true},
       "parent":{"$ref":"#/components/schemas/Note"},"example":{"type":"object","properties":{"example":{"type":"string","example":"x","xml":{}}}}}}}})");
  EXPECT_EQ(operation.name, "post_jobs_id_notes");
  EXPECT_EQ(operation.description, "Add a note\nLong.");
  EXPECT_TRUE(operation.writes);
  EXPECT_EQ(arguments_of(operation),
            canonical(R"({"type":"object","additionalProperties":false,"required":["id","text"],"properties":{
      "id":{"type":"string"},"page":{"type":"integer","exclusiveMinimum":1,"description":"which"},"X-As":{"type":"string"},
      "text":{"type":["string","null"]},"secret":{"type":"string"},"parent":{"$ref":"#/$defs/Note"},
      "example":{"type":"object","properties":{"example":{"type":"string"}}}},
     "$defs":{"Note":{"type":"object","required":["text"],"properties":{"text":{"type":["string","null"]},"secret":{"type":"string"},
      "parent":{"$ref":"#/$defs/Note"},"example":{"type":"object","properties":{"example":{"type":"string"}}}}}}})"));
  ASSERT_TRUE(operation.answer);
  EXPECT_TRUE(operation.answer->at("properties").as_object().contains("made"));
  EXPECT_FALSE(operation.answer->at("properties").as_object().contains("secret"));
  const auto made = build(operation, R"({"id":"a/b","page":2,"X-As":"me@x","text":null,"parent":{"text":"t"}})");
  EXPECT_EQ(made.path, "/jobs/a%2Fb/notes");
  EXPECT_EQ(made.query, "page=2");
  EXPECT_THAT(made.headers, ElementsAre(Field(&Header::value, "me@x")));
  EXPECT_EQ(made.body, R"({"parent":{"text":"t"},"text":null})");
  EXPECT_EQ(made.content_type, "application/json");
}

TEST(Operations, TellNamesInTwoPlacesApart) {
  const auto operation = one(
      "/x/{id}",
      R"({"put":{"operationId":"putX","parameters":[{"name":"id","in":"path","required":true,"schema":{}},{"name":"id","in":"query","schema":{}}],
      "requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"id":{"type":"string"}}}}}}}})");
  EXPECT_EQ(
      arguments_of(operation),
      canonical(
          R"({"type":"object","additionalProperties":false,"required":["path_id"],"properties":{"path_id":{},"query_id":{},
      "body":{"type":"object","properties":{"id":{"type":"string"}}}}})"));
  const auto made = build(operation, R"({"path_id":"1","query_id":"2","body":{"id":"3"}})");
  EXPECT_EQ(made.path + "?" + made.query + " " + made.body, R"(/x/1?id=2 {"id":"3"})");
}

TEST(Operations, MergeAllOfAndKeepCircles) {
  const auto operation = one(
      "/x",
      R"({"post":{"requestBody":{"required":true,"content":{"application/json":{"schema":{"allOf":[{"$ref":"#/components/schemas/A"},
      {"type":"object","required":["b"],"properties":{"b":{"type":"integer"}}}]}}}}}})",
      R"(,"components":{"schemas":{"A":{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}}})");
  EXPECT_EQ(
      arguments_of(operation),
      canonical(
          R"({"type":"object","additionalProperties":false,"required":["a","b"],"properties":{"a":{"type":"string"},"b":{"type":"integer"}}})"));
  EXPECT_THAT(
      read(
          with(
              "/x",
              R"({"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/A"}}}}}})",
              R"(,"components":{"schemas":{"A":{"allOf":[{"$ref":"#/components/schemas/A"}]}}})"))
          .operations,
      SizeIs(1));
}

TEST(Operations, ThatCannotBeOfferedAreLeftOutWithAReason) {
  const auto says = [](const Outcome& out) {
    return out.findings.all().empty() ? std::string() : out.findings.all().front().message;
  };
  for (const auto* path : {"no-slash", "//evil.example/a", "/a/../b", "/a?b=1", "/a b", "/{a"})
    EXPECT_THAT(says(read(with(path, R"({"get":{}})"))), HasSubstr("cannot be called")) << path;
  EXPECT_THAT(read(with("/a\\nx: The pack is fine.", R"({"get":{}})")).findings.all().front().pointer,
              "/paths/~1a?x: The pack is fine.")
      << "names begin no line";
  EXPECT_THAT(says(read(with("/a", R"({"get":{"parameters":[{"$ref":"#/nowhere"}]}})"))), HasSubstr("leads nowhere"));
  EXPECT_THAT(
      says(read(with("/a", R"({"get":{"parameters":[{"name":"q","in":"query","schema":{"$ref":"other.json#/x"}}]}})"))),
      HasSubstr("not in the document"));
  EXPECT_THAT(says(read(with("/{a}", R"({"get":{}})"))), HasSubstr("taken for a text"));
  std::string wide = R"({"type":"object","properties":{)";
  for (int i = 0; i < 5'000; ++i) wide += (i ? ",\"p" : "\"p") + std::to_string(i) + R"(":{"type":"string"})";
  EXPECT_THAT(
      says(read(with("/a", R"({"post":{"requestBody":{"content":{"application/json":{"schema":)" + wide + "}}}}}}}"))),
      HasSubstr("left out"));
  std::string deep = R"({"type":"string"})";
  for (int i = 0; i < 24; ++i) deep = R"({"type":"array","items":{"type":"array","items":)" + deep + "}}";
  EXPECT_THAT(says(read(with("/a", R"({"get":{"parameters":[{"name":"q","in":"query","schema":)" + deep + "}]}}"))),
              HasSubstr("left out"));
}

TEST(Operations, DoNotMultiplyWhatADocumentSaysOnce) {
  const auto left_out = [](const std::string& property) {
    const auto out = read(with(
        "/a", R"({"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"x":)" +
                  property + "}}}}}}}"));
    return out.operations.empty() && out.findings.warnings() == 1;
  };
  EXPECT_TRUE(left_out(R"({"const":")" + std::string(2'000'000, 'y') + "\"}"));
  EXPECT_TRUE(left_out(R"({"pattern":")" + std::string(2'000'000, 'y') + "\"}"));
  EXPECT_TRUE(left_out(R"({"type":"object","properties":{")" + std::string(2'000'000, 'y') + R"(":{}}})"));
  std::string references, words;
  for (int i = 0; i < 60'000; ++i) {
    references += std::string(i ? "," : "") + R"({"$ref":"#/info"})";
    words += std::string(i ? "," : "") + "\"w\"";
  }
  EXPECT_TRUE(left_out(R"({"anyOf":[)" + references + "]}"));
  EXPECT_TRUE(left_out(R"({"type":"object","required":[)" + words + "]}"));
  EXPECT_FALSE(left_out(R"({"enum":["a","b"],"default":"a"})"));
}

TEST(Operations, OfALargeDocumentAreAllRead) {
  std::string paths;
  for (int i = 0; i < 300; ++i) {
    const auto n = std::to_string(i);
    paths +=
        (i ? ",\"/things" : "\"/things") + n +
        R"(/{id}":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],"get":{"summary":"Get"},
      "patch":{"operationId":"changeThing)" +
        n + R"(","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/T)" + n +
        R"("}}}}}})";
  }
  std::string schemas;
  for (int i = 0; i < 300; ++i)
    schemas += (i ? ",\"T" : "\"T") + std::to_string(i) +
               R"(":{"type":"object","properties":{"next":{"$ref":"#/components/schemas/T)" +
               std::to_string((i + 1) % 300) + R"("}}})";
  const auto out = read(R"({"openapi":"3.1.0","paths":{)" + paths + R"(},"components":{"schemas":{)" + schemas + "}}}");
  EXPECT_THAT(out.operations, SizeIs(600));
  EXPECT_THAT(out.findings.all(), IsEmpty());
  std::set<std::string> names;
  for (const auto& each : out.operations) names.insert(each.name);
  EXPECT_THAT(names, SizeIs(600));
}

Operation query(std::string_view parameter) {
  return one("/x", R"({"get":{"parameters":[)" + std::string(parameter) + "]}}");
}

TEST(Requests, WriteEachStyle) {
  const struct {
    std::string_view parameter, arguments, query;
  } cases[] = {
      {R"({"name":"a","in":"query","schema":{}})", R"({"a":[1,"b c&d"]})", "a=1&a=b%20c%26d"},
      {R"({"name":"a","in":"query","explode":false,"schema":{}})", R"({"a":[1,"b,c"]})", "a=1,b%2Cc"},
      {R"({"name":"a","in":"query","style":"spaceDelimited","explode":false,"schema":{}})", R"({"a":[1,2]})",
       "a=1%202"},
      {R"({"name":"a","in":"query","style":"pipeDelimited","explode":false,"schema":{}})", R"({"a":[1,2]})", "a=1%7C2"},
      {R"({"name":"a","in":"query","style":"deepObject","schema":{}})", R"({"a":{"b":1,"c":{"d":[2]}}})",
       "a%5Bb%5D=1&a%5Bc%5D%5Bd%5D%5B%5D=2"},
      {R"({"name":"a","in":"query","schema":{}})", R"({"a":{"b":1,"c":"x=y"}})", "b=1&c=x%3Dy"},
      {R"({"name":"a","in":"query","content":{"application/json":{"schema":{}}}})", R"({"a":{"b":[1]}})",
       "a=%7B%22b%22%3A%5B1%5D%7D"},
      {R"({"name":"a","in":"query","allowReserved":true,"schema":{}})", R"({"a":"x/y?z&b=1#f"})",
       "a=x/y?z%26b%3D1%23f"},
      {R"({"name":"a[]","in":"query","schema":{}})", R"({"a":"1"})", "a%5B%5D=1"},
      {R"({"name":"a","in":"query","schema":{}})", R"({"a":true})", "a=true"},
      {R"({"name":"a","in":"query","schema":{}})", R"({"a":null})", ""},
  };
  for (const auto& each : cases)
    EXPECT_EQ(build(query(each.parameter), each.arguments).query, each.query) << each.parameter;
}

TEST(Requests, StayWhatTheOperationIs) {
  const auto path = one("/a/{b}/c", R"({"get":{"parameters":[{"name":"b","in":"path","required":true,"schema":{}}]}})");
  for (const auto* bad : {R"({"b":".."})", R"({"b":"."})", R"({"b":"x/../y"})", R"({"b":"..\\x"})", R"({"b":[".."]})"})
    EXPECT_THAT(problem(path, bad), HasSubstr("dots")) << bad;
  EXPECT_THAT(problem(path, R"({"b":""})"), HasSubstr("empty"));
  EXPECT_THAT(problem(path, R"({"b":"x\n"})"), HasSubstr("control"));
  EXPECT_THAT(problem(path, "{}"), HasSubstr("missing"));
  EXPECT_EQ(build(path, R"({"b":"x/y?z#%2e ü"})").path, "/a/x%2Fy%3Fz%23%252e%20%C3%BC/c");
  EXPECT_EQ(build(path, R"({"b":"...x"})").path, "/a/...x/c");
  EXPECT_THAT(problem(one("/a/{b}{c}/d", R"({"get":{}})"), R"({"b":".","c":"x"})"), HasSubstr("dots"));
  const auto header = query(R"({"name":"X-A","in":"header","schema":{}})");
  EXPECT_THAT(problem(header, R"({"X-A":"a\r\nHost: evil"})"), HasSubstr("header"));
  EXPECT_THAT(problem(header, R"({"X-A":"ü"})"), HasSubstr("header"));
  EXPECT_THAT(problem(path, R"({"b":")" + std::string(5'000, 'x') + "\"}"), HasSubstr("too long"));
  EXPECT_THAT(problem(header, R"({"X-A":")" + std::string(5'000, 'x') + "\"}"), HasSubstr("too long"));
  EXPECT_THAT(problem(query(R"({"name":"q","in":"query","schema":{}})"), R"({"q":")" + std::string(9'000, 'x') + "\"}"),
              HasSubstr("too long"));
  EXPECT_THAT(query(R"({"name":"X-A\r\nB","in":"header","schema":{}})").parameters, IsEmpty());
}

TEST(Requests, KeepTheirHeadersAndParameters) {
  for (const auto* name : {"Content-Length", "transfer-encoding", "Connection", "Cookie", "Proxy-Authorization"})
    EXPECT_THAT(query(R"({"name":")" + std::string(name) + R"(","in":"header","schema":{}})").parameters, IsEmpty())
        << name;
  const auto body =
      one("/a", R"({"post":{"requestBody":{"content":{"application/json;\r\nX-Evil: 1":{"schema":{}}}}}})").body;
  EXPECT_EQ(body.kind, BodyKind::none);
  const auto two = one(
      "/a", R"({"get":{"parameters":[{"name":"f","in":"query","schema":{}},{"name":"b","in":"query","schema":{}}]}})");
  EXPECT_THAT(problem(two, R"({"f":{"b":1}})"), HasSubstr("argument of its own"));
  EXPECT_EQ(build(two, R"({"f":{"c":1},"b":2})").query, "c=1&b=2");
}

TEST(Requests, HaveFormsPartsAndBytes) {
  const auto body = [](std::string_view type, std::string_view schema) {
    return one("/x", R"({"post":{"requestBody":{"required":true,"content":{")" + std::string(type) + R"(":{"schema":)" +
                         std::string(schema) + "}}}}}");
  };
  const auto form = body(
      "application/x-www-form-urlencoded",
      R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"array","items":{}},"c":{"type":"object"}}})");
  EXPECT_EQ(build(form, R"({"a":"x y&z","b":[1,2],"c":{"d":1}})").body, "a=x%20y%26z&b=1&b=2&c=%7B%22d%22%3A1%7D");
  const auto parts = body(
      "multipart/form-data",
      R"({"type":"object","required":["file"],"properties":{"file":{"type":"string","format":"binary"},"text":{"type":"string"}}})");
  const auto made = build(parts, R"({"file":"mxc://a/b","text":"t"})");
  ASSERT_THAT(made.parts, SizeIs(2));
  EXPECT_TRUE(made.parts[0].file);
  EXPECT_FALSE(made.parts[1].file);
  const auto raw = body("application/octet-stream", R"({"type":"string","format":"binary"})");
  EXPECT_EQ(build(raw, R"({"body":"bytes"})").body, "bytes");
  EXPECT_EQ(build(raw, R"({"body":"bytes"})").content_type, "application/octet-stream");
}

}  // namespace
}  // namespace troupe::assistant::openapi
