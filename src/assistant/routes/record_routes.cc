// /api/v1/tasks/{task_id}/…: what was done, called, run, asked and approved.
#include "api/words.h"
#include "assistant/routes/lists.h"
#include "assistant/routes/routes.h"
#include "assistant/routes/task_shapes.h"

namespace troupe::assistant::routes {
namespace {

using namespace api::words;

constexpr std::int64_t kUsualSteps = 20;
constexpr std::int64_t kMostSteps = 100;
constexpr std::int64_t kQuestionsAtOnce = 20;  // as tasks::Tasks has them, approvals and records likewise
constexpr std::int64_t kTaskApprovalsAtOnce = 5;
constexpr std::int64_t kRecordsAtOnce = 50;

Task<Response> list_steps(AssistantApi& api, Call& call) {
  CO_TRY(const auto at, behind(call.request, kUsualSteps, kMostSteps));
  CO_TRY(const auto found, co_await api.assistant(call).steps(call.param("task_id"), at.after, at.limit));
  std::optional<boost::json::value> rest;
  if (std::ssize(found) == at.limit) rest = found.back().number;
  co_return reply(part(api::write_all(found), "next_after", std::move(rest)));
}

/// Where a list is answered in parts of one length, which the caller cannot choose.
Result<std::int64_t> part_from(const net::http::Request& request, std::int64_t length) {
  TRY(const auto at, part_of(request, length));
  return at.from;
}

Task<Response> list_questions(AssistantApi& api, Call& call) {
  CO_TRY(const auto from, part_from(call.request, kQuestionsAtOnce));
  CO_TRY(const auto found, co_await api.assistant(call).questions(call.param("task_id"), from));
  std::optional<boost::json::value> rest;
  if (std::ssize(found) == kQuestionsAtOnce) rest = from + kQuestionsAtOnce;
  co_return reply(part(api::write_all(found), "next_from", std::move(rest)));
}

Task<Response> list_task_approvals(AssistantApi& api, Call& call) {
  CO_TRY(const auto from, part_from(call.request, kTaskApprovalsAtOnce));
  const auto own = api.assistant(call);
  CO_TRY(auto found, co_await own.approvals(call.param("task_id"), from));
  std::optional<boost::json::value> rest;
  if (std::ssize(found) == kTaskApprovalsAtOnce) rest = from + kTaskApprovalsAtOnce;
  boost::json::array items;
  for (auto& approval : found) {
    const bool can = approval.state == tasks::ApprovalState::pending && own.may_decide(approval);
    items.push_back(api::write(ApprovalView{.approval = std::move(approval), .can_decide = can}));
  }
  co_return reply(part(std::move(items), "next_from", std::move(rest)));
}

template <class T>
Response records(const std::vector<T>& found) {
  std::optional<boost::json::value> rest;
  if (std::ssize(found) == kRecordsAtOnce) {
    rest = boost::json::string(cursor_of(found.back().created_ms, found.back().id));
  }
  return reply(part(api::write_all(found), "next_after", std::move(rest)));
}

Task<Response> list_calls(AssistantApi& api, Call& call) {
  CO_TRY(auto at, cursor(call.request));
  CO_TRY(const auto found, co_await api.assistant(call).calls(call.param("task_id"), at.at_ms, std::move(at.id)));
  co_return records(found);
}

Task<Response> list_exchanges(AssistantApi& api, Call& call) {
  CO_TRY(const auto found, co_await api.assistant(call).exchanges(call.param("task_id")));
  co_return reply(part(api::write_all(found), {}, {}));
}

Task<Response> list_commands(AssistantApi& api, Call& call) {
  CO_TRY(auto at, cursor(call.request));
  CO_TRY(const auto found, co_await api.assistant(call).commands(call.param("task_id"), at.at_ms, std::move(at.id)));
  co_return records(found);
}

}  // namespace

void add_record_routes(const api::Group& group, AssistantApi& api) {
  group.add(
      {.method = "GET",
       .path = "/tasks/{task_id}/steps",
       .summary = "What ran, in the order of beginning",
       .reply = TROUPE_REF("AssistantSteps"),
       .query = {after_parameter(), limit_parameter(R"({"type":"integer","minimum":1,"maximum":100,"default":20})")},
       .run = api::bind(list_steps, api)});
  group.add({.method = "GET",
             .path = "/tasks/{task_id}/questions",
             .summary = "What was asked and answered, oldest first",
             .reply = TROUPE_REF("AssistantQuestions"),
             .query = {from_parameter()},
             .run = api::bind(list_questions, api)});
  group.add({.method = "GET",
             .path = "/tasks/{task_id}/approvals",
             .summary = "Which calls were approved, by whom and when, oldest first",
             .reply = TROUPE_REF("AssistantTaskApprovals"),
             .query = {from_parameter()},
             .run = api::bind(list_task_approvals, api)});
  group.add({.method = "GET",
             .path = "/tasks/{task_id}/calls",
             .summary = "The requests to services, without secrets, oldest first",
             .reply = TROUPE_REF("AssistantCalls"),
             .query = {cursor_parameter()},
             .run = api::bind(list_calls, api)});
  group.add({.method = "GET",
             .path = "/tasks/{task_id}/exchanges",
             .summary = "What language models were shown for the plan, and said, without secrets",
             .reply = TROUPE_REF("AssistantExchanges"),
             .run = api::bind(list_exchanges, api)});
  group.add({.method = "GET",
             .path = "/tasks/{task_id}/commands",
             .summary = "The commands that were run or refused, oldest first",
             .reply = TROUPE_REF("AssistantCommands"),
             .query = {cursor_parameter()},
             .run = api::bind(list_commands, api)});
}

}  // namespace troupe::assistant::routes
