// What a model is told. The person's words choose the operation; texts of services and files are shown as data, and
// only after the choice has been made.
#pragma once
#include <string>
#include <vector>

#include "assistant/planner/built_in.h"
#include "assistant/planner/model_caller.h"

namespace troupe::assistant::planner {

/// Of one text that is shown; all of them together get four times as much.
inline constexpr std::size_t kMostMaterialBytes = 16 * 1024;

/// Which of the intents is meant: no material is part of it.
ModelRequest choose_request(const Asking& asking, const std::vector<const Intent*>& intents, Form form);
/// The inputs of one.
ModelRequest fill_request(const Asking& asking, const Intent& intent, Form form);
/// The same question again, with the answer and what is wrong with it.
ModelRequest repair_request(ModelRequest before, const ModelAnswer& answer, const std::vector<std::string>& wrong);

/// Beside the intents' names: what a model says when it cannot choose.
inline constexpr std::string_view kAskInstead = "ask";

}  // namespace troupe::assistant::planner
