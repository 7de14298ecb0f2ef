// The port through which products speak to a homeserver, role by role. Two twins exist by design: the embedded one
// (src/homeserver, a direct call) and a remote one over HTTP. One contract suite runs against every twin.
#pragma once
#include <type_traits>

#include "matrix/accounts.h"
#include "matrix/ephemeral_feed.h"
#include "matrix/event_streams.h"
#include "matrix/feed.h"
#include "matrix/media_repository.h"
#include "matrix/room_actions.h"
#include "matrix/room_powers.h"

namespace troupe::matrix {

/// Offers a twin under each of its roles on a host::Context: whoever needs one asks for that one. Streams are a role
/// that a twin may lack.
template <class Context, class Twin>
void offer_roles(Context& context, Twin& twin) {
  context.template offer<Accounts>(twin);
  context.template offer<RoomActions>(twin);
  context.template offer<RoomPowers>(twin);
  context.template offer<Feed>(twin);
  context.template offer<EphemeralFeed>(twin);
  context.template offer<MediaRepository>(twin);
  if constexpr (std::is_base_of_v<EventStreams, Twin>) context.template offer<EventStreams>(twin);
}

}  // namespace troupe::matrix
