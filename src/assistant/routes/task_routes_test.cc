// /api/v1/tasks, /approvals and /conversations: what is shown and done, and to whom not.
#include "assistant/routes/routes_fixture.h"

namespace troupe::assistant::routes {
namespace {

using dialogue::Reply;
using dialogue::ReplyKind;

class TaskRoutesTest : public RoutesTest {
 protected:
  TaskRoutesTest() { looks_at_rows(); }
  Answered get(const std::string& target, const tasks::Who& who) { return call("GET", target, "", key_of(who)); }
  Answered post(const std::string& target, std::string body, const tasks::Who& who) {
    return call("POST", target, std::move(body), key_of(who));
  }
  static std::size_t items(const Answered& answer) { return answer["/items"].as_array().size(); }
  std::string why(const Answered& answer) { return std::string(answer["/detail"].as_string()); }
};

TEST_F(TaskRoutesTest, AFileOfATaskIsADownloadForItsOwnerAlone) {
  const auto bytes = std::string("\x89PNG", 4) + std::string(1, '\0') + "<script>alert(1)</script>";
  const auto taken = executing(anna);
  const auto begun = must(one.tasks.begin_step(taken.claim, {.path = "0", .action = "slack.get_file"}));
  must(one.tasks.finish_step(
      taken.claim, begun.step.number,
      {.files = {{.name = "dä\"ch.png", .type = "image/png", .content = std::make_shared<const std::string>(bytes)}}}));
  const auto shown = get("/api/v1/tasks/" + taken.task.id, anna);
  const auto path = "/api/v1/tasks/" + taken.task.id + "/files/1-1";
  EXPECT_EQ(shown["/files/0/path"], boost::json::string(path)) << shown.text;
  EXPECT_EQ(shown["/files/0/file_id"], "1-1");
  EXPECT_EQ(shown["/files/0/bytes"], std::ssize(bytes));
  const auto file = raw("GET", path, "", key_of(anna));
  ASSERT_EQ(file.status, 200);
  ASSERT_TRUE(file.shared_body);
  EXPECT_EQ(*file.shared_body, bytes);
  EXPECT_EQ(file.headers.get("Content-Type"), "image/png");
  EXPECT_EQ(file.headers.get("Content-Disposition"), "attachment; filename*=utf-8''d%C3%A4%22ch.png");
  EXPECT_TRUE(file.headers.get("Content-Security-Policy").starts_with("sandbox"));
  EXPECT_EQ(file.headers.get("Cache-Control"), "private, no-store");
  EXPECT_EQ(get(path, ben).status, 404);
  EXPECT_EQ(get(path, chief).status, 404);
  EXPECT_EQ(get("/api/v1/tasks/" + taken.task.id + "/files/1-2", anna).status, 404);
  EXPECT_EQ(get("/api/v1/tasks/" + planned(anna).id + "/files/1-1", anna).status, 404);
  EXPECT_EQ(call("GET", path, "", {}).status, 401);
  EXPECT_EQ(call("GET", path, "", key_of(anna, {"bots"})).status, 403);
}

TEST_F(TaskRoutesTest, OnlySoManyFilesLeaveAtOnce) {
  const auto taken = executing(anna);
  const auto begun = must(one.tasks.begin_step(taken.claim, {.path = "0", .action = "slack.get_file"}));
  must(one.tasks.finish_step(
      taken.claim, begun.step.number,
      {.files = {{.name = "a", .type = "", .content = std::make_shared<const std::string>("x")}}}));
  const auto path = "/api/v1/tasks/" + taken.task.id + "/files/1-1";
  std::vector<net::http::Response> leaving;
  for (std::size_t i = 0; i < UploadSeats::kMostEach; ++i) {
    leaving.push_back(raw("GET", path, "", key_of(anna)));
    EXPECT_EQ(leaving.back().status, 200);
  }
  EXPECT_EQ(leaving.back().headers.get("Content-Type"), "application/octet-stream");
  EXPECT_EQ(raw("GET", path, "", key_of(anna)).status, 429);
  leaving.clear();
  EXPECT_EQ(raw("GET", path, "", key_of(anna)).status, 200);
}

TEST_F(TaskRoutesTest, ATaskIsShownWithAllThatItDid) {
  const auto taken = executing(anna);
  const auto id = taken.task.id;
  did(taken.claim, "0", matrix::JsonObject{{"ts", "1.2"}});
  const auto step =
      must(one.tasks.begin_step(taken.claim, {.path = "1", .action = "slack.list_channels", .args = {{"limit", 5}}}));
  must(one.tasks.finish_step(
      taken.claim, step.step.number,
      {.output = matrix::JsonArray{1, 2},
       .records = {.calls = {{.service = "slack",
                              .method = "GET",
                              .url = "https://slack.example/api/conversations.list",
                              .response = "{}",
                              .status = 200,
                              .latency_ms = 12}},
                   .commands = {{.command = "ls", .args = {"-l"}, .mode = "SANDBOX", .exit_code = 0, .out = "x"}}}}));
  must(one.tasks.finish(taken.claim, matrix::JsonObject{{"sent", true}}));

  const auto shown = get("/api/v1/tasks/" + id, anna);
  ASSERT_EQ(shown.status, 200) << shown.text;
  EXPECT_EQ(shown["/kind"], "result");
  EXPECT_EQ(shown["/task/status"], "done");
  EXPECT_EQ(shown["/task/phase"], "done");
  EXPECT_EQ(shown["/task/inputs/channel"], "#general");
  EXPECT_EQ(shown["/task/result/sent"], true);
  EXPECT_EQ(shown["/task/owner"], "@anna:localhost");
  const auto steps = get("/api/v1/tasks/" + id + "/steps", anna);
  ASSERT_EQ(items(steps), 2U) << steps.text;
  EXPECT_EQ(steps["/items/0/output/ts"], "1.2");
  EXPECT_EQ(steps["/items/0/writes"], true);
  EXPECT_EQ(steps["/items/1/output/1"], 2);
  EXPECT_EQ(steps["/items/1/status"], "done");
  EXPECT_FALSE(steps.body.as_object().contains("next_after"));
  const auto first = get("/api/v1/tasks/" + id + "/steps?limit=1", anna);
  EXPECT_EQ(first["/next_after"], 1);
  EXPECT_EQ(get("/api/v1/tasks/" + id + "/steps?limit=1&after=1", anna)["/items/0/number"], 2);
  const auto calls = get("/api/v1/tasks/" + id + "/calls", anna);
  ASSERT_EQ(items(calls), 1U) << calls.text;
  EXPECT_EQ(calls["/items/0/status"], 200);
  EXPECT_EQ(calls["/items/0/step"], 2);
  const auto commands = get("/api/v1/tasks/" + id + "/commands", anna);
  EXPECT_EQ(commands["/items/0/args/0"], "-l");
  EXPECT_EQ(commands["/items/0/exit_code"], 0);
  EXPECT_EQ(items(get("/api/v1/tasks/" + id + "/questions", anna)), 0U);
  EXPECT_EQ(items(get("/api/v1/tasks/" + id + "/approvals", anna)), 0U);
}

TEST_F(TaskRoutesTest, ListsAreFilteredAndPaged) {
  const auto old = planned(anna);
  clock.passed_ms += 10;
  must(one.tasks.cancel(anna, planned(anna).id));
  clock.passed_ms += 10;
  const auto taken = executing(anna);
  planned(ben);
  EXPECT_EQ(items(get("/api/v1/tasks", anna)), 3U);
  const auto first = get("/api/v1/tasks?limit=2", anna);
  EXPECT_EQ(items(first), 2U);
  EXPECT_EQ(first["/items/0/task_id"].as_string(), taken.task.id) << "the newest change first";
  EXPECT_EQ(first["/next_from"], 2);
  EXPECT_EQ(items(get("/api/v1/tasks?limit=2&from=2", anna)), 1U);
  const auto in = [&](const std::string& filter) { return get("/api/v1/tasks?" + filter, anna); };
  EXPECT_EQ(in("status=planned")["/items/0/task_id"].as_string(), old.id);
  EXPECT_EQ(items(in("status=planned")), 1U);
  EXPECT_EQ(in("status=error")["/items/0/phase"], "cancelled");
  EXPECT_EQ(items(in("status=executing")), 1U);
  EXPECT_EQ(items(in("status=awaiting_user")), 0U);
  EXPECT_EQ(items(in("status=done")), 0U);
  EXPECT_EQ(items(in("conversation_id=" + old.conversation_id)), 1U);
  EXPECT_EQ(items(in("conversation_id=" + old.conversation_id + "&status=planned")), 1U);
  EXPECT_EQ(items(in("conversation_id=" + old.conversation_id + "&status=done")), 0U);
  EXPECT_EQ(items(in("conversation_id=nobodys")), 0U);
  EXPECT_EQ(items(in("service=slack")), 3U);
  EXPECT_EQ(items(in("service=slack&status=planned")), 1U);
  EXPECT_EQ(items(in("service=companycam")), 0U);
  for (const auto* wrong : {"status=waiting", "limit=0", "limit=51", "from=-1", "limit=x"}) {
    EXPECT_EQ(in(wrong).status, 400) << wrong;
  }
}

TEST_F(TaskRoutesTest, WhatIsAnothersDoesNotExist) {
  fake.on_execute = fake.on_cancel = [this](tasks::Who who, std::string id) { return look(std::move(who), id); };
  fake.on_undo = fake.on_cancel;
  fake.on_answer = [this](tasks::Who who, std::string id, const tasks::Answer&) { return look(std::move(who), id); };
  fake.on_fork = [this](tasks::Who who, std::string id, std::int64_t) { return look(std::move(who), id); };
  const auto task = planned(anna);
  EXPECT_EQ(post("/api/v1/tasks/" + task.id + "/undo", "", anna).status, 201);
  for (const auto& who : {ben, chief}) {
    for (const auto* rest : {"", "/steps", "/questions", "/approvals", "/calls", "/commands", "/exchanges", "/live"}) {
      const auto theirs = get("/api/v1/tasks/" + task.id + rest, who);
      const auto none = get(std::string("/api/v1/tasks/AAAAAAAAAAAAAAAAAAAAAA") + rest, who);
      EXPECT_EQ(theirs.status, 404) << rest;
      EXPECT_EQ(theirs.text, none.text) << rest << ": the same words as where there is none";
    }
    EXPECT_EQ(post("/api/v1/tasks/" + task.id + "/execute", "", who).status, 404);
    EXPECT_EQ(post("/api/v1/tasks/" + task.id + "/cancel", "", who).status, 404);
    EXPECT_EQ(post("/api/v1/tasks/" + task.id + "/undo", "", who).status, 404);
    EXPECT_EQ(post("/api/v1/tasks/" + task.id + "/answer", R"({"text":"x"})", who).status, 404);
    EXPECT_EQ(post("/api/v1/tasks/" + task.id + "/fork", R"({"from_step":1})", who).status, 404);
    const auto place = "/api/v1/conversations/" + task.conversation_id;
    EXPECT_EQ(get(place, who).status, 404);
    EXPECT_EQ(get(place + "/messages", who).status, 404);
    EXPECT_EQ(post(place + "/messages", R"({"text":"x"})", who).status, 404) << "and begins none";
    EXPECT_EQ(
        post("/api/v1/tasks",
             R"({"service":"slack","intent":"list_channels","conversation_id":")" + task.conversation_id + "\"}", who)
            .status,
        404);
    EXPECT_EQ(items(get("/api/v1/conversations", who)), 0U);
    EXPECT_EQ(items(get("/api/v1/tasks", who)), 0U);
  }
  for (const auto* odd : {"%00", "a%00b", "%20"}) {
    const auto answer = get(std::string("/api/v1/tasks/") + odd, anna);
    EXPECT_TRUE(answer.status == 404 || answer.status == 400) << odd << ": " << answer.status;
  }
  EXPECT_EQ(call("GET", "/api/v1/tasks", "", {}).status, 401);
  EXPECT_EQ(call("GET", "/api/v1/tasks", "", key_of(anna, {"bots"})).status, 403);
  EXPECT_EQ(call("GET", "/api/v1/tasks", "", dev_token()).status, 200);
}

TEST_F(TaskRoutesTest, WhatAPersonDoesGoesToTheAssistantAsThemselves) {
  std::vector<std::string> seen;
  const auto note = [&](const tasks::Who& who, const std::string& what) -> Reply {
    seen.push_back(who.label + " " + what);
    return {.kind = ReplyKind::nothing, .conversation_id = "c", .message = "Yes."};
  };
  fake.on_plan = [&](const tasks::Who& who, std::string, tasks::TaskSpec spec) -> Task<Reply> {
    co_return note(who, "plans " + spec.service + "." + spec.intent);
  };
  fake.on_execute = [&](const tasks::Who& who, std::string id) -> Task<Reply> {
    co_return note(who, "executes " + id);
  };
  fake.on_cancel = [&](const tasks::Who& who, std::string id) -> Task<Reply> { co_return note(who, "cancels " + id); };
  fake.on_answer = [&](const tasks::Who& who, std::string id, tasks::Answer given) -> Task<Reply> {
    co_return note(who, "answers " + id + " " + given.choice_id + given.text);
  };
  fake.on_fork = [&](const tasks::Who& who, std::string id, std::int64_t step) -> Task<Reply> {
    co_return note(who, "forks " + id + " at " + std::to_string(step));
  };
  fake.on_chat = [&](const tasks::Who& who, dialogue::Utterance said) -> Task<Reply> {
    co_return note(who, "says " + said.text + " to " + said.task_id + " as " + said.person + " with " +
                            (said.files.empty() ? "nothing" : said.files[0] + " " + said.file_names[0]));
  };
  EXPECT_EQ(post("/api/v1/tasks", R"({"service":"slack","intent":"list_channels"})", anna).status, 201);
  EXPECT_EQ(post("/api/v1/tasks/t/execute?wait_s=3", "", anna).status, 200);
  EXPECT_EQ(fake.patience, std::chrono::seconds(3));
  EXPECT_EQ(post("/api/v1/tasks/t/execute", "", anna).status, 200);
  EXPECT_EQ(fake.patience, std::chrono::seconds(20));
  post("/api/v1/tasks/t/cancel", "", anna);
  post("/api/v1/tasks/t/answer", R"({"choice_id":"p1"})", anna);
  post("/api/v1/tasks/t/answer", R"({"text":"Smith"})", anna);
  EXPECT_EQ(post("/api/v1/tasks/t/fork", R"({"from_step":2,"inputs":{"a":1}})", anna).status, 201);
  EXPECT_EQ(post("/api/v1/conversations", R"({"text":"hi","files":[{"uri":"mxc://a/b","name":"x.jpg"}]})", ben).status,
            201);
  const auto place = must(conversations.open(ben, "", "mine")).id;
  EXPECT_EQ(post("/api/v1/conversations/" + place + "/messages", R"({"text":"2","task_id":"t7"})", ben).status, 200);
  EXPECT_EQ(seen,
            (std::vector<std::string>{
                "@anna:localhost plans slack.list_channels", "@anna:localhost executes t", "@anna:localhost executes t",
                "@anna:localhost cancels t", "@anna:localhost answers t p1", "@anna:localhost answers t Smith",
                "@anna:localhost forks t at 2", "@ben:localhost says hi to  as @ben:localhost with mxc://a/b x.jpg",
                "@ben:localhost says 2 to t7 as @ben:localhost with nothing"}));
}

TEST_F(TaskRoutesTest, ARefusalSaysWhatBecameOfTheTask) {
  fake.on_execute = [this](tasks::Who who, std::string id) -> Task<Reply> {
    CO_TRY(auto taken, co_await one.tasks.execute(who, id));
    co_return Reply{.kind = ReplyKind::running, .conversation_id = taken.task.conversation_id, .message = "It runs."};
  };
  fake.on_answer = [this](tasks::Who who, std::string id, tasks::Answer given) -> Task<Reply> {
    CO_TRY(auto taken, co_await one.tasks.resume(who, id, given));
    co_return Reply{.kind = ReplyKind::running, .conversation_id = taken.task.conversation_id, .message = "It runs."};
  };
  const auto says = [&](const std::string& id, const std::string& words, const tasks::Who& who) {
    const auto executed = post("/api/v1/tasks/" + id + "/execute", "", who);
    const auto answered = post("/api/v1/tasks/" + id + "/answer", R"({"choice_id":"p1"})", who);
    EXPECT_EQ(executed.status, 400);
    EXPECT_EQ(answered.status, 400);
    EXPECT_EQ(why(executed), words);
    EXPECT_EQ(why(answered), words);
  };
  const auto cancelled = planned(anna).id;
  must(one.tasks.cancel(anna, cancelled));
  says(cancelled, "The task was cancelled.", anna);
  const auto taken = executing(anna);
  says(taken.task.id, "The task is running.", anna);
  must(one.tasks.finish(taken.claim, nullptr));
  says(taken.task.id, "The task is done.", anna);
  EXPECT_EQ(post("/api/v1/tasks/" + cancelled + "/execute", "", ben).status, 404) << "not to others";
}

TEST_F(TaskRoutesTest, BodiesAreChecked) {
  const auto refused = [&](const std::string& target, const std::string& body, int status = 400) {
    const auto answer = post(target, body, anna);
    EXPECT_EQ(answer.status, status) << target << " " << body.substr(0, 80) << ": " << answer.text;
  };
  for (const auto* body :
       {"", "[]", "{", R"({"service":"slack"})", R"({"service":"","intent":"x"})", R"({"service":1,"intent":"x"})",
        R"({"service":"a","intent":"b","inputs":[]})", R"({"service":"a","intent":"b","more":1})"}) {
    refused("/api/v1/tasks", body);
  }
  for (const auto* body : {"{}", R"({"text":"a","choice_id":"b"})", R"({"text":1})"}) {
    refused("/api/v1/tasks/t/answer", body);
  }
  for (const auto* body : {"{}", R"({"from_step":0})", R"({"from_step":"1"})", R"({"from_step":1.5})"}) {
    refused("/api/v1/tasks/t/fork", body);
  }
  for (const auto* body : {"{}", R"({"text":""})", R"({"text":"a\u0000"})", R"({"text":"a","files":[{}]})",
                           R"({"text":"a","files":"mxc://a/b"})", R"({"text":"a","files":[{"uri":"https://a/b"}]})"}) {
    refused("/api/v1/conversations", body);
  }
  refused("/api/v1/tasks", R"({"service":"a","intent":"b","inputs":{"x":")" + std::string(200'000, 'x') + "\"}}", 413);
  refused("/api/v1/conversations", R"({"text":")" + std::string(70'000, 'x') + "\"}");
  refused("/api/v1/tasks/t/execute?wait_s=61", "");
  refused("/api/v1/tasks/t/execute?wait_s=-1", "");
}

TEST_F(TaskRoutesTest, AnApprovalIsGivenWithItsDigestByWhoeverMay) {
  fake.on_approve = [this](tasks::Who who, std::string id, std::string digest) -> Task<Reply> {
    CO_TRY(auto taken, co_await one.tasks.approve(who, id, digest));
    CO_TRY(auto done, co_await one.tasks.finish(taken.claim, matrix::JsonObject{{"secret", "the asker's"}}));
    co_return Reply{.kind = ReplyKind::result,
                    .conversation_id = done.conversation_id,
                    .message = "It is the asker's.",
                    .view = tasks::TaskView{.task = done}};
  };
  fake.on_reject = [this](tasks::Who who, std::string id, std::string digest) -> Task<Reply> {
    CO_TRY(auto task, co_await one.tasks.reject(who, id, digest, ""));
    co_return Reply{.kind = ReplyKind::failed,
                    .conversation_id = task.conversation_id,
                    .message = "Rejected.",
                    .view = tasks::TaskView{.task = task}};
  };
  const auto path = [](const tasks::Approval& approval, const std::string& verb = "") {
    return "/api/v1/approvals/" + approval.id + (verb.empty() ? "" : "/" + verb);
  };
  const auto with = [](const std::string& digest) { return R"({"digest":")" + digest + "\"}"; };

