#include "runtime/task_types.h"

#include <gtest/gtest.h>

namespace troupe::runtime {
namespace {

TaskSpec spec_named(std::string id) {
  TaskSpec spec;
  spec.id = std::move(id);
  return spec;
}

TEST(TaskTypes, IdsAreSafeAsFolderNames) {
  for (const auto* good : {"a", "bot-1", "0.x_y-z"}) EXPECT_TRUE(check_spec(spec_named(good))) << good;
  for (const auto* bad : {"", ".", "..", "a/b", "A", "-x", "a..b", "a b", "ä"}) {
    EXPECT_FALSE(check_spec(spec_named(bad))) << bad;
  }
  EXPECT_FALSE(is_task_id(std::string(101, 'a')));
}

TEST(TaskTypes, SpecsOutOfRangeAreRefusedByName) {
  const auto refused = [](auto change, std::string_view field) {
    auto spec = spec_named("t");
    change(spec);
    auto checked = check_spec(spec);
    ASSERT_FALSE(checked) << field;
    EXPECT_EQ(checked.error().code(), Errc::invalid_param);
    EXPECT_TRUE(checked.error().message().starts_with(field)) << checked.error().message();
  };
  refused([](TaskSpec& s) { s.environment["A=B"] = "x"; }, "environment");
  refused([](TaskSpec& s) { s.environment["A"] = std::string("x\0y", 3); }, "environment");
  refused([](TaskSpec& s) { s.environment["TROUPE_TASK_RUN"] = "x"; }, "environment");
  refused([](TaskSpec& s) { s.environment["A"] = std::string(70'000, 'x'); }, "environment");
  refused([](TaskSpec& s) { s.secrets.push_back({"../x", "", ""}); }, "secrets");
  refused([](TaskSpec& s) { s.argv = {std::string("a\0b", 3)}; }, "argv");
  refused([](TaskSpec& s) { s.argv.assign(129, "a"); }, "argv");
  refused([](TaskSpec& s) { s.limits.memory_bytes = 1; }, "limits.memory_bytes");
  refused([](TaskSpec& s) { s.limits.nice = -5; }, "limits.nice");
  refused([](TaskSpec& s) { s.output.files = 0; }, "output.files");
}

TEST(TaskTypes, AHandleIsReadBackAndNothingElseIs) {
  TaskHandle handle{.driver = "process", .task_id = "t1", .run = "abc", .state = {{"pid", 7}}};
  auto again = TaskHandle::from_json(handle.to_json());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->to_json(), handle.to_json());
  auto later = handle.to_json();
  later["version"] = 2;
  EXPECT_EQ(TaskHandle::from_json(later).error().code(), Errc::unsupported);
  for (const auto* key : {"version", "driver", "task_id", "run", "state"}) {
    auto broken = handle.to_json();
    broken.erase(key);
    EXPECT_EQ(TaskHandle::from_json(broken).error().code(), Errc::invalid_param) << key;
  }
  auto escaping = handle.to_json();
  escaping["task_id"] = "../../etc";
  EXPECT_FALSE(TaskHandle::from_json(escaping));
  EXPECT_FALSE(TaskHandle::from_json(nullptr));
}

TEST(TaskTypes, AnExitIsToldInWords) {
  EXPECT_EQ((ExitResult{.code = 3}).text(), "exited with code 3");
  EXPECT_EQ((ExitResult{.code = -1, .signal = 9}).text(), "killed by signal 9 (SIGKILL)");
  EXPECT_EQ((ExitResult{.code = -1, .signal = 9, .oom_killed = true}).text(), "killed: over its memory limit");
  EXPECT_TRUE(ExitResult{}.success());
  EXPECT_FALSE((ExitResult{.error = "no such file"}).success());
}

}  // namespace
}  // namespace troupe::runtime
