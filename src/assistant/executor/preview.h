// The calls that a plan comes to, before anything has run.
#pragma once
#include <vector>

#include "assistant/executor/executor.h"
#include "assistant/services/services.h"

namespace troupe::assistant::executor {

/// Errors: not_found (no such service or intent), invalid_param (inputs that do not fit). Pure.
Result<std::vector<Preview>> preview_of(const services::Offer& offer, const tasks::TaskSpec& spec);

}  // namespace troupe::assistant::executor
