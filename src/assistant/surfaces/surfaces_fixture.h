// An assistant that does what the words say, over the real tasks: for what stands above it. Only tests include this.
#pragma once
#include <map>

#include "assistant/dialogue/assistant.h"
#include "assistant/migrations.gen.h"
#include "assistant/services/services.h"
#include "assistant/surfaces/people.h"
#include "assistant/surfaces/talk.h"
#include "assistant/tasks/conversations.h"
#include "fleet/fleet_fixture.h"

namespace troupe::assistant::surfaces {

/// "look …" becomes a plan that reads; "tell …" one that writes and wants an approval; "slow …" one that runs until the
/// test ends it; "which …" a question with two choices; anything else is nothing that it can do.
class FakeAssistant : public dialogue::Assistant {
 public:
  FakeAssistant(tasks::Tasks& tasks, tasks::Conversations& conversations)
      : tasks_(tasks), conversations_(conversations) {}

  int planned = 0;   ///< chats that made a task
  int executed = 0;  ///< plans that began to run
  std::string service = "slack";
  tasks::Approver may = tasks::Approver::asker;
  std::vector<std::string> approvers;
  std::string text = "hello";  ///< what would be sent
  std::string file = {};       ///< what a service answers with
  std::string dies_after;      ///< "chat", "execute" or "approve": what it did is done, and nobody hears of it
  std::vector<dialogue::Utterance> heard;
  std::map<std::string, tasks::Claim> running;  ///< of "slow" tasks

  Task<dialogue::Reply> chat(tasks::Who who, dialogue::Utterance said, std::chrono::milliseconds) override {
    heard.push_back(said);
    CO_TRY(auto conversation, co_await conversations_.open(who, said.conversation_id, said.text));
    CO_TRY(co_await conversations_.say(who, conversation.id, tasks::Role::user, said.text));
    const auto verb = said.text.substr(0, said.text.find(' '));
    if (verb != "look" && verb != "tell" && verb != "slow" && verb != "which") {
      CO_TRY(co_await conversations_.say(who, conversation.id, tasks::Role::assistant, "I cannot do that."));
      dialogue::Reply nothing;
      nothing.conversation_id = conversation.id;
      nothing.message = "I cannot do that.";
      co_return nothing;
    }
    tasks::TaskDraft draft{.conversation_id = conversation.id,
                           .spec = {.service = service, .intent = verb, .inputs = {{"text", said.text}}}};
    if (verb == "which") {
      draft.question = tasks::QuestionDraft{
          .text = "Which Smith?",
          .choices = {{.id = "c1", .label = "Anna Smith", .value = 1}, {.id = "c2", .label = "Ben Smith", .value = 2}}};
    }
    CO_TRY(auto view, co_await tasks_.create(who, std::move(draft)));
    ++planned;
    CO_TRY(co_await conversations_.say(who, conversation.id, tasks::Role::assistant, "a plan", view.task.id));
    if (dies_after == "chat") co_return Error(Errc::unavailable, "the program ends");
    co_return reply_of(std::move(view));
  }
  Task<dialogue::Reply> execute(tasks::Who who, std::string id, std::chrono::milliseconds) override {
    CO_TRY(auto taken, co_await tasks_.execute(who, id));
    ++executed;
    CO_TRY(co_await run(taken));
    if (dies_after == "execute") co_return Error(Errc::unavailable, "the program ends");
    co_return co_await look(who, id);
  }
  Task<dialogue::Reply> answer(tasks::Who who, std::string id, tasks::Answer answer,
                               std::chrono::milliseconds) override {
    CO_TRY(auto view, co_await tasks_.find(who, id));
    auto spec = view.task.spec;
    spec.intent = "look";
    spec.inputs["choice"] = answer.choice_id;
    CO_TRY(co_await tasks_.plan(who, id, std::move(answer), std::move(spec), std::nullopt));
    co_return co_await look(who, id);
  }
  Task<dialogue::Reply> approve(tasks::Who who, std::string id, std::string digest,
                                std::chrono::milliseconds) override {
    CO_TRY(auto taken, co_await tasks_.approve(who, id, digest));
    CO_TRY(co_await tasks_.finish(taken.claim, "sent"));
    if (dies_after == "approve") co_return Error(Errc::unavailable, "the program ends");
    if (taken.task.owner_id != who.principal_id) {
      dialogue::Reply reply;
      reply.kind = dialogue::ReplyKind::result;
      reply.message = "Approved.";
      co_return reply;
    }
    co_return co_await look(who, taken.task.id);
  }
  Task<dialogue::Reply> reject(tasks::Who who, std::string id, std::string digest, std::string reason) override {
    CO_TRY(auto task, co_await tasks_.reject(who, id, digest, reason));
    co_return co_await look(who, task.id);
  }
  Task<dialogue::Reply> cancel(tasks::Who who, std::string id) override {
    CO_TRY(co_await tasks_.cancel(who, id));
    co_return co_await look(who, id);
  }
  Task<dialogue::Reply> fork(tasks::Who, std::string, std::int64_t, std::optional<matrix::JsonObject>) override {
    co_return Error(Errc::unsupported);
  }
  Task<dialogue::Reply> undo(tasks::Who, std::string) override { co_return Error(Errc::unsupported); }
  Task<dialogue::Reply> look(tasks::Who who, std::string id) override {
    CO_TRY(auto view, co_await tasks_.find(who, id));
    co_return reply_of(std::move(view));
  }
  Task<dialogue::Reply> plan(tasks::Who, std::string, tasks::TaskSpec) override { co_return Error(Errc::unsupported); }

