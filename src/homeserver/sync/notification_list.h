// What a user was notified of, newest first (Client-Server API #get_matrixclientv3notifications). Nothing is kept for
// it: stored events are evaluated again, by the rules and receipts of now.
#pragma once
#include <optional>
#include <string>

#include "homeserver/sync/receipts.h"

namespace troupe::homeserver::sync {

struct NotificationsRequest {
  std::string user_id;
  std::string device_id;
  std::optional<StreamPos> from;  ///< events up to here; none: the newest
  std::size_t limit = 50;         ///< at least 1
  bool only_highlights = false;
  bool only_unread = false;  ///< also what one has said oneself after it counts as reading
  StreamPos after = 0;       ///< only events that are newer
};

/// One per server; callable from any thread.
class NotificationList {
 public:
  /// A page ends early, with a token to go on, after so much reading (about one for 16 timeline rows and for each event
  /// that is looked at) or when so many rooms had to be opened.
  static constexpr std::size_t kMaxWork = 500;
  static constexpr std::size_t kMaxRooms = 100;

  struct Parts {
    store::Database& db;
    memory::Rooms& rooms;
    Receipts& receipts;
    account_data::AccountData& account_data;
    const base::Clock& clock;
  };
  explicit NotificationList(Parts parts) : parts_(parts) {}

  /// Of the rooms that the user is in, since they joined, and their open invitations; never what they may not see or
  /// what was redacted. JSON text.
  Task<std::string> page(NotificationsRequest request);

 private:
  Parts parts_;
};

}  // namespace troupe::homeserver::sync
