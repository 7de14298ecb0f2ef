#include "homeserver/search/search_indexer.h"

#include <limits>
#include <map>

#include "homeserver/search/search_text.h"
#include "homeserver/search/words.h"
#include "homeserver/sync/history_store.h"

namespace troupe::homeserver::search {
namespace {

// A piece takes the writer about a millisecond. Two rounds a second are up to 4,000 events and a tenth of its time.
constexpr std::size_t kPieceEvents = 50;
constexpr std::size_t kRoundPieces = 40;
constexpr std::size_t kEditsLookedAt = 16;
constexpr StreamPos kUnwritten = 10'000;  ///< positions without text, before their end is noted
constexpr StreamPos kNow = std::numeric_limits<StreamPos>::max();

}  // namespace

struct SearchIndexer::Piece {
  std::map<StreamPos, IndexedText> texts;
  std::map<StreamPos, StreamPos> edits;  ///< edit → target
  StreamPos begin = 0;
  StreamPos upto = 0;
  bool more = false;

  /// What the event at the position is found by now.
  void add(store::Connection& connection, StreamPos pos) {
    const auto stored = memory::event_store::load_event(connection, pos);
    if (!stored) return;
    auto& indexed = texts[pos];
    indexed = {.pos = pos, .room = stored->room, .key = TextKey::body, .words = {}};
    const auto own = text_of(*stored);
    if (!own) return;
    indexed.key = own->key;
    indexed.words = words_of(own->text, kMaxWords);
    if (own->key != TextKey::body) return;
    for (const auto& row : sync::history_store::relations(connection, pos, "m.replace", stored->event->type, pos, kNow,
                                                          kEditsLookedAt, true)) {
      const auto edit = memory::event_store::load_event(connection, row.pos);
      const auto text = edit ? edited_text(*edit, *stored) : std::nullopt;
      if (!text) continue;
      indexed.words = words_of(*text, kMaxWords);
      return;
    }
  }
};

SearchIndexer::SearchIndexer(store::Database& db, memory::EventLookup& lookup)
    : db_(db), lookup_(lookup), engine_(engine_of(db)) {}

Result<Unit> SearchIndexer::open() {
  const auto make = [this](store::Tx& tx) -> Result<Unit> {
    search_store::make_index(tx, engine_);
    return Unit{};
  };
  return db_.write_now(make, {.lane = store::Lane::send, .savepoint = true});
}

Result<SearchIndexer::Piece> SearchIndexer::read_piece(store::Connection& connection) {
  Piece piece;
  const auto noted = search_store::indexed_upto(connection);
  piece.begin = noted == noted_ ? std::max(noted, looked_) : noted;  // another process may have gone on
  noted_ = noted;
  const auto events = memory::event_store::stream_after(connection, piece.begin, kPieceEvents);
  piece.upto = events.empty() ? piece.begin : events.back()->pos;
  piece.more = events.size() == kPieceEvents;
  for (const auto& stored : events) {
    const auto& event = *stored->event;
    if (const auto own = text_of(*stored)) {
      piece.texts[stored->pos] = {
          .pos = stored->pos, .room = stored->room, .key = own->key, .words = words_of(own->text, kMaxWords)};
    } else if ((stored->flags & memory::kIsEdit) != 0 && !stored->redacted_by) {
      const auto relation = memory::relation_of(event.content);
      const auto target = relation ? lookup_.find(connection, relation->event_id) : std::nullopt;
      if (!target) continue;
      piece.edits[stored->pos] = *target;
      piece.add(connection, *target);
    } else if (event.type == "m.room.redaction" && event.redacts) {
      const auto target = lookup_.find(connection, *event.redacts);
      if (!target) continue;
      piece.add(connection, *target);
      const auto in_piece = piece.edits.find(*target);
      const auto original =
          in_piece != piece.edits.end() ? in_piece->second : search_store::edited_by(connection, *target);
      if (original != 0) piece.add(connection, original);
    }
  }
  return piece;
}

Task<Unit> SearchIndexer::follow() {
  for (std::size_t round = 0; round < kRoundPieces; ++round) {
    auto read = [this](store::Connection& connection) -> Result<Piece> { return read_piece(connection); };
    CO_TRY(const auto piece, co_await db_.read(read));
    looked_ = piece.upto;
    if (!piece.texts.empty() || piece.upto - noted_ > kUnwritten) {
      auto write = [&](store::Tx& tx) -> Result<Unit> {
        for (const auto& [pos, text] : piece.texts) search_store::put_text(tx, engine_, text);
        for (const auto& [edit, target] : piece.edits) search_store::put_edit(tx, edit, target);
        search_store::merge(tx, engine_);
        search_store::put_indexed_upto(tx, piece.upto);
        return Unit{};
      };
      CO_TRY(co_await db_.write(write, {.lane = store::Lane::bulk, .savepoint = true}));
    }
    if (!piece.more) break;
  }
  co_return Unit{};
}

}  // namespace troupe::homeserver::search
