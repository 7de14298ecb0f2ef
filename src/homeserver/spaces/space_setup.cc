#include "homeserver/spaces/space_setup.h"

namespace troupe::homeserver::spaces {

void setup_spaces(host::Context& context, const SpaceBasis& basis) {
  auto& hierarchy = context.make<Hierarchy>(context.db(), basis.rooms, context.clock());
  add_space_routes(context.routes(),
                   context.make<SpaceApi>(SpaceApi{
                       .db = context.db(), .rooms = basis.rooms, .service = basis.service, .hierarchy = hierarchy}));
  for (const auto* name : {"org.matrix.msc3266", "uk.half-shot.msc2666.query_mutual_rooms",
                           "uk.half-shot.msc2666.query_mutual_rooms.stable"}) {
    basis.offers.unstable_features.emplace_back(name);
  }
}

}  // namespace troupe::homeserver::spaces
