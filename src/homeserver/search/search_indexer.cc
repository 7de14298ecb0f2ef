#include "homeserver/search/search_indexer.h"

#include <limits>
#include <map>

#include "base/words.h"
#include "homeserver/search/search_text.h"
#include "homeserver/sync/history_store.h"
#include "store/write_log.h"

namespace troupe::homeserver::search {
namespace {

// The writer has one to two microseconds of work with a word: two to four milliseconds with a piece. Smaller ones cost
// more in all, because each is a part of the index that is to be merged with others.
constexpr std::size_t kPieceEvents = 500;
constexpr std::size_t kPieceWords = 2'000;
constexpr std::size_t kWordsBeside = 2;  ///< an entry's room and key are words, too
// A round goes on as long as there is something and it has not had its share: with ten of them a second a sixth of the
// writer's time.
constexpr std::size_t kRoundWords = 10'000;
constexpr std::size_t kRoundPieces = 40;
constexpr std::size_t kEditsLookedAt = 16;
constexpr StreamPos kUnwritten = 10'000;  ///< positions without text, before their end is noted
constexpr StreamPos kNow = std::numeric_limits<StreamPos>::max();

bool is_edit(const memory::StoredEvent& stored) { return (stored.flags & memory::kIsEdit) != 0; }

}  // namespace

struct SearchIndexer::Piece {
  std::map<StreamPos, IndexedText> texts;
  std::map<StreamPos, StreamPos> edits;  ///< edit → target
  /// Edits and redactions: what becomes of the events that they change is to be read.
  std::vector<memory::StoredEventPtr> changes;
  std::size_t words = 0;
  StreamPos begin = 0;
  StreamPos upto = 0;
  bool more = false;
  bool forgets = false;  ///< words that were there go

  bool full() const { return words >= kPieceWords; }

  /// The first of the events that fit; false: not all did.
  bool take(const std::vector<memory::StoredEventPtr>& events) {
    for (const auto& stored : events) {
      if (full()) return false;
      take_one(stored);
      upto = stored->pos;
    }
    return true;
  }

  void put(const memory::StoredEvent& stored, TextKey key, std::string_view text) {
    auto& indexed = texts[stored.pos];
    indexed = {.pos = stored.pos, .room = stored.room, .key = key, .words = {}};
    for (const auto& word : base::words_of(text, kMaxWords)) {
      if (!indexed.words.empty()) indexed.words += ' ';
      indexed.words += word;
      ++words;
    }
    words += kWordsBeside;
  }

  /// What the event at the position is found by now.
  void put_present(store::Connection& connection, StreamPos pos) {
    const auto stored = memory::event_store::load_event(connection, pos);
    if (!stored) return;
    const auto own = text_of(*stored);
    put(*stored, own ? own->key : TextKey::body, own ? own->text : "");
    if (!own || own->key != TextKey::body) return;
    for (const auto& row : sync::history_store::relations(connection, pos, "m.replace", stored->event->type, pos, kNow,
                                                          kEditsLookedAt, true)) {
      const auto edit = memory::event_store::load_event(connection, row.pos);
      const auto text = edit ? edited_text(*edit, *stored) : std::nullopt;
      if (!text) continue;
      put(*stored, TextKey::body, *text);
      return;
    }
  }

