#include "homeserver/search/search_setup.h"

#include "homeserver/common/settings.h"
#include "homeserver/search/search_indexer.h"
#include "homeserver/search/search_routes.h"
#include "net/route/rate_limit.h"

namespace troupe::homeserver::search {
namespace {

constexpr double kSecondsAtOnce = 10;

}  // namespace

Result<Unit> setup_search(host::Context& context, const SearchBasis& basis) {
  const auto per_s = static_cast<double>(context.settings().of<SearchSettings>().per_s);
  auto limits = context.routes().rate_limits();
  limits.search = {.per_s = per_s, .burst = kSecondsAtOnce * per_s};
  context.routes().set_rate_limits(limits);
  auto& indexer = context.make<SearchIndexer>(context.db(), basis.rooms, basis.lookup);
  TRY(indexer.open());
  add_search_routes(context.routes(), context.make<SearchService>(context.db(), basis.rooms, basis.users,
                                                                  basis.account_data, context.clock()));
  context.every({.name = "homeserver.search",
                 .every = std::chrono::milliseconds(500),
                 .run = [&indexer] { return indexer.follow(); },
                 .singleton = true});
  context.every({.name = "homeserver.search_catch_up",
                 .every = std::chrono::milliseconds(100),
                 .run = [&indexer] { return indexer.follow_if_many(); },
                 .singleton = true});
  context.every({.name = "homeserver.search_clear",
                 .every = std::chrono::milliseconds(1'000),
                 .run = [&indexer, &clock = context.clock()] { return indexer.clear(clock.steady()); },
                 .singleton = true});
  context.every({.name = "homeserver.search_older",
                 .every = std::chrono::minutes(1),
                 .run = [&indexer, &clock = context.clock()] { return indexer.remove_older(clock.steady()); },
                 .singleton = true});
  return Unit{};
}

}  // namespace troupe::homeserver::search
