#include "assistant/executor/run.h"

#include <exception>

#include "assistant/executor/steps.h"
#include "assistant/executor/tool_versions.h"
#include "assistant/executor/undo.h"

namespace troupe::assistant::executor {
namespace {

/// The claim is handed back with what the steps came to. `stored` is what storing that came to.
template <class T>
End end_of(const OrStop<T>& stored, End end) {
  if (stored) return end;
  return stored.error().kind == Stop::Kind::lost ? End::lost : End::halted;
}

template <class T>
bool was_refused(const OrStop<T>& stored) {
  return !stored && stored.error().kind != Stop::Kind::lost && stored.error().kind != Stop::Kind::halted;
}

asio::awaitable<End> fail(Ledger& ledger, std::string reason) {
  const auto stored = co_await ledger.fail(std::move(reason));
  co_return end_of(stored, End::failed);
}

asio::awaitable<End> cancel(Ledger& ledger) {
  const auto stored = co_await ledger.stopped();
  if (was_refused(stored)) co_return co_await fail(ledger, "Cancelled.");
  co_return end_of(stored, End::cancelled);
}

/// After a question or an approval that could not be asked.
asio::awaitable<End> not_asked(Ledger& ledger, Stop why) {
  if (why.kind == Stop::Kind::cancelled) co_return co_await cancel(ledger);
  if (why.kind == Stop::Kind::failed) co_return co_await fail(ledger, std::move(why.reason));
  co_return why.kind == Stop::Kind::lost ? End::lost : End::halted;
}

asio::awaitable<End> hand_back(Ledger& ledger, const Steps& steps, Stop stop) {
  switch (stop.kind) {
    case Stop::Kind::lost:
      co_return End::lost;
    case Stop::Kind::halted:
      co_return End::halted;
    case Stop::Kind::cancelled:
      co_return co_await cancel(ledger);
    case Stop::Kind::failed:
      co_return co_await fail(ledger, std::move(stop.reason));
    case Stop::Kind::asks: {
      const auto asked = co_await ledger.pause(*std::move(stop.question));
      if (asked) co_return End::asked;
      co_return co_await not_asked(ledger, asked.error());
    }
    case Stop::Kind::unapproved:
      break;
  }
  const auto asked = co_await ledger.ask_approval(steps.wanted());
  if (asked) co_return End::approval;
  co_return co_await not_asked(ledger, asked.error());
}

asio::awaitable<End> go_through(Ledger& ledger) {
  const auto& parts = ledger.parts();
  const auto task = co_await ledger.current();
  if (!task) co_return end_of(task, End::halted);
  if (task->phase == tasks::Phase::cancelling) *ledger.control().cancelled = true;
  if (parts.may_act && task->phase != tasks::Phase::cancelling) {
    auto asking = parts.may_act(asker_of(*task));
    const auto may = co_await std::move(asking);
    if (!may && may.error().code() != Errc::not_found) co_return End::halted;
    if (!may) co_return co_await fail(ledger, may.error().message());
  }
  auto offering = parts.services.offer(task->tenant_id);
  const auto offer = co_await std::move(offering);
  if (!offer) co_return End::halted;
  if (const auto action = changed_tool(**offer, task->spec))
    co_return co_await fail(ledger, "What " + *action + " does has changed since this was planned. Ask once more.");
  if (goes_elsewhere(**offer, task->spec)) {
    co_return co_await fail(ledger,
                            "The address or the key of a service is another one than what is to be undone was done "
                            "with. Nothing more is sent.");
  }
  auto workflow = workflow_of(**offer, task->spec);
  if (!workflow) co_return co_await fail(ledger, workflow.error().message());
  if (const auto recalled = co_await ledger.recall(*task); !recalled) co_return end_of(recalled, End::halted);
  Steps steps(ledger, *task, **offer, *std::move(workflow));
  auto result = co_await steps.go();
  if (!result) co_return co_await hand_back(ledger, steps, std::move(result).error());
  const auto stored = co_await ledger.done(*std::move(result));
  if (was_refused(stored)) co_return co_await fail(ledger, stored.error().reason);
  co_return end_of(stored, End::done);
}

}  // namespace

asio::awaitable<End> run_task(const Parts& parts, tasks::Claim claim, std::shared_ptr<Control> control) {
  Ledger ledger(parts, std::move(claim), std::move(control));
  auto end = End::halted;
  std::exception_ptr thrown;
  try {
    end = co_await go_through(ledger);
  } catch (...) {
    thrown = std::current_exception();
  }
  const auto settled = co_await ledger.settle();
  if (thrown) std::rethrow_exception(thrown);
  co_return end_of(settled, end);
}

}  // namespace troupe::assistant::executor
