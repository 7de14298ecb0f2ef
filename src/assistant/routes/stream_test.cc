// Streams of server-sent events: a task while it runs, and the chat face's option.
#include <set>

#include "assistant/routes/follower.h"
#include "assistant/routes/routes_fixture.h"

namespace troupe::assistant::routes {
namespace {

using dialogue::Reply;
using dialogue::ReplyKind;

class StreamTest : public RoutesTest {
 protected:
  StreamTest() { looks_at_rows(); }
  /// Name and data of each event; comments are none.
  static std::vector<std::pair<std::string, boost::json::object>> events(const std::string& text) {
    std::vector<std::pair<std::string, boost::json::object>> found;
    for (std::size_t at = text.find("event: "); at != text.npos; at = text.find("event: ", at + 1)) {
      const auto name = text.substr(at + 7, text.find('\n', at) - at - 7);
      const auto data = text.find("data: ", at) + 6;
      found.emplace_back(name, boost::json::parse(text.substr(data, text.find('\n', data) - data)).as_object());
    }
    return found;
  }
  static std::vector<std::string> names(const std::string& text) {
    std::vector<std::string> found;
    for (const auto& [name, data] : events(text)) found.push_back(name);
    return found;
  }
  void ring(const std::string& task_id) { bus->publish(executor::task_channel(task_id), ""); }
};

TEST_F(StreamTest, AFollowerSaysWhatIsNew) {
  const auto taken = executing(anna);
  const OwnAssistant own({.assistant = fake, .tasks = one.tasks, .conversations = conversations, .lessons = lessons},
                         anna);
  Follower follower(own, taken.task.id);
  auto change = must(follower.look());
  ASSERT_TRUE(change.task);
  EXPECT_EQ(change.task->phase, tasks::Phase::executing);
  EXPECT_TRUE(change.steps.empty());
  const auto begun = must(one.tasks.begin_step(taken.claim, {.path = "0", .action = "a.b", .args = {{"x", 1}}}));
  did(taken.claim, "1", "out");
  change = must(follower.look());
  EXPECT_FALSE(change.task) << "its phase is the same";
  ASSERT_EQ(change.steps.size(), 2U);
  EXPECT_EQ(change.steps[0].status, tasks::StepStatus::running);
  EXPECT_TRUE(change.steps[0].args.empty());
  EXPECT_FALSE(change.steps[1].output);
  EXPECT_TRUE(must(follower.look()).steps.empty());
  must(one.tasks.finish_step(taken.claim, begun.step.number, {.status = tasks::StepStatus::error, .error = "no"}));
  change = must(follower.look());
  ASSERT_EQ(change.steps.size(), 1U);
  EXPECT_EQ(change.steps[0].error, "no");
  for (int i = 2; i < 150; ++i) did(taken.claim, std::to_string(i), i);
  must(one.tasks.finish(taken.claim, true));
  change = must(follower.look());
  EXPECT_EQ(change.steps.size(), 148U) << "also more than are read at once";
  EXPECT_TRUE(change.ended);
  EXPECT_EQ(change.task->phase, tasks::Phase::done);
}

TEST_F(StreamTest, ATaskIsFollowedToItsEnd) {
  const auto taken = executing(anna);
  const auto id = taken.task.id;
  did(taken.claim, "0", 1);
  auto response = raw("GET", "/api/v1/tasks/" + id + "/live", "", key_of(anna));
  ASSERT_TRUE(response.stream);
  EXPECT_EQ(response.headers.get("Content-Type"), "text/event-stream");
  Collected writer;
  auto reading = asio::co_spawn(io.at(1), response.stream(writer), asio::use_future);
  // On another thread than the stream's: it has its own pace, and what is told is the same.
  const auto drive = [&]() -> Task<Unit> {
    CO_TRY(auto begun, co_await one.tasks.begin_step(taken.claim, {.path = "1", .action = "slack.send_message"}));
    bus->publish(executor::task_channel(id), "");
    CO_TRY(co_await one.tasks.finish_step(taken.claim, begun.step.number, {.output = "x"}));
    bus->publish(executor::task_channel(id), "");
    CO_TRY(co_await one.tasks.finish(taken.claim, matrix::JsonObject{{"sent", true}}));
    bus->publish(executor::task_channel(id), "");
    co_return Unit{};
  };
  auto driving = asio::co_spawn(io.at(0), drive(), asio::use_future);
  ASSERT_EQ(driving.wait_for(kit::kPatience), std::future_status::ready);
  EXPECT_TRUE(driving.get());
  ASSERT_EQ(reading.wait_for(kit::kPatience), std::future_status::ready);
  EXPECT_TRUE(reading.get());
  const auto told = events(writer.text);
  ASSERT_GE(told.size(), 4U) << writer.text;
  EXPECT_EQ(told.back().first, "end");
  const auto& last_task = told[told.size() - 2];
  EXPECT_EQ(last_task.first, "task");
  EXPECT_EQ(last_task.second.at("status"), "done");
  std::set<std::int64_t> done;
  for (const auto& [name, data] : told) {
    if (name == "step" && data.at("status") == "done") done.insert(data.at("number").as_int64());
    if (name == "step") EXPECT_FALSE(data.contains("output")) << "what services said is read elsewhere";
  }
  EXPECT_EQ(done, (std::set<std::int64_t>{1, 2}));
}

TEST_F(StreamTest, AnEndedTaskIsToldOnceAndStrangersHearNothing) {
  const auto task = planned(anna);
  must(one.tasks.cancel(anna, task.id));
  auto response = raw("GET", "/api/v1/tasks/" + task.id + "/live", "", key_of(anna));
  Collected writer;
  must(response.stream(writer));
  EXPECT_EQ(names(writer.text), (std::vector<std::string>{"task", "end"}));
  EXPECT_FALSE(raw("GET", "/api/v1/tasks/" + task.id + "/live", "", key_of(ben)).stream);
}

TEST_F(StreamTest, AClientThatHangsUpEndsItsStream) {
  const auto taken = executing(anna);
  auto response = raw("GET", "/api/v1/tasks/" + taken.task.id + "/live", "", key_of(anna));
  Collected writer;
  writer.gone = true;
  EXPECT_FALSE(run(response.stream(writer)));
}

TEST_F(StreamTest, OneAccountHasSoManyStreams) {
  const auto taken = executing(anna);
  std::vector<net::http::Response> open;
  for (int i = 0; i < api::kMaxStreamsEach; ++i) {
    open.push_back(raw("GET", "/api/v1/tasks/" + taken.task.id + "/live", "", key_of(anna)));
    EXPECT_TRUE(open.back().stream);
  }
  EXPECT_EQ(raw("GET", "/api/v1/tasks/" + taken.task.id + "/live", "", key_of(anna)).status, 429);
  open.clear();
  EXPECT_TRUE(raw("GET", "/api/v1/tasks/" + taken.task.id + "/live", "", key_of(anna)).stream);
}

TEST_F(StreamTest, ExecuteTellsItsStepsAndThenTheAnswer) {
  fake.on_execute = [this](tasks::Who who, std::string id) -> Task<Reply> {
    CO_TRY(auto taken, co_await one.tasks.execute(who, id));
    for (const auto* path : {"0", "1"}) {
      CO_TRY(auto begun, co_await one.tasks.begin_step(taken.claim, {.path = path, .action = "slack.send_message"}));
      bus->publish(executor::task_channel(id), "");
      CO_TRY(co_await one.tasks.finish_step(taken.claim, begun.step.number, {.output = path}));
      bus->publish(executor::task_channel(id), "");
    }
    CO_TRY(co_await one.tasks.finish(taken.claim, matrix::JsonObject{{"sent", true}}));
    co_return co_await look(who, id);
  };
  const auto task = planned(dev_who());
  const auto body = R"({"taskId":")" + task.id + R"(","confirm":true,"stream":true})";
  auto response = raw("POST", "/api/execute", body, dev_token());
  ASSERT_TRUE(response.stream);
  Collected writer;
  must(response.stream(writer));
  const auto told = events(writer.text);
  EXPECT_EQ(told.back().first, "response");
  EXPECT_EQ(told.back().second.at("type"), "result");
  EXPECT_EQ(told.back().second.at("result").at("data").at("sent"), true);
  EXPECT_EQ(std::ranges::count(names(writer.text), "response"), 1);
  EXPECT_EQ(told[told.size() - 2].second.at("status"), "done") << "every step before the answer: " << writer.text;

  auto again = raw("POST", "/api/execute", body, dev_token());
  ASSERT_TRUE(again.stream);
  Collected refused;
  must(again.stream(refused));
  EXPECT_EQ(events(refused.text).back().first, "error");
  EXPECT_EQ(events(refused.text).back().second.at("error"), "Task is in done status and cannot be executed");
  EXPECT_FALSE(raw("POST", "/api/execute", R"({"taskId":"no","confirm":true,"stream":true})", dev_token()).stream);
}

TEST_F(StreamTest, ChatStreamsWhereTheHeaderAsks) {
  fake.on_chat = [](const tasks::Who&, dialogue::Utterance said) -> Task<Reply> {
    co_return Reply{.conversation_id = "c1", .message = "You said " + said.text};
  };
  auto headers = dev_token();
  headers.emplace_back("Accept", "text/event-stream");
  auto response = raw("POST", "/api/chat", R"({"message":"hello"})", headers);
  ASSERT_TRUE(response.stream);
  Collected writer;
  must(response.stream(writer));
  const auto told = events(writer.text);
  ASSERT_EQ(told.size(), 1U) << writer.text;
  EXPECT_EQ(told[0].second.at("message"), "You said hello");
  fake.on_chat = [](const tasks::Who&, const dialogue::Utterance&) -> Task<Reply> {
    co_return Error(Errc::internal, "odd");
  };
  auto failing = raw("POST", "/api/chat", R"({"message":"hello"})", headers);
  Collected failed;
  must(failing.stream(failed));
  EXPECT_EQ(events(failed.text).back().first, "error");
  EXPECT_EQ(events(failed.text).back().second.at("statusCode"), 500);
}

}  // namespace
}  // namespace troupe::assistant::routes