  const auto own = asking(anna);
  const auto listed = get("/api/v1/approvals", anna);
  ASSERT_EQ(items(listed), 1U) << listed.text;
  EXPECT_EQ(listed["/items/0/can_decide"], true);
  EXPECT_EQ(listed["/items/0/calls/0/args/text"], "hello");
  EXPECT_EQ(listed["/items/0/why"], "It writes.");
  for (const auto& who : {ben, chief}) {
    EXPECT_EQ(items(get("/api/v1/approvals", who)), 0U);
    EXPECT_EQ(get(path(own), who).status, 404);
    EXPECT_EQ(post(path(own, "approve"), with(own.digest), who).status, 404);
    EXPECT_EQ(post(path(own, "reject"), with(own.digest), who).status, 404);
  }
  EXPECT_EQ(post(path(own, "approve"), with(std::string(own.digest.rbegin(), own.digest.rend())), anna).status, 400);
  EXPECT_EQ(post(path(own, "approve"), "{}", anna).status, 400);
  const auto approved = post(path(own, "approve"), with(own.digest), anna);
  EXPECT_EQ(approved.status, 200) << approved.text;
  EXPECT_EQ(approved["/task/result/secret"], "the asker's");
  EXPECT_EQ(post(path(own, "approve"), with(own.digest), anna).status, 400) << "a second time";
  EXPECT_EQ(post(path(own, "reject"), with(own.digest), anna).status, 400);
  EXPECT_EQ(get(path(own), anna)["/state"], "approved");
  EXPECT_EQ(get(path(own), anna)["/can_decide"], false) << "it is decided";
  EXPECT_EQ(get("/api/v1/tasks/" + own.task_id + "/approvals", anna)["/items/0/decider"], "@anna:localhost");

