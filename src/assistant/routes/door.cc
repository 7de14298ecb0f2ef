#include "assistant/routes/door.h"

#include <algorithm>

#include "assistant/dialogue/planning_state.h"
#include "identity/authenticator.h"

namespace troupe::assistant::routes {

tasks::Who who_of(const net::route::Caller& caller) {
  const auto& credential = identity::credential_of(caller);
  return {.tenant_id = caller.tenant_id,
          .principal_id = caller.principal_id,
          .label = credential.principal.label(),
          .administrator = caller.role == net::route::Role::admin,
          .role = caller.role,
          .key_id = credential.kind == identity::Credential::Kind::key ? credential.number : 0};
}

Task<std::vector<tasks::ApiCall>> OwnAssistant::exchanges(std::string task_id) const {
  const auto own = *this;
  CO_TRY(const auto view, co_await own.find(task_id));
  const auto state = dialogue::read_planning_state(view.task.spec.planning);
  co_return co_await own.uses_.tasks.exchanges(own.who_, task_id, dialogue::exchanges_in(state.explanation));
}

Task<Unit> OwnAssistant::remove_conversation(std::string conversation_id, store::AlsoWrite also) const {
  const auto own = *this;
  CO_TRY(co_await own.conversation(conversation_id));
  CO_TRY(const auto running,
         co_await own.page({.conversation_id = conversation_id, .status = tasks::Status::executing}, 0, 1));
  if (!running.empty()) {
    co_return Error(Errc::conflict, "A task of this conversation is running. Wait for its end, or cancel it.");
  }
  CO_TRY(co_await own.uses_.conversations.note_removal(own.who_, conversation_id, std::move(also)));
  // Nobody could answer them in it any more.
  for (const auto status : {tasks::Status::awaiting_user, tasks::Status::planned}) {
    for (std::int64_t past = 0;;) {
      CO_TRY(const auto waiting, co_await own.page({.conversation_id = conversation_id, .status = status}, past, 50));
      if (waiting.empty()) break;
      for (const auto& task : waiting) {
        auto ended = co_await own.uses_.tasks.cancel(own.who_, task.id);
        if (ended) continue;
        const auto code = ended.error().code();
        if (code != Errc::conflict && code != Errc::not_found) co_return std::move(ended).error();
        ++past;  // it has gone on by now
      }
    }
  }
  CO_TRY(co_await own.uses_.lessons.remove_of(own.who_, conversation_id));
  co_return co_await own.uses_.conversations.remove(own.who_, conversation_id);
}

Task<std::vector<dialogue::Lesson>> OwnAssistant::lessons() const {
  const auto own = *this;
  CO_TRY(auto found, co_await own.uses_.lessons.list(own.who_.tenant_id));
  if (!own.who_.administrator) std::erase_if(found, [&](const dialogue::Lesson& each) { return !own.chose(each); });
  std::ranges::reverse(found);
  co_return found;
}

}  // namespace troupe::assistant::routes
