// What was done is undone where it was done, and with the same key.
#include "assistant/executor/executor_fixture.h"
#include "assistant/executor/targets.h"
#include "assistant/executor/undo.h"

namespace troupe::assistant::executor {
namespace {

using tasks::Phase;
using testing::HasSubstr;
using testing::IsEmpty;

class UndoPlaceTest : public ExecutorTest {
 protected:
  void offer_at(const std::string& destination) {
    auto slack = in_use("slack");
    slack.destination = destination;
    offer({std::move(slack)});
  }
  JsonObject inputs_of(const tasks::TaskView& done) {
    return undo_inputs(*services.now, done.task, steps_of(done.task.id));
  }
  tasks::TaskView posted() { return executed("slack", "send_message", R"({"channel":"ops","message":"hello"})"); }
};

TEST_F(UndoPlaceTest, ElsewhereItIsKept) {
  offer_at("staging");
  const auto done = posted();
  ASSERT_EQ(done.task.phase, Phase::done) << done.task.reason;
  EXPECT_EQ(inputs_of(done).at("calls").as_array().size(), 1U);
  offer_at("production");
  const auto inputs = inputs_of(done);
  EXPECT_THAT(inputs.at("calls").as_array(), IsEmpty());
  ASSERT_EQ(inputs.at("kept").as_array().size(), 1U);
  EXPECT_THAT(std::string(inputs.at("kept").at(0).at("why").as_string()), HasSubstr("address or key is another one"));
  offer_at("staging");
  EXPECT_EQ(inputs_of(done).at("calls").as_array().size(), 1U) << "back again";
}

TEST_F(UndoPlaceTest, WhatIsPlannedIsNotSentElsewhere) {
  offer_at("staging");
  const auto done = posted();
  ASSERT_EQ(done.task.phase, Phase::done) << done.task.reason;
  const auto task = kit::must(undoing(done.task.id));
  const auto asked = executed(task.id);
  ASSERT_EQ(asked.task.phase, Phase::awaiting_approval) << asked.task.reason;
  offer_at("production");
  const auto after = approved(asked);
  EXPECT_EQ(after.task.phase, Phase::failed);
  EXPECT_THAT(after.task.reason, HasSubstr("is another one than what is to be undone was done with"));
  EXPECT_EQ(world.count("POST /api/chat.delete"), 0);
}

TEST_F(UndoPlaceTest, OtherTasksGoWhereTheyAreSent) {
  offer_at("production");
  EXPECT_FALSE(goes_elsewhere(*services.now, {.service = "slack", .intent = "send_message", .inputs = {}}));
  const JsonObject call{{"action", "slack.delete_message"}, {"destination", "staging"}};
  tasks::TaskSpec undo{.service = std::string(kSystem), .intent = std::string(kUndo)};
  undo.inputs["calls"] = tasks::JsonArray{call};
  EXPECT_TRUE(goes_elsewhere(*services.now, undo));
  undo.inputs["calls"].at(0).as_object()["destination"] = "production";
  EXPECT_FALSE(goes_elsewhere(*services.now, undo));
}

}  // namespace
}  // namespace troupe::assistant::executor
