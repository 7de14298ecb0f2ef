// Which of several found things is meant: the one that fits, or a question with choices.
#pragma once
#include <string>
#include <vector>

#include "assistant/tasks/types.h"
#include "assistant/workflows/workflow.h"

namespace troupe::assistant::executor {

using matrix::Json;
using matrix::JsonArray;

struct Chosen {
  enum class State : std::uint8_t {
    none,  ///< there is nothing to choose
    one,   ///< `entry`
    ask,   ///< `choices`
  };
  State state = State::none;
  Json entry;
  std::vector<tasks::Choice> choices;
};

/// How many entries none of which fits are worth asking about; of more, what is meant is not there.
inline constexpr std::size_t kMostOffered = 20;

/// Entries are compared with what `match` wants in small letters and without blanks around, whole texts before parts of
/// them; the one that fits best is it. `careful`: something is written to it, so that the only entry of a list that
/// fits nothing is asked about rather than taken. Pure.
Chosen choose(const workflows::Choice& choice, const workflows::Values& values, const JsonArray& list, bool careful);

/// What tells this entry from the others; empty: nothing does.
std::string id_of(const workflows::Choice& choice, const Json& entry);
/// The texts of its label, " - " between them.
std::string label_of(const workflows::Choice& choice, const Json& entry);
/// The entry with this id; nullptr: none.
const Json* find_entry(const workflows::Choice& choice, const JsonArray& list, std::string_view id);

}  // namespace troupe::assistant::executor
