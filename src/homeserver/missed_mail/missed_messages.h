// What somebody has not read, as a mail tells it.
#pragma once
#include <string>
#include <vector>

#include "homeserver/memory/rooms.h"
#include "homeserver/sync/notification_list.h"

namespace troupe::homeserver::missed_mail {

struct MissedMessage {
  std::string sender;  ///< their name
  std::string text;    ///< one line
  std::int64_t sent_ms = 0;
};
struct MissedRoom {
  std::string name;
  std::vector<MissedMessage> messages;  ///< oldest first
};
struct Missed {
  std::vector<MissedRoom> rooms;  ///< with the newest message first
  bool more = false;              ///< than are listed
  std::int64_t oldest_ms = 0;     ///< when the oldest of them was sent
};

/// One per server; callable from any thread.
class MissedMessages {
 public:
  static constexpr std::size_t kMost = 30;           ///< messages
  static constexpr std::size_t kMaxTextBytes = 300;  ///< of each
  static constexpr int kMaxPages = 5;                ///< of reading for one mail

  MissedMessages(store::Database& db, memory::Rooms& rooms, sync::NotificationList& notifications)
      : db_(db), rooms_(rooms), notifications_(notifications) {}

  /// What notifies somebody by their rules, is newer than `after`, no newer than `upto`, and unread.
  Task<Missed> find(std::string user_id, StreamPos after, StreamPos upto);
  /// Whether anything up to there is unread, as far as one page of notifications tells.
  Task<bool> any(std::string user_id, StreamPos upto);

 private:
  store::Database& db_;
  memory::Rooms& rooms_;
  sync::NotificationList& notifications_;
};

/// An event in a line, for its reader.
std::string line_of(std::string_view type, const matrix::JsonObject& content);

}  // namespace troupe::homeserver::missed_mail
