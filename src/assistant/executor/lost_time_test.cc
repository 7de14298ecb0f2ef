// An older copy of the database is put back, and tasks in it go on: what they wrote in the time that is lost is not
// written again.
#include "assistant/executor/executor_fixture.h"

namespace troupe::assistant::executor {
namespace {

using tasks::Phase;
using testing::HasSubstr;

class LostTimeTest : public ExecutorTest {
 protected:
  /// As it was when the task had just begun: none of its steps is there.
  void put_back(const std::string& id) {
    end_program();
    change_rows({"DELETE FROM as_step WHERE task_id = '" + id + "'",
                 "UPDATE as_task SET phase = 'executing', worker = 'gone', worker_epoch = 1, result = NULL, steps = 0 "
                 "WHERE id = '" +
                     id + "'",
                 "UPDATE as_life SET life = life + 1"});
    clock.passed_ms += 3'600'000;
    restart();
    start_program();
    must(program->runs->take_over());
    wait_for(id);
  }
};

TEST_F(LostTimeTest, AWriteIsLookedForBeforeItIsSent) {
  for (const auto& [service, intent, inputs] : std::vector<std::array<std::string, 3>>{
           {"slack", "send_message", R"({"channel":"ops","message":"hello"})"},
           {"slack", "create_channel", R"({"name":"news"})"},
           {"companycam", "create_project", R"({"name":"House","description":"notes"})"},
           {"acculynx", "create_lead", R"({"contact_info":{"name":"Ann","email":"ann@x.org"}})"}}) {
    world.now_s = clock.unix_ms() / 1'000;
    const auto done = executed(service, intent, inputs);
    ASSERT_EQ(done.task.phase, Phase::done) << intent << ": " << done.task.reason;
    const auto made = world.made;
    put_back(done.task.id);
    const auto again = view(done.task.id);
    EXPECT_EQ(world.made, made) << intent;
    const bool ends = again.task.phase == Phase::done || again.task.phase == Phase::unknown_outcome;
    EXPECT_TRUE(ends) << intent << ": " << again.task.reason;
  }
}

TEST_F(LostTimeTest, AWriteThatWasNotDoneIsDone) {
  const auto done = executed("slack", "send_message", R"({"channel":"ops","message":"hello"})");
  ASSERT_EQ(done.task.phase, Phase::done) << done.task.reason;
  world.made.clear();
  world.lists["messages"] = {};
  put_back(done.task.id);
  EXPECT_EQ(view(done.task.id).task.phase, Phase::done) << view(done.task.id).task.reason;
  EXPECT_EQ(world.count("POST /api/chat.postMessage"), 1);
}

TEST_F(LostTimeTest, WhereNobodyCanKnowThePersonIsAsked) {
  offer(R"({"service":"shop","enabled":true,"base_url":"https://api.companycam.com/v2","auth":{"scheme":"none"},
           "approval":{"of":"marked"},"operations":{"make":{"summary":"m","method":"POST","path":"/things","body":["name"]}}})",
        R"({"make_one":[{"action":"shop.make","bind":{"name":"inputs.message"}}]})");
  const auto done = executed("shop", "make_one", R"({"message":"one"})");
  ASSERT_EQ(done.task.phase, Phase::done) << done.task.reason;
  put_back(done.task.id);
  const auto asked = view(done.task.id);
  ASSERT_EQ(asked.task.phase, Phase::unknown_outcome) << asked.task.reason;
  EXPECT_EQ(world.count("POST /v2/things"), 1);
  const auto calls = must(tasks().calls(anna, done.task.id, 0, ""));
  EXPECT_THAT(calls.back().error + calls.front().error, HasSubstr("older copy of the database"));
  EXPECT_EQ(answered(done.task.id, "done").task.phase, Phase::done);
  EXPECT_EQ(world.count("POST /v2/things"), 1);
}

}  // namespace
}  // namespace troupe::assistant::executor
