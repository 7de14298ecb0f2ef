// Tasks from their first step to their end: what is called, asked, approved, and never repeated.
#include "assistant/executor/executor_fixture.h"
#include "assistant/executor/targets.h"
#include "assistant/executor/undo.h"

namespace troupe::assistant::executor {
namespace {

using tasks::Phase;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// ---- The seed's defects ----

TEST_F(ExecutorTest, AWorkflowRunsAndItsCallsAreThoseOfItsSteps) {
  const auto done = executed("slack", "send_message", R"({"channel":"#OPS","message":"<!channel> hi"})");
  EXPECT_EQ(done.task.phase, Phase::done) << done.task.reason;
  EXPECT_EQ(done.task.result->at("channel"), "C2");
  EXPECT_THAT(paths_of(done.task.id), ElementsAre("0/page:1", "0/page:2", "1", "2"));
  EXPECT_EQ(world.lists["messages"].at(0).at("text"), "&lt;!channel&gt; hi");
  // Each request once, with its task and step.
  const auto calls = must(tasks().calls(anna, done.task.id, 0, ""));
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls.size(), http.requests.size());
  std::vector<std::int64_t> of;
  for (const auto& call : calls) {
    of.push_back(call.step);
    EXPECT_EQ(call.status, 200);
    EXPECT_EQ(call.task_id, done.task.id);
  }
  EXPECT_THAT(of, testing::UnorderedElementsAre(1, 2, 4)) << "within one millisecond they have no order";
  EXPECT_THAT(all_text(), Not(HasSubstr("canary")));
}

TEST_F(ExecutorTest, AQuestionInTheMiddleRepeatsNothing) {
  const auto asked = executed("companycam", "add_project_conversation", kComment);
  ASSERT_EQ(asked.task.phase, Phase::awaiting_choice) << asked.task.reason;
  ASSERT_TRUE(asked.question);
  EXPECT_EQ(asked.question->text, "I found several projects. Which one did you mean?");
  ASSERT_EQ(asked.question->choices.size(), 2U);
  EXPECT_EQ(asked.question->choices[0].id, "p1");
  EXPECT_EQ(asked.question->choices[0].label, "Smith roof - 1 Main St");
  EXPECT_EQ(asked.question->choices[1].value.at("name"), "Smith barn");
  EXPECT_THAT(world.made, IsEmpty());
  EXPECT_EQ(wait(tasks().execute(anna, asked.task.id)).error().http_status(), 400);

  program_dies();  // and the answer comes days later
  clock.passed_ms += 3 * 86'400'000LL;
  const auto done = answered(asked.task.id, "p2");
  EXPECT_EQ(done.task.phase, Phase::done) << done.task.reason;
  EXPECT_THAT(world.made, ElementsAre("POST /v2/projects/p2/comments"));
  EXPECT_EQ(http.requests.size(), 2U) << "the list was not asked for again";
  EXPECT_EQ(done.task.result->at("project").at("name"), "Smith barn");
  const auto again = wait(tasks().resume(anna, asked.task.id, {.choice_id = "p2"}));
  EXPECT_EQ(again.error().http_status(), 400);
  EXPECT_EQ(wait(tasks().execute(anna, asked.task.id)).error().message(),
            "Task is in done status and cannot be executed");
}

TEST_F(ExecutorTest, PrevWithTheNameOfAMemberIsThatMember) {
  offer(R"({"service":"shop","enabled":true,"base_url":"https://api.companycam.com/v2","auth":{"scheme":"none"},
           "approval":{"of":"marked"},"operations":{
             "search":{"summary":"s","method":"GET","path":"/lookup","query":["name"]},
             "add_comment":{"summary":"c","method":"POST","path":"/projects","body":["name","text"]}}})",
        R"({"add":[{"action":"shop.search","bind":{"name":"inputs.project_hint.name"},"out":"project_id"},
                   {"action":"shop.add_comment","bind":{"name":"$prev.project_id","text":"inputs.message"}}]})");
  http.answer = [this](const ClientRequest& request) -> Result<ClientResponse> {
    if (target_of(request).starts_with("/v2/lookup"))
      return json_answer(200, R"({"project_id":"p7","candidates":[{"id":"p7"}]})");
    return world.answer(request);
  };
  const auto done = executed("shop", "add", kComment);
  EXPECT_EQ(done.task.phase, Phase::done) << done.task.reason;
  EXPECT_EQ(world.lists["/v2/projects"].at(0).at("name"), "p7");
}