 private:
  void take_one(const memory::StoredEventPtr& stored) {
    const auto& event = *stored->event;
    if (const auto own = text_of(*stored)) {
      put(*stored, own->key, own->text);
    } else if ((is_edit(*stored) && !stored->redacted_by) || (event.type == "m.room.redaction" && event.redacts)) {
      changes.push_back(stored);
    }
  }
};

SearchIndexer::SearchIndexer(store::Database& db, memory::Rooms& rooms, memory::EventLookup& lookup)
    : db_(db), rooms_(rooms), lookup_(lookup), engine_(engine_of(db)) {}

Result<Unit> SearchIndexer::open() {
  StreamPos noted = 0;
  StreamPos newest = 0;
  const auto make = [&](store::Tx& tx) -> Result<Unit> {
    search_store::make_index(tx, engine_);
    noted = search_store::indexed_upto(tx);
    newest = search_store::newest_text(tx, engine_);
    return Unit{};
  };
  TRY(db_.write_now(make, {.lane = store::Lane::send, .savepoint = true}));
  noted_ = noted;
  looked_ = noted;
  filled_upto_ = newest;
  return Unit{};
}

/// Another process may have gone on, or have begun anew.
Task<Unit> SearchIndexer::find_place() {
  if (!db_.shared()) co_return Unit{};
  auto read = [](store::Connection& connection) -> Result<StreamPos> { return search_store::indexed_upto(connection); };
  CO_TRY(const auto noted, co_await db_.read(read));
  if (noted != noted_) looked_ = noted;
  noted_ = noted;
  co_return Unit{};
}

bool SearchIndexer::take_recent(Piece& piece) const {
  const auto recent = rooms_.recent_after(piece.begin, kPieceEvents);
  if (!recent) return false;
  const bool all = piece.take(recent->events);
  if (all) piece.upto = recent->upto;
  piece.more = !all || recent->more;
  return true;
}

void SearchIndexer::read_changed(store::Connection& connection, Piece& piece) {
  for (const auto& stored : piece.changes) {
    if (is_edit(*stored)) {
      const auto relation = memory::relation_of(stored->event->content);
      const auto target = relation ? lookup_.find(connection, relation->event_id) : std::nullopt;
      if (!target) continue;
      piece.edits[stored->pos] = *target;
      piece.put_present(connection, *target);
      continue;
    }
    const auto target = lookup_.find(connection, *stored->event->redacts);
    if (!target) continue;
    piece.forgets = true;
    piece.put_present(connection, *target);
    const auto in_piece = piece.edits.find(*target);
    const auto original =
        in_piece != piece.edits.end() ? in_piece->second : search_store::edited_by(connection, *target);
    if (original != 0) piece.put_present(connection, original);
  }
}

Task<SearchIndexer::Piece> SearchIndexer::next_piece() {
  Piece recent;
  recent.begin = recent.upto = looked_;
  const bool in_memory = take_recent(recent);
  if (in_memory && recent.changes.empty()) co_return recent;
  const auto head = db_.head();  // before the snapshot: it holds everything up to here
  auto read = [&](store::Connection& connection) -> Result<Piece> {  // may run twice
    auto piece = recent;
    if (!in_memory) {
      const auto events = memory::event_store::stream_after(connection, piece.begin, kPieceEvents);
      piece.more = !piece.take(events) || events.size() == kPieceEvents;
      if (!piece.more) piece.upto = std::max(piece.upto, head);
    }
    read_changed(connection, piece);
    return piece;
  };
  co_return co_await db_.read(read);
}

Task<Unit> SearchIndexer::write(const Piece& piece) {
  const auto filled = std::max(piece.begin, filled_upto_);
  auto put = [&](store::Tx& tx) -> Result<Unit> {
    for (const auto& [pos, text] : piece.texts) search_store::put_text(tx, engine_, text, pos > filled);
    for (const auto& [edit, target] : piece.edits) search_store::put_edit(tx, edit, target);
    if (!piece.texts.empty()) search_store::merge(tx, engine_);
    if (piece.forgets) search_store::note_forgotten(tx, engine_);
    search_store::put_indexed_upto(tx, piece.upto);
    return Unit{};
  };
  CO_TRY(co_await db_.write(put, {.lane = store::Lane::bulk, .savepoint = true}));
  noted_ = piece.upto;
  co_return Unit{};
}

Task<Unit> SearchIndexer::follow() {
  CO_TRY(const auto turn, co_await rounds_.enter());
  CO_TRY(co_await find_place());
  std::size_t words = 0;
  for (std::size_t round = 0; round < kRoundPieces && words < kRoundWords && looked_ < db_.head(); ++round) {
    CO_TRY(const auto piece, co_await next_piece());
    if (!piece.texts.empty() || piece.upto - noted_ > kUnwritten) CO_TRY(co_await write(piece));
    looked_ = piece.upto;
    words += piece.words;
    if (!piece.more) break;
  }
  co_return Unit{};
}

Task<Unit> SearchIndexer::clear(std::chrono::steady_clock::time_point now) {
  constexpr int kRestsTimes = 20;
  if (engine_ != Engine::sqlite || now < rests_until_) co_return Unit{};
  CO_TRY(const auto turn, co_await clearing_.enter());
  auto look = [](store::Connection& connection) -> Result<std::int64_t> { return search_store::forgotten(connection); };
  CO_TRY(const auto number, co_await db_.read(look));
  if (number == 0) co_return Unit{};
  const auto began = std::chrono::steady_clock::now();
  const auto done = co_await put_together(number);
  const auto took = std::chrono::steady_clock::now() - began;  // in vain, too: a full disk is not asked every second
  rests_until_ = now + std::max<std::chrono::steady_clock::duration>(kRest, took * kRestsTimes);
  co_return done;
}

Task<Unit> SearchIndexer::put_together(std::int64_t number) {
  bool more = true;
  for (bool first = true; more; first = false) {
    auto step = [first](store::Tx& tx) -> Result<bool> { return search_store::clear_some(tx, first); };
    CO_TRY(more, co_await db_.write(step, {.lane = store::Lane::bulk, .savepoint = true}));
  }
  // The pages that went are in the log yet, as they were.
  CO_TRY(co_await store::empty_log(db_));
  auto done = [number](store::Tx& tx) -> Result<Unit> {
    search_store::note_cleared(tx, number);
    return Unit{};
  };
  CO_TRY(co_await db_.write(done, {.lane = store::Lane::bulk, .savepoint = true}));
  co_return Unit{};
}

Task<Unit> SearchIndexer::remove_older(std::chrono::steady_clock::time_point now) {
  if (db_.shared() && now < older_until_) co_return Unit{};
  auto piece = [this](store::Tx& tx) -> Result<bool> { return search_store::remove_older(tx, engine_); };
  for (bool more = true; more;) {
    CO_TRY(more, co_await db_.write(piece, {.lane = store::Lane::bulk, .savepoint = true}));
  }
  co_return Unit{};
}

Task<Unit> SearchIndexer::follow_if_many() {
  if (db_.head() - looked_ < kManyWaiting) co_return Unit{};
  co_return co_await follow();
}

}  // namespace troupe::homeserver::search
