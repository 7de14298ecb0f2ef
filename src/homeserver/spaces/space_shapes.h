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

template <>
const Shape<homeserver::spaces::RoomCard>& shape_of();
template <>
const Shape<homeserver::spaces::HierarchyRoom>& shape_of();
template <>
const Shape<homeserver::spaces::HierarchyPage>& shape_of();
template <>
const Shape<homeserver::spaces::ProposedSummary>& shape_of();
template <>
const Shape<homeserver::spaces::MutualRooms>& shape_of();

}  // namespace troupe::api
