// What the openai brain says itself, in English and Russian.
#pragma once
#include <string>
#include <string_view>

namespace troupe::fleet::brains {

enum class ModelWord {
  help,
  status,        ///< arguments: model, turns, tokens, of how many
  status_up,     ///< after status
  status_down,   ///< after status
  too_long,      ///< even alone the question does not fit
  only_thought,  ///< reasoning and no answer
  filtered,
  nothing,
  wants_tool,  ///< in place of an answer
  image_too_large,
  image_unknown,
  over_limit,  ///< in place of an answer, as the next two
  no_price,
  no_model,
  // Under an answer:
  cut_note,
  filter_note,
  lost_note,
  tool_note,
};

/// Each `%` becomes the next argument.
std::string model_word(ModelWord which, std::string_view language,
                       std::initializer_list<std::string_view> arguments = {});

}  // namespace troupe::fleet::brains
