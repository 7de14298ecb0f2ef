#include "homeserver/sliding/sliding_setup.h"

namespace troupe::homeserver::sliding {

void setup_sliding(host::Context& context, const SlidingBasis& basis) {
  const auto& sync = basis.sync;
  auto& service = context.make<SlidingService>(SlidingService::Parts{.db = context.db(),
                                                                     .users = basis.users,
                                                                     .sync = sync.sync,
                                                                     .services = sync.services,
                                                                     .clock = context.clock()});
  add_sliding_routes(context.routes(),
                     context.make<SlidingApi>(SlidingApi{.sliding = service, .presence = sync.presence}));
  basis.offers.unstable_features.emplace_back("org.matrix.simplified_msc3575");
  context.every(
      {.name = "homeserver.sliding_connections", .every = std::chrono::minutes(10), .run = [&service]() -> Task<Unit> {
         service.connections().evict();
         co_return Unit{};
       }});
  context.on_stop([&service]() -> Task<Unit> {
    service.stop();
    co_return Unit{};
  });
}

}  // namespace troupe::homeserver::sliding
