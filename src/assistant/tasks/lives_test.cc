// A database that is an older copy of itself: how that is seen, and what it means for writes.
#include "assistant/tasks/lives.h"

#include "assistant/tasks/digest.h"
#include "assistant/tasks/tasks_fixture.h"
#include "store/durable_file.h"

namespace troupe::assistant::tasks {
namespace {

class LivesTest : public TasksFixture {
 protected:
  std::filesystem::path file() const { return std::filesystem::path(dir.path()) / "assistant.life"; }
  std::int64_t life() { return rows("SELECT life FROM as_life"); }
  /// The program starts.
  void start() {
    lives = std::make_unique<Lives>(*db, file(), "one");
    must(lives->start());
  }
  /// A step that writes, as the executor begins it.
  Begun wrote(const Claim& claim, const std::string& path) {
    auto begun = must(tasks().begin_step(claim, writing(path)));
    EXPECT_TRUE(lives->note(begun.write_number));
    return begun;
  }
  std::unique_ptr<Lives> lives;
};

TEST_F(LivesTest, TheSameDatabaseGoesOnWithItsLife) {
  start();
  const auto claim = executing(anna).claim;
  EXPECT_EQ(wrote(claim, "0").state, Begun::State::fresh);
  EXPECT_EQ(wrote(claim, "1").state, Begun::State::fresh);
  start();
  start();
  EXPECT_EQ(life(), 0);
  EXPECT_EQ(wrote(claim, "2").state, Begun::State::fresh);
  EXPECT_EQ(rows("SELECT number FROM as_life"), 3);
  EXPECT_EQ(rows("SELECT number FROM as_life_of WHERE holder = 'one'"), 3);
}

TEST_F(LivesTest, AnOlderOneBeginsANewLifeAndItsWritesMayHaveBeenDone) {
  start();
  const auto older = rows("SELECT number FROM as_life");
  const auto taken = executing(anna);
  const auto mark = wrote(taken.claim, "0").step.marker;
  change_rows({"DELETE FROM as_step", "UPDATE as_task SET steps = 0", "DELETE FROM as_life_of",
               "UPDATE as_life SET number = " + std::to_string(older)});
  clock.passed_ms += 3'600'000;
  start();
  EXPECT_EQ(life(), 1);
  auto again = wrote(taken.claim, "0");
  EXPECT_EQ(again.state, Begun::State::repeated);
  EXPECT_TRUE(again.lost_time);
  EXPECT_EQ(again.step.marker, mark) << "by which the service knows it";
  EXPECT_EQ(again.step.started_ms, taken.task.created_ms) << "it may have been done ever since";
  EXPECT_EQ(again.step.tries, 1);
  const auto read = must(tasks().begin_step(taken.claim, {.path = "1", .action = "slack.list_channels"}));
  EXPECT_EQ(read.state, Begun::State::fresh);
  EXPECT_EQ(read.write_number, 0);
  // What is asked for from now on is of this life.
  const auto later = executing(ben);
  EXPECT_EQ(wrote(later.claim, "0").state, Begun::State::fresh);
  start();
  EXPECT_EQ(life(), 1) << "it is seen once";
}

TEST_F(LivesTest, OneThatWasInterruptedBeforeMayHaveBeenDoneSince) {
  start();
  const auto claim = executing(anna).claim;
  const auto begun = wrote(claim, "0");
  must(tasks().finish_step(claim, begun.step.number, {.status = StepStatus::error, .error = "Interrupted."}));
  change_rows({"UPDATE as_life SET life = 1"});
  auto start_again = writing("0");
  start_again.again = true;
  const auto again = must(tasks().begin_step(claim, start_again));
  EXPECT_EQ(again.state, Begun::State::repeated);
  EXPECT_TRUE(again.lost_time);
}

TEST_F(LivesTest, AFileThatSaysNothingIsNoReason) {
  start();
  for (std::string_view text : {"", "x\n", "-5\n", "000000000000000099x\n", "99\n", "00000000000000000000 one\n",
                                "\n00000000000000000099\n", "00000000000000000099 \n", "000000000000000099 one\n"}) {
    kit::must(store::write_durably(file(), text));
    start();
    EXPECT_EQ(life(), 0) << text;
  }
  std::filesystem::remove(file());
  start();
  EXPECT_EQ(life(), 0);
}

TEST_F(LivesTest, WhatAnEarlierProgramWroteIsTheCountOfAll) {
  change_rows({"UPDATE as_life SET number = 5"});
  kit::must(store::write_durably(file(), "00000000000000000005\n"));
  start();
  EXPECT_EQ(life(), 0);
  kit::must(store::write_durably(file(), "00000000000000000006\n"));
  start();
  EXPECT_EQ(life(), 1);
  start();
  EXPECT_EQ(life(), 1);
}

TEST_F(LivesTest, WhoKnowsMoreSaysSoHoweverFarTheOthersHaveGoneOn) {
  start();
  const auto claim = executing(anna).claim;
  wrote(claim, "0");
  // The copy is older than that. Another process goes on in it first, and past that number.
  change_rows({"DELETE FROM as_step", "UPDATE as_task SET steps = 0", "UPDATE as_life SET number = 40",
               "DELETE FROM as_life_of", "INSERT INTO as_life_of (holder, number) VALUES ('two', 40)"});
  start();
  EXPECT_EQ(life(), 1);
  EXPECT_EQ(wrote(claim, "0").state, Begun::State::repeated);
}

TEST_F(LivesTest, OneProcessKnowsWhatTheOthersWrote) {
  start();
  // Another one writes, and this one hears of it.
  change_rows({"UPDATE as_life SET number = 7", "INSERT INTO as_life_of (holder, number) VALUES ('two', 7)"});
  must(lives->follow());
  // An older copy, in which a third one has gone on.
  change_rows({"UPDATE as_life SET number = 9", "UPDATE as_life_of SET number = 2 WHERE holder = 'two'",
               "INSERT INTO as_life_of (holder, number) VALUES ('three', 9)"});
  start();
  EXPECT_EQ(life(), 1);
  EXPECT_EQ(rows("SELECT number FROM as_life_of WHERE holder = 'two'"), 7) << "so that it begins none itself";
  start();
  must(lives->follow());
  EXPECT_EQ(life(), 1);
  // While it runs, too.
  change_rows({"UPDATE as_life_of SET number = 3 WHERE holder = 'two'"});
  must(lives->follow());
  EXPECT_EQ(life(), 2);
}

TEST_F(LivesTest, OneThatTheDatabaseDoesNotNameIsNoSignByItself) {
  start();
  change_rows({"UPDATE as_life SET number = 7", "INSERT INTO as_life_of (holder, number) VALUES ('two', 7)"});
  must(lives->follow());
  change_rows({"DELETE FROM as_life_of", "UPDATE as_life SET number = 8"});
  start();
  EXPECT_EQ(life(), 0);
  change_rows({"UPDATE as_life SET number = 6"});
  start();
  EXPECT_EQ(life(), 1);
}

TEST_F(LivesTest, AFileThatCannotBeWrittenIsSaidAndEndsNothing) {
  std::filesystem::create_directory(file());
  start();
  ASSERT_TRUE(lives->trouble());
  EXPECT_NE(lives->trouble()->find("no step of the assistant that writes runs"), std::string::npos);
  EXPECT_FALSE(lives->ready());
  EXPECT_FALSE(lives->note(3));
  std::filesystem::remove(file());
  must(lives->follow());
  EXPECT_FALSE(lives->trouble());
  EXPECT_TRUE(lives->ready());
}

TEST_F(LivesTest, AForkIsOfTheLifeOfWhatItComesFrom) {
  start();
  const auto plan = planned(anna);
  const auto taken = executing(anna);
  const auto done = wrote(taken.claim, "0");
  must(tasks().finish_step(taken.claim, done.step.number, yielding(true)));
  must(tasks().fail(taken.claim, "It broke."));
  change_rows({"UPDATE as_life SET life = 1"});
  clock.passed_ms += 3'600'000;
  const auto began = [&](const TaskRecord& task) { return wrote(must(tasks().execute(anna, task.id)).claim, "0"); };
  // Its plan may have been gone through in the lost time.
  const auto fork = must(tasks().fork(anna, plan.id, 1, std::nullopt));
  EXPECT_EQ(fork.life, 0);
  const auto same = began(must(tasks().fork(anna, fork.id, 1, std::nullopt)));
  EXPECT_TRUE(same.lost_time);
  EXPECT_EQ(same.step.marker, marker_of(plan.id, "0"));
  EXPECT_EQ(same.step.started_ms, plan.created_ms);
  // With other words it would be known by them alone.
  const auto other = must(tasks().fork(anna, plan.id, 1, JsonObject{{"name", "Kelly"}}));
  const auto changed = began(other);
  EXPECT_TRUE(changed.lost_time);
  EXPECT_EQ(changed.step.marker, marker_of(other.id, "0"));
  // What was done before the copy was made is wanted once more: only what came after it counts.
  const auto again = must(tasks().fork(anna, taken.task.id, 1, std::nullopt));
  const auto repeated = began(again);
  EXPECT_TRUE(repeated.lost_time);
  EXPECT_EQ(repeated.step.marker, marker_of(again.id, "0"));
  EXPECT_GT(repeated.step.started_ms, 0);
  // A task of this life, and its fork, are as always.
  EXPECT_EQ(began(must(tasks().fork(anna, planned(anna).id, 1, std::nullopt))).state, Begun::State::fresh);
}

TEST_F(LivesTest, MarksAreTheStepsOwn) {
  const auto task = executing(anna);
  const auto first = must(tasks().begin_step(task.claim, writing("0"))).step.marker;
  EXPECT_EQ(first.size(), 22U);
  EXPECT_NE(first, must(tasks().begin_step(task.claim, writing("1"))).step.marker);
  EXPECT_NE(first, must(tasks().begin_step(executing(anna).claim, writing("0"))).step.marker);
}

}  // namespace
}  // namespace troupe::assistant::tasks
