// Bindings, workflows and probes: read, checked and evaluated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assistant/workflows/probe.h"
#include "assistant/workflows/workflow.h"

namespace troupe::assistant::workflows {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Json json(std::string_view text) { return matrix::parse_json(text).value(); }

class Bindings : public testing::Test {
 protected:
  std::string value(std::string_view binding) {
    const auto parsed = parse_binding(json(binding));
    if (!parsed) return "error: " + parsed.error().message();
    const auto found = evaluate(
        *parsed,
        {.inputs = &inputs_, .kept = &kept_, .args = &args_, .result = &result_, .item = &item_, .marker = "m1"});
    return found ? matrix::canonical_json(*found) : "nothing";
  }
  JsonObject inputs_ =
      json(R"({"message":"hi","extra":{"limit":5,"none":null,"list":[{"a":"x"}]},"project_hint":{"name":"Oak"}})")
          .as_object();
  JsonObject kept_ =
      json(
          R"({"project_id":{"project_id":"p1","candidates":[{"id":"c0"}]},"found":[{"id":"f0"},{"id":"f1"}],"a.b":"dotted","plain":"v"})")
          .as_object();
  JsonObject args_ = json(R"({"name":"n"})").as_object();
  Json result_ = json(R"({"id":"r"})"), item_ = json(R"({"id":"i"})");
};

TEST_F(Bindings, FollowTheSeed) {
  EXPECT_EQ(value(R"("inputs.message")"), R"("hi")");
  EXPECT_EQ(value(R"("inputs.project_hint.name")"), R"("Oak")");
  EXPECT_EQ(value(R"("inputs.project_hint.address")"), "nothing");
  EXPECT_EQ(value(R"("$prev.plain")"), R"("v")");
  EXPECT_EQ(value(R"("$prev.a.b")"), R"("dotted")");
  EXPECT_EQ(value(R"("$prev.project_id")"), R"("p1")");
  EXPECT_EQ(value(R"("$prev.nobody")"), "nothing");
  EXPECT_EQ(value(R"("plain words ?? and more")"), R"("plain words ?? and more")");
  EXPECT_EQ(value(R"("inputs")"), R"("inputs")");
  EXPECT_EQ(value(R"("$100 per hour")"), R"("$100 per hour")");
  EXPECT_EQ(value("5"), "5");
  EXPECT_EQ(value("true"), "true");
}

TEST_F(Bindings, DoMoreThanTheSeed) {
  EXPECT_EQ(value(R"("$steps.found[1].id")"), R"("f1")");
  EXPECT_EQ(value(R"("$steps.found.0.id")"), R"("f0")");
  EXPECT_EQ(value(R"("$steps.found[2].id")"), "nothing");
  EXPECT_EQ(value(R"("$prev.project_id.candidates[0].id")"), R"("c0")");
  EXPECT_EQ(value(R"("inputs.nobody ?? inputs.extra.limit")"), "5");
  EXPECT_EQ(value(R"("inputs.extra.none ?? 'a ?? b'")"), R"("a ?? b")");
  EXPECT_EQ(value(R"("inputs.nobody ?? 7")"), "7");
  EXPECT_EQ(value(R"("inputs.nobody ?? true")"), "true");
  EXPECT_EQ(value(R"("$args.name")"), R"("n")");
  EXPECT_EQ(value(R"("$result.id")"), R"("r")");
  EXPECT_EQ(value(R"("$item.id")"), R"("i")");
  EXPECT_EQ(value(R"("$item")"), R"({"id":"i"})");
  EXPECT_EQ(value(R"("$marker")"), R"("m1")");
  EXPECT_EQ(value(R"({"a":"inputs.message","b":"inputs.nobody","c":["inputs.nobody",{"d":"$marker"}]})"),
            R"({"a":"hi","c":[{"d":"m1"}]})");
  EXPECT_EQ(value(R"({"$text":"{inputs.message}, {{you}} {inputs.nobody}{inputs.extra.limit}"})"), R"("hi, {you} 5")");
  EXPECT_EQ(value(R"({"$literal":"inputs.message"})"), R"("inputs.message")");
  EXPECT_EQ(value(R"({"$join":["inputs.message","inputs.nobody","$args.name"],"with":", "})"), R"("hi, n")");
  EXPECT_EQ(value(R"({"$join":["inputs.nobody"]})"), "nothing");
  EXPECT_EQ(value(R"([{"$when":"inputs.message","then":1},{"$when":"inputs.nobody","then":2}])"), "[1]");
}

TEST_F(Bindings, AreRefusedWithAReason) {
  EXPECT_THAT(value(R"("$steps.found[x]")"), HasSubstr("an index is a number"));
  EXPECT_THAT(value(R"("$steps.a..b")"), HasSubstr("a name is missing"));
  EXPECT_THAT(value(R"("$steps")"), HasSubstr("needs the name"));
  EXPECT_THAT(value(R"("$marker.x")"), HasSubstr("no members"));
  EXPECT_THAT(value(R"("inputs.a ?? word")"), HasSubstr("behind ??"));
  EXPECT_THAT(value(R"({"$foo":1})"), HasSubstr("is not known"));
  EXPECT_THAT(value(R"({"$text":"{inputs.a"})"), HasSubstr("not closed"));
  EXPECT_THAT(value(R"({"$text":"{name}"})"), HasSubstr("in braces stands a path"));
  EXPECT_THAT(value("\"inputs." + std::string(kMaxExpressionBytes, 'a') + "\""), HasSubstr("4096 bytes"));
  std::string path = "inputs", terms = "inputs.a", deep = "1";
  for (std::size_t i = 0; i <= kMaxPathNames; ++i) path += ".a";
  for (std::size_t i = 0; i <= kMaxTerms; ++i) terms += " ?? inputs.a";
  for (std::size_t i = 0; i <= kMaxBindingDepth; ++i) deep = "[" + deep + "]";
  EXPECT_THAT(value("\"" + path + "\""), HasSubstr("32 names"));
  EXPECT_THAT(value("\"" + terms + "\""), HasSubstr("eight values"));
  EXPECT_THAT(value(deep), HasSubstr("16 levels"));
}

TEST_F(Bindings, AnswerConditions) {
  const auto holds_for = [&](std::string_view condition) {
    return holds(parse_condition(json(condition)).value(), {.inputs = &inputs_, .kept = &kept_});
  };
  EXPECT_TRUE(holds_for(R"("inputs.message")"));
  EXPECT_FALSE(holds_for(R"("inputs.nobody")"));
  EXPECT_FALSE(holds_for(R"({"exists":"inputs.extra.none"})"));
  EXPECT_TRUE(holds_for(R"({"missing":"inputs.nobody"})"));
  EXPECT_TRUE(holds_for(R"({"empty":"inputs.nobody"})"));
  EXPECT_FALSE(holds_for(R"({"empty":"$steps.found"})"));
  EXPECT_TRUE(holds_for(R"({"equals":["inputs.extra.limit",5.0]})"));
  EXPECT_TRUE(holds_for(R"({"not_equals":["inputs.message","ho"]})"));
  EXPECT_TRUE(holds_for(R"({"all":["inputs.message",{"not":"inputs.nobody"}]})"));
  EXPECT_TRUE(holds_for(R"({"any":["inputs.nobody","inputs.message"]})"));
  EXPECT_FALSE(parse_condition(json(R"({"perhaps":1})")));
  EXPECT_FALSE(parse_condition(json(R"({"equals":[1]})")));
}

/// A service with one operation that reads and one that writes.
class Checks : public testing::Test {
 protected:
  Checks() {
    list_.name = "list_jobs";
    list_.writes = false;
    list_.arguments =
        json(R"({"type":"object","properties":{"query":{"type":"string"},"page":{"type":"integer"}}})").as_object();
    make_.name = "create_job";
    make_.arguments =
        json(
            R"({"type":"object","required":["name"],"properties":{"name":{"type":"string"},"size":{"type":"integer","maximum":9},"etag":{"type":"string"}}})")
            .as_object();
  }
  Actions actions() const {
    return {.service = "shop", .find = [this](std::string_view name) {
              return name == "list_jobs" ? &list_ : name == "create_job" ? &make_ : nullptr;
            }};
  }
  std::string found(std::string_view document) {
    report::Findings findings;
    const report::InFile report(findings, "workflows.json");
    for (const auto& [intent, workflow] : read_workflows(json(document), report))
      check_workflow(workflow, actions(), report);
    std::string out;
    for (const auto& each : findings.sorted()) out += each.pointer + " " + each.message + "\n";
    return out;
  }
  std::string found_in_probes(std::string_view document) {
    report::Findings findings;
    probes_ = read_probes(json(document), actions(), report::InFile(findings, "probes.json"));
    return findings.all().empty() ? "" : findings.sorted().front().pointer + " " + findings.sorted().front().message;
  }
  openapi::Operation list_, make_;
  Probes probes_;
};

TEST_F(Checks, TheSeedsFormIsFine) {
  EXPECT_EQ(found(R"({"add":[{"action":"shop.list_jobs","bind":{"query":"inputs.project_hint.name"},"out":"job_id"},
      {"action":"shop.create_job","bind":{"name":"$prev.job_id"}}]})"),
            "");
}

