// Packs: read, checked, kept in the data folder; those that come with the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "assistant/openapi/names.h"
#include "assistant/openapi/request.h"
#include "assistant/packs/added.h"
#include "assistant/packs/commands.h"
#include "assistant/schema/strict.h"
#include "assistant/schema/validator.h"

namespace troupe::assistant::packs {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kDocument =
    R"({"openapi":"3.1.0","info":{"title":"Shop"},"servers":[{"url":"https://shop.example/v1"}],"paths":{
  "/things":{"get":{"operationId":"listThings","summary":"List","parameters":[{"name":"page","in":"query","schema":{"type":"integer"}}]},
             "post":{"operationId":"makeThing","summary":"Make","requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}}}}}},
  "/things/{id}":{"delete":{"operationId":"dropThing","summary":"Drop"}},
  "/things/search":{"post":{"operationId":"findThings","summary":"Find","requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"q":{"type":"string"}}}}}}}}}})";

Files shop(std::string config = R"("auth":{"scheme":"bearer"})", std::string_view document = kDocument) {
  return {{"config.json", R"({"service":"shop","enabled":true,"synonyms":["the shop"],)" + config + "}"},
          {"openapi.json", std::string(document)}};
}

std::string all_of(const report::Findings& findings) {
  std::string out;
  for (const auto& each : findings.sorted())
    out += std::string(report::name_of(each.severity)) + " " + each.file + each.pointer + " " + each.message + "\n";
  return out;
}
std::string findings_of(const Files& files) { return all_of(read_pack(files).findings); }

class Folder : public testing::Test {
 protected:
  Folder() {
    std::string name = (fs::temp_directory_path() / "packs-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() override {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path write(const Files& files, const std::string& name = "made") const {
    const auto folder = path_ / name;
    fs::create_directories(folder);
    for (const auto& [file, bytes] : files) std::ofstream(folder / file, std::ios::binary) << bytes;
    return folder;
  }
  fs::path path_;
};

TEST(Pack, IsMadeOfConfigAndDocument) {
  const auto read =
      read_pack(shop(R"("auth":{"scheme":"bearer"},"offer":"all","paging":{"style":"page","parameter":"page"},
      "operations":{"find_things":{"reads":true},"make_thing":{"approval":true,"undo":{"operation":"drop_thing","bind":{"id":"$result.id"}}}})"));
  ASSERT_TRUE(read.pack) << all_of(read.findings);
  const auto& pack = *read.pack;
  EXPECT_EQ(pack.base_url, "https://shop.example/v1");
  EXPECT_THAT(pack.egress, ElementsAre("shop.example"));
  EXPECT_THAT(pack.operations, SizeIs(4));
  EXPECT_FALSE(pack.find("find_things")->operation.writes);
  EXPECT_TRUE(pack.find("make_thing")->approval);
  EXPECT_TRUE(pack.find("drop_thing")->approval);
  EXPECT_EQ(pack.find("make_thing")->undo->operation, "drop_thing");
  EXPECT_EQ(pack.find("list_things")->paging.style, PagingStyle::page);
  EXPECT_EQ(pack.find("find_things")->paging.style, PagingStyle::none);
  EXPECT_TRUE(pack.workflow("list_things"));
  EXPECT_FALSE(pack.workflow("nothing"));
}

TEST(Pack, OffersWhatConfigNamesUnderItsNames) {
  const auto read = read_pack(shop(
      R"("auth":{"scheme":"bearer"},"operations":{"get_rid":{"summary":"Throw away","method":"delete","path":"/things/{thing}"},
      "list_things":{},"seed_search":{"summary":"Seed","method":"GET","path":"/old","query":["name"]}})"));
  ASSERT_TRUE(read.pack) << all_of(read.findings);
  EXPECT_THAT(read.pack->intents(), ElementsAre("get_rid", "list_things", "seed_search"));
  EXPECT_EQ(read.pack->find("get_rid")->operation.description, "Throw away");
  EXPECT_THAT(all_of(read.findings), HasSubstr("GET /old is not in the document"));
  const auto made = openapi::build_request(read.pack->find("seed_search")->operation, {{"name", "a b"}}).value();
  EXPECT_EQ(made.path + "?" + made.query, "/old?name=a%20b");
}

TEST(Pack, OfTheSeedNeedsNoDocument) {
  const auto read = read_pack(
      {{"config.json", R"({"service":"mine","enabled":true,"synonyms":[],"base_url":"https://a.example","operations":{
      "list_items":{"summary":"List","method":"GET","path":"/api/items","query":["limit"]},"add_item":{"summary":"Add","method":"POST","path":"/api/items","body":["name"]}}})"}});
  ASSERT_TRUE(read.pack) << all_of(read.findings);
  EXPECT_EQ(openapi::build_request(read.pack->find("add_item")->operation, {{"name", 1}})->body, R"({"name":1})");
}

TEST(Pack, MistakesAreErrorsWithAPlace) {
  const struct {
    std::string config, says;
  } cases[] = {
      {R"("openapiRef":"https://x/y.json")", "error config.json/openapiRef a document is read from the pack's folder"},
      {R"("openapiRef":"../openapi.json")",
       "error config.json/openapiRef the document must lie in the pack's own folder"},
      {R"("openapiRef":"other.json")", "error config.json/openapiRef \"other.json\" is not in the folder"},
      {R"("operations":{"nothing":{}})",
       "error config.json/operations/nothing the document has no operation of this name"},
      {R"("operations":{"Bad Name":{}})", "error config.json/operations/Bad Name an operation's name"},
      {R"("operations":{"x":{"method":"EAT","path":"/a"}})", "/operations/x/method is none of"},
      {R"("operations":{"x":{"method":"GET","path":"a"}})", "/operations/x/path begins with a slash"},
      {R"("operations":{"list_things":{"undo":{"operation":"drop_thing"}}})", "/operations/list_things/undo"},
      {R"("operations":{"make_thing":{"undo":{"operation":"drop_thing","bind":{"id":"inputs.x"}}},"drop_thing":{}})",
       "inputs.x means nothing here"},
      {R"("operations":{"list_things":{"paging":{"style":"page","parameter":"seite"}}})", "takes no \"seite\""},
      {R"("auth":{"scheme":"magic"})", "/auth/scheme is none of"},
      {R"("auth":{"scheme":"bearer","key":"sk-123"})", "/auth/key a secret does not belong into a pack"},
      {R"("auth":{"scheme":"header","header":"A: b"})", "/auth/header is no header's name"},
      {R"("auth":{"scheme":"header","format":"x"})", "/auth/format names secrets in braces"},
      {R"("auth":{"scheme":"oauth2","token_url":"http://a"})", "/auth/token_url must be an https address"},
      {R"("base_url":"ftp://x")", "/base_url must be an http or https address"},
      {R"("base_url":"https://u:p@x")", "/base_url must be"},
      {R"("egress":["a/b"])", "/egress \"a/b\" is no host"},
      {R"("headers":{"Authorization":"x"})", "/headers/Authorization cannot be sent"},
      {R"("headers":{"X":"a\nb"})", "/headers/X cannot be sent"},
      {R"("paging":{"style":"cursor","parameter":"c"})", "/paging/next is missing"},
      {R"("paging":{"style":"book"})", "/paging/style is none of"},
      {R"("errors":{"message":["detail"]})", "/errors/message is a list of pointers"},
      {R"("errors":{"retry_status":[200]})", "/errors/retry_status is a list of statuses"},
      {R"("rates":[{"calls":5}])", "calls and seconds are both needed"},
      {R"("approval":{"of":"all"})", "/approval/of is none of"},
      {R"("offer":"some")", "/offer is all or listed"},
      {R"("title":7)", "/title must be a text"},
      {R"("enabled2":true)", "warning config.json/enabled2"},
      {R"("mcp":{"transport":"pigeon"})", "/mcp/transport is http or stdio"},
  };
  for (const auto& each : cases) EXPECT_THAT(findings_of(shop(each.config)), HasSubstr(each.says)) << each.config;
  EXPECT_THAT(findings_of({{"config.json", "{"}}), HasSubstr("this is no JSON"));
  EXPECT_THAT(findings_of({{"config.json", "[]"}}), HasSubstr("this is no object"));
  EXPECT_THAT(findings_of({{"config.json", R"({"service":"Bad"})"}}), HasSubstr("no service's name"));
  EXPECT_THAT(findings_of({{"config.json", R"({"service":"system"})"}}), HasSubstr("a meaning of its own"));
  EXPECT_THAT(findings_of({{"config.json", R"({"service":"a"})"}}), HasSubstr("neither a document nor operations"));
  auto files = shop();
  files.emplace("workflows.json", R"({"a":[{"action":"shop.nothing"}]})");
  EXPECT_THAT(findings_of(files), HasSubstr("error workflows.json/a/0/action"));
  EXPECT_FALSE(read_pack(files).pack);
}

TEST(Pack, AsksForNoSecretOfAnother) {
  for (const auto* service : {"openai", "auth_dev", "none"})
    EXPECT_THAT(findings_of({{"config.json", R"({"service":")" + std::string(service) + "\"}"}}),
                HasSubstr("a meaning of its own"));
  // As slack_api with "{KEY}" it would be SLACK_API_KEY.
  for (const auto* format : {"{KEY}", "{name}", "{secret}", "{key} {x}"})
    EXPECT_THAT(findings_of(shop(R"("auth":{"scheme":"header","format":")" + std::string(format) + "\"}")),
                HasSubstr("/auth/format names a secret other than"))
        << format;
  EXPECT_TRUE(read_pack(shop(R"("auth":{"scheme":"header","format":"{user}:{key}"})")).pack);
}

TEST(Pack, TakesItsCredentialForNoArgument) {
  const auto read = read_pack(shop(
      R"("auth":{"scheme":"header","header":"X-API-Key"},"headers":{"X-Version":"2"})",
      R"({"openapi":"3.1.0","info":{"title":"Shop"},"servers":[{"url":"https://shop.example"}],"paths":{"/a":{"get":{"operationId":"see",
      "summary":"See","parameters":[{"name":"x-api-key","in":"header","required":true,"schema":{"type":"string"}},
      {"name":"X-VERSION","in":"header","schema":{}},{"name":"X-Other","in":"header","schema":{}}]}}}})"));
  ASSERT_TRUE(read.pack) << all_of(read.findings);
  const auto& parameters = read.pack->find("see")->operation.parameters;
  ASSERT_THAT(parameters, SizeIs(1));
  EXPECT_EQ(parameters.front().name, "X-Other");
}

TEST(Pack, GivesItsNamesToNoOtherCall) {
  const auto read = read_pack(shop(
      R"("auth":{"scheme":"bearer"},"offer":"all","operations":{"drop_thing":{"method":"POST","path":"/things/search","reads":true}})"));
  ASSERT_TRUE(read.pack) << all_of(read.findings);
  EXPECT_EQ(read.pack->find("drop_thing")->operation.path, "/things/search");
  ASSERT_TRUE(read.pack->find("drop_thing_2"));
  EXPECT_TRUE(read.pack->find("drop_thing_2")->operation.destructive);
  EXPECT_TRUE(read.pack->find("drop_thing_2")->approval);
}

TEST(Pack, HasExamplesThatCanBeRead) {
  auto files = shop();
  files.emplace("examples.jsonl", "{\"text\":\"find a thing\",\"intent\":\"find_things\"}\n");
  EXPECT_TRUE(read_pack(files).pack);
  files["examples.jsonl"] += "nonsense\n";
  EXPECT_THAT(findings_of(files), HasSubstr("error examples.jsonl line 2"));
}

TEST(Pack, OfAnMcpServerHasNoDocument) {
  const auto read =
      read_pack({{"config.json", R"({"service":"ev","mcp":{"transport":"stdio","command":"npx","args":["server"]}})"}});
  ASSERT_TRUE(read.pack) << all_of(read.findings);
  EXPECT_TRUE(read.pack->config.mcp->stdio);
  EXPECT_THAT(findings_of({{"config.json", R"({"service":"ev","mcp":{"transport":"http","url":"https://a/mcp"}})"}}),
              Not(HasSubstr("error")));
}

TEST(Credential, IsTheHeaderOfTheScheme) {
  const auto header = [](const Auth& auth, const std::map<std::string, std::string>& secrets) {
    const auto made = credential(auth, secrets);
    return !made           ? "error: " + made.error().message()
           : made->empty() ? "none"
                           : made->front().name + ": " + made->front().value;
  };
  Auth token;
  token.scheme = Scheme::header;
  token.format = "Token token=\"{key}\", name=\"{token_name}\"";
  EXPECT_THAT(token.secrets(), ElementsAre("key", "token_name"));
  EXPECT_EQ(header(token, {{"key", "{token_name}"}, {"token_name", "n"}}),
            "Authorization: Token token=\"{token_name}\", name=\"n\"");
  EXPECT_THAT(header(token, {{"key", "a\", name=\"b"}, {"token_name", "n"}}), HasSubstr("no header can hold"));
  EXPECT_THAT(header(token, {{"key", "a"}}), HasSubstr("\"token_name\" is not set"));
  Auth bearer;
  bearer.scheme = Scheme::bearer;
  EXPECT_EQ(header(bearer, {{"key", "k"}}), "Authorization: Bearer k");
  EXPECT_THAT(header(bearer, {{"key", "k\r\nX: y"}}), HasSubstr("no header can hold"));
  Auth basic;
  basic.scheme = Scheme::basic;
  EXPECT_EQ(header(basic, {{"user", "Aladdin"}, {"key", "open sesame"}}),
            "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(header({}, {}), "none");
  EXPECT_EQ(environment_name("bolt", "key"), "BOLT_API_KEY");
  EXPECT_EQ(environment_name("bolt", "token_name"), "BOLT_TOKEN_NAME");
}

TEST(Answers, AreJudgedAndPaged) {
  const auto json = [](std::string_view text) { return matrix::parse_json(text).value(); };
  const auto slack = read_pack(shipped_pack("slack")).pack->config.errors;
  const auto refused = json(R"({"ok":false,"error":"channel_not_found"})"),
             busy = json(R"({"ok":false,"error":"ratelimited"})");
  EXPECT_FALSE(judge(slack, 200, &refused, "").ok);
  EXPECT_FALSE(judge(slack, 200, &refused, "").retry);
  EXPECT_EQ(judge(slack, 200, &refused, "").code, "channel_not_found");
  EXPECT_TRUE(judge(slack, 200, &busy, "").retry);
  EXPECT_TRUE(judge({}, 429, nullptr, "slow down").retry);
  EXPECT_EQ(judge({}, 429, nullptr, "slow down").message, "slow down");
  const auto next = [&](const Paging& paging, std::string_view arguments, int status, std::string_view answer) {
    const auto found = next_page(paging, json(arguments).as_object(), status, json(answer));
    return found ? matrix::canonical_json(*found) : "end";
  };
  Paging page{.style = PagingStyle::page,
              .parameter = "page",
              .size = "n",
              .page_size = 2,
              .first = 1,
              .items = "",
              .next = "",
              .end_status = 0};
  EXPECT_EQ(next(page, R"({"n":2})", 200, "[1,2]"), R"({"n":2,"page":2})");
  EXPECT_EQ(next(page, R"({"n":2,"page":2})", 200, "[1]"), "end");
  EXPECT_EQ(next(page, R"({"n":2,"page":2})", 200, "{}"), "end");
  Paging offset{.style = PagingStyle::offset,
                .parameter = "at",
                .size = "",
                .page_size = 0,
                .first = 0,
                .items = "/items",
                .next = "",
                .end_status = 416};
  EXPECT_EQ(next(offset, "{}", 200, R"({"items":[1,2,3]})"), R"({"at":3})");
  EXPECT_EQ(next(offset, R"({"at":3})", 416, "{}"), "end");
  Paging cursor{.style = PagingStyle::cursor,
                .parameter = "c",
                .size = "",
                .page_size = 0,
                .first = 1,
                .items = "/i",
                .next = "/m/next",
                .end_status = 0};
  EXPECT_EQ(next(cursor, "{}", 200, R"({"m":{"next":"x"}})"), R"({"c":"x"})");
  EXPECT_EQ(next(cursor, R"({"c":"x"})", 200, R"({"m":{"next":"x"}})"), "end");
  EXPECT_EQ(next(cursor, "{}", 200, R"({"m":{"next":""}})"), "end");
  EXPECT_EQ(next(cursor, R"({"c":1})", 200, R"({"m":{"next":2}})"), R"({"c":2})");
}

TEST_F(Folder, IsReadWithLimitsAndWithoutLinks) {
  const auto folder = write(shop());
  std::ofstream(folder / ".hidden.json") << "x";
  std::ofstream(folder / "program.sh") << "x";
  ASSERT_TRUE(read_folder(folder));
  EXPECT_THAT(*read_folder(folder), SizeIs(2));
  const auto problem = [](const fs::path& path) {
    const auto read = read_folder(path);
    return read ? "" : read.error().message();
  };
  EXPECT_THAT(problem(path_ / "nowhere"), HasSubstr("no folder"));
  EXPECT_THAT(problem(path_), HasSubstr("no config.json"));
  fs::create_symlink("/etc/passwd", folder / "notes.md");
  EXPECT_THAT(problem(folder), HasSubstr("symbolic links are not followed"));
  fs::remove(folder / "notes.md");
  fs::create_directory(folder / "x.json");
  EXPECT_THAT(problem(folder), HasSubstr("is no file"));
  fs::remove(folder / "x.json");
  std::ofstream(folder / "x.json") << "\xff";
  EXPECT_THAT(problem(folder), HasSubstr("no UTF-8"));
  for (std::size_t i = 0; i <= kMaxPackFiles; ++i) std::ofstream(folder / ("x" + std::to_string(i) + ".json")) << "{}";
  fs::remove(folder / "x.json");
  EXPECT_THAT(problem(folder), HasSubstr("more than 16"));
  const auto large = write(shop(), "large");
  std::ofstream(large / "big.json") << std::string(kMaxFileBytes + 1, ' ');
  EXPECT_THAT(problem(large), HasSubstr("larger than 16 MiB"));
}

TEST_F(Folder, IsAddedReplacedAndRemovedWhole) {
  const auto data = path_ / "data";
  const auto folder = write(shop());
  auto said = add_pack(data, folder);
  EXPECT_TRUE(said.good) << said.text;
  EXPECT_TRUE(fs::exists(data / "packs/shop/openapi.json"));
  EXPECT_FALSE(said.json.at("replaced").as_bool());
  std::ofstream(folder / "README.md") << "notes";
  said = add_pack(data, folder);
  EXPECT_TRUE(said.json.at("replaced").as_bool());
  EXPECT_TRUE(fs::exists(data / "packs/shop/README.md"));
  EXPECT_EQ(std::distance(fs::directory_iterator(data / "packs"), {}), 1) << "a folder of the moment was left";
  EXPECT_THAT(list_packs(data).text, HasSubstr("shop"));
  EXPECT_THAT(show_pack(data, "shop", "").text, HasSubstr("shop.make_thing"));
  EXPECT_THAT(matrix::canonical_json(show_pack(data, "shop", "make_thing").json), HasSubstr("\"strict\""));
  EXPECT_FALSE(show_pack(data, "shop", "nothing").good);
  EXPECT_FALSE(show_pack(data, "../etc", "").good);
  const auto bad = write({{"config.json", R"({"service":"shop"})"}}, "bad");
  EXPECT_FALSE(add_pack(data, bad).good);
  EXPECT_FALSE(check_folder(bad).good);
  EXPECT_TRUE(fs::exists(data / "packs/shop/openapi.json")) << "a pack with errors took the place of a good one";
  EXPECT_TRUE(remove_pack(data, "shop").good);
  EXPECT_FALSE(fs::exists(data / "packs/shop"));
  EXPECT_FALSE(remove_pack(data, "shop").good);
  EXPECT_FALSE(remove_pack(data, "../shop").good);
  EXPECT_THAT(remove_pack(data, "slack").text, HasSubstr("comes with the program"));
  auto mine = shipped_pack("slack");
  said = add_pack(data, write(mine, "slack"));
  ASSERT_TRUE(said.good);
  EXPECT_THAT(said.text, HasSubstr("instead of the one that comes with the program"));
  EXPECT_TRUE(known_pack(data, "slack")->replaces_shipped);
  EXPECT_THAT(remove_pack(data, "slack").text, HasSubstr("is back"));
}

class Shipped : public testing::TestWithParam<std::string> {
 protected:
  Checked read_ = read_pack(shipped_pack(GetParam()));
};

TEST_P(Shipped, IsClean) {
  EXPECT_EQ(all_of(read_.findings), "");
  ASSERT_TRUE(read_.pack);
  for (const auto& [name, offered] : read_.pack->operations) {
    EXPECT_LE(openapi::tool_name(GetParam(), name).size(), openapi::kMaxToolNameBytes);
    EXPECT_FALSE(offered.operation.description.empty());
    EXPECT_TRUE(!offered.operation.writes || read_.pack->probes.contains(name)) << name << " has no probe";
  }
}

TEST_P(Shipped, HasTheOperationsOfItsList) {
  ASSERT_TRUE(read_.pack);
  std::string list;
  for (const auto& [name, offered] : read_.pack->operations) {
    const auto& operation = offered.operation;
    list += GetParam() + "." + name + " " + operation.method + " " + operation.path +
            (operation.writes ? " writes" : " reads") + (offered.approval ? " approval" : "");
    const auto probe = read_.pack->probes.find(name);
    if (probe != read_.pack->probes.end()) list += " probe=" + std::string(workflows::name_of(probe->second.kind));
    if (offered.paging.style != PagingStyle::none) list += " pages";
    if (offered.undo) list += " undo=" + offered.undo->operation;
    list += "\n";
  }
  for (const auto& [intent, workflow] : read_.pack->workflows) {
    list += "intent " + intent;
    for (const auto& step : workflow.steps)
      list += " " + (!step.action.empty() ? step.action
                     : step.choose        ? "choose"
                     : step.answer        ? "answer"
                     : step.value         ? "value"
                                          : "parallel");
    list += "\n";
  }
  const auto file = std::string(TROUPE_GOLDEN_DIR) + GetParam() + ".txt";
  if (const char* mode = std::getenv("TROUPE_GOLDEN"); mode && std::string_view(mode) == "write") {
    fs::create_directories(TROUPE_GOLDEN_DIR);
    std::ofstream(file) << list;
  }
  std::ifstream golden(file);
  EXPECT_EQ(list, std::string(std::istreambuf_iterator<char>(golden), {})) << "TROUPE_GOLDEN=write writes it anew";
}

INSTANTIATE_TEST_SUITE_P(Packs, Shipped, testing::Values("acculynx", "bolt", "companycam", "slack", "troupe"),
                         [](const auto& info) { return info.param; });

/// What a workflow's step would send.
std::string sent(const std::string& service, const std::string& intent, std::size_t step, std::string_view inputs,
                 std::string_view kept) {
  const auto pack = read_pack(shipped_pack(service)).pack;
  const auto workflow = pack->workflow(intent);
  const auto& bind = workflow->steps.at(step);
  const auto given = matrix::parse_json(inputs)->as_object(), before = matrix::parse_json(kept)->as_object();
  JsonObject arguments;
  for (const auto& [name, binding] : bind.bind) {
    if (auto value = workflows::evaluate(binding, {.inputs = &given, .kept = &before, .marker = "mark"}))
      arguments[name] = *std::move(value);
  }
  const auto* offered = pack->find(bind.action.substr(bind.action.find('.') + 1));
  const auto wrong = schema::validate(offered->operation.arguments, arguments);
  if (!wrong.empty()) return "wrong: " + wrong.front().pointer + " " + wrong.front().message;
  const auto request = openapi::build_request(offered->operation, arguments).value();
  return request.method + " " + pack->base_url + request.path + (request.query.empty() ? "" : "?" + request.query) +
         (request.body.empty() ? "" : " " + request.body);
}

TEST(ShippedWorkflows, MakeTheVendorsTrueCalls) {
  EXPECT_EQ(sent("companycam", "add_project_conversation", 0, R"({"project_hint":{"name":"Oak & Elm"}})", "{}"),
            "GET https://api.companycam.com/v2/projects?query=Oak%20%26%20Elm&per_page=50");
  EXPECT_EQ(sent("companycam", "add_project_conversation", 2, R"({"message":"done"})", R"({"project":{"id":"12"}})"),
            R"(POST https://api.companycam.com/v2/projects/12/comments {"comment":{"content":"done"}})");
  EXPECT_EQ(
      sent("acculynx", "create_lead", 2, R"({"contact_info":{"name":"Ann","email":"a@x"}})",
           R"({"types":{"items":[{"id":"t1"}]}})"),
      R"(POST https://api.acculynx.com/api/v2/contacts {"contactTypeIds":["t1"],"emailAddresses":[{"address":"a@x","primary":true,"type":"Personal"}],"firstName":"Ann","phoneNumbers":[]})");
  EXPECT_EQ(sent("acculynx", "create_lead", 3, "{}", R"({"made":{"id":"c1"}})"),
            R"(POST https://api.acculynx.com/api/v2/jobs {"contact":{"id":"c1"}})");
  EXPECT_EQ(sent("bolt", "add_job_note", 3, R"({"message":"more"})",
                 R"({"job":{"id":7},"now":{"job":{"notes":"old","etag":"e"}}})"),
            R"(PATCH https://app.bolttech.net/open/v1/jobs/7 {"job":{"etag":"e","notes":"old\nmore"}})");
  EXPECT_EQ(sent("slack", "send_message", 2, R"({"message":"hi"})", R"({"channel":{"id":"C1"}})"),
            R"(POST https://slack.com/api/chat.postMessage {"channel":"C1","text":"hi"})");
  EXPECT_EQ(
      sent("troupe", "post_message", 1, R"({"room_id":"!a:b","message":"hi"})", "{}"),
      R"(PUT http://127.0.0.1:8001/_matrix/client/v3/rooms/%21a%3Ab/send/m.room.message/mark {"body":"hi","msgtype":"m.text"})");
}

}  // namespace
}  // namespace troupe::assistant::packs
