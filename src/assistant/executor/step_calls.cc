#include "assistant/executor/step_calls.h"

#include "assistant/executor/commands.h"
#include "assistant/executor/known.h"
#include "assistant/executor/task_files.h"
#include "assistant/executor/undo.h"
#include "base/encoding.h"

namespace troupe::assistant::executor {
namespace {

using calls::CallState;
using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;
using tasks::Begun;
using tasks::StepRecord;
using tasks::StepStatus;

/// A limit that many tasks wait for is no reason to fail: the last of them may have to wait so long. Slack lists
/// channels 20 times a minute.
constexpr std::chrono::minutes kTurns{30};
/// Of a step that ended although nothing was done: it is begun again when the task goes on.
constexpr std::string_view kInterrupted = "Interrupted before it was done.";
constexpr std::string_view kLostWords =
    "The program ended before it was known what became of the request, if it was sent.";
constexpr std::string_view kLostTimeWords =
    "An older copy of the database was put back, and it may have been done in the time that is lost.";
constexpr std::string_view kOtherTaskWords =
    "An earlier task began it, and it is not known what became of that request.";
constexpr std::string_view kCutWords = "It answered with more than can be kept. Ask for less at once.";

/// Ends as a sentence does.
std::string sentence(std::string text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.pop_back();
  if (!text.empty() && text.back() != '.' && text.back() != '!' && text.back() != '?') text += '.';
  return text;
}

std::string refusal_words(const Target& target, const std::string& action, const calls::CallOutcome& outcome) {
  const auto said = outcome.message.empty() ? outcome.code : outcome.message;
  const auto status = outcome.status != 0 ? " (status " + std::to_string(outcome.status) + ")" : std::string();
  if (outcome.state == CallState::refused) {
    return target.title + " refused " + action + (said.empty() ? status + "." : ": " + sentence(said));
  }
  return target.title + " did not do " + action + (said.empty() ? status + "." : ": " + sentence(said)) +
         " It was not done, and may be tried again later.";
}

/// A file as a step yields it: `file` is what a later step's argument names it by.
JsonObject file_output(const calls::Blob& file, std::string_view name) {
  return {{"file", name},
          {"name", file.name},
          {"content_type", file.content_type},
          {"bytes", static_cast<std::int64_t>(file.bytes.size())}};
}

/// What a step yields of an answer: JSON, a text, or the file that the whole of it is. Files that came beside JSON are
/// listed in it.
Json output_of(const StepRecord& step, calls::CallOutcome& outcome) {
  JsonArray files;
  for (const auto& file : outcome.files)
    files.push_back(file_output(file, task_file(step.number, std::ssize(files) + 1)));
  if (!outcome.answer.is_null()) {
    auto answer = std::move(outcome.answer);
    if (auto* members = answer.if_object(); members != nullptr && !files.empty() && !members->contains("files"))
      (*members)["files"] = std::move(files);
    return answer;
  }
  if (!outcome.bytes.empty() && base::is_utf8(outcome.bytes)) return boost::json::string(outcome.bytes);
  return files.empty() ? Json(outcome.answer) : std::move(files.front());
}

std::vector<tasks::FileDraft> drafts_of(std::vector<calls::Blob> files) {
  std::vector<tasks::FileDraft> drafts;
  for (auto& file : files) {
    drafts.push_back({.name = std::move(file.name),
                      .type = std::move(file.content_type),
                      .content = std::make_shared<const std::string>(std::move(file.bytes))});
  }
  return drafts;
}

Json page_output(JsonArray entries, const calls::PagePlace& place) {
  JsonObject out{{"entries", std::move(entries)}};
  if (place.ended) return out;
  JsonObject next{{"arguments", place.arguments}};
  if (!place.next_url.empty()) next["url"] = place.next_url;
  out["next"] = std::move(next);
  return out;
}

/// Adds what a page's step kept. False: it kept no page.
bool take_page(const StepRecord& step, JsonArray& entries, calls::PagePlace& place) {
  const auto* kept = step.output ? step.output->if_object() : nullptr;
  const auto* list = kept != nullptr ? matrix::find_array(*kept, "entries") : nullptr;
  if (list == nullptr || step.output_cut) return false;
  entries.insert(entries.end(), list->begin(), list->end());
  ++place.pages;
  place.entries = entries.size();
  place.bytes += matrix::canonical_json(*step.output).size();
  const auto* next = matrix::find_object(*kept, "next");
  place.ended = next == nullptr;
  if (next == nullptr) return true;
  const auto* arguments = matrix::find_object(*next, "arguments");
  place.arguments = arguments != nullptr ? *arguments : JsonObject();
  place.next_url = matrix::find_string(*next, "url").value_or("");
  return true;
}

/// What the person answered about this try; an answer about an earlier one counts no more.
std::string_view answer_of(const Begun& begun) {
  if (!begun.answered || !begun.answered->answer) return {};
  const auto* value = matrix::find_object(*begun.answered->answer, "value");
  const auto asked_at = value != nullptr ? matrix::find_integer(*value, "tries") : std::nullopt;
  const auto now = begun.step.tries - (begun.state == Begun::State::repeated ? 1 : 0);
  if (asked_at != now) return {};
  return matrix::find_string(*begun.answered->answer, "choice_id").value_or("");
}

/// Why a write that begins here may have been done.
std::string_view words_of(const Begun& begun) {
  if (begun.by_another) return kOtherTaskWords;
  return begun.lost_time ? kLostTimeWords : kLostWords;
}

tasks::ApiCall lost_call(const Target& target, std::string_view why) {
  const auto& service = target.in_use->service;
  return {.service = service.pack->config.service,
          .method = target.offered->operation.method,
          .url = service.base_url + target.offered->operation.path,
          .error = std::string(why)};
}

}  // namespace

calls::CallContext StepCalls::context_of(const StepRecord& step, calls::Files* files) const {
  return {.call_id = step.id(),
          .marker = step.marker,
          .person = task_.owner,
          .turns = kTurns,
          .sent_ms = {},
          .cancelled = ledger_.control().cancelled,
          .files = files};
}

asio::awaitable<OrStop<StepRecord>> StepCalls::call(Target target, StepPlace place, const workflows::Step& step,
                                                    workflows::Values values) {
  values.marker = kNoMarkerYet;
  CO_TRY(auto arguments, fitted(target, step.action, arguments_of(step.bind, values)));
  const bool writes =
      target.is_command() ? leaves_traces(ledger_.parts().commands, arguments) : target.offered->operation.writes;
  // What cannot be run is refused at once, and nobody is asked about it.
  const auto obstacle =
      target.is_command() ? obstacle_to(ledger_.parts().commands, arguments, task_.tenant_id) : std::nullopt;
  auto route = route_to(target, arguments);
  tasks::StepStart start{.path = place.path,
                         .index = place.index,
                         .action = step.action,
                         .args = std::move(arguments),
                         .route = std::move(route.digest),
                         .destination = target.is_command() ? std::string() : target.in_use->destination,
                         .writes = writes,
                         .needs_approval = !obstacle && target.needs_approval(task_.spec)};
  if (auto undo = undo_mark(task_.spec, place.index); undo && writes) {
    start.mark = std::move(undo->mark);
    start.since_ms = undo->since_ms;
    start.doubt_ms = undo->doubt_ms;
  }
  CO_TRY(const auto begun, co_await opened(target, start));
  if (begun.state == Begun::State::ended) co_return begun.step;
  // What holds no mark is what it was.
  auto sent = std::move(start.args);
  if (uses_marker(step.bind)) {
    values.marker = begun.step.marker;
    CO_TRY(sent, fitted(target, step.action, arguments_of(step.bind, values)));
  }
  if (obstacle) {
    auto refused = refused_command(ledger_.parts().commands, sent, *obstacle);
    tasks::Records records;
    records.commands.push_back(std::move(refused.record));
    co_return std::unexpected(co_await ended_badly(begun.step, *obstacle, std::move(records)));
  }
  if (target.is_command()) co_return co_await command(begun, std::move(sent));
  co_return co_await send(target, begun, std::move(sent));
}

Route StepCalls::route_to(const Target& target, const JsonObject& arguments) {
  if (target.is_command()) return route_of(target, arguments, ledger_.parts().commands);
  const auto known = routes_.find(target.offered);
  if (known != routes_.end()) return known->second;
  return routes_.emplace(target.offered, route_of(target, arguments, nullptr)).first->second;
}

asio::awaitable<OrStop<Begun>> StepCalls::opened(const Target& target, const tasks::StepStart& start) {
  CO_TRY(auto begun, co_await ledger_.begin(start));
  if (begun.state == Begun::State::ended && begun.step.status == StepStatus::error &&
      begun.step.error == kInterrupted) {
    auto once_more = start;
    once_more.again = true;
    CO_TRY(begun, co_await ledger_.begin(std::move(once_more)));
  }
  switch (begun.state) {
    case Begun::State::fresh:
      co_return begun;
    case Begun::State::ended:
      if (begun.step.action != start.action) {
        co_return failed("What " + start.action + " stands for was changed while the task waited. Ask once more.");
      }
      if (begun.step.status == StepStatus::error) co_return failed(begun.step.error);
      co_return begun;
    case Begun::State::unapproved:
      co_return executor::stopped(Stop::Kind::unapproved);
    case Begun::State::cancelled:
      co_return executor::stopped(Stop::Kind::cancelled);
    case Begun::State::repeated:
    case Begun::State::changed:
      break;
  }
  if (!start.writes) co_return begun;
  co_return co_await reopened(target, start, std::move(begun));
}

asio::awaitable<OrStop<Begun>> StepCalls::reopened(const Target& target, tasks::StepStart start, Begun begun) {
  const auto answer = answer_of(begun);
  if (answer == kItWasDone) {
    CO_TRY(begun.step, co_await ledger_.finish(begun.step.number, {.status = StepStatus::done}));
    begun.state = Begun::State::ended;
    co_return begun;
  }
  if (answer == kStopHere) {
    co_return std::unexpected(co_await ended_badly(begun.step, tasks::unknown_words(start.action), {}));
  }
  const bool again = answer == kDoItAgain;
  if (begun.state == Begun::State::changed) {
    if (!again) {
      co_return std::unexpected(
          co_await ask(target.title, begun.step, "what it is called with has changed meanwhile", {}));
    }
    CO_TRY(
        co_await ledger_.finish(begun.step.number, {.status = StepStatus::error, .error = std::string(kInterrupted)}));
    start.again = true;
    co_return co_await opened(target, start);
  }
  if (again) begun.state = Begun::State::fresh;
  co_return begun;
}

Task<StepCalls::Lent> StepCalls::service_of(const Target& target) const {
  const auto& parts = ledger_.parts();
  const auto owner = asker_of(task_);
  // A task may run for hours: who was locked meanwhile changes nothing more, and a key that is gone does nothing.
  if (parts.may_act && (!target.reads() || owner.key_id != 0)) CO_TRY(co_await parts.may_act(owner));
  auto* own = parts.own;
  CO_TRY(auto lent, co_await services::lend(*target.in_use, own, owner, static_cast<net::route::Role>(task_.role)));
  std::shared_ptr<void> until_over(nullptr, [own, key = std::move(lent.key)](void*) { services::give_back(own, key); });
  co_return Lent{.service = std::move(lent.service), .until_over = std::move(until_over)};
}

asio::awaitable<OrStop<StepRecord>> StepCalls::send(const Target& target, const Begun& begun, JsonObject arguments) {
  Recorder recorder(ledger_, begun.step.number);
  TaskFiles files(ledger_);
  auto context = context_of(begun.step, &files);
  const bool may_be_done = begun.state == Begun::State::repeated && target.offered->operation.writes;
  if (may_be_done) {
    context.sent_ms = begun.step.started_ms;
    recorder.add(lost_call(target, words_of(begun)));
  }
  Result<calls::CallOutcome> outcome = Error(Errc::internal);
  if (auto lent = co_await service_of(target)) {
    outcome = co_await ledger_.parts().caller.call(std::move(lent->service), target.offered->operation.name,
                                                   std::move(arguments), std::move(context), recorder);
  } else {
    outcome = std::unexpected(std::move(lent).error());
  }
  if (outcome && outcome->state == CallState::done) {
    tasks::StepEnd end{.output = output_of(begun.step, *outcome),
                       .records = recorder.take(),
                       .files = drafts_of(std::move(outcome->files))};
    co_return co_await ledger_.finish_with_next(begun, std::move(end));
  }
  co_return std::unexpected(co_await ended(target, begun.step, outcome, recorder, may_be_done));
}

asio::awaitable<Stop> StepCalls::ended(const Target& target, const StepRecord& step,
                                       const Result<calls::CallOutcome>& outcome, Recorder& recorder,
                                       bool may_be_done) {
  if (recorder.stop()) {
    const auto why = *recorder.stop();
    auto records = recorder.take();
    // What was called is kept where it can be; the step stays as it is.
    if (!records.empty()) static_cast<void>(co_await ledger_.note_calls(step.number, std::move(records)));
    co_return why;
  }
  auto records = recorder.take();
  if (!outcome) {
    const auto& error = outcome.error();
    if (may_be_done) co_return co_await ask(target.title, step, error.message(), std::move(records));
    if (error.code() == Errc::conflict && *ledger_.control().cancelled)
      co_return co_await interrupted(step, std::move(records));
    co_return co_await ended_badly(step, step.action + " cannot be called: " + sentence(error.message()),
                                   std::move(records));
  }
  switch (outcome->state) {
    case CallState::unknown:
      if (ledger_.control().stopping) {  // it was cut short: the next program looks once more
        static_cast<void>(co_await ledger_.note_calls(step.number, std::move(records)));
        co_return Stop{.kind = Stop::Kind::halted};
      }
      co_return co_await ask(target.title, step, outcome->message, std::move(records));
    case CallState::cancelled:
      co_return co_await interrupted(step, std::move(records));
    case CallState::done:
    case CallState::refused:
    case CallState::failed:
      break;
  }
  co_return co_await ended_badly(step, refusal_words(target, step.action, *outcome), std::move(records));
}

asio::awaitable<Stop> StepCalls::ended_badly(const StepRecord& step, std::string why, tasks::Records records) {
  auto finishing = ledger_.finish(
      step.number, {.status = StepStatus::error, .error = std::move(why), .records = std::move(records)});
  const auto stored = co_await std::move(finishing);
  if (!stored) co_return stored.error();
  co_return Stop{.kind = Stop::Kind::failed, .reason = stored->error};
}

asio::awaitable<Stop> StepCalls::interrupted(const StepRecord& step, tasks::Records records) {
  auto finishing = ledger_.finish(
      step.number, {.status = StepStatus::error, .error = std::string(kInterrupted), .records = std::move(records)});
  const auto stored = co_await std::move(finishing);
  if (!stored) co_return stored.error();
  co_return Stop{.kind = ledger_.control().stopping ? Stop::Kind::halted : Stop::Kind::cancelled};
}

asio::awaitable<Stop> StepCalls::ask(std::string_view title, const StepRecord& step, std::string why,
                                     tasks::Records records) {
  if (!records.empty()) {
    const auto stored = co_await ledger_.note_calls(step.number, std::move(records));
    if (!stored) co_return stored.error();
  }
  const Json about = JsonObject{{"tries", step.tries}};
  tasks::QuestionDraft question{
      .kind = tasks::QuestionKind::unknown_outcome,
      .path = step.path,
      .text = "It is not known whether " + step.action + " was done: " + sentence(std::move(why)) + " Please look at " +
              std::string(title) + ". What is true?",
      .choices = {{.id = std::string(kItWasDone), .label = "It was done", .value = about},
                  {.id = std::string(kDoItAgain), .label = "It was not done: do it again", .value = about},
                  {.id = std::string(kStopHere), .label = "Stop here", .value = about}}};
  co_return Stop{.kind = Stop::Kind::asks, .reason = {}, .question = std::move(question)};
}

asio::awaitable<OrStop<StepRecord>> StepCalls::command(const Begun& begun, JsonObject arguments) {
  const auto& step = begun.step;
  const bool may_be_done = begun.state == Begun::State::repeated && step.writes;
  if (may_be_done) {
    co_return std::unexpected(co_await ask("this machine", step, std::string(words_of(begun)), {}));
  }
  if (ledger_.parts().may_act) {
    auto asking = ledger_.parts().may_act(asker_of(task_));
    if (const auto may = co_await std::move(asking); !may) {
      co_return std::unexpected(co_await ended_badly(step, may.error().message(), {}));
    }
  }
  co_await pass(ledger_.parts(), Point::sending);
  auto running =
      run_command(ledger_.parts().commands, std::move(arguments), task_.tenant_id, ledger_.control().cancelled);
  auto outcome = co_await std::move(running);
  co_await pass(ledger_.parts(), Point::received);
  tasks::Records records;
  records.commands.push_back(std::move(outcome.record));
  if (outcome.was_cancelled && !step.writes) co_return std::unexpected(co_await interrupted(step, std::move(records)));
  if (!outcome.error.empty()) co_return std::unexpected(co_await ended_badly(step, outcome.error, std::move(records)));
  co_return co_await ledger_.finish(step.number, {.output = std::move(outcome.output), .records = std::move(records)});
}

asio::awaitable<OrStop<Json>> StepCalls::pages(Target target, StepPlace place, const workflows::Step& step,
                                               workflows::Values values) {
  if (!target.reads()) co_return failed(step.action + " is no list.");
  // The calls of later pages cannot be shown to anybody beforehand.
  if (target.needs_approval(task_.spec)) {
    co_return failed(step.action + " needs an approval, and cannot be read page by page.");
  }
  CO_TRY(auto arguments, fitted(target, step.action, arguments_of(step.bind, values)));
  JsonArray entries;
  calls::PagePlace at{.arguments = std::move(arguments), .next_url = {}};
  for (std::size_t number = 1; number <= step.most_pages && !at.ended; ++number) {
    const tasks::StepStart start{.path = place.path + "/page:" + std::to_string(number),
                                 .index = place.index,
                                 .action = step.action,
                                 .args = at.arguments};
    CO_TRY(auto begun, co_await opened(target, start));
    if (begun.state != Begun::State::ended) {
      Recorder recorder(ledger_, begun.step.number);
      auto lent = co_await service_of(target);
      if (!lent) {
        const Result<calls::CallOutcome> refused = std::unexpected(std::move(lent).error());
        co_return std::unexpected(co_await ended(target, begun.step, refused, recorder, false));
      }
      calls::Pages list(ledger_.parts().caller, recorder, std::move(lent->service), target.offered->operation.name,
                        at.arguments, context_of(begun.step, nullptr));
      if (number > 1) list.go_to(at);
      auto page = co_await list.next();
      if (!page || (*page && (*page)->outcome.state != CallState::done)) {
        auto outcome = page ? Result<calls::CallOutcome>(std::move((*page)->outcome))
                            : Result<calls::CallOutcome>(std::unexpected(std::move(page).error()));
        co_return std::unexpected(co_await ended(target, begun.step, outcome, recorder, false));
      }
      auto found = *page ? std::move((*page)->entries) : JsonArray();
      auto finishing = ledger_.finish_with_next(
          begun, {.output = page_output(std::move(found), list.place()), .records = recorder.take()});
      CO_TRY(begun.step, co_await std::move(finishing));
    }
    if (!take_page(begun.step, entries, at)) co_return failed(target.title + ": " + std::string(kCutWords));
  }
  co_return entries;
}

}  // namespace troupe::assistant::executor