  const auto other = asking(anna, tasks::Approver::administrator);
  EXPECT_EQ(get(path(other), anna)["/can_decide"], false);
  EXPECT_EQ(post(path(other, "approve"), with(other.digest), anna).status, 403) << "somebody else has to";
  EXPECT_EQ(get(path(other), ben).status, 404);
  EXPECT_EQ(get("/api/v1/approvals", chief)["/items/0/can_decide"], true);
  const auto by_chief = post(path(other, "approve"), with(other.digest), chief);
  EXPECT_EQ(by_chief.status, 200) << by_chief.text;
  EXPECT_EQ(by_chief["/approval/state"], "approved");
  EXPECT_EQ(by_chief.text.find("asker's"), std::string::npos) << "neither inputs nor result: " << by_chief.text;
  EXPECT_EQ(fake.patience, std::chrono::milliseconds(0)) << "the approver does not wait for another's task";
  EXPECT_EQ(get("/api/v1/tasks/" + other.task_id, chief).status, 404);

  const auto unwanted = asking(anna, tasks::Approver::administrator);
  const auto rejected = post(path(unwanted, "reject"), with(unwanted.digest), chief);
  EXPECT_EQ(rejected["/approval/state"], "rejected") << rejected.text;
  EXPECT_EQ(get("/api/v1/tasks/" + unwanted.task_id, anna)["/task/phase"], "rejected");
}