TEST_F(ExecutorTest, OfTwoStartsOneRuns) {
  const auto task = planned_as("slack", "create_channel", R"({"name":"news"})");
  const auto taken = must(tasks().execute(anna, task.id));
  EXPECT_EQ(wait(tasks().execute(anna, task.id)).error().http_status(), 400);
  runs().start(taken);
  runs().start(taken);
  wait_for(task.id);
  EXPECT_THAT(world.made, SizeIs(1));
}

// ---- Files ----

/// A shop that gives a picture and a list, and takes a file.
constexpr std::string_view kShopDocument = R"({"openapi":"3.0.3","info":{"title":"Shop","version":"1"},
  "servers":[{"url":"https://shop.example/v1"}],"paths":{
  "/picture":{"get":{"operationId":"get_picture","summary":"Get the picture","responses":{"200":{"description":"ok"}}}},
  "/album":{"put":{"operationId":"put_picture","summary":"Put a picture","requestBody":{"required":true,
    "content":{"application/octet-stream":{"schema":{"type":"string","format":"binary"}}}},
    "responses":{"200":{"description":"ok"}}}}}})";
constexpr std::string_view kShopConfig = R"({"service":"shop","enabled":true,"openapiRef":"openapi.json",
  "auth":{"scheme":"bearer"},"approval":{"of":"marked"}})";
const std::string kPicture("\x89PNG\r\n\x1a\n\0\xff key-4711-canary", 26);

