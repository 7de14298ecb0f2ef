// A dialogue over a database, the shipped packs, and an executor that does what the test says. Only tests include this.
#pragma once
#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>
#include <deque>

#include "assistant/dialogue/dialogue.h"
#include "assistant/packs/phrases.h"
#include "assistant/tasks/tasks_fixture.h"

namespace troupe::assistant::dialogue {

/// The shipped packs, trained once for all tests.
inline std::shared_ptr<const services::Offer> shipped_offer() {
  static const auto made = [] {
    std::vector<services::InUse> in_use;
    for (const auto& name : packs::shipped_services()) {
      auto checked = packs::read_pack(packs::shipped_pack(name));
      if (!checked.pack) continue;
      calls::Service service;
      service.pack = std::make_shared<const packs::Pack>(*std::move(checked.pack));
      in_use.push_back({.service = std::move(service)});
    }
    return std::make_shared<const services::Offer>(std::move(in_use));
  }();
  return made;
}

class ShippedServices final : public services::Services {
 public:
  Task<std::shared_ptr<const services::Offer>> offer(std::int64_t) override { co_return shipped_offer(); }
};

/// Runs what it is given while somebody waits for it.
class ScriptedExecutor final : public executor::Executor {
 public:
  using Run = std::function<Task<Unit>(tasks::Taken)>;

  void start(tasks::Taken taken) override { started.push_back(std::move(taken)); }
  Task<bool> settled(std::string task_id, std::chrono::milliseconds) override {
    if (!run) co_return false;
    const auto found = std::ranges::find(started, task_id, [](const tasks::Taken& each) { return each.task.id; });
    if (found == started.end()) co_return true;
    auto taken = *found;
    started.erase(found);
    CO_TRY(co_await run(std::move(taken)));
    co_return true;
  }
  void wake(const std::string& task_id) override { woken.push_back(task_id); }
  Task<std::vector<executor::Preview>> preview(tasks::Who, tasks::TaskSpec spec) override {
    if (blind) co_return Error(Errc::unavailable, "not now");
    const auto* intent = shipped_offer()->catalogue().find(spec.service, spec.intent);
    if (intent == nullptr) co_return Error(Errc::not_found, "no such intent");
    std::vector<executor::Preview> steps;
    steps.push_back({.path = "1",
                     .action = spec.service + "." + spec.intent,
                     .description = planner::spoken_name(*intent),
                     .args = spec.inputs,
                     .writes = intent->writes,
                     .needs_approval = spec.borrowed});
    co_return steps;
  }

  Run run;
  bool blind = false;
  std::deque<tasks::Taken> started;
  std::vector<std::string> woken;
};

class ScriptedModel final : public planner::ModelCaller {
 public:
  using Answers = std::function<Result<planner::ModelAnswer>(const planner::ModelRequest&)>;
  explicit ScriptedModel(Answers answers) : answers_(std::move(answers)) {}
  Task<planner::ModelAnswer> ask(planner::ModelRequest request) override {
    exchanges_.push_back("exchange-" + std::to_string(exchanges_.size() + 1));
    co_return answers_(request);
  }
  std::vector<std::string> exchanges() const override { return exchanges_; }

 private:
  Answers answers_;
  std::vector<std::string> exchanges_;
};

class ScriptedModels final : public ModelDoor {
 public:
  ScriptedModel::Answers answers;
  std::unique_ptr<planner::ModelCaller> caller(const tasks::Who&, std::chrono::steady_clock::time_point) override {
    if (!answers) return nullptr;
    return std::make_unique<ScriptedModel>(answers);
  }
};

class DialogueFixture : public tasks::TasksFixture {
 protected:
  DialogueFixture() { begin(); }
  /// New objects over the same database, as after a restart.
  void begin() {
    dialogue.reset();
    planning.reset();
    lessons = std::make_unique<Lessons>(*db, clock, secrets);
    planning = std::make_unique<Planning>(
        Planning::Uses{.services = services, .lessons = *lessons, .models = &models, .files = nullptr});
    dialogue = std::make_unique<Dialogue>(Dialogue::Uses{.tasks = tasks(),
                                                         .conversations = conversations,
                                                         .secrets = secrets,
                                                         .executor = executor,
                                                         .planning = *planning,
                                                         .lessons = *lessons,
                                                         .clock = clock,
                                                         .metrics = metrics});
  }
  void begin_again() {
    dialogue.reset();
    restart();
    begin();
  }

  Result<Reply> try_say(const tasks::Who& who, std::string text, std::string conversation = {}, std::string task = {}) {
    return run(dialogue->chat(who,
                              {.conversation_id = std::move(conversation),
                               .text = std::move(text),
                               .task_id = std::move(task),
                               .today = kToday},
                              kLong));
  }
  Reply say(const tasks::Who& who, std::string text, std::string conversation = {}, std::string task = {}) {
    return kit::must(try_say(who, std::move(text), std::move(conversation), std::move(task)));
  }
  Reply execute(const tasks::Who& who, const Reply& plan) {
    return must(dialogue->execute(who, plan.view->task.id, kLong));
  }
  static std::string inputs_of(const Reply& reply) { return boost::json::serialize(reply.view->task.spec.inputs); }
  std::vector<tasks::Message> said_in(const tasks::Who& who, const std::string& conversation) {
    return must(conversations.messages(who, conversation, 0, 200));
  }
  /// What the executor does with what it is given: it ends with this.
  void ends_with(tasks::Json result) {
    executor.run = [this, result = std::move(result)](tasks::Taken taken) -> Task<Unit> {
      CO_TRY(auto task, co_await tasks().finish(taken.claim, result));
      co_return Unit{};
    };
  }

  static constexpr std::chrono::milliseconds kLong{30'000};
  static constexpr std::chrono::year_month_day kToday{std::chrono::year(2026), std::chrono::month(11),
                                                      std::chrono::day(18)};

  ShippedServices services;
  ScriptedExecutor executor;
  ScriptedModels models;
  std::unique_ptr<Lessons> lessons;
  std::unique_ptr<Planning> planning;
  std::unique_ptr<Dialogue> dialogue;
};

}  // namespace troupe::assistant::dialogue
