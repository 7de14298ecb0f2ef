// Files that services answered with: kept with their step, within limits, for their owner alone, as long as the task.
#include "assistant/tasks/file_store.h"
#include "assistant/tasks/tasks_fixture.h"

namespace troupe::assistant::tasks {
namespace {

class FilesTest : public TasksFixture {
 protected:
  static FileDraft draft(std::string content, std::string name = "roof.png", std::string type = "image/png") {
    return {.name = std::move(name),
            .type = std::move(type),
            .content = std::make_shared<const std::string>(std::move(content))};
  }
  StepRecord did_with(const Claim& claim, std::string path, std::vector<FileDraft> files) {
    const auto begun = must(tasks().begin_step(claim, {.path = std::move(path), .action = "shop.get"}));
    return must(tasks().finish_step(claim, begun.step.number, {.output = "ok", .files = std::move(files)}));
  }
  std::int64_t person_bytes() { return rows("SELECT bytes FROM as_person WHERE owner_id = 10"); }
  Errc refusal(const Who& who, const std::string& task, const std::string& file) {
    return wait(tasks().file(who, task, file)).error().code();
  }
};

const std::string kBytes("\x89PNG\0\xff\r\n", 8);

TEST_F(FilesTest, AFileIsThereWithItsStepForItsOwnerAlone) {
  const auto taken = executing(anna);
  const auto& id = taken.task.id;
  did(taken.claim, {.path = "0", .action = "shop.list"}, 1);
  did_with(taken.claim, "1", {draft(kBytes), draft("a,b", "list.csv", "text/csv")});
  restart();
  const auto view = must(tasks().find(anna, id));
  ASSERT_EQ(view.files.size(), 2U);
  EXPECT_EQ(view.files[0].id(), "2-1");
  EXPECT_EQ(view.files[0].name, "roof.png");
  EXPECT_EQ(view.files[1].type, "text/csv");
  EXPECT_EQ(view.files[1].bytes, 3);
  EXPECT_EQ(must(tasks().file(anna, id, "2-1")).content, kBytes) << "byte for byte";
  EXPECT_EQ(must(tasks().file(anna, id, "2-2")).content, "a,b");
  for (const auto& who : {ben, chief, far}) EXPECT_EQ(refusal(who, id, "2-1"), Errc::not_found) << who.label;
  EXPECT_EQ(refusal(anna, planned(anna).id, "2-1"), Errc::not_found) << "another task's";
  for (const auto* no : {"2-3", "1-1", "02-1", "2-1 ", "2", "-1", "2-", "", "2--1", "99999999999999999999-1", "2-1-1"})
    EXPECT_EQ(refusal(anna, id, no), Errc::not_found) << no;
}

TEST_F(FilesTest, NoFileWithoutItsStepBeingDone) {
  const auto taken = executing(anna);
  const auto begun = must(tasks().begin_step(taken.claim, {.path = "0", .action = "shop.get"}));
  must(tasks().finish_step(taken.claim, begun.step.number,
                           {.status = StepStatus::error, .error = "no", .files = {draft(kBytes)}}));
  EXPECT_TRUE(must(tasks().find(anna, taken.task.id)).files.empty());
  did_with(taken.claim, "1", {draft(kBytes)});
  EXPECT_FALSE(wait(tasks().finish_step(taken.claim, 2, {.files = {draft(kBytes)}}))) << "it has ended";
  EXPECT_EQ(must(tasks().find(anna, taken.task.id)).files.size(), 1U);
  EXPECT_EQ(must(tasks().file_of(taken.claim, "2-1")).content, kBytes);
  must(tasks().finish(taken.claim, nullptr));
  EXPECT_EQ(wait(tasks().file_of(taken.claim, "2-1")).error().code(), Errc::conflict) << "its time is over";
}

TEST_F(FilesTest, WhatThereIsNoRoomForIsNotedAndStopsNothing) {
  const auto taken = executing(anna);
  const std::string large(static_cast<std::size_t>(kMaxFileBytesOfTask) / 2, 'x');
  did_with(taken.claim, "0", {draft(large), draft(large), draft("one more")});
  auto view = must(tasks().find(anna, taken.task.id));
  ASSERT_EQ(view.files.size(), 3U);
  EXPECT_TRUE(view.files[1].kept);
  EXPECT_FALSE(view.files[2].kept);
  EXPECT_EQ(view.files[2].bytes, 8);
  EXPECT_EQ(refusal(anna, taken.task.id, "1-3"), Errc::not_found);
  EXPECT_EQ(view.task.file_bytes, kMaxFileBytesOfTask);
  EXPECT_LT(view.task.bytes, 1'000) << "steps have room of their own";
  for (int i = 1; i <= 11; ++i) did_with(taken.claim, std::to_string(i), std::vector<FileDraft>(20, draft("x")));
  EXPECT_EQ(must(tasks().find(anna, taken.task.id)).files.size(), static_cast<std::size_t>(kMaxFilesOfTask));
}

TEST_F(FilesTest, ThePersonsRoomCounts) {
  const auto taken = executing(anna);
  change_rows({"UPDATE as_person SET bytes = " + std::to_string(kMaxPersonBytes - 10) + " WHERE owner_id = 10"});
  did_with(taken.claim, "0", {draft("12345678901"), draft("1234")});
  const auto view = must(tasks().find(anna, taken.task.id));
  EXPECT_FALSE(view.files.at(0).kept);
  EXPECT_TRUE(view.files.at(1).kept);
  must(tasks().finish(taken.claim, nullptr));
  change_rows({"UPDATE as_person SET bytes = " + std::to_string(kMaxPersonBytes - 3) + " WHERE owner_id = 10"});
  EXPECT_EQ(wait(tasks().fork(anna, taken.task.id, 2, {})).error().code(), Errc::limit_exceeded);
  EXPECT_TRUE(wait(tasks().fork(anna, taken.task.id, 1, {}))) << "it has none of the files";
}

TEST_F(FilesTest, AForkHasTheFilesOfItsStepsAsItsOwn) {
  const auto taken = executing(anna);
  did_with(taken.claim, "0", {draft(kBytes)});
  did_with(taken.claim, "1", {draft("later")});
  must(tasks().finish(taken.claim, nullptr));
  const auto fork = must(tasks().fork(anna, taken.task.id, 2, {}));
  const auto view = must(tasks().find(anna, fork.id));
  ASSERT_EQ(view.files.size(), 1U);
  EXPECT_EQ(must(tasks().file(anna, fork.id, "1-1")).content, kBytes);
  EXPECT_EQ(view.task.file_bytes, std::ssize(kBytes));
  EXPECT_EQ(refusal(anna, fork.id, "2-1"), Errc::not_found);
}

TEST_F(FilesTest, FilesGoWithTheirTask) {
  const auto before = person_bytes();
  for (int i = 0; i < 3; ++i) {
    const auto taken = executing(anna);
    did_with(taken.claim, "0", std::vector<FileDraft>(7, draft(kBytes)));
    must(tasks().finish(taken.claim, nullptr));
  }
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_file"), 21);
  const auto days = [&](std::int64_t count) { return clock.unix_ms() + count * 86'400'000; };
  must(tasks().sweep(90, 0, days(89)));
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_file"), 21);
  must(tasks().sweep(90, 0, days(91)));
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_file"), 0);
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_task"), 0);
  EXPECT_LE(person_bytes(), std::max<std::int64_t>(before, 0)) << "the room is free again";
}

TEST_F(FilesTest, ASecretIsNotInTheirNamesNorInTexts) {
  secrets.replace(1, "pack shop", {"xoxb-canary-zulu"});
  const auto taken = executing(anna);
  did_with(taken.claim, "0", {draft(kBytes, "key xoxb-canary-zulu.png"), draft("a,xoxb-canary-zulu\n", "a.csv")});
  EXPECT_EQ(must(tasks().file(anna, taken.task.id, "1-1")).content, kBytes);
  EXPECT_EQ(must(tasks().file(anna, taken.task.id, "1-2")).content, "a,[REDACTED]\n");
  EXPECT_EQ(must(tasks().find(anna, taken.task.id)).files.at(0).name, "key [REDACTED].png");
}

}  // namespace
}  // namespace troupe::assistant::tasks
