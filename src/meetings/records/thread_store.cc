#include "meetings/records/thread_store.h"

#include "base/transitions.h"
#include "store/columns.h"
#include "store/words.h"

namespace troupe::meetings::records {
namespace {

using namespace store::words;

constexpr auto kThread = store::columns(
    column("meeting_id", &Thread::meeting), column("room_id", &Thread::room_id), column("sender", &Thread::sender),
    column<store::Word<parse_thread_state, ThreadState::failed>>("state", &Thread::state),
    column("trouble", &Thread::trouble), column("began_ms", &Thread::began_ms));
constexpr auto kInsertThread = store::insert("mtg_thread", kThread);
constexpr auto kThreadOf = sql("SELECT ", kThread, " FROM mtg_thread WHERE meeting_id = ?1");

constexpr auto kMessage =
    store::columns(column("meeting_id", &ThreadMessage::meeting), column("number", &ThreadMessage::number),
                   column("event_id", &ThreadMessage::event_id), column("revision", &ThreadMessage::revision),
                   column("shown", &ThreadMessage::shown), column("settled", &ThreadMessage::settled));
constexpr auto kInsertMessage = store::insert("mtg_thread_message", kMessage);
constexpr auto kMessages = sql("SELECT ", kMessage, " FROM mtg_thread_message WHERE meeting_id = ?1 ORDER BY number");

constexpr auto kPiece =
    store::columns(column("meeting_id", &ThreadPiece::meeting), column("segment", &ThreadPiece::segment),
                   column("number", &ThreadPiece::number));
constexpr auto kInsertPiece = store::insert("mtg_thread_piece", kPiece);
constexpr auto kPieces = sql("SELECT ", kPiece, " FROM mtg_thread_piece WHERE meeting_id = ?1");

}  // namespace

std::string_view to_string(ThreadState state) {
  switch (state) {
    case ThreadState::open:
      return "open";
    case ThreadState::done:
      return "done";
    case ThreadState::failed:
      return "failed";
    case ThreadState::erased:
      return "erased";
  }
  return "failed";
}

std::optional<ThreadState> parse_thread_state(std::string_view text) { return base::find_named(kThreadStates, text); }

void insert_thread(Tx& tx, const Thread& thread) { store::run_insert(tx, kInsertThread, kThread, thread); }

std::optional<Thread> find_thread(Connection& c, MeetingId id) { return store::one(c.query(kThreadOf, id), kThread); }

std::vector<MeetingId> open_threads(Connection& c) {
  return store::values<MeetingId>(
      c.query("SELECT meeting_id FROM mtg_thread WHERE state = 'open' ORDER BY meeting_id"));
}

std::vector<MeetingId> erased_threads(Connection& c, std::int64_t limit) {
  return store::values<MeetingId>(
      c.query("SELECT t.meeting_id FROM mtg_thread t LEFT JOIN mtg_meeting m ON m.id = t.meeting_id LEFT JOIN "
              "mtg_transcript x ON x.meeting_id = t.meeting_id WHERE t.state <> 'erased' AND (m.id IS NULL OR "
              "x.erased_ms IS NOT NULL) ORDER BY t.meeting_id LIMIT ?1",
              limit));
}

std::vector<MeetingId> live_in_room(Connection& c, const Whose& whose, std::string_view room_id, std::int64_t limit) {
  return store::values<MeetingId>(c.query(
      "SELECT t.meeting_id FROM mtg_thread t JOIN mtg_meeting m ON m.id = t.meeting_id WHERE t.room_id = ?1 AND "
      "m.ended_ms IS NULL AND m.tenant_id = ?2 AND (?3 = 0 OR m.owner_id = ?3) ORDER BY t.meeting_id DESC LIMIT ?4",
      room_id, whose.tenant_id, whose.owner_id.value_or(0), limit));
}

void set_thread_state(Tx& tx, MeetingId id, ThreadState state, std::string_view trouble) {
  tx.run("UPDATE mtg_thread SET state = ?2, trouble = ?3 WHERE meeting_id = ?1", id, to_string(state), trouble);
}

void set_thread_began(Tx& tx, MeetingId id, base::UnixMs began_ms) {
  tx.run("UPDATE mtg_thread SET began_ms = ?2 WHERE meeting_id = ?1", id, began_ms);
}

void insert_message(Tx& tx, const ThreadMessage& message) { store::run_insert(tx, kInsertMessage, kMessage, message); }

void update_message(Tx& tx, const ThreadMessage& message) {
  tx.run(
      "UPDATE mtg_thread_message SET event_id = ?3, revision = ?4, shown = ?5, settled = ?6 WHERE meeting_id = ?1 AND "
      "number = ?2",
      message.meeting, message.number, message.event_id, message.revision, message.shown, message.settled);
}

std::vector<ThreadMessage> messages_of(Connection& c, MeetingId id) {
  return store::all(c.query(kMessages, id), kMessage);
}

void insert_piece(Tx& tx, const ThreadPiece& piece) { store::run_insert(tx, kInsertPiece, kPiece, piece); }

std::vector<ThreadPiece> pieces_of(Connection& c, MeetingId id) { return store::all(c.query(kPieces, id), kPiece); }

void insert_event(Tx& tx, MeetingId id, std::string_view event_id) {
  tx.run("INSERT INTO mtg_thread_event (meeting_id, event_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING", id, event_id);
}

std::vector<std::string> events_of(Connection& c, MeetingId id, std::int64_t limit) {
  return store::values<std::string>(
      c.query("SELECT event_id FROM mtg_thread_event WHERE meeting_id = ?1 ORDER BY event_id LIMIT ?2", id, limit));
}

void delete_event(Tx& tx, MeetingId id, std::string_view event_id) {
  tx.run("DELETE FROM mtg_thread_event WHERE meeting_id = ?1 AND event_id = ?2", id, event_id);
}

void delete_pieces(Tx& tx, MeetingId id) { tx.run("DELETE FROM mtg_thread_piece WHERE meeting_id = ?1", id); }

void delete_messages(Tx& tx, MeetingId id) {
  tx.run("DELETE FROM mtg_thread_message WHERE meeting_id = ?1 AND number > 0", id);
}

}  // namespace troupe::meetings::records
