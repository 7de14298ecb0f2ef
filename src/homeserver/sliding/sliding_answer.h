// One answer of sliding sync while it is put together: from memory, or read from the database piece by piece.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/sliding/sliding_extensions.h"
#include "homeserver/sync/sync_answer.h"

namespace troupe::homeserver::sliding {

/// Lives for one computation, on one thread at a time. The arguments must outlive it.
class SlidingAnswer {
 public:
  /// `subscriptions`: those that hold for this request.
  SlidingAnswer(SlidingTools& tools, const SlidingRequest& request,
                const std::vector<std::pair<std::string, SlidingRule>>& subscriptions, const memory::UserView& user,
                SlidingSpan span);

  /// Everything from memory. False: that does not suffice, or takes longer than a piece: read_in_pieces() it, beside
  /// the threads of the network.
  bool make_from_memory(std::chrono::milliseconds piece);
  /// Each piece holds a reader for a few milliseconds: other people's reads go in between. What is committed after
  /// `upto` is passed over, so that pieces with newer snapshots fit the older ones. Error: invalid_param (the lists
  /// show too many rooms).
  Task<Unit> read_in_pieces(store::Database& db, std::chrono::milliseconds piece);

  /// Whether it shows anything that the client does not know.
  bool news() const { return news_ || extensions_.news(); }
  /// The connection after this answer, which is named by `number`.
  ConnectionStatePtr take_state(std::uint64_t number);
  /// The body, with the position of that state.
  std::string take_body(std::string_view boot, std::uint64_t number);

 private:
  /// A room of some list's window, or one that is subscribed to.
  struct Shown {
    std::size_t index = 0;             ///< in list_.rooms()
    std::vector<std::uint16_t> lists;  ///< by number, in the order of the names
    const SlidingRule* subscription = nullptr;
    std::vector<std::string_view> names{};  ///< of the lists
    std::size_t timeline_limit = 0;
    std::uint16_t state = 0;
  };
  struct Mark {
    std::size_t done = 0;
    std::size_t rooms = 0;
    std::size_t changed = 0;
    bool news = false;
    ExtensionsPart::Mark extensions;
  };

  const ConnectionState* since() const { return span_.since.get(); }
  Mark mark() const { return {done_, rooms_.size(), next_.changed.size(), news_, extensions_.mark()}; }
  void go_back(const Mark& to);
  bool read(store::Connection& connection, std::chrono::milliseconds piece);

  // In this order; false: a connection is needed.
  bool begin(store::Connection* connection, const sync::PieceOfTime* time);
  bool add_rooms(store::Connection* connection, const sync::PieceOfTime* time);
  bool add_room(store::Connection* connection, const SlidingFrame& frame, const Shown& shown);
  bool finish(store::Connection* connection);

  bool pick_windows(const sync::PieceOfTime* time);
  void settle_rules();
  std::uint16_t intern(RequiredState state);
  RequiredState whole_state() const;
  void note_hidden();
  void append_lists(std::string& out) const;
  void append_window(std::string& out, const SlidingList& list, const RoomList::Window& window) const;

  SlidingTools& tools_;
  const SlidingRequest& request_;
  const std::vector<std::pair<std::string, SlidingRule>>& subscriptions_;
  const memory::UserView& user_;
  const SlidingSpan span_;

  sync::Recipient recipient_{};
  UserMarksPtr marks_;
  RoomList list_;
  std::vector<RoomList::Window> windows_;  ///< of the lists in the order of their names
  std::vector<Shown> shown_;               ///< by room
  ExtensionsPart extensions_;
  ConnectionState next_;
  std::string rooms_;
  std::size_t done_ = 0;  ///< of shown_
  bool news_ = false;
  bool begun_ = false;
  bool finished_ = false;
  bool lists_too_much_ = false;
};

}  // namespace troupe::homeserver::sliding
