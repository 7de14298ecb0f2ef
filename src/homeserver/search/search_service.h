// Searching what was said. Client-Server API #post_matrixclientv3search
#pragma once
#include "homeserver/account_data/account_data.h"
#include "homeserver/memory/rooms.h"
#include "homeserver/memory/users.h"
#include "homeserver/search/search_request.h"

namespace troupe::homeserver::search {

/// Entries of the index that one request looks at, whatever it shows of them.
inline constexpr std::size_t kMaxLookedAt = 1000;

/// One per server; callable from any thread.
class SearchService {
 public:
  SearchService(store::Database& db, memory::Rooms& rooms, memory::Users& users,
                account_data::AccountData& account_data, const base::Clock& clock)
      : db_(db), rooms_(rooms), users_(users), account_data_(account_data), clock_(clock) {}

  /// The answer as JSON text. Only what the user sees in /messages is found, counted and shown; by rank, the best of
  /// the newest kMaxLookedAt. What was removed or edited a moment ago may be counted until the index has heard of it.
  Task<std::string> search(SearchRequest request);

 private:
  store::Database& db_;
  memory::Rooms& rooms_;
  memory::Users& users_;
  account_data::AccountData& account_data_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::search
