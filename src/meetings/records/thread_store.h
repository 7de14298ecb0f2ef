// The tables of transcripts that are told in rooms. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "meetings/records/meeting_store.h"
#include "meetings/types/meeting.h"
#include "store/database.h"

namespace troupe::meetings::records {

/// What becomes of a transcript in its room.
enum class ThreadState {
  open,    ///< it is written
  done,    ///< the meeting is over and all of it is there
  failed,  ///< the room does not take it
  erased,  ///< the transcript was deleted, and its messages with it
};
inline constexpr std::array kThreadStates{ThreadState::open, ThreadState::done, ThreadState::failed,
                                          ThreadState::erased};
std::string_view to_string(ThreadState state);
std::optional<ThreadState> parse_thread_state(std::string_view text);

/// A transcript's thread in a room; one of a meeting at most.
struct Thread {
  MeetingId meeting = 0;
  std::string room_id{};
  std::string sender{};  ///< user id of the account that writes there
  ThreadState state = ThreadState::open;
  std::string trouble{};                   ///< why it failed
  std::optional<base::UnixMs> began_ms{};  ///< what times in it count from
};

/// One message of it. Written before it is sent.
struct ThreadMessage {
  MeetingId meeting = 0;
  std::int64_t number = 0;    ///< from 1; 0 is the root
  std::string event_id{};     ///< empty: it is not known to be there
  std::int64_t revision = 0;  ///< of the last edit that is known to be there
  std::string shown{};        ///< a hash of what it says; empty: not known
  bool settled = false;       ///< what it says is final
};

/// In which message a segment stands. By its number: its id may hold a speaker's name.
struct ThreadPiece {
  MeetingId meeting = 0;
  std::int64_t segment = 0;
  std::int64_t number = 0;
};

void insert_thread(store::Tx& tx, const Thread& thread);
std::optional<Thread> find_thread(store::Connection& c, MeetingId id);
std::vector<MeetingId> open_threads(store::Connection& c);
/// Of meetings whose transcript was deleted, or that are gone: what is told of them is to be taken back.
std::vector<MeetingId> erased_threads(store::Connection& c, std::int64_t limit);
/// Somebody's meetings that have not ended and are told in this room, newest first.
std::vector<MeetingId> live_in_room(store::Connection& c, const Whose& whose, std::string_view room_id,
                                    std::int64_t limit);
void set_thread_state(store::Tx& tx, MeetingId id, ThreadState state, std::string_view trouble);
void set_thread_began(store::Tx& tx, MeetingId id, base::UnixMs began_ms);

void insert_message(store::Tx& tx, const ThreadMessage& message);
void update_message(store::Tx& tx, const ThreadMessage& message);
std::vector<ThreadMessage> messages_of(store::Connection& c, MeetingId id);
void insert_piece(store::Tx& tx, const ThreadPiece& piece);
std::vector<ThreadPiece> pieces_of(store::Connection& c, MeetingId id);
/// Written again it stays.
void insert_event(store::Tx& tx, MeetingId id, std::string_view event_id);
std::vector<std::string> events_of(store::Connection& c, MeetingId id, std::int64_t limit);
void delete_event(store::Tx& tx, MeetingId id, std::string_view event_id);
void delete_pieces(store::Tx& tx, MeetingId id);
/// All but the root.
void delete_messages(store::Tx& tx, MeetingId id);

}  // namespace troupe::meetings::records