TEST_F(Checks, MistakesAreToldWithTheirPlace) {
  const struct {
    std::string_view step, says;
  } cases[] = {
      {R"({"action":"shop.nothing"})", "/a/0/action \"shop.nothing\" is no action of this pack"},
      {R"({"action":"list_jobs"})", "/a/0/action \"list_jobs\" is no action"},
      {R"({"action":"shop.list_jobs","bind":{"who":"x"}})", "/a/0/bind/who list_jobs takes no \"who\""},
      {R"({"action":"shop.create_job","bind":{}})", "/a/0/bind create_job needs \"name\""},
      {R"({"action":"shop.create_job","bind":{"name":"x","size":10}})",
       "/a/0/bind/size the value for size must be 9 or less"},
      {R"({"action":"shop.create_job","bind":{"name":{"$text":"x"},"size":{"$text":"{inputs.a}"}}})",
       "/a/0/bind/size size takes integer, not string"},
      {R"({"action":"shop.create_job","bind":{"name":"$steps.no.id"}})",
       "/a/0/bind/name $steps.no.id: no step before this one"},
      {R"({"action":"shop.create_job","bind":{"name":"$item.id"}})", "$item.id means nothing here"},
      {R"({"action":"shop.create_job","bind":{"name":"x"},"pages":3})",
       "/a/0/pages only reading operations have pages"},
      {R"({"action":"shop.list_jobs","pages":0})", "/a/0/pages is how many pages"},
      {R"({"action":"shop.list_jobs","foo":1})", "/a/0/foo is not known"},
      {R"({"action":"shop.list_jobs","answer":"x"})", "/a/0 a step has exactly one"},
      {R"({"choose":{"from":"inputs.x","label":["/a"]}})", "/a/0/out is missing"},
      {R"({"choose":{"from":"inputs.x","label":["name"]},"out":"y"})", "by pointers"},
      {R"({"parallel":[{"parallel":[{"action":"shop.list_jobs"}]}]})", "none of them parallel"},
      {R"({"parallel":[{"action":"shop.list_jobs","out":"x"},{"action":"shop.create_job","bind":{"name":"$steps.x.id"}}]})",
       "no step before this one"},
      {R"({"action":"shop.list_jobs","out":"x.y"})", "neither dots nor brackets"},
      {R"({"action":"shop.list_jobs","when":{"maybe":1}})", "a condition is"},
      {R"("step")", "a step is an object"},
  };
  for (const auto& each : cases)
    EXPECT_THAT(found("{\"a\":[" + std::string(each.step) + "]}"), HasSubstr(each.says)) << each.step;
  EXPECT_THAT(found(R"({"Bad Name":[]})"), HasSubstr("snake case"));
  EXPECT_THAT(found(R"({"a":[]})"), HasSubstr("1 to 64 steps"));
  EXPECT_THAT(
      found(R"({"a":{"inputs":{"type":"object","properties":{"n":{"type":"integer"}},"additionalProperties":false},
      "steps":[{"action":"shop.create_job","bind":{"name":"inputs.n"}}]}})"),
      HasSubstr("name takes string, not integer"));
  EXPECT_THAT(found(R"({"a":{"inputs":{"type":"object","properties":{},"additionalProperties":false},
      "steps":[{"action":"shop.create_job","bind":{"name":"inputs.n"}}]}})"),
              HasSubstr("is not among the workflow's inputs"));
  EXPECT_THAT(found(R"({"a":[{"answer":"no"},{"action":"shop.list_jobs"}]})"), HasSubstr("never reached"));
  EXPECT_THAT(found(R"({"a":[{"action":"other.thing","bind":{}}]})"), HasSubstr("belongs to another pack"));
  EXPECT_THAT(found(R"({"a":[{"action":"system.run_command","bind":{"command":"id"}}]})"), HasSubstr("runs a command"));
}

