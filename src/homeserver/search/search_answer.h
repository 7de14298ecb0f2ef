// The answer of a search: events with what stands around them, groups, rooms' state.
#pragma once
#include <string>
#include <vector>

#include "homeserver/search/search_request.h"
#include "homeserver/search/search_rooms.h"

namespace troupe::homeserver::search {

struct SearchHit {
  memory::StoredEventPtr event;
  std::size_t rank = 0;  ///< higher is better
};
struct SearchFound {
  std::vector<SearchHit> hits;  ///< of this page, in its order; each of a room of SearchRooms
  std::size_t count = 0;        ///< of all pages, as far as was looked
  std::string next_batch;       ///< empty: that was all
};

/// As JSON text. Throws store::SqlError.
std::string search_answer(const SearchFound& found, SearchRooms& rooms, const SearchRequest& request);

}  // namespace troupe::homeserver::search
