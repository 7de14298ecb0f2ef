// Finds out whom new events notify, and writes down what is to be pushed.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "homeserver/account_data/account_data.h"
#include "homeserver/memory/event_lag.h"
#include "homeserver/memory/rooms.h"
#include "homeserver/missed_mail/missed_store.h"
#include "homeserver/push/push_store.h"

namespace troupe::homeserver::push {

/// One per server. Calls one after the other.
class PushLook {
 public:
  static constexpr std::string_view kCursor = missed_mail::kPlannedUpTo;
  static constexpr std::size_t kPage = 500;  ///< events of one look
  /// With nothing to write, the position is stored when it is this far ahead.
  static constexpr StreamPos kStoreEvery = 5'000;

  /// `mail_after`: how long a message waits to be read before a mail tells of it; nothing: none does.
  PushLook(store::Database& db, memory::Rooms& rooms, account_data::AccountData& account_data, const base::Clock& clock,
           std::optional<std::chrono::milliseconds> mail_after = {})
      : db_(db), rooms_(rooms), account_data_(account_data), clock_(clock), mail_after_(mail_after) {}

  /// Once, at the start, before anybody is let in: the very first one has the first look begin at the present.
  Task<Unit> begin();
  /// Looks at what was committed since the last call, whichever process made it, and has written what is to be pushed
  /// when it returns: with the position in one commit, so that an event is looked at again, or written, and never both.
  /// Of mails only the first message is noted: when somebody has to look for what is unread (missed_mail/).
  /// Yields the pushers with something new, but for mails.
  Task<std::set<PusherKey>> look();
  /// From now on it is counted there how long after they were sent events are looked at.
  void measure(memory::EventLag& lag) { lag_ = &lag; }
  /// Everything up to here has been looked at.
  StreamPos cursor() const { return cursor_; }

 private:
  struct Page {
    std::vector<PushRow> rows;
    std::int64_t mails_ms = 0;                    ///< of pushers_in_room()
    std::vector<missed_mail::MissedRow> readers;  ///< people with mails put off, who have read something
    std::vector<memory::StoredEventPtr> looked_at;
    StreamPos after = 0;
    StreamPos upto = 0;
    bool more = false;
  };
  Result<Page> read_page(store::Connection& connection, StreamPos upto);
  void read_room(store::Connection& connection, memory::RoomNum room, const std::vector<memory::StoredEventPtr>& events,
                 Page& page);
  void add_invited(store::Connection& connection, const memory::StoredEvent& stored, Page& page);
  Task<Unit> write(const Page& page);

  store::Database& db_;
  memory::Rooms& rooms_;
  account_data::AccountData& account_data_;
  const base::Clock& clock_;
  std::optional<std::chrono::milliseconds> mail_after_;
  memory::EventLag* lag_ = nullptr;
  StreamPos cursor_ = 0;
  StreamPos stored_ = 0;
};

}  // namespace troupe::homeserver::push