 private:
  Task<Unit> run(tasks::Taken taken) {
    const auto& verb = taken.task.spec.intent;
    if (!file.empty()) {
      CO_TRY(const auto begun, co_await tasks_.begin_step(taken.claim, {.path = "0", .action = "slack.get_file"}));
      CO_TRY(co_await tasks_.finish_step(
          taken.claim, begun.step.number,
          {.files = {
               {.name = "roof.png", .type = "image/png", .content = std::make_shared<const std::string>(file)}}}));
    }
    if (verb == "look") CO_TRY(co_await tasks_.finish(taken.claim, "found it"));
    if (verb == "slow") running[taken.task.id] = taken.claim;
    if (verb == "tell") {
      CO_TRY(co_await tasks_.ask_approval(
          taken.claim,
          {.calls = {{.path = "0", .action = "slack.send_message", .args = {{"channel", "C1"}, {"text", text}}}},
           .may = may,
           .names = approvers}));
    }
    co_return Unit{};
  }
  dialogue::Reply reply_of(tasks::TaskView view) {
    dialogue::Reply reply;
    reply.conversation_id = view.task.conversation_id;
    const auto phase = view.task.phase;
    if (view.approval) {
      reply.kind = dialogue::ReplyKind::approval;
      reply.message = "These calls want an approval.";
    } else if (view.question) {
      reply.kind = dialogue::ReplyKind::question;
      reply.message = view.question->text;
    } else if (phase == tasks::Phase::planned) {
      const bool reads = view.task.spec.intent == "look";
      reply.kind = dialogue::ReplyKind::plan;
      reply.message = "I would do this.";
      reply.steps = {{.path = "0",
                      .action = reads ? "slack.list_channels" : "slack.send_message",
                      .description = "One step",
                      .args = {{"channel", "C1"}},
                      .writes = !reads,
                      .needs_approval = !reads}};
    } else if (phase == tasks::Phase::done) {
      reply.kind = dialogue::ReplyKind::result;
      reply.message =
          "Done: " + (view.task.result && view.task.result->is_string() ? std::string(view.task.result->get_string())
                                                                        : std::string("?"));
    } else if (tasks::is_ended(phase)) {
      reply.kind = dialogue::ReplyKind::failed;
      reply.message = "It ended: " + std::string(tasks::to_string(phase)) + " " + view.task.reason;
    } else {
      reply.kind = dialogue::ReplyKind::running;
      reply.message = "It is running.";
    }
    reply.view = std::move(view);
    return reply;
  }

  tasks::Tasks& tasks_;
  tasks::Conversations& conversations_;
};

/// No service at all.
class NoServices : public services::Services {
 public:
  Task<std::shared_ptr<const services::Offer>> offer(std::int64_t) override {
    co_return Error(Errc::unavailable, "the test has none");
  }
};

/// Accounts, a database and what stands on it.
class SurfacesTest : public fleet::FleetTest {
 protected:
  SurfacesTest() {
    migrate("assistant", assistant::migrations());
    must(workers.start());
  }
  tasks::Who who(const std::string& user_id) { return must(people.of(user_id, 1)); }
  std::vector<tasks::TaskRecord> tasks_of(const std::string& user_id) {
    return must(tasks.page(who(user_id), {}, 0, 50));
  }
  static bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

  identity::Audit audit{*db, *bus, clock};
  tasks::Secrets secrets;
  tasks::Workers workers{*db, clock, "one", true};
  tasks::Journal journal{{.db = *db, .bus = *bus, .audit = audit, .clock = clock, .secrets = secrets}};
  tasks::Conversations conversations{{.db = *db, .clock = clock, .secrets = secrets}};
  tasks::Tasks tasks{{.db = *db,
                      .bus = *bus,
                      .clock = clock,
                      .audit = audit,
                      .secrets = secrets,
                      .workers = workers,
                      .journal = journal}};
  FakeAssistant assistant{tasks, conversations};
  NoServices services;
  People people{{.accounts = *homeserver, .principals = principals()}};
  Talk talk{
      {.assistant = assistant, .tasks = tasks, .conversations = conversations, .db = *db, .bus = *bus, .clock = clock}};
};

}  // namespace troupe::assistant::surfaces
