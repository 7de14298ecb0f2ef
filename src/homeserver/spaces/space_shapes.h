// Shapes of what is told of rooms from outside (api/shape.h): hierarchies, summaries, rooms in common.
#pragma once
#include "api/shape.h"
#include "homeserver/spaces/hierarchy.h"

namespace troupe::homeserver::spaces {

/// A summary as it was proposed (MSC3266): the newer members under the proposal's names. Clients that know both names
/// refuse an answer with both.
struct ProposedSummary {
  RoomCard card;
};

struct MutualRooms {
  std::vector<std::string> joined;
  std::string next_batch;  ///< empty: that was all
  std::int64_t count = 0;  ///< of all pages
};

}  // namespace troupe::homeserver::spaces

namespace troupe::api {

Shape<homeserver::spaces::RoomCard> make_shape(Of<homeserver::spaces::RoomCard>);
Shape<homeserver::spaces::HierarchyRoom> make_shape(Of<homeserver::spaces::HierarchyRoom>);
Shape<homeserver::spaces::HierarchyPage> make_shape(Of<homeserver::spaces::HierarchyPage>);
Shape<homeserver::spaces::ProposedSummary> make_shape(Of<homeserver::spaces::ProposedSummary>);
Shape<homeserver::spaces::MutualRooms> make_shape(Of<homeserver::spaces::MutualRooms>);

}  // namespace troupe::api
