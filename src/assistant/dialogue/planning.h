// From a person's words to what the planner makes of them: with a model where there is one and it is quick enough, by
// grammar else; and what is an answer to a question, and what a new request.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assistant/calls/files.h"
#include "assistant/dialogue/lessons.h"
#include "assistant/dialogue/model_link.h"
#include "assistant/planner/built_in.h"
#include "assistant/services/services.h"
#include "assistant/tasks/types.h"

namespace troupe::assistant::dialogue {

/// The packs of a tenant and what its people chose, as they were when a request came.
struct Ground {
  std::shared_ptr<const services::Offer> offer;
  std::shared_ptr<const Taught> taught;
};

/// What a person asks for.
struct Request {
  std::string text;
  std::chrono::year_month_day today{};
  std::string person = {};                   ///< whose right files are read with
  std::vector<std::string> files = {};       ///< what was posted
  std::vector<std::string> file_names = {};  ///< of `files`
  /// What a service answered before in this conversation: a model may take inputs from it.
  std::optional<planner::Material> before = {};
};

/// One per program; callable from any thread.
class Planning {
 public:
  struct Uses {
    services::Services& services;
    Lessons& lessons;
    ModelDoor* models = nullptr;                       ///< nullptr: there are none
    calls::Files* files = nullptr;                     ///< nullptr: small text files are not read
    std::chrono::milliseconds model_patience{20'000};  ///< of one plan, for all that models are asked; 0: none is
  };
  explicit Planning(const Uses& uses) : uses_(uses) {}

  /// Errors: unavailable.
  Task<Ground> ground(std::int64_t tenant_id);
  /// Never fails for a model's sake.
  asio::awaitable<planner::Outcome> plan(tasks::Who who, Ground ground, Request request);

 private:
  asio::awaitable<std::vector<planner::Material>> material(Request request);

  Uses uses_;
};

/// What the words are beside an open question.
enum class Meant : std::uint8_t {
  answer,
  refusal,  ///< "never mind"
  request,  ///< something else is wanted: it names what to do, and where
};
Meant meant_by(const tasks::Question& question, std::string_view words, const Ground& ground);

/// Which of the question's choices the words are: number, id, label, or the only service that they mean. Nothing when
/// it is none.
std::optional<std::size_t> choice_meant(const tasks::Question& question, std::string_view words, const Ground& ground);

/// "yes", "go ahead", "ja": what somebody says of a plan. It is not run by that alone.
bool is_consent(std::string_view words);
/// "undo", "undo that": what somebody says of what has ended.
bool wants_undo(std::string_view words);

}  // namespace troupe::assistant::dialogue
