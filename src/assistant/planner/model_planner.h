// The planner that asks a model, and believes nothing that it says: an operation is chosen by the person's words and
// from a short list, inputs pass the schema, and what cannot be mended becomes a question.
#pragma once
#include <vector>

#include "assistant/planner/built_in.h"
#include "assistant/planner/model_caller.h"
#include "assistant/router/narrow.h"

namespace troupe::assistant::planner {

inline constexpr std::size_t kMostTools = 12;

/// Unchanging; any thread, as far as the caller is. Outlived by all that it is made of.
class ModelPlanner {
 public:
  ModelPlanner(const BuiltInPlanner& built_in, const router::Narrower& narrower, ModelCaller& caller,
               Form form = Form::schema)
      : built_in_(built_in), narrower_(narrower), caller_(caller), form_(form) {}

  /// At most four questions to the model: the choice, the inputs, each repaired once. Where it cannot be reached, what
  /// the built-in planner makes of the text. Never fails. Answers to its questions are the built-in planner's to take.
  asio::awaitable<Outcome> plan(Asking asking, router::Decision decision) const;

  /// What the model may choose from: of the service, the likeliest first.
  std::vector<const Intent*> offered(std::string_view text, std::string_view service) const;

 private:
  asio::awaitable<Outcome> fill_by_model(Asking asking, Pending pending, const Intent& intent) const;
  Outcome settle(const Asking& asking, Pending pending, const Intent& intent, JsonObject inputs) const;
  Outcome ask_which(Pending pending, const std::vector<const Intent*>& first, const std::string& text) const;

  const BuiltInPlanner& built_in_;
  const router::Narrower& narrower_;
  ModelCaller& caller_;
  Form form_;
};

/// Where each value of the inputs comes from: the person's words count before the material's.
std::vector<Origin> origins_of(const JsonObject& inputs, const Asking& asking);

}  // namespace troupe::assistant::planner
