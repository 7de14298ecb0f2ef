#include "assistant/tasks/asking_store.h"

#include <boost/json/serialize.hpp>

#include "assistant/tasks/stored_json.h"
#include "store/columns.h"

namespace troupe::assistant::tasks::asking_store {
namespace {

using store::column;
using store::sql;

constexpr auto kQuestion =
    store::columns(column("id", &Question::id), column("task_id", &Question::task_id),
                   column<store::Listed<kQuestionKinds, QuestionKind::answer>>("kind", &Question::kind),
                   column("of_planner", &Question::of_planner), column("path", &Question::path),
                   column("text", &Question::text), column<StoredChoices>("choices", &Question::choices),
                   column<StoredAnswer>("answer", &Question::answer), column("answered_by", &Question::answered_by),
                   column("asked_ms", &Question::asked_ms), column("answered_ms", &Question::answered_ms));
constexpr auto kInsertQuestion = store::insert("as_question", kQuestion, "number");
constexpr auto kOpenQuestion =
    sql("SELECT ", kQuestion, " FROM as_question WHERE task_id = ?1 AND answer IS NULL ORDER BY number DESC LIMIT 1");
constexpr auto kAnsweredQuestion =
    sql("SELECT ", kQuestion,
        " FROM as_question WHERE task_id = ?1 AND path = ?2 AND answer IS NOT NULL ORDER BY number DESC LIMIT 1");
constexpr auto kQuestions =
    sql("SELECT ", kQuestion, " FROM as_question WHERE task_id = ?1 ORDER BY number LIMIT ?3 OFFSET ?2");

constexpr auto kApproval = store::columns(
    column("id", &Approval::id), column("task_id", &Approval::task_id), column("tenant_id", &Approval::tenant_id),
    column("asker_id", &Approval::asker_id), column("asker", &Approval::asker), column("digest", &Approval::digest),
    column<StoredArray>("calls", &Approval::calls), column<StoredTexts>("paths", &Approval::paths),
    column<StoredTexts>("digests", &Approval::digests),
    // A word of a newer program's is nobody here.
    column<store::Listed<kApprovers, Approver::named>>("may", &Approval::may),
    column<StoredTexts>("names", &Approval::names), column("why", &Approval::why),
    column<store::Listed<kApprovalStates, ApprovalState::withdrawn>>("state", &Approval::state),
    column("decided_by", &Approval::decided_by), column("decider", &Approval::decider),
    column("asked_ms", &Approval::asked_ms), column("decided_ms", &Approval::decided_ms));
constexpr auto kInsertApproval = store::insert("as_approval", kApproval, "number");
constexpr auto kFindApproval = sql("SELECT ", kApproval, " FROM as_approval WHERE id = ?2 AND tenant_id = ?1");
constexpr auto kApprovalOf =
    sql("SELECT ", kApproval, " FROM as_approval WHERE task_id = ?1 AND state = ?2 ORDER BY number DESC LIMIT 1");
constexpr auto kApprovals =
    sql("SELECT ", kApproval, " FROM as_approval WHERE task_id = ?1 ORDER BY number LIMIT ?3 OFFSET ?2");
constexpr auto kPending =
    sql("SELECT ", kApproval,
        " FROM as_approval WHERE state = 'pending' AND tenant_id = ?1 AND (asked_ms, id) > (?2, ?3) "
        "AND (asker_id = ?4 OR (may = 'administrator' AND ?5 = 1) OR (may = 'named' AND instr(names, ?6) > 0)) "
        "ORDER BY asked_ms, id LIMIT ?7");

std::string_view word(ApprovalState state) { return kApprovalStates[static_cast<std::size_t>(state)]; }

}  // namespace

std::int64_t last_question(store::Connection& c, std::string_view task_id) {
  return store::number(c.query("SELECT COALESCE(MAX(number), 0) FROM as_question WHERE task_id = ?1", task_id));
}

void insert(store::Tx& tx, const Question& question, std::int64_t number) {
  store::run_insert(tx, kInsertQuestion, kQuestion, question, number);
}

std::optional<Question> open_question(store::Connection& c, std::string_view task_id) {
  return store::one(c.query(kOpenQuestion, task_id), kQuestion);
}

std::optional<Question> answered_question(store::Connection& c, std::string_view task_id, std::string_view path) {
  return store::one(c.query(kAnsweredQuestion, task_id, path), kQuestion);
}

bool answer(store::Tx& tx, const Question& question) {
  return tx.run(
             "UPDATE as_question SET answer = ?2, answered_by = ?3, answered_ms = ?4 WHERE id = ?1 AND answer IS NULL",
             question.id, StoredAnswer::write(question.answer), question.answered_by, question.answered_ms) == 1;
}

std::vector<Question> questions(store::Connection& c, std::string_view task_id, std::int64_t from, std::int64_t limit) {
  return store::all(c.query(kQuestions, task_id, from, limit), kQuestion);
}

std::int64_t last_approval(store::Connection& c, std::string_view task_id) {
  return store::number(c.query("SELECT COALESCE(MAX(number), 0) FROM as_approval WHERE task_id = ?1", task_id));
}

void insert(store::Tx& tx, const Approval& approval, std::int64_t number) {
  store::run_insert(tx, kInsertApproval, kApproval, approval, number);
}

std::optional<Approval> find_approval(store::Connection& c, std::int64_t tenant_id, std::string_view id) {
  return store::one(c.query(kFindApproval, tenant_id, id), kApproval);
}

std::optional<Approval> approval_of(store::Connection& c, std::string_view task_id, ApprovalState state) {
  return store::one(c.query(kApprovalOf, task_id, word(state)), kApproval);
}

std::vector<Approval> approvals(store::Connection& c, std::string_view task_id, std::int64_t from, std::int64_t limit) {
  return store::all(c.query(kApprovals, task_id, from, limit), kApproval);
}

std::vector<Approval> pending(store::Connection& c, const Who& who, base::UnixMs after_ms, std::string_view after_id,
                              std::int64_t limit) {
  const auto quoted = boost::json::serialize(boost::json::value(who.label));
  return store::all(
      c.query(kPending, who.tenant_id, after_ms, after_id, who.principal_id, who.administrator ? 1 : 0, quoted, limit),
      kApproval);
}

bool decide(store::Tx& tx, const Approval& approval) {
  return tx.run(
             "UPDATE as_approval SET state = ?2, decided_by = ?3, decider = ?4, decided_ms = ?5 WHERE id = ?1 "
             "AND state = 'pending'",
             approval.id, word(approval.state), approval.decided_by, approval.decider, approval.decided_ms) == 1;
}

}  // namespace troupe::assistant::tasks::asking_store
