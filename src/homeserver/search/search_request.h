// POST /search, read and checked. Client-Server API #post_matrixclientv3search
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/shape.h"
#include "homeserver/search/search_store.h"
#include "homeserver/sync/filter.h"

namespace troupe::homeserver::search {

inline constexpr std::size_t kMaxTermBytes = 1024;
inline constexpr std::size_t kMaxTermWords = 20;
inline constexpr std::size_t kUsualPage = 10;
inline constexpr std::size_t kMaxPage = 50;
inline constexpr std::int64_t kMaxContext = 20;  ///< before, and after; more is cut

// The body as clients send it.

struct ContextWish {
  std::int64_t before_limit = 5;
  std::int64_t after_limit = 5;
  bool include_profile = false;
};
struct Grouping {
  std::string key;
};
struct Groupings {
  std::vector<Grouping> group_by;
};
struct RoomEventsBody {
  std::string search_term;
  std::vector<std::string> keys;
  boost::json::object filter;
  std::string order_by = "rank";
  std::optional<ContextWish> event_context;
  bool include_state = false;
  Groupings groupings;
};
struct CategoriesBody {
  std::optional<RoomEventsBody> room_events;
};
struct SearchBody {
  CategoriesBody search_categories;
};

/// Where the next page begins: `next_batch`.
struct SearchPlace {
  StreamPos before = 0;    ///< by recency: positions before this one
  std::size_t passed = 0;  ///< results of the pages before
};
std::string place_token(bool by_rank, const SearchPlace& place);
/// Error: invalid_param, when it is no token, or one of the other order.
Result<SearchPlace> parse_place(bool by_rank, std::string_view token);

struct SearchRequest {
  std::string user_id;
  std::string device_id;
  std::vector<std::string> words;  ///< all of them are looked for; none: nothing is found
  std::vector<TextKey> keys;       ///< empty: all
  sync::EventFilter filter;
  std::size_t limit = kUsualPage;
  bool by_rank = true;  ///< else the newest first
  std::optional<ContextWish> context;
  bool include_state = false;
  bool group_by_room = false;
  bool group_by_sender = false;
  std::optional<SearchPlace> from;
};
/// `next_batch` empty: the first page. Errors: bad_json, invalid_param, of filters and tokens.
Result<SearchRequest> read_search(const RoomEventsBody& body, std::string_view next_batch);

}  // namespace troupe::homeserver::search

namespace troupe::api {

Shape<homeserver::search::ContextWish> make_shape(Of<homeserver::search::ContextWish>);
Shape<homeserver::search::Grouping> make_shape(Of<homeserver::search::Grouping>);
Shape<homeserver::search::Groupings> make_shape(Of<homeserver::search::Groupings>);
Shape<homeserver::search::RoomEventsBody> make_shape(Of<homeserver::search::RoomEventsBody>);
Shape<homeserver::search::CategoriesBody> make_shape(Of<homeserver::search::CategoriesBody>);
Shape<homeserver::search::SearchBody> make_shape(Of<homeserver::search::SearchBody>);

}  // namespace troupe::api
