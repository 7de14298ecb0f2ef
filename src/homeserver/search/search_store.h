// SQL of the index of words. It is derived: FTS5 on SQLite, tsvector with a GIN index on PostgreSQL, both over words
// that were made here (words.h), so that both find the same. What is found is looked at again before it is shown, so
// the index may be behind and may hold too much.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/event_store.h"
#include "store/database.h"

namespace troupe::homeserver::search {

enum class Engine { sqlite, postgres };
inline Engine engine_of(const store::Database& db) { return db.shared() ? Engine::postgres : Engine::sqlite; }

/// Where a text comes from.
enum class TextKey { body, name, topic };

/// What one event is found by.
struct IndexedText {
  StreamPos pos = 0;
  memory::RoomNum room = 0;
  TextKey key = TextKey::body;
  std::string words;  ///< joined by spaces; empty: it is found by nothing
};

struct IndexQuery {
  std::span<const std::string> words;      ///< all of them (words.h: finds)
  std::span<const TextKey> keys;           ///< any of them; empty: all
  std::span<const memory::RoomNum> rooms;  ///< any of them; empty: all
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace search_store {

/// Makes the index where there is none of this program's format, beside one of another. Costs the same however much is
/// in them.
void make_index(store::Tx&, Engine);
/// A bounded step towards the end of an index of an older format. True: it is not done yet.
bool remove_older(store::Tx&, Engine);
/// The newest position in the index; 0: it is empty.
StreamPos newest_text(store::Connection&, Engine);
/// `fresh`: nothing can be there yet. Else it replaces what is there.
void put_text(store::Tx&, Engine, const IndexedText& text, bool fresh);
/// What was said at these positions is found no more.
void forget_texts(store::Tx&, Engine, std::span<const StreamPos> positions);
/// A bounded step of what the index needs from time to time: after each piece.
void merge(store::Tx&, Engine);

// What is forgotten is found no more at once, but its words stay in the index's parts until those are merged.

/// Words are to go for good: put_text() of what was redacted, forget_texts(). The number says which time it is.
void note_forgotten(store::Tx&, Engine);
/// 0: there is nothing to be cleared.
std::int64_t forgotten(store::Connection&);
/// A bounded step: `first` begins to put all parts into one. True: it is not done yet.
bool clear_some(store::Tx&, bool first);
/// It is done, unless something was forgotten meanwhile.
void note_cleared(store::Tx&, std::int64_t number);
/// Positions before this one, descending.
std::vector<StreamPos> find_texts(store::Connection&, Engine, const IndexQuery& query, StreamPos before,
                                  std::size_t limit);

/// Where the index ends: what was said after this position is not in it yet.
StreamPos indexed_upto(store::Connection&);
void put_indexed_upto(store::Tx&, StreamPos pos);
struct RecentText {
  StreamPos pos = 0;
  memory::RoomNum room = 0;
};
/// Events after the one position and before the other whose type has text, newest first.
std::vector<RecentText> recent_texts(store::Connection&, StreamPos after, StreamPos before, std::size_t limit);

void put_edit(store::Tx&, StreamPos edit, StreamPos target);
/// What the event at the position once edited; 0: nothing.
StreamPos edited_by(store::Connection&, StreamPos edit);

}  // namespace search_store
}  // namespace troupe::homeserver::search