TEST_F(ExecutorTest, AFileOfAnAnswerIsKeptAndALaterStepSendsIt) {
  offer({in_use("shop", {{"config.json", std::string(kShopConfig)},
                         {"openapi.json", std::string(kShopDocument)},
                         {"workflows.json", R"({"copy":[
                            {"action":"shop.get_picture","bind":{},"out":"picture"},
                            {"action":"shop.put_picture","bind":{"body":"$steps.picture.file"}}]})"}})});
  http.answer = [](const ClientRequest& request) -> Result<ClientResponse> {
    if (request.method != "GET") return json_answer(200, R"({"ok":true})");
    auto picture = json_answer(200, kPicture, "text/html");
    picture.headers.add("Content-Disposition", "attachment; filename=\"../roof.png\"");
    return picture;
  };
  const auto done = executed("shop", "copy", "{}");
  ASSERT_EQ(done.task.phase, Phase::done) << done.task.reason;
  ASSERT_EQ(done.files.size(), 1U);
  EXPECT_EQ(done.files[0].name, "roof.png");
  EXPECT_EQ(done.files[0].type, "image/png");
  const auto kept = must(tasks().file(anna, done.task.id, done.files[0].id())).content;
  EXPECT_TRUE(kept.starts_with(kPicture.substr(0, 10)));
  EXPECT_THAT(kept, Not(HasSubstr("canary")));
  const auto steps = steps_of(done.task.id);
  EXPECT_EQ(*steps.at(0).output, Json(JsonObject({{"file", "task-file:1-1"},
                                                  {"name", "roof.png"},
                                                  {"content_type", "image/png"},
                                                  {"bytes", std::ssize(kept)}})));
  ASSERT_EQ(http.requests.size(), 2U);
  EXPECT_EQ(http.requests[1].body, kept) << "the bytes, not the name";
  EXPECT_EQ(steps.at(1).args.at("body"), "task-file:1-1");
  const auto calls = must(tasks().calls(anna, done.task.id, 0, ""));  // within one millisecond they have no order
  const auto put = std::ranges::find(calls, "PUT", &tasks::ApiCall::method);
  ASSERT_NE(put, calls.end());
  EXPECT_THAT(put->request, HasSubstr("task-file:1-1"));
}

TEST_F(ExecutorTest, AFileOfAnotherTaskIsNone) {
  offer({in_use("shop", {{"config.json", std::string(kShopConfig)}, {"openapi.json", std::string(kShopDocument)}})});
  http.answer = [](const ClientRequest&) -> Result<ClientResponse> { return json_answer(200, kPicture, "image/png"); };
  const auto first = executed("shop", "get_picture", "{}");
  ASSERT_EQ(first.files.size(), 1U) << first.task.reason;
  const auto second = executed("shop", "put_picture", R"({"body":"task-file:1-1"})");
  EXPECT_EQ(second.task.phase, Phase::failed);
  EXPECT_THAT(second.task.reason, HasSubstr("File not found"));
  EXPECT_EQ(http.requests.size(), 1U);
}

// ---- Steps ----

TEST_F(ExecutorTest, OneHitIsTakenAndNoneIsSaid) {
  const auto one =
      executed("companycam", "add_project_conversation", R"({"project_hint":{"name":"Kelly"},"message":"x"})");
  EXPECT_EQ(one.task.phase, Phase::done) << one.task.reason;
  const auto none =
      executed("companycam", "add_project_conversation", R"({"project_hint":{"name":"Zzz"},"message":"x"})");
  EXPECT_EQ(none.task.phase, Phase::failed);
  EXPECT_EQ(none.task.reason, "I found no project of that name or address.");
  const auto looked = executed("companycam", "search_project", R"({"project_hint":{"name":"Zzz"}})");
  EXPECT_EQ(looked.task.phase, Phase::done) << "nothing more was to be done";
  EXPECT_EQ(looked.task.result, Json("I found no project of that name or address."));
}

TEST_F(ExecutorTest, AnAnswerEndsTheWorkflow) {
  const auto done = executed("bolt", "create_estimate", R"({})");
  EXPECT_EQ(done.task.phase, Phase::done);
  EXPECT_THAT(std::string(matrix::view(done.task.result->get_string())), HasSubstr("no estimates"));
  EXPECT_THAT(http.requests, IsEmpty());
}

TEST_F(ExecutorTest, StepsAtOnceAreBegunTogetherAndEachIsAStep) {
  std::vector<Point> points;
  start_program([&](Point point) {
    points.push_back(point);
    return true;
  });
  const auto done = executed("acculynx", "create_lead", R"({"contact_info":{"name":"Ann"}})");
  EXPECT_EQ(done.task.phase, Phase::done) << done.task.reason;
  EXPECT_THAT(paths_of(done.task.id), ElementsAre("0/parallel:0", "0/parallel:1", "1", "2", "3"));
  ASSERT_GT(points.size(), 4U);
  EXPECT_EQ(points[2], Point::storing);
  EXPECT_EQ(points[3], Point::storing) << "the second begins before the first has";
  EXPECT_THAT(world.made, ElementsAre("POST /api/v2/contacts", "POST /api/v2/jobs"));
  EXPECT_EQ(done.task.result->at("contact_id"), "n1");
}

TEST_F(ExecutorTest, EachRunsForEveryEntry) {
  const auto done = executed("slack", "invite_users", R"({"channel":"ops","users":["ann@x.org","ben@x.org"]})");
  EXPECT_EQ(done.task.phase, Phase::done) << done.task.reason;
  EXPECT_THAT(world.made, ElementsAre("invited Uann", "invited Uben"));
  EXPECT_THAT(paths_of(done.task.id),
              ElementsAre("0/page:1", "0/page:2", "1", "2/each:0", "2/each:1", "3/each:0", "3/each:1"));
}

TEST_F(ExecutorTest, ConditionsSkip) {
  const auto done = executed("companycam", "create_project", R"({"name":"New"})");
  EXPECT_EQ(done.task.phase, Phase::done) << done.task.reason;
  EXPECT_EQ(steps_of(done.task.id).at(1).status, tasks::StepStatus::skipped);
  EXPECT_THAT(world.made, ElementsAre("POST /v2/projects"));
}

TEST_F(ExecutorTest, ARefusalIsSaidInWords) {
  http.answer = [](const ClientRequest&) -> Result<ClientResponse> {
    return json_answer(422, R"({"errors":["Name is taken key-4711-canary"]})");
  };
  const auto view = executed("companycam", "create_project", R"({"name":"New"})");
  EXPECT_EQ(view.task.phase, Phase::failed);
  EXPECT_THAT(view.task.reason, HasSubstr("CompanyCam refused companycam.create_project: Name is taken"));
  EXPECT_THAT(all_text(), Not(HasSubstr("canary")));
}

TEST_F(ExecutorTest, WhatCannotBeCalledIsToldBeforeAnythingIsSent) {
  const auto gone = executed("trello", "add_card", R"({})");
  EXPECT_EQ(gone.task.phase, Phase::failed);
  auto slack = in_use("slack");
  slack.missing_secrets = {"key"};
  offer({slack});
  const auto view = executed("slack", "create_channel", R"({"name":"x"})");
  EXPECT_EQ(view.task.phase, Phase::failed);
  EXPECT_THAT(view.task.reason, HasSubstr("SLACK_API_KEY"));
  EXPECT_THAT(http.requests, IsEmpty());
}

// ---- Writes whose outcome nobody knows ----

class UnknownTest : public ExecutorTest {
 protected:
  /// The message is written, and nothing of that comes back.
  tasks::TaskView lost(bool is_done) {
    world.mishap = [is_done](const ClientRequest& request, bool after) -> std::optional<Error> {
      if (target_of(request).ends_with("/messages") && after == is_done) return calls::testing_calls::cut();
      return std::nullopt;
    };
    auto view = executed("acculynx", "add_job_message", R"({"lead_id":"j1","message":"Hello"})");
    world.mishap = {};
    EXPECT_EQ(view.task.phase, Phase::unknown_outcome) << view.task.reason;
    return view;
  }
};

TEST_F(UnknownTest, APersonSaysThatItWasDone) {
  const auto asked = lost(true);
  ASSERT_TRUE(asked.question);
  EXPECT_THAT(asked.question->text, HasSubstr("messages of a job cannot be listed"));
  ASSERT_EQ(asked.question->choices.size(), 3U);
  EXPECT_EQ(must(tasks().calls(anna, asked.task.id, 0, "")).size(), 1U) << "what was called is kept";
  EXPECT_EQ(answered(asked.task.id, "done").task.phase, Phase::done);
  EXPECT_THAT(world.made, SizeIs(1));
}

TEST_F(UnknownTest, APersonSaysThatItWasNot) {
  const auto asked = lost(false);
  EXPECT_EQ(answered(asked.task.id, "again").task.phase, Phase::done);
  EXPECT_THAT(world.made, SizeIs(1));
}

TEST_F(UnknownTest, APersonStopsThere) {
  const auto asked = lost(true);
  const auto view = answered(asked.task.id, "stop");
  EXPECT_EQ(view.task.phase, Phase::failed);
  EXPECT_THAT(view.task.reason, HasSubstr("Nobody knows"));
  EXPECT_THAT(world.made, SizeIs(1));
}

TEST_F(UnknownTest, AnAnswerCountsOnce) {
  const auto asked = lost(false);
  int sent = 0;
  std::atomic<bool> died{false};
  // "Do it again" is sent, and the program ends before the answer: that try is another question.
  start_program([&](Point point) {
    if (point == Point::received && ++sent == 1) died = true;
    return !died;
  });
  runs().start(must(tasks().resume(anna, asked.task.id, {.choice_id = "again"})));
  ASSERT_TRUE(eventually([&] { return died.load(); }));
  program_dies();
  wait_for(asked.task.id);
  const auto second = view(asked.task.id);
  EXPECT_EQ(second.task.phase, Phase::unknown_outcome);
  EXPECT_NE(second.question->id, asked.question->id);
  EXPECT_THAT(world.made, SizeIs(1));
  EXPECT_EQ(answered(asked.task.id, "done").task.phase, Phase::done);
  EXPECT_THAT(world.made, SizeIs(1));
}

// ---- Cancelling, processes that go, places ----

/// Stops the first task that comes to a point until the test lets it go.
class Held {
 public:
  explicit Held(Point where) : where_(where) {}
  std::function<bool(Point)> probe() {
    return [this](Point point) {
      if (point == where_ && !there_.exchange(true)) {
        while (!go_on_) std::this_thread::yield();
      }
      return true;
    };
  }
  bool is_there() const { return there_; }
  void let_go() { go_on_ = true; }

 private:
  const Point where_;
  std::atomic<bool> there_{false}, go_on_{false};
};

TEST_F(ExecutorTest, ACancelledTaskStopsBeforeItsNextStep) {
  Held held(Point::sending);
  start_program(held.probe());
  const auto task =
      planned_as("companycam", "add_project_conversation", R"({"project_hint":{"name":"Kelly"},"message":"x"})");
  runs().start(must(tasks().execute(anna, task.id)));
  ASSERT_TRUE(eventually([&] { return held.is_there(); }));
  EXPECT_EQ(must(tasks().cancel(anna, task.id)).phase, Phase::cancelling);
  runs().wake(task.id);
  held.let_go();
  wait_for(task.id);
  EXPECT_EQ(view(task.id).task.phase, Phase::cancelled);
  EXPECT_THAT(world.made, IsEmpty());
}

TEST_F(ExecutorTest, AWriteThatWaitsWhenItIsCancelledIsNotDone) {
  // The service is over its limits, so the call pauses; the person cancels meanwhile.
  Held held(Point::received);
  start_program(held.probe());
  http.answer = [](const ClientRequest&) -> Result<ClientResponse> {
    return json_answer(429, R"({"errors":["Too many requests"]})");
  };
  const auto task = planned_as("companycam", "create_project", R"({"name":"New"})");
  runs().start(must(tasks().execute(anna, task.id)));
  ASSERT_TRUE(eventually([&] { return held.is_there(); }));
  must(tasks().cancel(anna, task.id));
  runs().wake(task.id);
  held.let_go();
  wait_for(task.id);
  EXPECT_EQ(view(task.id).task.phase, Phase::cancelled);
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(ExecutorTest, ATaskThatIsAnothersByNowIsLeftAlone) {
  Held held(Point::sending);
  start_program(held.probe());
  const auto task =
      planned_as("companycam", "add_project_conversation", R"({"project_hint":{"name":"Kelly"},"message":"x"})");
  runs().start(must(tasks().execute(anna, task.id)));
  ASSERT_TRUE(eventually([&] { return held.is_there(); }));
  must(one->workers.stop());
  auto two = process("two");
  must(two->workers.start());
  ASSERT_EQ(must(two->tasks.take_over(10)).size(), 1U);
  held.let_go();
  wait_for(task.id);
  EXPECT_EQ(view(task.id).task.phase, Phase::executing);
  EXPECT_THAT(world.made, IsEmpty());
}

TEST_F(ExecutorTest, AWriteThatWaitedLongLooksWhoseTaskItIs) {
  // A pause takes longer than others wait for a process that is gone.
  http.answer = [this](const ClientRequest&) -> Result<ClientResponse> {
    if (http.requests.size() > 1) return json_answer(201, R"({"id":"x"})");
    return calls::testing_calls::with_header(json_answer(429, R"({"errors":["Too many requests"]})"), "Retry-After",
                                             "30");
  };
  Held held(Point::received);
  start_program(held.probe());
  const auto task = planned_as("companycam", "create_project", R"({"name":"New"})");
  runs().start(must(tasks().execute(anna, task.id)));
  ASSERT_TRUE(eventually([&] { return held.is_there(); }));
  must(one->workers.stop());
  held.let_go();
  wait_for(task.id);
  EXPECT_EQ(http.requests.size(), 1U) << "whoever takes the task over sends it";
}

TEST_F(ExecutorTest, WhatCameWithoutAStartGoesOn) {
  const auto task = planned_as("slack", "create_channel", R"({"name":"news"})");
  must(tasks().execute(anna, task.id));  // and nobody hears of it
  must(runs().look_for_held());
  wait_for(task.id);
  EXPECT_EQ(view(task.id).task.phase, Phase::done);
}

TEST_F(ExecutorTest, ADatabaseOutOfReachOnlyDelays) {
  services.broken = true;
  const auto task = planned_as("slack", "create_channel", R"({"name":"news"})");
  runs().start(must(tasks().execute(anna, task.id)));
  wait_for(task.id);
  EXPECT_EQ(view(task.id).task.phase, Phase::executing);
  services.broken = false;
  must(runs().look_for_held());
  wait_for(task.id);
  EXPECT_EQ(view(task.id).task.phase, Phase::done);
}

TEST_F(ExecutorTest, ManyUnfinishedTasksGoOnAFewAtOnce) {
  constexpr int kTasks = 240;
  const std::vector<Who> people{anna, ben, chief};
  std::vector<std::pair<Who, std::string>> all;
  for (int i = 0; i < kTasks; ++i) {
    const auto& who = people[static_cast<std::size_t>(i) % people.size()];
    const auto task = must(tasks().create(who, {.conversation_id = conversation(who),
                                                .spec = {.service = "bolt", .intent = "create_estimate"}}))
                          .task;
    must(tasks().execute(who, task.id));
    all.emplace_back(who, task.id);
  }
  end_program();
  restart();
  auto& running = metrics.gauge("troupe_assistant_tasks_running", "Tasks that run in this process.");
  std::atomic<std::int64_t> most{0};
  start_program(
      [&](Point) {
        most = std::max(most.load(), running.value());
        return true;
      },
      {.taken_over = 7, .waiting = 100, .at_a_time = 50});
  ASSERT_TRUE(eventually([&] {
    must(runs().take_over());
    return rows("SELECT COUNT(*) FROM as_task WHERE phase = 'done'") == kTasks;
  }));
  EXPECT_LE(most.load(), 7);
  EXPECT_GE(most.load(), 2);
  for (const auto& [who, id] : all) EXPECT_EQ(phase_of(who, id), Phase::done);
}

TEST_F(ExecutorTest, EachChangeIsTold) {
  const auto task = planned_as("slack", "create_channel", R"({"name":"news"})");
  std::atomic<int> told{0};
  const auto listening = bus->subscribe(task_channel(task.id), [&](std::string_view) { ++told; });
  executed(task.id);
  EXPECT_GE(told.load(), 3) << "begun, ended, done";
  EXPECT_TRUE(must(runs().settled("no such task", 1s)));
}

TEST_F(ExecutorTest, WhoStopsWaitsForWhatRuns) {
  const auto task = planned_as("slack", "create_channel", R"({"name":"news"})");
  runs().start(must(tasks().execute(anna, task.id)));
  must(runs().stop());
  EXPECT_EQ(runs().running(), 0U);
  program_dies();
  wait_for(task.id);
  EXPECT_EQ(view(task.id).task.phase, Phase::done);
  EXPECT_THAT(world.made, SizeIs(1));
}

// ---- Plans ----

TEST_F(ExecutorTest, WhatUndoesATaskIsApprovedAndRunsTheLastFirst) {
  const auto posted = executed("slack", "send_message", R"({"channel":"ops","message":"hello"})");
  ASSERT_EQ(posted.task.phase, Phase::done) << posted.task.reason;
  const auto task = kit::must(undoing(posted.task.id));
  ASSERT_EQ(task.spec.inputs.at("calls").as_array().size(), 1U) << matrix::canonical_json(task.spec.inputs);
  const auto asked = executed(task.id);
  ASSERT_EQ(asked.task.phase, Phase::awaiting_approval) << asked.task.reason;
  ASSERT_EQ(asked.approval->calls.size(), 1U);
  EXPECT_EQ(asked.approval->calls[0].at("action"), "slack.delete_message");
  EXPECT_EQ(world.count("POST /api/chat.delete"), 0);
  program_dies();
  const auto done = approved(asked);
  EXPECT_EQ(done.task.phase, Phase::done) << done.task.reason;
  EXPECT_EQ(world.count("POST /api/chat.delete"), 1);
  const std::vector<tasks::EarlierUndo> earlier{{.inputs = task.spec.inputs, .writes = steps_of(task.id)}};
  EXPECT_THAT(left_to_undo(task.spec.inputs, earlier).at("calls").as_array(), IsEmpty());
  EXPECT_EQ(undoing(posted.task.id).error().message(), "Task was undone already");
  EXPECT_EQ(undoing(task.id).error().http_status(), 400);
}

TEST_F(ExecutorTest, APreviewShowsCallsAndSendsNone) {
  const auto all = must(runs().preview(
      anna, {.service = "companycam", .intent = "add_project_conversation", .inputs = object(kComment)}));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].action, "companycam.list_projects");
  EXPECT_EQ(all[0].args.at("query"), "Smith");
  EXPECT_FALSE(all[0].writes);
  EXPECT_EQ(all[1].action, "");
  EXPECT_EQ(all[2].args.at("project_id"), "$steps.project.id");
  EXPECT_EQ(all[2].args.at("comment").at("content"), "Hello");
  EXPECT_TRUE(all[2].writes);
  EXPECT_FALSE(all[2].needs_approval);
  EXPECT_THAT(http.requests, IsEmpty());
  EXPECT_EQ(wait(runs().preview(anna, {.service = "trello", .intent = "x"})).error().code(), Errc::not_found);
  EXPECT_EQ(
      wait(runs().preview(anna, {.service = "slack", .intent = "send_message", .inputs = object(R"({"channel":7})")}))
          .error()
          .code(),
      Errc::invalid_param);
}

}  // namespace
}  // namespace troupe::assistant::executor
