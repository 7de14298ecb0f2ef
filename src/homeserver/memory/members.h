// The members of a room in memory, packed: almost all of them sleep, and there are many more of them than of anything
// else.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "homeserver/memory/event_store.h"
#include "homeserver/memory/interned.h"
#include "matrix/room_version.h"

namespace troupe::homeserver::memory {

/// The present member events of one room, by user id. One that can be put together again from its few bytes (about a
/// hundred, with its place here) is kept so; the others (redacted ones, those with a transaction id, those of old room
/// versions) and those that are in use just now (wake()) lie here whole. Has no lock: its room's guards it.
class Members {
  struct Packed {
    std::array<std::uint8_t, 32> event_id;
    Interned content;  ///< canonical
    Interned sender;   ///< none: the member
    StreamPos pos = 0;
    std::uint64_t ts : 48 = 0;  ///< ms
    std::uint64_t flags : 8 = 0;
    std::uint64_t membership : 8 = 0;  ///< index into the names
    std::uint32_t depth = 0;
    std::uint32_t replaced_ago = 0;  ///< pos − StoredEvent::replaces; 0: nothing
  };
  struct Entry {
    Interned user;
    std::unique_ptr<const Packed> packed;  ///< nullptr: only whole
  };

 public:
  /// One of them. Borrows: valid as long as the room's lock is held.
  class Member {
   public:
    std::string_view user_id() const { return entry_->user.text(); }
    std::string_view membership() const;  ///< stays as long as the member event does
    StreamPos pos() const;
    std::optional<StreamPos> replaces() const;
    std::string_view sender() const;
    /// The event; one that sleeps is put together, without the bytes of its PDU (event->pdu is empty): those are in
    /// the ledger at its position.
    StoredEventPtr event() const;
    matrix::JsonObject content() const;
    /// Appends StoredEvent::client_open. Costs a sleeping one no more than the copy.
    void append_client_open(std::string& out) const;
    std::int64_t origin_server_ts() const;
    /// The event lies here whole.
    bool is_awake() const { return whole() != nullptr; }
    /// It has nothing but what is in client_open and its time: no transaction id, no redaction.
    bool is_plain() const { return packed() != nullptr; }

   private:
    friend class Members;
    Member(const Members& members, const Entry& entry) : members_(&members), entry_(&entry) {}
    const Packed* packed() const { return entry_->packed.get(); }
    const StoredEventPtr* whole() const;
    const Members* members_;
    const Entry* entry_;
  };

  /// `version` outlives it.
  Members(RoomNum room, std::string room_id, const matrix::RoomVersion& version)
      : room_(room), room_id_(std::move(room_id)), version_(&version) {}

  std::size_t size() const { return size_; }
  std::optional<Member> find(std::string_view user_id) const;
  /// In the order of their ids, from the first after `after`, until `take` says false.
  void walk(const std::function<bool(const Member&)>& take, std::string_view after = {}) const;

  /// Position of the newest member event: another one whenever a member has changed since.
  StreamPos newest() const { return newest_; }

  /// A member event becomes its user's present one.
  void set(const StoredEventPtr& stored);
  /// Keeps a member's event whole until sleep(), for whoever asks for it often; nullptr when there is none.
  StoredEventPtr wake(std::string_view user_id);
  void sleep(std::string_view user_id);
  /// About what they take.
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kMostInChunk = 256;
  using Chunk = std::vector<Entry>;
  static std::size_t weight(const Packed& packed);
  const Entry* entry_of(std::string_view user_id) const;
  Entry& place_of(std::string_view user_id);
  std::unique_ptr<const Packed> pack(const StoredEvent& stored) const;
  StoredEventPtr unpack(const Entry& entry) const;

  RoomNum room_;
  std::string room_id_;
  const matrix::RoomVersion* version_;
  std::vector<Chunk> chunks_;  ///< ascending, none empty; a room's join moves one chunk's entries only
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  StreamPos newest_ = 0;
  /// By the text of the entry's user id, which stays where it is.
  std::unordered_map<std::string_view, StoredEventPtr> whole_;
};

}  // namespace troupe::homeserver::memory
