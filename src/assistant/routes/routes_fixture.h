// The assistant's routes behind the real router, on a real database, over an assistant that says what the test has it
// say. Only tests include this.
#pragma once
#include <boost/json.hpp>
#include <functional>

#include "assistant/routes/routes.h"
#include "assistant/tasks/tasks_fixture.h"
#include "identity/settings.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/program.h"
#include "matrix/homeserver.h"

namespace troupe::assistant::routes {

/// Each function is the test's; one that is not set knows no such task.
struct FakeAssistant final : dialogue::Assistant {
  using Reply = dialogue::Reply;
  using Patience = std::chrono::milliseconds;
  std::function<Task<Reply>(tasks::Who, dialogue::Utterance)> on_chat;
  std::function<Task<Reply>(tasks::Who, std::string)> on_execute, on_cancel, on_look;
  std::function<Task<Reply>(tasks::Who, std::string, tasks::Answer)> on_answer;
  std::function<Task<Reply>(tasks::Who, std::string, std::string)> on_approve, on_reject;
  std::function<Task<Reply>(tasks::Who, std::string, std::int64_t)> on_fork;
  std::function<Task<Reply>(tasks::Who, std::string, tasks::TaskSpec)> on_plan;
  std::function<Task<Reply>(tasks::Who, std::string)> on_undo;
  Patience patience{-1};  ///< of the last call that had one

  static Task<Reply> nothing() { co_return Error(Errc::not_found, "Task not found"); }
  template <class Function, class... Arguments>
  static Task<Reply> ask(const Function& function, Arguments... arguments) {
    if (!function) co_return co_await nothing();
    co_return co_await function(std::move(arguments)...);
  }

  Task<Reply> chat(tasks::Who who, dialogue::Utterance said, Patience wait) override {
    patience = wait;
    return ask(on_chat, who, said);
  }
  Task<Reply> execute(tasks::Who who, std::string id, Patience wait) override {
    patience = wait;
    return ask(on_execute, who, id);
  }
  Task<Reply> answer(tasks::Who who, std::string id, tasks::Answer given, Patience wait) override {
    patience = wait;
    return ask(on_answer, who, id, given);
  }
  Task<Reply> approve(tasks::Who who, std::string id, std::string digest, Patience wait) override {
    patience = wait;
    return ask(on_approve, who, id, digest);
  }
  Task<Reply> reject(tasks::Who who, std::string id, std::string digest, std::string) override {
    return ask(on_reject, who, id, digest);
  }
  Task<Reply> cancel(tasks::Who who, std::string id) override { return ask(on_cancel, who, id); }
  Task<Reply> undo(tasks::Who who, std::string task_id) override {
    return on_undo ? on_undo(std::move(who), std::move(task_id)) : nothing();
  }
  Task<Reply> fork(tasks::Who who, std::string id, std::int64_t step, std::optional<matrix::JsonObject>) override {
    return ask(on_fork, who, id, step);
  }
  Task<Reply> look(tasks::Who who, std::string id) override { return ask(on_look, who, id); }
  Task<Reply> plan(tasks::Who who, std::string conversation_id, tasks::TaskSpec spec) override {
    return ask(on_plan, who, conversation_id, spec);
  }
};

struct Answered {
  int status = 0;
  net::http::Headers headers;
  boost::json::value body;
  std::string text;
  const boost::json::value& operator[](std::string_view pointer) const { return body.at_pointer(pointer); }
};
using kit::HeaderList;

/// What a stream writes.
struct Collected final : net::http::BodyWriter {
  std::string text;
  bool gone = false;  ///< the client has hung up
  Task<Unit> write(std::string piece) override {
    if (gone) co_return Error(Errc::unavailable, "gone");
    text += piece;
    co_return Unit{};
  }
};

class RoutesTest : public ::testing::Test, protected kit::Program {
 protected:
  /// `more` adds routes of folders above, before the table is closed.
  explicit RoutesTest(bool limited = false, const std::function<void(host::Context&)>& more = {}) {
    settings.edit<identity::IdentitySettings>().dev_token = "the-dev-token";
    settings.rate_limits = limited;
    for (const auto* name : {"anna", "ben"}) homeserver.add_person(name);
    homeserver.add_person("chief", "secret-password", true);
    begin(clock);
    set_up(identity::identity_module());
    matrix::offer_roles(*context, homeserver);
    migrate("assistant", assistant::migrations());
    must(one.workers.start());
    context->offer<dialogue::Assistant>(fake);
    context->offer(one.tasks);
    context->offer(conversations);
    context->offer(lessons);
    set_up_routes(*context);
    if (more) more(*context);
    serve();
    anna = who_is("@anna:localhost");
    ben = who_is("@ben:localhost");
    chief = who_is("@chief:localhost");
    dev = kit::must(context->get<identity::Principals>().service_now("AUTH_DEV_TOKEN", net::route::Role::admin));
  }
  ~RoutesTest() override { end(); }

