// What other modules have a bot say.
#include "fleet/service/bot_service.h"

namespace troupe::fleet::service {

Task<matrix::SentEvent> BotService::say(matrix::NewEvent event) {
  co_return co_await at_home(say_here(std::move(event)));
}

Task<matrix::SentEvent> BotService::say_here(matrix::NewEvent event) {
  const auto fleet = fleet_;  // kept while it sends
  if (!fleet) co_return Error(Errc::unavailable, "This process does not hold the bots.");
  co_return co_await fleet->say(std::move(event));
}

}  // namespace troupe::fleet::service