TEST_F(Checks, ProbesAreReadAndChecked) {
  EXPECT_EQ(
      found_in_probes(
          R"({"create_job":{"kind":"lookup","read":"shop.list_jobs","bind":{"query":"$args.name"},"items":"/items","match":{"/name":"$args.name"}}})"),
      "");
  ASSERT_TRUE(probes_.contains("create_job"));
  EXPECT_EQ(probes_.at("create_job").read, "list_jobs");
  EXPECT_EQ(found_in_probes(R"({"create_job":{"kind":"etag","etag":"/etag"}})"), "");
  const struct {
    std::string_view probe, says;
  } cases[] = {
      {R"({"kind":"hope"})", "/create_job/kind is none of"},
      {R"({"kind":"none"})", "/create_job/reason is missing"},
      {R"({"kind":"etag","etag":"/version"})", "/create_job/etag create_job takes no such"},
      {R"({"kind":"lookup","read":"shop.create_job","match":{"/a":"b"}})", "is no reading operation"},
      {R"({"kind":"lookup","read":"shop.list_jobs"})", "/create_job/match is missing"},
      {R"({"kind":"lookup","read":"shop.list_jobs","bind":{"who":"x"},"match":{"/a":"b"}})", "takes no \"who\""},
      {R"({"kind":"lookup","read":"shop.list_jobs","match":{"/a":"inputs.x"}})", "inputs.x means nothing here"},
      {R"({"kind":"metadata","read":"shop.list_jobs","match":{"/a":"$marker"}})", "bears no $marker"},
      {R"({"kind":"metadata","read":"shop.list_jobs","match":{"/a":"$marker"},"set":{"/tag":"$marker"}})",
       "takes no such argument"},
      {R"({"kind":"none","reason":"r","pages":99})", "1 to 50"},
      {R"({"kind":"none","reason":"r","foo":1})", "is not known here"},
      {R"({"kind":"none","reason":"r","minutes":60})", "of what is repeatable"},
      {R"({"kind":"repeatable","reason":"r","minutes":0})", "1 to 10080"},
      {R"(7)", "an object with a kind"},
  };
  for (const auto& each : cases)
    EXPECT_THAT(found_in_probes("{\"create_job\":" + std::string(each.probe) + "}"), HasSubstr(each.says))
        << each.probe;
  EXPECT_THAT(found_in_probes(R"({"list_jobs":{"kind":"none","reason":"r"}})"), HasSubstr("no writing operation"));
}

TEST_F(Checks, AnOperationIsAnIntentOfItsOwn) {
  const auto workflow = workflow_of("shop", make_);
  ASSERT_THAT(workflow.steps, SizeIs(1));
  const auto inputs = json(R"({"name":"a","extra":{"size":3}})").as_object();
  JsonObject args;
  for (const auto& [name, binding] : workflow.steps[0].bind) {
    if (auto value = evaluate(binding, {.inputs = &inputs})) args[name] = *std::move(value);
  }
  EXPECT_EQ(matrix::canonical_json(args), R"({"name":"a","size":3})");
  EXPECT_EQ(inputs_of(workflow), make_.arguments);
}

}  // namespace
}  // namespace troupe::assistant::workflows
