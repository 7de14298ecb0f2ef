// SQL of the index of words. It is derived: FTS5 on SQLite, tsvector with a GIN index on PostgreSQL, both over words
// that were made here (words.h), so that both find the same. What is found is looked at again before it is shown, so
// the index may be behind and may hold too much.
#pragma once
#include <functional>
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

/// A word of a search as the index is asked for it.
struct IndexWord {
  std::vector<std::string> any;  ///< one of these; empty: nothing in the index has the word
  bool beginning = false;        ///< or what begins with it
};

struct IndexQuery {
  std::span<const IndexWord> words;        ///< all of them
  std::span<const TextKey> keys;           ///< any of them; empty: all
  std::span<const memory::RoomNum> rooms;  ///< any of them; empty: all
};

/// What the index says of an event.
struct IndexEntry {
  StreamPos pos = 0;
  memory::RoomNum room = 0;             ///< 0: it does not say
  std::vector<std::string_view> words;  ///< as they were put in, in any order; they borrow from `text`
  std::string text;
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
/// How the index is asked for the words (base/words.h: finds): once for a search, however often it asks then.
std::vector<IndexWord> look_up_words(store::Connection&, Engine, std::span<const std::string> words);
/// Hands over what is at positions before this one, descending, until `take` says false. Yields how many those were;
/// the entry lives for its call.
std::size_t find_texts(store::Connection&, Engine, const IndexQuery& query, StreamPos before, std::size_t limit,
                       const std::function<bool(const IndexEntry&)>& take);

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