  tasks::Who who_is(const std::string& user_id) {
    auto account = must(homeserver.account(user_id));
    const auto principal = must(context->get<identity::Principals>().for_account(std::move(account)));
    return {.tenant_id = principal.tenant_id,
            .principal_id = principal.id,
            .label = principal.label(),
            .administrator = principal.role == net::route::Role::admin};
  }
  /// The header of a fresh key of theirs.
  HeaderList key_of(const tasks::Who& who, std::vector<std::string> scopes = {"assistant"}) {
    const auto principal = must(context->get<identity::Principals>().by_user(who.label));
    auto made = must(context->get<identity::ApiKeys>().create(
        principal, {.name = "test", .role = principal.role, .scopes = std::move(scopes), .expires_ms = {}}));
    return {{"Authorization", "Bearer " + made.token}};
  }
  static HeaderList dev_token() { return {{"Authorization", "Bearer the-dev-token"}}; }
  tasks::Who dev_who() const {
    return {.tenant_id = 1, .principal_id = dev.id, .label = "AUTH_DEV_TOKEN", .administrator = true};
  }

  net::http::Response raw(const std::string& method, const std::string& target, std::string body,
                          const HeaderList& headers) {
    auto request = kit::platform_request(method, target, std::move(body), headers);
    if (!request.body.empty()) request.headers.add("Content-Length", std::to_string(request.body.size()));
    return dispatch(std::move(request));
  }
  Answered call(const std::string& method, const std::string& target, std::string body, const HeaderList& headers) {
    auto response = raw(method, target, std::move(body), headers);
    contract->check(method, target, response);
    Answered answer{.status = response.status, .headers = response.headers, .body = nullptr, .text = response.body};
    boost::system::error_code ec;
    answer.body = boost::json::parse(answer.text, ec);
    return answer;
  }

  tasks::TaskRecord planned(const tasks::Who& who, matrix::JsonObject inputs = {{"channel", "#general"}}) {
    const auto place = must(conversations.open(who, "", "Hello")).id;
    return must(one.tasks.create(who,
                                 {.conversation_id = place,
                                  .spec = {.service = "slack", .intent = "send_message", .inputs = std::move(inputs)}}))
        .task;
  }
  tasks::Taken executing(const tasks::Who& who) { return must(one.tasks.execute(who, planned(who).id)); }
  tasks::Begun did(const tasks::Claim& claim, const std::string& path, matrix::Json output) {
    auto begun = must(one.tasks.begin_step(
        claim, {.path = path, .action = "slack.send_message", .args = {{"text", "hello"}}, .writes = true}));
    begun.step = must(one.tasks.finish_step(claim, begun.step.number, {.output = std::move(output)}));
    return begun;
  }
  tasks::Approval asking(const tasks::Who& who, tasks::Approver may = tasks::Approver::asker) {
    const auto taken = executing(who);
    return must(one.tasks.ask_approval(
        taken.claim, {.calls = {{.path = "0", .action = "slack.send_message", .args = {{"text", "hello"}}}},
                      .may = may,
                      .names = {},
                      .why = "It writes."}));
  }
  /// As the real assistant looks: of the rows.
  Task<dialogue::Reply> look(tasks::Who who, std::string id) {
    CO_TRY(auto view, co_await one.tasks.find(std::move(who), std::move(id)));
    dialogue::Reply reply{.conversation_id = view.task.conversation_id, .message = "So it stands."};
    using tasks::Status;
    reply.kind = view.question                             ? dialogue::ReplyKind::question
                 : view.approval                           ? dialogue::ReplyKind::approval
                 : view.task.status() == Status::planned   ? dialogue::ReplyKind::plan
                 : view.task.status() == Status::executing ? dialogue::ReplyKind::running
                 : view.task.status() == Status::done      ? dialogue::ReplyKind::result
                                                           : dialogue::ReplyKind::failed;
    reply.view = std::move(view);
    co_return reply;
  }
  void looks_at_rows() {
    fake.on_look = [this](tasks::Who who, std::string id) { return look(std::move(who), std::move(id)); };
  }

  base::ManualClock still;
  kit::ShiftedClock clock{still};
  kit::FakeHomeserver homeserver{*bus, base::system_clock()};
  tasks::Secrets secrets;
  tasks::Conversations conversations{{.db = *db, .clock = clock, .secrets = secrets}};
  dialogue::Lessons lessons{*db, clock, secrets};
  tasks::TestProcess one{*db, *bus, clock, secrets, "one"};
  FakeAssistant fake;
  tasks::Who anna, ben, chief;
  identity::Principal dev;
};

}  // namespace troupe::assistant::routes
