// A list page by page, with bounds for all of it together.
#pragma once
#include "assistant/calls/caller.h"

namespace troupe::assistant::calls {

struct PageLimits {
  std::size_t pages = 200;
  std::size_t entries = 10'000;
  std::size_t bytes = 32 * 1024 * 1024;  ///< of the answers, as they are written
};

struct Page {
  CallOutcome outcome;  ///< `done`; whatever else it is, it is the last
  JsonArray entries;
  bool cut = false;  ///< a bound ends the list here, and the service has more
};

/// Where a list goes on: plain data, so that another program may go on with it.
struct PagePlace {
  JsonObject arguments;                           ///< of the next page
  std::string next_url;                           ///< that the service named in their place
  std::size_t pages = 0, entries = 0, bytes = 0;  ///< so far
  bool ended = false;
};

/// `while (auto page = co_await pages.next())`: an asynchronous generator. One next() at a time. Each page is a call of
/// its own in the journal: "<call_id>/page2". What it refers to outlives it.
class Pages {
 public:
  /// A reading operation; without paging it has one page.
  Pages(Caller& caller, Journal& journal, Service service, std::string operation, JsonObject arguments,
        CallContext context, PageLimits limits = {});
  /// Nothing: there are no more. Errors as Caller::call, and conflict: cancelled.
  Task<std::optional<Page>> next();
  /// Behind the last page.
  const PagePlace& place() const { return at_; }
  /// In the place of the first page.
  void go_to(PagePlace place) { at_ = std::move(place); }

 private:
  Task<CallOutcome> ask();
  void go_on(const packs::Paging& paging, Page& page);

  Caller& caller_;
  Journal& journal_;
  Service service_;
  std::string operation_;
  CallContext context_;
  PageLimits limits_;
  PagePlace at_;
};

}  // namespace troupe::assistant::calls
