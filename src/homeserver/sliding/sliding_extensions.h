// What an answer of sliding sync holds beside rooms: messages to the device, keys, account data, receipts, typing.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/crypto/device_sync.h"
#include "homeserver/sliding/sliding_room.h"
#include "homeserver/sync/sync_devices.h"

namespace troupe::homeserver::sliding {

/// What every answer of a server is made with.
struct SlidingTools {
  sync::SyncServices services;
  RoomFacts facts{};
  sync::DeviceMemories& devices;
  const base::Clock& clock;
  memory::DeviceInbox& inbox;
};

/// Which positions an answer is about.
struct SlidingSpan {
  ConnectionStatePtr since;  ///< none: the connection begins
  StreamPos upto = 0;
  StreamPos own_pos = 0;  ///< UserView::last_own_pos(), read after `upto`
  std::uint64_t ephemeral = 0;
  /// The to-device extension's own `since`; 0: everything that waits.
  StreamPos to_device_since = 0;

  StreamPos since_pos() const { return since ? since->pos : 0; }
};

/// A room of the answer, for the extensions.
struct ShownRoom {
  const ListedRoom& listed;
  const std::vector<std::string_view>& lists;
  bool subscribed = false;
  const SentRoom* before = nullptr;
  const SlidingRoomOutcome& outcome;
};

/// Lives for one answer. Each step: false when memory did not suffice and there is no connection.
class ExtensionsPart {
 public:
  /// A bit for each extension that a request asks for.
  enum Bit : unsigned { kToDevice = 1, kE2ee = 2, kAccountData = 4, kReceipts = 8, kTyping = 16 };
  static unsigned bits_of(const SlidingExtensions& extensions);

  ExtensionsPart(SlidingTools& tools, const SlidingRequest& request, const memory::UserView& user,
                 const SlidingSpan& span)
      : tools_(tools), request_(request), user_(user), span_(span) {}

  bool begin(store::Connection* connection, const sync::Recipient& recipient);
  /// `now`: how the connection knows the room after the answer; flags of extensions are set in it.
  bool add_room(store::Connection* connection, const ShownRoom& room, SentRoom& now);
  bool finish(store::Connection* connection, ConnectionState& next);
  void append(std::string& out) const;
  bool news() const { return news_; }

  /// The end of a piece: a reader whose connection broke goes back to it.
  struct Mark {
    std::size_t account_data = 0, receipts = 0, typing = 0;
    bool news = false;
  };
  Mark mark() const { return {account_data_.size(), receipts_.size(), typing_.size(), news_}; }
  void go_back(const Mark& to);

 private:
  bool had(Bit bit) const { return span_.since && (span_.since->extensions & bit) != 0; }
  bool own_news() const { return !span_.since || span_.own_pos > span_.since->pos; }
  static bool covers(const RoomExtension& extension, const ShownRoom& room);
  bool add_account_data(store::Connection* connection, const ShownRoom& room, SentRoom& now);
  bool add_receipts(store::Connection* connection, const ShownRoom& room, SentRoom& now);
  void add_typing(const ShownRoom& room, SentRoom& now);
  /// What passes to the device now, beside what waits for it.
  std::vector<std::string> passing(std::size_t limit) const;
  void open_event(std::string& rooms, const ShownRoom& room, std::string_view type);

  SlidingTools& tools_;
  const SlidingRequest& request_;
  const memory::UserView& user_;
  const SlidingSpan& span_;
  const sync::Recipient* recipient_ = nullptr;

  std::map<memory::RoomNum, std::vector<account_data::account_data_store::AccountDataRow>>
      room_data_;                              ///< changed since the last answer
  std::vector<memory::RoomNum> typing_rooms_;  ///< the same
  std::string global_data_;
  std::string account_data_;
  std::string receipts_;
  std::string typing_;
  std::string to_device_;
  std::string e2ee_;
  bool news_ = false;
};

}  // namespace troupe::homeserver::sliding
