// SQL of questions and approvals. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <vector>

#include "assistant/tasks/types.h"
#include "store/database.h"

namespace troupe::assistant::tasks::asking_store {

/// The number of the newest question of a task, 0: none.
std::int64_t last_question(store::Connection& c, std::string_view task_id);
void insert(store::Tx& tx, const Question& question, std::int64_t number);
std::optional<Question> open_question(store::Connection& c, std::string_view task_id);
/// The newest one that a step asked and that was answered.
std::optional<Question> answered_question(store::Connection& c, std::string_view task_id, std::string_view path);
/// False: it was answered already.
bool answer(store::Tx& tx, const Question& question);
/// Oldest first.
std::vector<Question> questions(store::Connection& c, std::string_view task_id, std::int64_t from, std::int64_t limit);

std::int64_t last_approval(store::Connection& c, std::string_view task_id);
void insert(store::Tx& tx, const Approval& approval, std::int64_t number);
std::optional<Approval> find_approval(store::Connection& c, std::int64_t tenant_id, std::string_view id);
/// The newest one of a task in a state.
std::optional<Approval> approval_of(store::Connection& c, std::string_view task_id, ApprovalState state);
/// Oldest first.
std::vector<Approval> approvals(store::Connection& c, std::string_view task_id, std::int64_t from, std::int64_t limit);
/// Those of the tenant that wait and that this person asked for or may perhaps decide (Tasks says for certain), oldest
/// first, behind that one.
std::vector<Approval> pending(store::Connection& c, const Who& who, base::UnixMs after_ms, std::string_view after_id,
                              std::int64_t limit);
/// State, by whom and when, where it still waits. False: it does not.
bool decide(store::Tx& tx, const Approval& approval);

}  // namespace troupe::assistant::tasks::asking_store
