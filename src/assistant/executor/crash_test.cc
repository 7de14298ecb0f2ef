// The program ends between any two lines of any shipped workflow: each write reaches the vendor exactly once, and each
// task ends or asks.
#include <random>

#include "assistant/executor/executor_fixture.h"

namespace troupe::assistant::executor {
namespace {

using tasks::Phase;

struct Errand {
  const char* service;
  const char* intent;
  const char* inputs;
};

/// All workflows of the four services that call something.
constexpr std::array kErrands{
    Errand{"companycam", "search_project", R"({"project_hint":{"name":"Kelly"}})"},
    Errand{"companycam", "add_project_conversation", R"({"project_hint":{"name":"Smith"},"message":"Hello"})"},
    Errand{"companycam", "create_project", R"({"name":"New","description":"Words"})"},
    Errand{"companycam", "get_project", R"({"project_hint":{"name":"Smith"}})"},
    Errand{"companycam", "list_projects", R"({})"},
    Errand{"companycam", "list_project_photos", R"({"project_hint":{"name":"Kelly"}})"},
    Errand{"companycam", "add_project_photo",
           R"({"project_hint":{"name":"Kelly"},"photo":{"uri":"https://x.org/a.jpg","captured_at":1700000000}})"},
    Errand{"acculynx", "create_lead", R"({"contact_info":{"name":"Ann","email":"ann@x.org"}})"},
    Errand{"acculynx", "search_lead", R"({"project_hint":{"name":"Smith"}})"},
    Errand{"acculynx", "get_lead", R"({"project_hint":{"name":"Smith"}})"},
    Errand{"acculynx", "list_leads", R"({})"},
    Errand{"acculynx", "update_lead", R"({"lead_id":"j1","priority":"High","message":"Hello"})"},
    Errand{"acculynx", "add_job_message", R"({"lead_id":"j1","message":"Hello"})"},
    Errand{"bolt", "create_estimate", R"({})"},
    Errand{"bolt", "search_job", R"({"project_hint":{"name":"12 Elm"}})"},
    Errand{"bolt", "list_work_orders_of_job", R"({"project_hint":{"name":"12 Elm"}})"},
    Errand{"bolt", "add_job_note", R"({"project_hint":{"name":"12 Elm"},"message":"Hello"})"},
    Errand{"bolt", "search_customer", R"({"project_hint":{"name":"Ann"}})"},
    Errand{"slack", "send_message", R"({"channel":"ops","message":"Hello"})"},
    Errand{"slack", "create_channel", R"({"name":"news"})"},
    Errand{"slack", "invite_users", R"({"channel":"ops","users":["ann@x.org","ben@x.org"]})"},
    Errand{"slack", "list_channels", R"({})"},
    Errand{"slack", "get_channel", R"({"channel":"ops"})"},
};

class ExecutorCrashTest : public ExecutorFixture {
 protected:
  struct Outcome {
    std::vector<std::string> made;
    Phase phase = Phase::executing;
    std::string reason;
    int questions = 0;  ///< whether something was done
    int points = 0;     ///< that were passed
  };

  void new_world() {
    world.lists.clear();
    world.made.clear();
    world.sent.clear();
    world.now_s = clock.unix_ms() / 1'000;
    world.lists["/v2/projects"] = {JsonObject{{"id", "p1"}, {"name", "Smith roof"}, {"created_at", 1}},
                                   JsonObject{{"id", "p2"}, {"name", "Smith barn"}, {"created_at", 1}},
                                   JsonObject{{"id", "p3"}, {"name", "Kelly"}, {"created_at", 1}}};
    world.lists["channels"] = {JsonObject{{"id", "C1"}, {"name", "general"}},
                               JsonObject{{"id", "C2"}, {"name", "ops"}}};
    world.lists["/api/v2/jobs"] = {JsonObject{{"id", "j1"}, {"jobName", "Smith"}}};
    world.lists["/open/v1/jobs"] = {JsonObject{{"id", 12}, {"address", "12 Elm"}, {"notes", "Old"}, {"etag", "e1"}},
                                    JsonObject{{"id", 13}, {"address", "13 Oak"}, {"etag", "e1"}}};
    world.lists["/open/v1/customers"] = {JsonObject{{"id", 1}, {"name", "Ann"}, {"email", "ann@x.org"}}};
  }

  /// Ends the program at the points of these numbers, each counted from the start before it.
  Outcome run(const Errand& errand, std::vector<int> deaths) {
    new_world();
    std::ranges::reverse(deaths);
    passed_ = 0;
    died_ = false;
    const auto probe = [this, &deaths](Point) {
      if (died_) return false;
      ++passed_;
      if (deaths.empty() || passed_ != deaths.back()) return true;
      died_ = true;
      return false;
    };
    start_program(probe);
    const auto task = planned_as(errand.service, errand.intent, errand.inputs);
    runs().start(must(tasks().execute(anna, task.id)));
    Outcome outcome;
    for (int rounds = 0; rounds < 20; ++rounds) {
      EXPECT_TRUE(eventually([&] { return died_ || runs().running() == 0; }));
      if (died_) {
        end_program();
        deaths.pop_back();
        passed_ = 0;
        died_ = false;
        restart();
        start_program(probe);
        must(runs().take_over());
        continue;
      }
      const auto now = view(task.id);
      outcome.phase = now.task.phase;
      if (now.task.phase == Phase::executing) {
        must(runs().look_for_held());
        continue;
      }
      if (!now.question) {
        outcome.reason = now.task.reason;
        break;
      }
      auto choice = now.question->choices.at(0).id;
      if (now.question->kind == tasks::QuestionKind::unknown_outcome) {
        ++outcome.questions;
        choice = is_done(*now.question) ? "done" : "again";
      }
      runs().start(must(tasks().resume(anna, task.id, {.choice_id = choice})));
    }
    outcome.made = world.made;
    std::ranges::sort(outcome.made);
    outcome.points = passed_;
    return outcome;
  }
  /// What somebody sees who looks at the vendor: only the last write of these workflows can be in doubt.
  bool is_done(const tasks::Question& question) const {
    const auto of = [&](std::string_view action, const char* what) {
      return question.text.contains(action) && world.count(what) > 0;
    };
    return of("create_job_message", "POST /api/v2/jobs/j1/messages") || of("update_job", "PATCH /open/v1/jobs/12") ||
           of("create_job ", "POST /api/v2/jobs");
  }

  std::atomic<int> passed_{0};
  std::atomic<bool> died_{false};
};

void expect_same(const Errand& errand, const std::vector<std::string>& made, Phase phase, const std::string& reason,
                 const std::vector<std::string>& wanted, const std::string& where) {
  EXPECT_EQ(phase, Phase::done) << errand.intent << where << ": " << reason;
  EXPECT_EQ(made, wanted) << errand.intent << where;
}

TEST_F(ExecutorCrashTest, AtEveryPointOfEveryWorkflow) {
  for (const auto& errand : kErrands) {
    const auto whole = run(errand, {});
    ASSERT_EQ(whole.phase, Phase::done) << errand.intent << ": " << whole.reason;
    ASSERT_EQ(whole.questions, 0) << errand.intent;
    // The four that write most are walked whole here, the others by the seeds below.
    const std::string intent = errand.intent;
    if (intent != "create_lead" && intent != "add_job_note" && intent != "send_message" && intent != "update_lead") {
      continue;
    }
    for (int at = 1; at <= whole.points; ++at) {
      const auto died = run(errand, {at});
      expect_same(errand, died.made, died.phase, died.reason, whole.made, " at " + std::to_string(at));
    }
  }
}

TEST_F(ExecutorCrashTest, AHundredSeeds) {
  std::map<std::string, Outcome> wholes;
  for (unsigned seed = 1; seed <= 100; ++seed) {
    std::mt19937 random(seed);
    const auto& errand = kErrands[random() % kErrands.size()];
    auto& whole = wholes[errand.intent];
    if (whole.points == 0) whole = run(errand, {});
    ASSERT_GT(whole.points, 0);
    std::vector<int> deaths{static_cast<int>(random() % static_cast<unsigned>(whole.points)) + 1};
    if (random() % 2 == 0) deaths.push_back(static_cast<int>(random() % static_cast<unsigned>(whole.points)) + 1);
    const auto died = run(errand, deaths);
    expect_same(errand, died.made, died.phase, died.reason, whole.made, ", seed " + std::to_string(seed));
  }
}

}  // namespace
}  // namespace troupe::assistant::executor
