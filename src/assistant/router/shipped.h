// The router over the packs that come with the program.
#pragma once
#include "assistant/packs/phrases.h"
#include "assistant/router/router.h"

namespace troupe::assistant::router {

/// Trains on what the book holds.
Router router_of(const packs::PhraseBook& book, const Calibration& calibration = {});

/// Errors: bad_json when a shipped file cannot be read.
Result<Router> shipped_router();

}  // namespace troupe::assistant::router
