// What a client carries between an answer that asks and the call that answers: sealed for one person and one tool, and
// good for an hour. Specification 2026-07-28, "input_required".
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace troupe::assistant::mcp {

struct RequestState {
  std::string task_id;
  std::string approval_id = {};  ///< empty: a question is answered
  std::string digest = {};       ///< of the approval: what was shown
  std::string question_id = {};  ///< which one was shown: an answer counts for no other
};

/// One per program; callable from any thread. States of before a restart are not known any more: the task is.
class RequestStates {
 public:
  explicit RequestStates(const base::Clock& clock);
  /// `owner`: whose call it was, and of which tool; nobody else's call can use it.
  std::string seal(const RequestState& state, std::string_view owner) const;
  /// Nothing: made up, changed, another's, or too old.
  std::optional<RequestState> open(std::string_view text, std::string_view owner) const;

 private:
  const base::Clock& clock_;
  const std::string key_;
};

}  // namespace troupe::assistant::mcp
