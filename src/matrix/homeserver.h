// The port through which products speak to a homeserver, role by role. Two twins exist by design: the embedded one
// (src/homeserver, a direct call) and a remote one over HTTP. One contract suite runs against every twin.
#pragma once
#include "matrix/accounts.h"
#include "matrix/ephemeral_feed.h"
#include "matrix/feed.h"
#include "matrix/media_repository.h"
#include "matrix/room_actions.h"

namespace troupe::matrix {

/// Offers a twin under each of its roles on a host::Context: whoever needs one asks for that one.
template <class Context, class Twin>
void offer_roles(Context& context, Twin& twin) {
  context.template offer<Accounts>(twin);
  context.template offer<RoomActions>(twin);
  context.template offer<Feed>(twin);
  context.template offer<EphemeralFeed>(twin);
  context.template offer<MediaRepository>(twin);
}

}  // namespace troupe::matrix
