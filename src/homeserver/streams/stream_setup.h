// Makes what streams of messages need.
#pragma once
#include "homeserver/common/offers.h"
#include "homeserver/streams/event_streams.h"
#include "host/module.h"

namespace troupe::homeserver::streams {

/// What stands below. Everything must outlive the context.
struct StreamBasis {
  memory::Rooms& rooms;
  memory::Users& users;
  Offers& offers;
};

/// Makes the streams, which live as long as the context, and the job that forgets what passed.
EventStreams& setup_streams(host::Context& context, const StreamBasis& basis);

}  // namespace troupe::homeserver::streams