TEST_F(TaskRoutesTest, PendingApprovalsAreReadInParts) {
  for (int i = 0; i < 23; ++i) asking(anna);
  const auto first = get("/api/v1/approvals", anna);
  ASSERT_EQ(items(first), 20U);
  const auto rest = get("/api/v1/approvals?after=" + std::string(first["/next_after"].as_string()), anna);
  EXPECT_EQ(items(rest), 3U);
  EXPECT_FALSE(rest.body.as_object().contains("next_after"));
  for (const auto* wrong : {"x", "1", "-1.a", ".", "99999999999999999999.a"}) {
    EXPECT_EQ(get(std::string("/api/v1/approvals?after=") + wrong, anna).status, 400) << wrong;
  }
}

TEST_F(TaskRoutesTest, ConversationsAndMessagesAreReadInParts) {
  const auto place = must(conversations.open(anna, "", "Hello")).id;
  for (int i = 1; i <= 5; ++i) must(conversations.say(anna, place, tasks::Role::user, std::to_string(i)));
  EXPECT_EQ(get("/api/v1/conversations", anna)["/items/0/messages"], 5);
  EXPECT_EQ(get("/api/v1/conversations/" + place, anna)["/title"], "Hello");
  const auto path = "/api/v1/conversations/" + place + "/messages";
  EXPECT_EQ(items(get(path, anna)), 5U);
  const auto part = get(path + "?limit=2&after=1", anna);
  EXPECT_EQ(part["/items/0/content"], "2");
  EXPECT_EQ(part["/items/1/role"], "user");
  EXPECT_EQ(part["/next_after"], 3);
}

}  // namespace
}  // namespace troupe::assistant::routes
