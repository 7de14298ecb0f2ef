// The assistant as a whole: conversations, planning, tasks and their running, put together into replies.
#pragma once
#include <string>

#include "assistant/dialogue/assistant.h"
#include "assistant/dialogue/planning.h"
#include "assistant/dialogue/planning_state.h"
#include "assistant/dialogue/seats.h"
#include "assistant/tasks/conversations.h"
#include "base/metrics.h"

namespace troupe::assistant::dialogue {

inline constexpr std::size_t kMostTextBytes = 16 * 1024;
inline constexpr std::size_t kMostFiles = 10;
inline constexpr std::size_t kMostFileNameBytes = 1'000;
/// Requests and answers of one person that are worked on at once.
inline constexpr std::size_t kMostAtOnce = 4;

class Dialogue final : public Assistant {
 public:
  struct Uses {
    tasks::Tasks& tasks;
    tasks::Conversations& conversations;
    tasks::Secrets& secrets;
    executor::Executor& executor;
    Planning& planning;
    Lessons& lessons;
    const base::Clock& clock;
    base::MetricRegistry& metrics;
  };
  explicit Dialogue(const Uses& uses);

  Task<Reply> chat(tasks::Who who, Utterance utterance, std::chrono::milliseconds patience) override;
  Task<Reply> execute(tasks::Who who, std::string task_id, std::chrono::milliseconds patience) override;
  Task<Reply> answer(tasks::Who who, std::string task_id, tasks::Answer answer,
                     std::chrono::milliseconds patience) override;
  Task<Reply> approve(tasks::Who who, std::string approval_id, std::string digest,
                      std::chrono::milliseconds patience) override;
  Task<Reply> reject(tasks::Who who, std::string approval_id, std::string digest, std::string reason) override;
  Task<Reply> cancel(tasks::Who who, std::string task_id) override;
  Task<Reply> fork(tasks::Who who, std::string task_id, std::int64_t from_step,
                   std::optional<matrix::JsonObject> inputs) override;
  Task<Reply> look(tasks::Who who, std::string task_id) override;
  Task<Reply> plan(tasks::Who who, std::string conversation_id, tasks::TaskSpec spec) override;
  Task<Reply> undo(tasks::Who who, std::string task_id) override;

  /// A job: says in their conversations how tasks stand whose end or question came when nobody waited any more, or when
  /// the program ended before it was said. Each once, whichever process comes first.
  Task<Unit> tell_untold();

 private:
  /// An answer to a question.
  struct Given {
    std::string words;
    std::optional<std::size_t> choice;  ///< which of the question's it is
    std::chrono::year_month_day today{};
    std::vector<std::string> files = {};  ///< that were posted with it
  };

  // What was said (chat.cc).
  Task<Reply> chat_seated(tasks::Who who, Utterance utterance, std::chrono::milliseconds patience);
  /// The words are about this task, which asks, or is shown.
  Task<Reply> chat_about(tasks::Who who, tasks::TaskView view, Ground ground, Utterance utterance,
                         std::chrono::milliseconds patience);
  Task<Reply> request(tasks::Who who, std::string conversation_id, Ground ground, Request request);
  Task<Unit> say_user(tasks::Who who, std::string conversation_id, const Utterance& utterance, std::string task_id);
  Task<Reply> answer_question(tasks::Who who, tasks::TaskView view, Ground ground, Given given,
                              std::chrono::milliseconds patience);
  Task<Reply> answer_planner(tasks::Who who, tasks::TaskView view, Ground ground, Given given);
  Task<Reply> leave(tasks::Who who, tasks::TaskView view, std::string message);

  // What came of it (dialogue.cc).
  /// Runs what was taken, and waits.
  Task<Reply> go_on(tasks::Who who, tasks::Taken taken, std::chrono::milliseconds patience);
  /// How the task stands, said in its conversation, once for each standing; `again`: once more where it was said.
  Task<Reply> told(tasks::Who who, tasks::TaskView view, bool again = false);
  /// The same without saying it.
  asio::awaitable<Reply> standing(tasks::Who who, tasks::TaskView view);
  asio::awaitable<std::vector<executor::Preview>> steps_of(tasks::Who who, const tasks::TaskRecord& task,
                                                           const services::Offer* offer);
  /// Whether undo() would make a plan now.
  asio::awaitable<bool> is_undoable(tasks::Who who, const tasks::TaskRecord& task);
  Task<std::vector<tasks::StepRecord>> all_steps(tasks::Who who, std::string task_id);
  /// The same in a conversation, where what cannot be is said and no error.
  Task<Reply> undo_said(tasks::Who who, tasks::TaskRecord task);
  Task<Reply> said(tasks::Who who, Reply reply, bool again = true);
  Task<Unit> tell(tasks::TaskView view);

  std::chrono::year_month_day today(const std::optional<std::chrono::year_month_day>& given) const;
  void count(const Result<Reply>& reply, std::chrono::steady_clock::time_point began);

  Uses uses_;
  Seats seats_{kMostAtOnce};
  base::Family<base::Counter>& chats_;
  base::Histogram& seconds_;
};

/// A draft of the planner's question, with what its answer needs beside it.
tasks::QuestionDraft draft_of(const std::string& text, planner::Pending& pending);

}  // namespace troupe::assistant::dialogue
