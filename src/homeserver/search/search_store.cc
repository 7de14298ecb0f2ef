#include "homeserver/search/search_store.h"

#include <charconv>

#include "base/words.h"
#include "homeserver/common/mark_store.h"
#include "store/columns.h"

namespace troupe::homeserver::search::search_store {
namespace {

// Only single words are asked for, so no places of them are kept, and nothing is ranked, so no lengths of texts either.
// The tokenizer leaves words as they are. Beginnings of up to five letters are words of the index: else a search for
// one of a common word would gather all its entries.
constexpr std::string_view kMakeSqlite =
    "CREATE VIRTUAL TABLE IF NOT EXISTS hs_search USING fts5(words, detail=none, columnsize=0, tokenize='ascii', "
    "prefix='3 4 5')";
// The index's parts are merged a little with each piece, and never many at once while the writer waits.
constexpr std::string_view kNoMergeSqlite = "INSERT INTO hs_search (hs_search, rank) VALUES ('automerge', 0)";
constexpr std::string_view kMakePostgres =
    "CREATE TABLE IF NOT EXISTS hs_search (pos BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)";
constexpr std::string_view kIndexPostgres =
    "CREATE INDEX IF NOT EXISTS hs_search_by_word ON hs_search USING gin (words)";

constexpr std::string_view kForgetSqlite = "DELETE FROM hs_search WHERE rowid = ?1";
constexpr std::string_view kForgetPostgres = "DELETE FROM hs_search WHERE pos = ?1";
constexpr std::string_view kPutSqlite = "INSERT INTO hs_search (rowid, words) VALUES (?1, ?2)";
// The job may run twice at once for a moment (host::Job::singleton).
constexpr std::string_view kPutPostgres =
    "INSERT INTO hs_search (pos, words) VALUES (?1, array_to_tsvector(string_to_array(CAST(?2 AS TEXT), ' '))) "
    "ON CONFLICT (pos) DO UPDATE SET words = excluded.words";
constexpr std::string_view kNewestSqlite = "SELECT rowid FROM hs_search ORDER BY rowid DESC LIMIT 1";
constexpr std::string_view kNewestPostgres = "SELECT pos FROM hs_search ORDER BY pos DESC LIMIT 1";
constexpr std::string_view kFindSqlite =
    "SELECT rowid FROM hs_search WHERE hs_search MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3";
constexpr std::string_view kFindPostgres =
    "SELECT pos FROM hs_search WHERE words @@ CAST(CAST(?1 AS TEXT) AS tsquery) AND pos < ?2 "
    "ORDER BY pos DESC LIMIT ?3";

constexpr auto kRecentText =
    store::columns(store::column("pos", &RecentText::pos), store::column("room", &RecentText::room));
constexpr auto kRecentTexts =
    store::sql("SELECT ", kRecentText,
               " FROM hs_event WHERE pos > ?1 AND pos < ?2 AND type IN ('m.room.message', 'm.room.name', "
               "'m.room.topic') ORDER BY pos DESC LIMIT ?3");
constexpr std::string_view kMark = "search.indexed";
constexpr std::string_view kForgottenMark = "search.forgotten";
constexpr std::string_view kFormatMark = "search.format";
/// Of the words in the index (base/words.h): another one, and it is made anew.
constexpr std::string_view kFormat = "2";

// Rooms and keys are words like others. Who writes them finds nothing by it: what is found is looked at again.
std::string room_word(memory::RoomNum room) { return "zzroom" + std::to_string(room) + "zz"; }
std::string key_word(TextKey key) {
  switch (key) {
    case TextKey::name:
      return "zzkeynamezz";
    case TextKey::topic:
      return "zzkeytopiczz";
    case TextKey::body:
      break;
  }
  return "zzkeybodyzz";
}

std::int64_t number_of(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Words hold letters and digits alone, so nothing in them needs an escape.
class Expression {
 public:
  explicit Expression(Engine engine) : sqlite_(engine == Engine::sqlite) {}
  void add_word(std::string_view word, bool beginning) {
    separate(sqlite_ ? " AND " : " & ");
    put(word);
    if (beginning) text_ += sqlite_ ? "*" : ":*";
  }
  template <class Items, class Word>
  void add_any(const Items& items, Word word) {
    if (items.empty()) return;
    separate(sqlite_ ? " AND " : " & ");
    text_ += '(';
    bool first = true;
    for (const auto& item : items) {
      if (!first) text_ += sqlite_ ? " OR " : " | ";
      first = false;
      put(word(item));
    }
    text_ += ')';
  }
  const std::string& text() const { return text_; }

 private:
  void separate(std::string_view with) {
    if (!text_.empty()) text_ += with;
  }
  void put(std::string_view word) {
    const char quote = sqlite_ ? '"' : '\'';
    text_ += quote;
    text_ += word;
    text_ += quote;
  }
  bool sqlite_;
  std::string text_;
};

}  // namespace

void make_index(store::Tx& tx, Engine engine) {
  if (mark_store::find(tx, kFormatMark) != kFormat) {
    tx.run("DROP TABLE IF EXISTS hs_search");
    tx.run("DELETE FROM hs_mark WHERE name = ?1", kMark);
    mark_store::put(tx, kFormatMark, kFormat);
  }
  if (engine == Engine::sqlite) {
    tx.run(kMakeSqlite);
    tx.run(kNoMergeSqlite);
    tx.run("INSERT INTO hs_search (hs_search, rank) VALUES ('crisismerge', 1000)");
    return;
  }
  tx.run(kMakePostgres);
  tx.run(kIndexPostgres);
}

StreamPos newest_text(store::Connection& connection, Engine engine) {
  return store::number(connection.query(engine == Engine::sqlite ? kNewestSqlite : kNewestPostgres));
}

void put_text(store::Tx& tx, Engine engine, const IndexedText& text, bool fresh) {
  const bool sqlite = engine == Engine::sqlite;
  if (!fresh && (sqlite || text.words.empty())) tx.run(sqlite ? kForgetSqlite : kForgetPostgres, text.pos);
  if (text.words.empty()) return;
  auto words = room_word(text.room) + ' ' + key_word(text.key) + ' ';
  words += text.words;
  tx.run(sqlite ? kPutSqlite : kPutPostgres, text.pos, words);
}

void forget_texts(store::Tx& tx, Engine engine, std::span<const StreamPos> positions) {
  for (const auto pos : positions) {
    tx.run(engine == Engine::sqlite ? kForgetSqlite : kForgetPostgres, pos);
    tx.run("DELETE FROM hs_search_edit WHERE edit = ?1", pos);
  }
  if (!positions.empty()) note_forgotten(tx, engine);
}

// On PostgreSQL dead rows are the VACUUM's business.
void note_forgotten(store::Tx& tx, Engine engine) {
  if (engine == Engine::sqlite) mark_store::put(tx, kForgottenMark, std::to_string(forgotten(tx) + 1));
}

std::int64_t forgotten(store::Connection& connection) {
  return number_of(mark_store::find(connection, kForgottenMark));
}

bool clear_some(store::Tx& tx, bool first) {
  constexpr std::int64_t kPages = 128;
  constexpr std::int64_t kNothingDone = 2;  // FTS5: fewer changes than this
  const auto changes = [&tx] { return store::number(tx.query("SELECT total_changes()")); };
  const auto before = changes();
  tx.run("INSERT INTO hs_search (hs_search, rank) VALUES ('merge', ?1)", first ? -kPages : kPages);
  return changes() - before >= kNothingDone;
}

void note_cleared(store::Tx& tx, std::int64_t number) {
  tx.run("DELETE FROM hs_mark WHERE name = ?1 AND value = ?2", kForgottenMark, std::to_string(number));
}

void merge(store::Tx& tx, Engine engine) {
  if (engine == Engine::sqlite) tx.run("INSERT INTO hs_search (hs_search, rank) VALUES ('merge', 32)");
}

std::vector<StreamPos> find_texts(store::Connection& connection, Engine engine, const IndexQuery& query,
                                  StreamPos before, std::size_t limit) {
  Expression wanted(engine);
  for (const auto& word : query.words) wanted.add_word(word, base::asks_for_beginning(word));
  wanted.add_any(query.keys, key_word);
  wanted.add_any(query.rooms, room_word);
  return store::values<StreamPos>(connection.query(engine == Engine::sqlite ? kFindSqlite : kFindPostgres,
                                                   wanted.text(), before, static_cast<std::int64_t>(limit)));
}

StreamPos indexed_upto(store::Connection& connection) { return number_of(mark_store::find(connection, kMark)); }

void put_indexed_upto(store::Tx& tx, StreamPos pos) { mark_store::put(tx, kMark, std::to_string(pos)); }

std::vector<RecentText> recent_texts(store::Connection& connection, StreamPos after, StreamPos before,
                                     std::size_t limit) {
  return store::all(connection.query(kRecentTexts, after, before, static_cast<std::int64_t>(limit)), kRecentText);
}

void put_edit(store::Tx& tx, StreamPos edit, StreamPos target) {
  tx.run("INSERT INTO hs_search_edit (edit, target) VALUES (?1, ?2) ON CONFLICT (edit) DO NOTHING", edit, target);
}

StreamPos edited_by(store::Connection& connection, StreamPos edit) {
  return store::number(connection.query("SELECT target FROM hs_search_edit WHERE edit = ?1", edit));
}

}  // namespace troupe::homeserver::search::search_store
