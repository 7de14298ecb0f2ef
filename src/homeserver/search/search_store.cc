#include "homeserver/search/search_store.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/words.h"
#include "homeserver/common/mark_store.h"
#include "store/columns.h"

namespace troupe::homeserver::search::search_store {
namespace {

// Only single words are asked for, so no places of them are kept, and nothing is ranked, so no lengths of texts either.
// The tokenizer leaves words as they are. Beginnings of up to five letters are words of the index: else a search for
// one of a common word would gather all its entries.
constexpr std::string_view kMakeSqlite =
    "CREATE VIRTUAL TABLE IF NOT EXISTS hs_search_2 USING fts5(words, detail=none, columnsize=0, tokenize='ascii', "
    "prefix='3 4 5')";
/// The words that are in the index, in order; there is one more row for each entry with one.
constexpr std::string_view kMakeTermsSqlite =
    "CREATE VIRTUAL TABLE IF NOT EXISTS hs_search_2_terms USING fts5vocab(hs_search_2, 'instance')";
constexpr std::string_view kNextTermSqlite = "SELECT term FROM hs_search_2_terms WHERE term >= ?1 LIMIT 1";
constexpr std::size_t kIndexedBeginning = 5;  ///< letters; see kMakeSqlite
/// Words with the same beginning that are asked for one by one, each for about 30 us. More are gathered by FTS5.
constexpr std::size_t kMostTerms = 64;
// The index's parts are merged a little with each piece, and never many at once while the writer waits.
constexpr std::string_view kNoMergeSqlite = "INSERT INTO hs_search_2 (hs_search_2, rank) VALUES ('automerge', 0)";
constexpr std::string_view kMakePostgres =
    "CREATE TABLE IF NOT EXISTS hs_search_2 (pos BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)";
constexpr std::string_view kIndexPostgres =
    "CREATE INDEX IF NOT EXISTS hs_search_2_by_word ON hs_search_2 USING gin (words)";

constexpr std::string_view kForgetSqlite = "DELETE FROM hs_search_2 WHERE rowid = ?1";
constexpr std::string_view kForgetPostgres = "DELETE FROM hs_search_2 WHERE pos = ?1";
constexpr std::string_view kPutSqlite = "INSERT INTO hs_search_2 (rowid, words) VALUES (?1, ?2)";
// The job may run twice at once for a moment (host::Job::singleton).
constexpr std::string_view kPutPostgres =
    "INSERT INTO hs_search_2 (pos, words) VALUES (?1, array_to_tsvector(string_to_array(CAST(?2 AS TEXT), ' '))) "
    "ON CONFLICT (pos) DO UPDATE SET words = excluded.words";
constexpr std::string_view kNewestSqlite = "SELECT rowid FROM hs_search_2 ORDER BY rowid DESC LIMIT 1";
constexpr std::string_view kNewestPostgres = "SELECT pos FROM hs_search_2 ORDER BY pos DESC LIMIT 1";
constexpr std::string_view kFindSqlite =
    "SELECT rowid, words FROM hs_search_2 WHERE hs_search_2 MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3";
// PostgreSQL is told which way to go: it plans for words that it does not know yet, and takes those of a text for
// independent of each other. So the one query can use no index of words, the other no order of positions.
constexpr std::string_view kLookThroughPostgres =
    "SELECT pos, array_to_string(tsvector_to_array(words), ' ') FROM hs_search_2 "
    "WHERE (words @@ CAST(CAST(?1 AS TEXT) AS tsquery)) IS TRUE AND pos < ?2 AND pos >= ?3 ORDER BY pos DESC LIMIT ?4";
constexpr std::string_view kGatherPostgres =
    "SELECT pos, array_to_string(tsvector_to_array(words), ' ') FROM (SELECT pos, words FROM hs_search_2 "
    "WHERE words @@ CAST(CAST(?1 AS TEXT) AS tsquery) AND pos + 0 < ?2 ORDER BY pos + 0 DESC LIMIT ?3) found "
    "ORDER BY pos DESC";
/// Positions have wide gaps, so rows are counted.
constexpr std::string_view kPlaceBehindPostgres =
    "SELECT pos FROM hs_search_2 WHERE pos < ?1 ORDER BY pos DESC LIMIT 1 OFFSET ?2";
constexpr std::string_view kRowsPostgres =
    "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = to_regclass('hs_search_2')";
constexpr std::int64_t kFirstLook = 8192;  ///< rows: two milliseconds
/// So many entries are looked through while one is gathered: those lie all over the table.
constexpr double kGatherCost = 16;

constexpr auto kRecentText =
    store::columns(store::column("pos", &RecentText::pos), store::column("room", &RecentText::room));
constexpr auto kRecentTexts =
    store::sql("SELECT ", kRecentText,
               " FROM hs_event WHERE pos > ?1 AND pos < ?2 AND type IN ('m.room.message', 'm.room.name', "
               "'m.room.topic') ORDER BY pos DESC LIMIT ?3");
constexpr std::string_view kMark = "search.indexed.2";
constexpr std::string_view kForgottenMark = "search.forgotten";
// The names of the table and of the mark bear the format of the words in it (base/words.h): of another format another
// index is made, and a program that knows only an older one goes on with its own as long as it runs. The index of
// format 2 had no number yet and is renamed: what still looks for it by the old name fails at searches.

/// What came before names bore a format: its format stands in a mark.
constexpr std::string_view kOlder = "hs_search";
constexpr std::string_view kOlderMark = "search.indexed";
constexpr std::string_view kOlderFormat = "search.format";
/// FTS5's own tables. Without the settings and the first rows of its data (what the index consists of) it would not
/// open the table, so that it could not be dropped: these go with it.
constexpr std::string_view kOlderPieces[] = {
    "DELETE FROM hs_search_content WHERE id IN (SELECT id FROM hs_search_content LIMIT ?1)",
    "DELETE FROM hs_search_data WHERE id IN (SELECT id FROM hs_search_data WHERE id > 10 LIMIT ?1)",
    "DELETE FROM hs_search_idx WHERE (segid, term) IN (SELECT segid, term FROM hs_search_idx LIMIT ?1)"};
constexpr std::int64_t kOlderPiece = 250;  ///< rows of at most 4 KiB

// Rooms and keys are words like others. Who writes them finds nothing by it: what is found is looked at again, where it
// says two rooms of an entry as well.
constexpr std::string_view kRoomWord = "zzroom";
constexpr std::string_view kKeyWord = "zzkey";
std::string room_word(memory::RoomNum room) { return std::string(kRoomWord) + std::to_string(room) + "zz"; }
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

/// Takes what is in the entry's text apart.
void read_entry(IndexEntry& entry) {
  entry.words.clear();
  entry.room = 0;
  bool one_room = true;
  for (std::string_view rest = entry.text; !rest.empty();) {
    const auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (word.starts_with(kRoomWord)) {
      one_room = one_room && entry.room == 0;
      std::from_chars(word.data() + kRoomWord.size(), word.data() + word.size(), entry.room);
    } else if (!word.starts_with(kKeyWord)) {
      entry.words.push_back(word);
    }
  }
  if (!one_room) entry.room = 0;
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
  void add_word(const IndexWord& word) {
    add_any(word.any, [](const std::string& term) { return std::string_view(term); });
    if (!word.beginning) return;
    text_.insert(text_.size() - 1, sqlite_ ? "*" : ":*");
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

/// The words of the index that begin with this one; nothing: there are too many of them.
std::optional<std::vector<std::string>> terms_of(store::Connection& connection, const std::string& word) {
  std::vector<std::string> terms;
  for (auto from = word; terms.size() <= kMostTerms;) {
    auto term = store::value<std::string>(connection.query(kNextTermSqlite, from));
    if (!term || !term->starts_with(word)) return terms;
    from = *term + '\x01';  // in front of all that begins with it, behind itself
    terms.push_back(*std::move(term));
  }
  return std::nullopt;
}

/// Hands over what queries find, up to a number.
class Taking {
 public:
  Taking(std::size_t limit, const std::function<bool(const IndexEntry&)>& take) : limit_(limit), take_(take) {}
  std::size_t taken() const { return taken_; }
  std::int64_t left() const { return static_cast<std::int64_t>(limit_ - taken_); }
  bool done() const { return stopped_ || taken_ >= limit_; }

  void all_of(store::Rows rows) {
    IndexEntry entry;
    while (!done() && rows.next()) {
      rows >> entry.pos >> entry.text;
      read_entry(entry);
      ++taken_;
      stopped_ = !take_(entry);
    }
  }

 private:
  const std::size_t limit_;
  const std::function<bool(const IndexEntry&)>& take_;
  std::size_t taken_ = 0;
  bool stopped_ = false;
};

/// Looks through the newest entries, as long as so many have the words that this costs less than to gather all that do.
void find_in_postgres(store::Connection& connection, const std::string& wanted, StreamPos before, Taking& taking) {
  const auto rows = static_cast<double>(store::number(connection.query(kRowsPostgres)));
  double looked_through = 0;
  for (auto width = kFirstLook;; width *= 2) {
    const auto from = store::value<StreamPos>(connection.query(kPlaceBehindPostgres, before, width - 1));
    taking.all_of(connection.query(kLookThroughPostgres, wanted, before, from.value_or(0), taking.left()));
    if (taking.done() || !from) return;
    before = *from;
    looked_through += static_cast<double>(width);
    const auto share = static_cast<double>(taking.taken()) / looked_through;
    const auto gathered = std::max(rows - looked_through, 0.0) * share;
    if (gathered * kGatherCost * share > static_cast<double>(taking.left())) continue;
    taking.all_of(connection.query(kGatherPostgres, wanted, before, taking.left()));
    return;
  }
}

bool has_table(store::Connection& connection, Engine engine, std::string_view name) {
  constexpr std::string_view kSqlite = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1";
  constexpr std::string_view kPostgres = "SELECT 1 WHERE to_regclass(CAST(?1 AS TEXT)) IS NOT NULL";
  return store::any(connection.query(engine == Engine::sqlite ? kSqlite : kPostgres, name));
}

}  // namespace

void make_index(store::Tx& tx, Engine engine) {
  if (!has_table(tx, engine, "hs_search_2") && mark_store::find(tx, kOlderFormat) == "2" &&
      has_table(tx, engine, kOlder)) {
    tx.run("ALTER TABLE hs_search RENAME TO hs_search_2");
    if (engine == Engine::postgres) tx.run("ALTER INDEX IF EXISTS hs_search_by_word RENAME TO hs_search_2_by_word");
    mark_store::put(tx, kMark, mark_store::find(tx, kOlderMark));
    tx.run("DELETE FROM hs_mark WHERE name IN (?1, ?2)", kOlderMark, kOlderFormat);
  }
  if (engine == Engine::sqlite) {
    tx.run(kMakeSqlite);
    tx.run(kMakeTermsSqlite);
    tx.run(kNoMergeSqlite);
    tx.run("INSERT INTO hs_search_2 (hs_search_2, rank) VALUES ('crisismerge', 1000)");
    return;
  }
  tx.run(kMakePostgres);
  tx.run(kIndexPostgres);
}

bool remove_older(store::Tx& tx, Engine engine) {
  if (!has_table(tx, engine, kOlder)) return false;
  if (engine == Engine::sqlite) {
    for (const auto piece : kOlderPieces)
      if (tx.run(piece, kOlderPiece) > 0) return true;
  }
  tx.run("DROP TABLE hs_search");
  tx.run("DELETE FROM hs_mark WHERE name IN (?1, ?2)", kOlderMark, kOlderFormat);
  note_forgotten(tx, engine);  // what was deleted from it stands in the log yet
  return false;
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
  tx.run("INSERT INTO hs_search_2 (hs_search_2, rank) VALUES ('merge', ?1)", first ? -kPages : kPages);
  return changes() - before >= kNothingDone;
}

void note_cleared(store::Tx& tx, std::int64_t number) {
  tx.run("DELETE FROM hs_mark WHERE name = ?1 AND value = ?2", kForgottenMark, std::to_string(number));
}

void merge(store::Tx& tx, Engine engine) {
  if (engine == Engine::sqlite) tx.run("INSERT INTO hs_search_2 (hs_search_2, rank) VALUES ('merge', 32)");
}

std::vector<IndexWord> look_up_words(store::Connection& connection, Engine engine, std::span<const std::string> words) {
  std::vector<IndexWord> found;
  for (const auto& word : words) {
    auto& asked = found.emplace_back();
    asked.any = {word};
    asked.beginning = base::asks_for_beginning(word);
    // A beginning that is no word of the index: all entries with what begins so would be gathered before the newest of
    // them is known. Most begin few words.
    if (engine != Engine::sqlite || !asked.beginning || base::letters_of(word) <= kIndexedBeginning) continue;
    auto terms = terms_of(connection, word);
    if (!terms) continue;
    asked.any = *std::move(terms);
    asked.beginning = false;
  }
  return found;
}

std::size_t find_texts(store::Connection& connection, Engine engine, const IndexQuery& query, StreamPos before,
                       std::size_t limit, const std::function<bool(const IndexEntry&)>& take) {
  Expression wanted(engine);
  for (const auto& word : query.words) {
    if (word.any.empty()) return 0;
    wanted.add_word(word);
  }
  wanted.add_any(query.keys, key_word);
  wanted.add_any(query.rooms, room_word);
  Taking taking(limit, take);
  if (engine == Engine::sqlite) {
    taking.all_of(connection.query(kFindSqlite, wanted.text(), before, taking.left()));
  } else {
    find_in_postgres(connection, wanted.text(), before, taking);
  }
  return taking.taken();
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
