#include "homeserver/search/search_service.h"

#include <algorithm>

#include "base/words.h"
#include "homeserver/search/search_answer.h"
#include "homeserver/search/search_text.h"
#include "homeserver/sync/bundles.h"

namespace troupe::homeserver::search {
namespace {

/// Entries that are counted beyond a full page: the count is a guess from there on.
constexpr std::size_t kCountedAhead = 200;
/// Entries of one question to the index, which gathers all that a beginning of a word has anew with each.
constexpr std::size_t kChunk = kCountedAhead;
/// To name the rooms costs the index more than all else. So it is asked without them, as long as most of what it finds
/// is of them anyway: so many decide.
constexpr std::size_t kTried = 40;
constexpr std::size_t kEditsRead = 16;
/// Events that are looked at before the index has them: under a load of which it is behind, the newest only.
constexpr std::size_t kMaxRecent = 500;

/// The text as this user is shown it, with the newest edit that they see; 0: it does not have all the words.
std::size_t score(sync::RoomView& view, const memory::StoredEvent& stored, const SearchRequest& request) {
  const auto own = text_of(stored);
  if (!own) return 0;
  if (!request.keys.empty() && std::ranges::find(request.keys, own->key) == request.keys.end()) return 0;
  auto words = base::words_of(own->text, kMaxWords);
  if (own->key == TextKey::body) {
    for (const auto& row : sync::shown_relations(
             view,
             {.parent = stored.pos, .rel_type = "m.replace", .event_type = stored.event->type, .limit = kEditsRead})) {
      const auto edit = view.event_at(row.pos);
      const auto text = edit ? edited_text(*edit, stored) : std::nullopt;
      if (!text) continue;
      words = base::words_of(*text, kMaxWords);
      break;
    }
  }
  std::size_t sum = 0;
  for (const auto& searched : request.words) {
    std::size_t best = 0;  // a whole word is worth more than a beginning
    for (const auto& word : words) {
      if (base::finds(searched, word)) best = std::max<std::size_t>(best, word == searched ? 2 : 1);
    }
    if (best == 0) return 0;
    sum += best;
  }
  return sum * 1000 / (words.size() + 1) + 1;  // in a short text it says more
}

/// Goes through what is not in the index yet, then through the index, both from the newest down.
class Scan {
 public:
  Scan(SearchRooms& rooms, store::Connection& connection, Engine engine, const SearchRequest& request, StreamPos head)
      : rooms_(rooms), connection_(connection), engine_(engine), request_(request), head_(head) {}

  SearchFound run() {
    const auto few = rooms_.few();
    std::size_t tried = 0;
    std::size_t own = 0;
    bool trying = !few.empty();
    auto before = request_.by_rank || !request_.from ? head_ + 1 : std::min(request_.from->before, head_ + 1);
    before = std::min(before, look_at_recent(before) + 1);
    for (std::size_t looked_at = 0; looked_at < kMaxLookedAt;) {
      IndexQuery query{.words = request_.words, .keys = request_.keys, .rooms = {}};
      if (!trying) query.rooms = few;
      // While it is not known whether most hits are the searcher's own, those of others fill a question, too.
      const auto left = trying ? kMaxLookedAt : kMaxLookedAt - looked_at;
      const auto size = request_.by_rank ? left : kChunk;
      const auto chunk = search_store::find_texts(connection_, engine_, query, before, size);
      std::size_t looked_at_here = 0;
      for (const auto pos : chunk) {
        if (looked_at >= kMaxLookedAt) break;
        if (trying && tried >= kTried && 2 * own < tried) break;
        const bool is_own = look_at(pos);
        ++looked_at_here;
        before = pos;
        if (is_own || !trying) ++looked_at;
        if (!trying) continue;
        ++tried;
        if (is_own) ++own;
      }
      if (looked_at_here < chunk.size()) {
        trying = false;
        continue;
      }
      if (chunk.size() < size) {
        ended_ = true;
        break;
      }
      if (!request_.by_rank && found_.size() > request_.limit && looked_at >= kCountedAhead) break;
    }
    return page(before);
  }

 private:
  /// A message is found from the moment it was sent: its sender may look for it before the index has it.
  /// Yields where the index ends.
  StreamPos look_at_recent(StreamPos before) {
    const auto upto = search_store::indexed_upto(connection_);
    for (const auto& recent : search_store::recent_texts(connection_, upto, before, kMaxRecent)) {
      if (rooms_.view(recent.room)) look_at(recent.pos);
    }
    return upto;
  }

  /// Whether it is of one of the rooms.
  bool look_at(StreamPos pos) {
    const auto stored = memory::event_store::load_event(connection_, pos);
    if (!stored || stored->pos > head_) return false;
    auto* view = rooms_.view(stored->room);
    if (!view) return false;
    if (!request_.filter.matches(*stored->event) || !view->shows(*stored)) return true;
    if (const auto worth = score(*view, *stored, request_)) found_.push_back({.event = stored, .rank = worth});
    return true;
  }

  SearchFound page(StreamPos lowest) {
    const auto passed = request_.from ? request_.from->passed : 0;
    SearchFound found;
    found.count = found_.size() + (request_.by_rank ? 0 : passed);
    auto first = found_.begin();
    if (request_.by_rank) {
      std::ranges::sort(found_, std::ranges::greater(),
                        [](const SearchHit& hit) { return std::pair(hit.rank, hit.event->pos); });
      first += static_cast<std::ptrdiff_t>(std::min(passed, found_.size()));
    }
    const auto left = static_cast<std::size_t>(found_.end() - first);
    found.hits.assign(first, first + static_cast<std::ptrdiff_t>(std::min(left, request_.limit)));
    const bool more = left > request_.limit;
    const bool last = !more && (request_.by_rank || ended_);
    if (last && found.hits.empty()) return found;
    // The last page with something has a next one, too: clients know the end by an empty page, as from Synapse.
    SearchPlace next{.before = 0, .passed = passed + found.hits.size()};
    if (!request_.by_rank) next.before = more || last ? found.hits.back().event->pos : lowest;
    found.next_batch = place_token(request_.by_rank, next);
    return found;
  }

  SearchRooms& rooms_;
  store::Connection& connection_;
  const Engine engine_;
  const SearchRequest& request_;
  const StreamPos head_;
  bool ended_ = false;
  std::vector<SearchHit> found_;
};

}  // namespace

Task<std::string> SearchService::search(SearchRequest request) {
  const auto head = db_.head();
  const auto engine = engine_of(db_);
  auto read = [&](store::Connection& connection) -> Result<std::string> {
    const auto user = users_.load(connection, rooms_, request.user_id);
    const sync::Recipient recipient{.user_id = request.user_id,
                                    .device_id = request.device_id,
                                    .now_ms = clock_.unix_ms(),
                                    .settings = account_data_.settings(&connection, request.user_id)};
    SearchRooms rooms(*user, request.filter, recipient, connection, head);
    SearchFound found;
    if (!rooms.empty() && !request.words.empty()) found = Scan(rooms, connection, engine, request, head).run();
    return search_answer(found, rooms, request);
  };
  co_return co_await db_.read(read);
}

}  // namespace troupe::homeserver::search
