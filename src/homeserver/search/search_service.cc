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
/// Entries of one question to the index.
constexpr std::size_t kChunk = kCountedAhead;
/// To name the rooms costs the index more than all else. So it is asked without them, as long as most of what it finds
/// is of them anyway: so many decide.
constexpr std::size_t kTried = 40;
constexpr std::size_t kEditsRead = 16;
/// Events that are looked at before the index has them: under a load of which it is behind, the newest only.
constexpr std::size_t kMaxRecent = 500;

/// What a text with these words is worth; 0: it does not have all that are searched.
template <class Words>
std::size_t worth_of(const Words& words, const SearchRequest& request) {
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
  return worth_of(words, request);
}

/// What may be a result. The event is not there yet where the index alone says that the searcher sees it: of most that
/// are found no more is needed than what they are worth.
struct Candidate {
  StreamPos pos = 0;
  std::size_t rank = 0;
  memory::StoredEventPtr event;
};

/// Goes through what is not in the index yet, then through the index, both from the newest down.
class Scan {
 public:
  Scan(SearchRooms& rooms, store::Connection& connection, Engine engine, const SearchRequest& request,
       const sync::Recipient& recipient, StreamPos head)
      : rooms_(rooms),
        connection_(connection),
        engine_(engine),
        request_(request),
        head_(head),
        index_suffices_(request.keys.empty() && request.filter.everything() &&
                        (!recipient.settings || !recipient.settings->ignored || recipient.settings->ignored->empty())) {
  }

  SearchFound run() {
    auto before = request_.by_rank || !request_.from ? head_ + 1 : std::min(request_.from->before, head_ + 1);
    before = std::min(before, look_at_recent(before) + 1);
    return page(look_at_index(before));
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

  /// Yields the position down to which it looked.
  StreamPos look_at_index(StreamPos before) {
    const auto words = search_store::look_up_words(connection_, engine_, request_.words);
    const auto few = rooms_.few();
    std::size_t tried = 0;
    std::size_t own = 0;
    std::size_t looked_at = 0;
    bool trying = !few.empty();
    // While it is not known whether most hits are the searcher's own, those of others fill a question, too.
    const auto others_prevail = [&] { return trying && tried >= kTried && 2 * own < tried; };
    while (looked_at < kMaxLookedAt) {
      if (others_prevail()) trying = false;
      IndexQuery query{.words = words, .keys = request_.keys, .rooms = {}};
      if (!trying) query.rooms = few;
      const auto size = trying && tried < kTried ? kTried : request_.by_rank ? kMaxLookedAt - looked_at : kChunk;
      bool stopped = false;
      const auto taken =
          search_store::find_texts(connection_, engine_, query, before, size, [&](const IndexEntry& entry) {
            const bool is_own = look_at(entry);
            before = entry.pos;
            if (is_own || !trying) ++looked_at;
            if (trying) {
              ++tried;
              if (is_own) ++own;
            }
            stopped = looked_at >= kMaxLookedAt || others_prevail();
            return !stopped;
          });
      if (stopped) continue;
      if (taken < size) {
        ended_ = true;
        break;
      }
      if (!request_.by_rank && found_.size() > request_.limit && looked_at >= kCountedAhead) break;
    }
    return before;
  }

  /// Whether it is of one of the rooms.
  bool look_at(const IndexEntry& entry) {
    if (entry.room == 0) return look_at(entry.pos);
    auto* view = rooms_.view(entry.room);
    if (!view) return false;
    // Of the first page by recency all is shown, and one more says that there is a next.
    const bool shown = !request_.by_rank && found_.size() <= request_.limit;
    if (shown || !index_suffices_ || entry.pos > head_ || !view->sees_all_after(entry.pos - 1))
      return look_at(entry.pos);
    if (const auto worth = worth_of(entry.words, request_))
      found_.push_back({.pos = entry.pos, .rank = worth, .event = nullptr});
    return true;
  }
  bool look_at(StreamPos pos) {
    const auto stored = memory::event_store::load_event(connection_, pos);
    if (!stored || stored->pos > head_) return false;
    auto* view = rooms_.view(stored->room);
    if (!view) return false;
    if (const auto worth = worth_to(*view, *stored)) found_.push_back({.pos = pos, .rank = worth, .event = stored});
    return true;
  }
  std::size_t worth_to(sync::RoomView& view, const memory::StoredEvent& stored) {
    return request_.filter.matches(*stored.event) && view.shows(stored) ? score(view, stored, request_) : 0;
  }
  /// The index may be a moment behind what was removed or edited: then it is no hit.
  bool complete(Candidate& found) {
    if (found.event) return true;
    auto stored = memory::event_store::load_event(connection_, found.pos);
    auto* view = stored ? rooms_.view(stored->room) : nullptr;
    found.rank = view ? worth_to(*view, *stored) : 0;
    found.event = std::move(stored);
    return found.rank > 0;
  }

  SearchFound page(StreamPos lowest) {
    const auto passed = request_.from ? request_.from->passed : 0;
    SearchFound found;
    found.count = found_.size() + (request_.by_rank ? 0 : passed);
    std::size_t at = 0;
    if (request_.by_rank) {
      std::ranges::sort(found_, std::ranges::greater(),
                        [](const Candidate& hit) { return std::pair(hit.rank, hit.pos); });
      at = std::min(passed, found_.size());
    }
    for (; at < found_.size() && found.hits.size() < request_.limit; ++at) {
      if (complete(found_[at])) {
        found.hits.push_back({.event = found_[at].event, .rank = found_[at].rank});
      } else {
        --found.count;
      }
    }
    const bool more = at < found_.size();
    const bool last = !more && (request_.by_rank || ended_);
    if (last && found.hits.empty()) return found;
    // The last page with something has a next one, too: clients know the end by an empty page, as from Synapse.
    SearchPlace next{.before = 0, .passed = request_.by_rank ? at : passed + found.hits.size()};
    if (!request_.by_rank) next.before = more || last ? found.hits.back().event->pos : lowest;
    found.next_batch = place_token(request_.by_rank, next);
    return found;
  }

  SearchRooms& rooms_;
  store::Connection& connection_;
  const Engine engine_;
  const SearchRequest& request_;
  const StreamPos head_;
  const bool index_suffices_;  ///< to know whether an entry of a room that the searcher sees is to be counted
  bool ended_ = false;
  std::vector<Candidate> found_;
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
    if (!rooms.empty() && !request.words.empty())
      found = Scan(rooms, connection, engine, request, recipient, head).run();
    return search_answer(found, rooms, request);
  };
  co_return co_await db_.read(read);
}

}  // namespace troupe::homeserver::search
