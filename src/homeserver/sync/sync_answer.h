// One /sync answer while it is put together: from memory, or read from the database piece by piece.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/account_data/account_data_store.h"
#include "homeserver/common/sync_token.h"
#include "homeserver/crypto/device_sync.h"
#include "homeserver/sync/sync_devices.h"
#include "homeserver/sync/sync_room.h"

namespace troupe::homeserver::sync {

/// Borrows its texts from the call, which must outlive it: thousands of them wait.
struct SyncRequest {
  const std::string& user_id;
  const std::string& device_id;
  std::string_view since;   ///< empty: first sync
  std::string_view filter;  ///< the parameter as it came: id, inline JSON, or empty
  bool full_state = false;
  std::string_view state_after_key{};  ///< under which name `state_after` is wanted; empty: `state`
  std::chrono::milliseconds timeout{0};

  /// It asks for so much that it waits for a place among the long answers.
  bool is_long() const { return since.empty() || full_state; }
};

/// Whether the time of one piece is over.
class PieceOfTime {
 public:
  explicit PieceOfTime(std::chrono::milliseconds length) : length_(length) {}
  bool over() const { return std::chrono::steady_clock::now() - began_ >= length_; }

 private:
  std::chrono::milliseconds length_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// What every answer of a server is made with.
struct SyncAnswerTools {
  SyncServices services;
  DeviceMemories memories{};
  const base::Clock& clock;
  memory::DeviceInbox& inbox;
  std::string boot;  ///< names this start of the program in tokens
  /// How long one piece of a long answer holds a reader.
  std::chrono::milliseconds piece{10};
};

/// Which positions an answer is about: since < pos <= upto.
struct SyncSpan {
  SyncToken since;
  StreamPos upto = 0;
  StreamPos own_pos = 0;  ///< UserView::last_own_pos(), read after `upto`
  std::uint64_t ephemeral = 0;
  std::uint64_t ephemeral_since = 0;
  /// The token is of another start of the program: what that one's numbers stood for is unknown.
  bool ephemeral_unknown = false;

  /// What the reader saw typing then is to be taken back.
  bool typing_anew() const { return ephemeral_unknown && since.typing; }
};

/// Lives for one request, on one thread at a time. The arguments must outlive it.
class SyncAnswer {
 public:
  SyncAnswer(SyncAnswerTools& tools, const SyncRequest& request, const memory::UserView& user, const Filter& filter,
             SyncSpan span)
      : tools_(tools), request_(request), user_(user), filter_(filter), span_(std::move(span)) {}

  /// Everything from memory. False: that does not suffice, read_in_pieces() it.
  bool make_from_memory();
  /// Each piece holds a reader for a few milliseconds: other people's reads go in between. What is committed after
  /// `upto` is passed over, so that pieces with newer snapshots fit the older ones.
  Task<Unit> read_in_pieces(store::Database& db);

  /// Whether it is an answer for the gate of long ones.
  bool took_long() const { return took_long_; }
  /// Whether it shows anything.
  bool news() const { return news_; }
  std::string take_body() { return std::move(body_); }

 private:
  struct Candidate {
    SyncRoomInput input;
    enum class Kind { joined, left, invited, knocked } kind;
  };
  /// The end of a piece: a reader whose connection broke goes back to it.
  struct Mark {
    std::size_t done = 0;
    std::size_t join = 0, leave = 0, invite = 0, knock = 0;
    bool news = false;
  };

  bool initial() const { return request_.since.empty(); }
  bool own_news() const { return initial() || span_.own_pos > span_.since.pos || span_.since.to_device.has_value(); }
  SyncToken next() const;
  Mark mark() const { return {done_, join_.size(), leave_.size(), invite_.size(), knock_.size(), news_}; }
  void go_back(const Mark& to);

  /// The rooms that may have something to show. A room's own last position says whether to look at all.
  std::vector<Candidate> candidates() const;
  /// Rooms that were purged and that the reader may think they are in.
  void add_gone_rooms();
  /// One piece, in a transaction of its own; until finished_. False: the answer could not be made.
  bool read(store::Connection& connection);

  // In this order; false: a connection is needed.
  /// What is asked before the rooms, and which rooms there are.
  bool begin(store::Connection* connection);
  /// The next rooms: all, or with a connection those that fit in a piece of time.
  bool add_rooms(store::Connection* connection);
  SyncRoomOutcome add_room(const SyncFrame& frame, const Candidate& candidate);
  bool finish(store::Connection* connection);

  void read_account_data(store::Connection& connection);
  bool read_devices(store::Connection* connection);
  /// Whether the reader may believe, after this answer, that somebody types.
  bool believes_typing() const;
  void append_to_device();
  void append_devices();
  void append_rooms();

  SyncAnswerTools& tools_;
  const SyncRequest& request_;
  const memory::UserView& user_;
  const Filter& filter_;
  const SyncSpan span_;

  Recipient recipient_{};
  std::string body_;
  bool news_ = false;
  bool typing_told_ = false;  ///< that somebody types, in some room
  crypto::DeviceSyncPart devices_;
  bool devices_read_ = false;
  std::string counts_;

  std::map<memory::RoomNum, std::vector<account_data::account_data_store::AccountDataRow>> room_data_;
  std::string global_data_;
  std::vector<Candidate> rooms_;
  std::size_t done_ = 0;  ///< of rooms_
  std::string join_;
  std::string leave_;
  std::string invite_;
  std::string knock_;
  crypto::DeviceSyncQuery query_;
  bool begun_ = false;
  bool took_long_ = false;
  bool finished_ = false;
};

}  // namespace troupe::homeserver::sync
