// Finds out which application services new events concern, and writes down what they are to be told of.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "homeserver/appservice_feed/device_interest.h"
#include "homeserver/appservice_feed/interest.h"
#include "homeserver/memory/event_lag.h"

namespace troupe::homeserver::appservice_feed {

/// One per server; of several processes one runs it. Calls one after the other.
class FeedLook {
 public:
  static constexpr std::string_view kCursor = "homeserver.appservices";
  static constexpr std::size_t kPage = 500;  ///< events of one look
  /// With nothing to write, the position is stored when it is this far ahead.
  static constexpr StreamPos kStoreEvery = 5'000;

  FeedLook(store::Database& db, memory::Rooms& rooms, Interest& interest, const appservice::Services& services)
      : db_(db), rooms_(rooms), interest_(interest), devices_(rooms, interest), services_(services) {}

  /// Once, at the start, before anybody is let in. A service that was not there at the last start is told of nothing
  /// that was before, and one that is not there any more is new when it comes again.
  Task<Unit> begin();
  /// Looks at what was committed since the last call, whichever process made it, and has written what is to be told
  /// when it returns: with the position in one commit, so that an event is looked at again, or written, and never both.
  /// Yields the services with something new.
  Task<std::set<const appservice::Service*>> look();
  /// From now on it is counted there how long after they were sent events are looked at.
  void measure(memory::EventLag& lag) { lag_ = &lag; }
  /// Everything up to here has been looked at.
  StreamPos cursor() const { return cursor_; }

 private:
  using Known = std::vector<appservice::device_notes_store::KnownService>;
  struct Row {
    const appservice::Service* service;
    StreamPos pos;
  };
  struct ListRow {
    const appservice::Service* service;
    DeviceInterest::ListNote note;
  };
  struct Page {
    std::vector<Row> rows;
    std::vector<ListRow> lists;
    std::vector<memory::StoredEventPtr> looked_at;
    StreamPos after = 0;
    StreamPos upto = 0;
    bool more = false;
  };
  Task<Unit> forget(std::string service);
  void note_known(store::Tx& tx);
  Result<Page> read_page(store::Connection& connection, StreamPos upto);
  void read_devices(store::Connection& connection, Page& page);
  bool is_told(const appservice::Service& service, StreamPos pos) const;
  Task<bool> write(const Page& page);

  store::Database& db_;
  memory::Rooms& rooms_;
  Interest& interest_;
  DeviceInterest devices_;
  const appservice::Services& services_;
  std::map<const appservice::Service*, StreamPos> from_;  ///< what comes after is for the service
  memory::EventLag* lag_ = nullptr;
  StreamPos cursor_ = 0;
  StreamPos stored_ = 0;
};

}  // namespace troupe::homeserver::appservice_feed
