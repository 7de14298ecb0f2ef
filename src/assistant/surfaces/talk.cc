#include "assistant/surfaces/talk.h"

#include <boost/asio/this_coro.hpp>

#include "base/async.h"

namespace troupe::assistant::surfaces {
namespace {

using dialogue::ReplyKind;

/// Each call of the assistant's comes back soon; what takes longer is followed here, where the room sees it.
constexpr std::chrono::milliseconds kFirstPatience{500};
constexpr std::chrono::milliseconds kLookAnyway{1'000};
constexpr base::UnixMs kHeldBeyondMs = 60'000;
constexpr base::UnixMs kFirstLookMs = 3'000;
/// A conversation that is nearly full is not gone on with.
constexpr std::int64_t kRoomForMessages = 20;
constexpr std::int64_t kMessagesOfOneTurn = 20;
constexpr std::string_view kAnsweredElsewhere = "This has gone on meanwhile.";

/// What a person is told instead of an answer; nothing: it is our trouble, not theirs.
std::optional<std::string> sentence_of(const Error& error) {
  switch (error.code()) {
    case Errc::not_found:
      return "That task is not there any more.";
    case Errc::invalid_param:
    case Errc::too_large:
    case Errc::limit_exceeded:
    case Errc::conflict:
    case Errc::forbidden:
      return error.message();
    default:
      return std::nullopt;
  }
}

bool is_used(const TalkRules& rules, const dialogue::Reply& reply) {
  if (rules.services.empty() || !reply.view) return true;
  const auto& service = reply.view->task.spec.service;
  return service.empty() || std::ranges::find(rules.services, service) != rules.services.end();
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

bool only_reads(const dialogue::Reply& reply) {
  return !reply.steps.empty() && std::ranges::none_of(reply.steps, [](const executor::Preview& step) {
    return step.writes || step.needs_approval;
  });
}

}  // namespace

tasks::JsonObject to_json(const Thread& thread) {
  return {{"conversation", thread.conversation}, {"begun", thread.begun_key}, {"after", thread.begun_after}};
}

Thread thread_from(const tasks::JsonObject& json) {
  return {.conversation = std::string(matrix::find_string(json, "conversation").value_or("")),
          .begun_key = std::string(matrix::find_string(json, "begun").value_or("")),
          .begun_after = matrix::find_integer(json, "after").value_or(0)};
}

/// One message on its way; lives as long as hear().
struct Talk::Turn {
  Heard heard;
  Thread& thread;
  TalkRules rules;
  Attending attending;
  std::chrono::steady_clock::time_point until;
};

Task<Said> Talk::hear(Heard heard, Thread& thread, TalkRules rules, Attending attending) const {
  const auto until = std::chrono::steady_clock::now() + rules.patience;
  Turn turn{std::move(heard), thread, std::move(rules), std::move(attending), until};
  CO_TRY(auto before, co_await again(turn));
  if (before) co_return co_await told(turn, *std::move(before));
  CO_TRY(auto watch, co_await target(turn));
  if (watch) co_return co_await answer(turn, *std::move(watch));
  if (turn.heard.reaction) co_return Said{};
  if (turn.heard.files.empty() && (word_of(turn.heard.text) != Word::none || number_of(turn.heard.text))) {
    co_return Said{.words = "Nothing waits for your answer. Tell me what to do."};
  }
  co_return co_await request(turn);
}

Task<Said> Talk::say(Heard heard, Thread& thread, TalkRules rules, Attending attending) const {
  const auto until = std::chrono::steady_clock::now() + rules.patience;
  // Not in a conversation whose newest task asks: the sentence would be taken for its answer.
  if (thread.begun_key != heard.key && !thread.conversation.empty()) {
    CO_TRY(auto newest, co_await uses_.tasks.page(heard.who, {.conversation_id = thread.conversation}, 0, 1));
    const bool asks = !newest.empty() && newest.front().status() == tasks::Status::awaiting_user;
    if (asks) thread = {};
  }
  Turn turn{std::move(heard), thread, std::move(rules), std::move(attending), until};
  CO_TRY(auto before, co_await again(turn));
  if (before) co_return co_await told(turn, *std::move(before));
  co_return co_await request(turn);
}

Task<std::optional<dialogue::Reply>> Talk::open(tasks::Who who, Session session, std::string person) const {
  auto find = [&](store::Connection& c) -> Result<std::optional<Watch>> {
    return watch_store::newest_of(c, session, person);
  };
  CO_TRY(auto watch, co_await uses_.db.read(find));
  if (!watch) co_return std::nullopt;
  auto reply = co_await uses_.assistant.look(who, watch->task_id);
  if (reply) co_return *std::move(reply);
  if (sentence_of(reply.error())) co_return std::nullopt;
  co_return std::unexpected(std::move(reply).error());
}

Task<std::vector<tasks::TaskRecord>> Talk::tasks_in(tasks::Who who, std::string conversation,
                                                    std::int64_t limit) const {
  co_return co_await uses_.tasks.page(std::move(who), {.conversation_id = std::move(conversation)}, 0, limit);
}

/// The same message was heard before a crash, and acted on.
Task<std::optional<dialogue::Reply>> Talk::again(Turn& turn) const {
  const auto& heard = turn.heard;
  auto find = [&](store::Connection& c) -> Result<std::optional<Watch>> {
    return watch_store::settled_by(c, heard.session, heard.key);
  };
  CO_TRY(auto watch, co_await uses_.db.read(find));
  if (!watch) co_return std::nullopt;
  auto reply = co_await uses_.assistant.look(heard.who, watch->task_id);
  if (!reply) {
    if (sentence_of(reply.error())) co_return std::nullopt;
    co_return std::unexpected(std::move(reply).error());
  }
  // It was about to be acted on, and nothing has come of that.
  const bool untouched = watch->about != heard.message && reply->view && told_of(*reply->view) == watch->told;
  if (untouched) co_return std::nullopt;
  co_return *std::move(reply);
}

Task<std::optional<Watch>> Talk::target(const Turn& turn) const {
  const auto& heard = turn.heard;
  auto find = [&](store::Connection& c) -> Result<std::optional<Watch>> {
    if (!heard.about.empty()) {
      auto meant = watch_store::about(c, heard.session, heard.about);
      if (meant && meant->tenant_id == heard.who.tenant_id) return meant;
    }
    if (heard.reaction) return std::nullopt;
    return watch_store::newest_of(c, heard.session, heard.person);
  };
  co_return co_await uses_.db.read(find);
}

Task<Said> Talk::answer(Turn& turn, Watch watch) const {
  const auto& heard = turn.heard;
  auto& assistant = uses_.assistant;
  const auto word = word_of(heard.text);
  const auto number = number_of(heard.text);
  // What is put before people as two picks has the numbers 1 and 2.
  const bool yes = word == Word::yes || number == 1;
  const bool no = word == Word::no || word == Word::cancel || number == 2;
  const bool approval = watch.told.starts_with("a:") && (yes || no);
  if (!approval && (watch.person != heard.person || watch.owner_id != heard.who.principal_id)) {
    if (heard.reaction && is_end(watch.told)) co_return Said{};
    if (heard.reaction || yes || no) co_return Said{.words = "Only " + watch.person + " can answer this."};
    co_return co_await request(turn);
  }
  if (approval) {
    if (watch.digest.empty()) {
      co_return Said{.words = "The calls could not be shown here. Approve or reject them in the console."};
    }
    const auto id = watch.told.substr(2);
    auto action = yes ? assistant.approve(heard.who, id, watch.digest, kFirstPatience)
                      : assistant.reject(heard.who, id, watch.digest, "Rejected by " + heard.who.label + ".");
    co_return co_await told(turn, co_await act(turn, watch, std::move(action)));
  }
  if (watch.told.starts_with("q:")) co_return co_await choose(turn, std::move(watch));
  const bool planned = watch.told == "planned";
  if (planned && yes) {
    auto action = assistant.execute(heard.who, watch.task_id, kFirstPatience);
    co_return co_await told(turn, co_await act(turn, watch, std::move(action)));
  }
  if ((planned && no) || (watch.told.empty() && word == Word::cancel)) {
    co_return co_await told(turn, co_await act(turn, watch, assistant.cancel(heard.who, watch.task_id)));
  }
  if (heard.reaction) co_return Said{};
  co_return co_await request(turn);
}

Task<Said> Talk::choose(Turn& turn, Watch watch) const {
  const auto& heard = turn.heard;
  auto& assistant = uses_.assistant;
  if (word_of(heard.text) == Word::cancel || (heard.reaction && word_of(heard.text) == Word::no)) {
    co_return co_await told(turn, co_await act(turn, watch, assistant.cancel(heard.who, watch.task_id)));
  }
  auto now = co_await assistant.look(heard.who, watch.task_id);
  if (!now) co_return co_await told(turn, std::move(now));
  if (!now->view || !now->view->question || told_of(*now->view) != watch.told) {
    auto said = co_await told(turn, std::move(now));
    if (said) said->words = kAnsweredElsewhere;
    co_return said;
  }
  const auto& choices = now->view->question->choices;
  const auto number = number_of(heard.text);
  const auto* choice = named_choice(choices, heard.text);
  if (choice == nullptr && number && *number <= choices.size()) choice = &choices[*number - 1];
  if (choice != nullptr) {
    auto action = assistant.answer(heard.who, watch.task_id, {.choice_id = choice->id}, kFirstPatience);
    co_return co_await told(turn, co_await act(turn, watch, std::move(action)));
  }
  if (heard.reaction) co_return Said{};
  if (number && !choices.empty()) co_return Said{.words = "There is no " + std::to_string(*number) + " in the list."};
  // A reply to the question is its answer. Other words may as well be a new request: that is the dialogue's to say.
  if (heard.about.empty() || !choices.empty()) {
    CO_TRY(co_await hold(turn, watch));
    co_return co_await request(turn);
  }
  auto action = assistant.answer(heard.who, watch.task_id, {.text = heard.text}, kFirstPatience);
  co_return co_await told(turn, co_await act(turn, watch, std::move(action)));
}

Task<Unit> Talk::hold(const Turn& turn, const Watch& watch) const {
  const auto now = uses_.clock.unix_ms();
  // Whoever approves for another does not tell the one who asked.
  const bool tells = watch.owner_id == turn.heard.who.principal_id;
  const auto until = tells ? now + turn.rules.patience.count() + kHeldBeyondMs : now;
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    watch_store::hold(tx, watch.task_id, turn.heard.key, until, now);
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

Task<dialogue::Reply> Talk::act(Turn& turn, const Watch& watch, Task<dialogue::Reply> action) const {
  CO_TRY(co_await hold(turn, watch));
  auto reply = co_await std::move(action);
  if (reply || reply.error().code() != Errc::conflict) co_return reply;
  // Somebody else was quicker, or this is the same message after a crash.
  auto found = co_await uses_.assistant.look(turn.heard.who, watch.task_id);
  if (!found) co_return reply;
  co_return found;
}

Task<Said> Talk::request(Turn& turn) const {
  const auto& heard = turn.heard;
  auto& thread = turn.thread;
  if (thread.begun_key == heard.key && !thread.conversation.empty()) {
    auto since =
        co_await uses_.conversations.messages(heard.who, thread.conversation, thread.begun_after, kMessagesOfOneTurn);
    if (!since && !sentence_of(since.error())) co_return std::unexpected(std::move(since).error());
    for (const auto& message : since ? *since : std::vector<tasks::Message>()) {
      if (message.role != tasks::Role::assistant) continue;
      if (message.task_id.empty()) {
        co_return co_await told(
            turn, dialogue::Reply{
                      .kind = ReplyKind::nothing, .conversation_id = thread.conversation, .message = message.content});
      }
      co_return co_await told(turn, co_await uses_.assistant.look(heard.who, message.task_id));
    }
  }
  auto opened = co_await uses_.conversations.open(heard.who, thread.conversation, heard.text);
  if (opened && (opened->messages + kRoomForMessages > tasks::kMaxMessages || opened->tasks >= tasks::kMaxTasks)) {
    opened = co_await uses_.conversations.open(heard.who, "", heard.text);
  }
  if (!opened) co_return co_await told(turn, std::unexpected(std::move(opened).error()));
  thread = {.conversation = opened->id, .begun_key = heard.key, .begun_after = opened->messages};
  CO_TRY(co_await turn.attending.keep(thread));
  dialogue::Utterance utterance{.conversation_id = thread.conversation,
                                .text = heard.text,
                                .person = heard.matrix_user,
                                .files = heard.files,
                                .file_names = heard.file_names};
  co_return co_await told(turn, co_await uses_.assistant.chat(heard.who, std::move(utterance), kFirstPatience));
}

Task<Said> Talk::told(Turn& turn, Result<dialogue::Reply> reply) const {
  const auto& heard = turn.heard;
  if (reply && reply->view && !is_used(turn.rules, *reply)) {
    if (!tasks::is_ended(reply->view->task.phase)) {
      (void)co_await uses_.assistant.cancel(heard.who, reply->view->task.id);
    }
    turn.thread.begun_key.clear();
    co_return Said{.words = "I work with " + listed(turn.rules.services) + " only, and this would need " +
                            reply->view->task.spec.service + "."};
  }
  if (reply && reply->kind == ReplyKind::plan && reply->view && turn.rules.auto_run_reads && only_reads(*reply)) {
    auto ran = co_await uses_.assistant.execute(heard.who, reply->view->task.id, kFirstPatience);
    if (!ran && ran.error().code() == Errc::conflict) {
      ran = co_await uses_.assistant.look(heard.who, reply->view->task.id);
    }
    reply = std::move(ran);
  }
  if (reply) reply = co_await follow(turn, *std::move(reply));
  if (!reply) {
    auto words = sentence_of(reply.error());
    if (!words) co_return std::unexpected(std::move(reply).error());
    co_return Said{.words = *std::move(words)};
  }
  CO_TRY(co_await watch(turn, *reply));
  if (!reply->conversation_id.empty() && reply->view && reply->view->task.owner_id == heard.who.principal_id) {
    turn.thread.conversation = reply->conversation_id;
  }
  turn.thread.begun_key.clear();
  co_return Said{.reply = *std::move(reply)};
}

Task<dialogue::Reply> Talk::follow(Turn& turn, dialogue::Reply reply) const {
  if (reply.kind != ReplyKind::running || !reply.view) co_return reply;
  const auto id = reply.view->task.id;
  const auto& who = turn.heard.who;
  base::Notify wakeup(co_await asio::this_coro::executor);
  auto subscription = uses_.bus.subscribe(executor::task_channel(id), [notify = wakeup.notifier()](auto) { notify(); });
  std::int64_t shown = 0;
  while (reply.kind == ReplyKind::running && reply.view && std::chrono::steady_clock::now() < turn.until &&
         turn.attending.wanted()) {
    const auto step = reply.view->task.steps;
    if (step > shown && turn.attending.doing) {
      shown = step;
      auto newest = co_await uses_.tasks.steps(who, id, step - 1, 1);
      if (newest && !newest->empty() && !newest->front().action.empty()) {
        turn.attending.doing(std::to_string(step) + ": " + newest->front().action);
      }
    }
    (void)co_await wakeup.wait(kLookAnyway);
    auto now = co_await uses_.assistant.look(who, id);
    if (!now && sentence_of(now.error())) break;  // an approver does not see the task itself
    if (!now) co_return now;
    reply = *std::move(now);
  }
  co_return reply;
}

Task<Unit> Talk::watch(const Turn& turn, const dialogue::Reply& reply) const {
  if (!reply.view) co_return Unit{};
  const auto& heard = turn.heard;
  const auto& task = reply.view->task;
  const auto now = uses_.clock.unix_ms();
  Watch watch{.task_id = task.id,
              .tenant_id = task.tenant_id,
              .owner_id = task.owner_id,
              .owner = task.owner,
              .surface = heard.session.surface,
              .session = heard.session.name,
              .person = heard.person,
              .about = heard.message,
              .place = heard.place,
              .told = told_of(*reply.view),
              .digest = {},
              .settled_by = heard.key,
              .hold_ms = 0,
              .look_ms = now + kFirstLookMs,
              .updated_ms = now};
  if (reply.view->approval && !shown(reply).picks.empty()) watch.digest = reply.view->approval->digest;
  if (is_end(watch.told)) watch.look_ms.reset();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    auto row = watch;
    // Whoever approves for another does not become the one who asked.
    if (auto known = watch_store::of_task(tx, task.id); known && task.owner_id != heard.who.principal_id) {
      row.person = known->person;
      row.place = known->place;
    }
    watch_store::put(tx, row);
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

}  // namespace troupe::assistant::surfaces
