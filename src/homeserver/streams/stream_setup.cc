#include "homeserver/streams/stream_setup.h"

#include "homeserver/memory/users.h"

namespace troupe::homeserver::streams {

EventStreams& setup_streams(host::Context& context, const StreamBasis& basis) {
  basis.offers.unstable_features.emplace_back("org.matrix.msc4471");
  auto& inbox = basis.users.inbox();
  context.every(
      {.name = "homeserver.passing_messages", .every = memory::DeviceInbox::kKept, .run = [&inbox]() -> Task<Unit> {
         inbox.sweep();
         co_return Unit{};
       }});
  auto& streams =
      context.make<EventStreams>(EventStreams::Parts{.rooms = basis.rooms, .inbox = inbox, .clock = context.clock()});
  auto& db = context.db();
  if (db.shared()) {
    db.on_foreign_head([&streams](store::Connection&, const store::ForeignCommits&) { streams.others_are_there(); });
  }
  return streams;
}

}  // namespace troupe::homeserver::streams
