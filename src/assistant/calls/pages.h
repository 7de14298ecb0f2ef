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

/// `while (auto page = co_await pages.next())`: an asynchronous generator. One next() at a time. Each page is a call of
/// its own in the journal: "<call_id>/page2". What it refers to outlives it.
class Pages {
 public:
  /// A reading operation; without paging it has one page.
  Pages(Caller& caller, Journal& journal, Service service, std::string operation, JsonObject arguments,
        CallContext context, PageLimits limits = {});
  /// Nothing: there are no more. Errors as Caller::call, and conflict: cancelled.
  Task<std::optional<Page>> next();

 private:
  Task<CallOutcome> ask();
  void go_on(const packs::Paging& paging, Page& page);

  Caller& caller_;
  Journal& journal_;
  Service service_;
  std::string operation_;
  JsonObject arguments_;
  CallContext context_;
  PageLimits limits_;
  std::string next_url_;
  std::size_t pages_ = 0, entries_ = 0, bytes_ = 0;
  bool ended_ = false;
};

}  // namespace troupe::assistant::calls
