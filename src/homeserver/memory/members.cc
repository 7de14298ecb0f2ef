#include "homeserver/memory/members.h"

#include <algorithm>
#include <limits>

#include "base/encoding.h"
#include "homeserver/memory/room.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::memory {
namespace {

constexpr std::string_view kType = "m.room.member";
constexpr std::array<std::string_view, 5> kMemberships{"join", "invite", "leave", "ban", "knock"};
constexpr std::uint64_t kMostTs = (1ULL << 48) - 1;
/// What a sleeping member takes: its record, its entry in a chunk that is three quarters full, what malloc adds.
constexpr std::size_t kPackedBytes = 104;
/// Contents up to here are names and pictures, which the member's other rooms hold too; longer ones count.
constexpr std::size_t kUsualContent = 512;

matrix::JsonObject object_of(std::string_view text) {
  auto json = matrix::parse_json(text);
  return json && json->is_object() ? std::move(json->get_object()) : matrix::JsonObject();
}

std::string id_text(const std::array<std::uint8_t, 32>& bytes) { return "$" + base::base64url(bytes); }

}  // namespace

std::size_t Members::weight(const Packed& packed) {
  const auto content = packed.content.text().size();
  return kPackedBytes + (content > kUsualContent ? content : 0);
}

const Members::Entry* Members::entry_of(std::string_view user_id) const {
  const auto chunk =
      std::ranges::lower_bound(chunks_, user_id, {}, [](const Chunk& c) { return c.back().user.text(); });
  if (chunk == chunks_.end()) return nullptr;
  const auto found = std::ranges::lower_bound(*chunk, user_id, {}, [](const Entry& e) { return e.user.text(); });
  return found != chunk->end() && found->user.text() == user_id ? &*found : nullptr;
}

Members::Entry& Members::place_of(std::string_view user_id) {
  auto chunk = std::ranges::lower_bound(chunks_, user_id, {}, [](const Chunk& c) { return c.back().user.text(); });
  if (chunk == chunks_.end()) {
    if (chunks_.empty()) chunks_.emplace_back();
    chunk = std::prev(chunks_.end());
  }
  auto found = std::ranges::lower_bound(*chunk, user_id, {}, [](const Entry& e) { return e.user.text(); });
  if (found != chunk->end() && found->user.text() == user_id) return *found;
  if (chunk->size() == kMostInChunk) {
    const auto middle = chunk->begin() + kMostInChunk / 2;
    const bool upper = found > middle;
    const auto at = found - (upper ? middle : chunk->begin());
    Chunk rest(std::make_move_iterator(middle), std::make_move_iterator(chunk->end()));
    chunk->erase(middle, chunk->end());
    chunk->shrink_to_fit();
    chunk = chunks_.insert(std::next(chunk), std::move(rest));
    if (!upper) chunk = std::prev(chunk);
    found = chunk->begin() + at;
  }
  ++size_;
  return *chunk->insert(found, {.user = Interned(user_id), .packed = nullptr});
}

std::optional<Members::Member> Members::find(std::string_view user_id) const {
  const auto* entry = entry_of(user_id);
  return entry ? std::optional(Member(*this, *entry)) : std::nullopt;
}

void Members::walk(const std::function<bool(const Member&)>& take, std::string_view after) const {
  const auto last = [](const Chunk& chunk) { return chunk.back().user.text(); };
  auto chunk = std::ranges::upper_bound(chunks_, after, {}, last);
  if (chunk == chunks_.end()) return;
  auto entry = std::ranges::upper_bound(*chunk, after, {}, [](const Entry& e) { return e.user.text(); });
  for (;;) {
    for (; entry != chunk->end(); ++entry)
      if (!take(Member(*this, *entry))) return;
    if (++chunk == chunks_.end()) return;
    entry = chunk->begin();
  }
}

// Ids of older versions, and numbers that are written in more than one way, would not come back as they were.
std::unique_ptr<const Members::Packed> Members::pack(const StoredEvent& stored) const {
  const auto& event = *stored.event;
  if (version_->event_ids != matrix::EventIds::hash_url_safe || !version_->strict_numbers) return nullptr;
  if (!stored.device.empty() || !stored.txn_id.empty() || stored.redacted_by || event.redacts) return nullptr;
  const auto membership = matrix::find_string(event.content, "membership");
  const auto kind = std::ranges::find(kMemberships, membership.value_or(""));
  const auto ago = stored.replaces ? stored.pos - *stored.replaces : 0;
  if (kind == kMemberships.end() || stored.flags > 0xff || event.origin_server_ts < 0 ||
      static_cast<std::uint64_t>(event.origin_server_ts) > kMostTs || event.depth < 0 ||
      event.depth > std::numeric_limits<std::uint32_t>::max() || (stored.replaces && ago <= 0) ||
      ago > std::numeric_limits<std::uint32_t>::max()) {
    return nullptr;
  }
  auto packed = std::make_unique<Packed>();
  const auto bytes = base::base64_decode(std::string_view(event.event_id).substr(1));
  if (!bytes || bytes->size() != packed->event_id.size()) return nullptr;
  std::ranges::copy(base::as_bytes(*bytes), packed->event_id.begin());
  if (id_text(packed->event_id) != event.event_id) return nullptr;
  packed->content = Interned(matrix::canonical_json(event.content));
  if (event.sender != *event.state_key) packed->sender = Interned(event.sender);
  packed->pos = stored.pos;
  packed->ts = static_cast<std::uint64_t>(event.origin_server_ts);
  packed->flags = static_cast<std::uint8_t>(stored.flags);
  packed->membership = static_cast<std::uint8_t>(kind - kMemberships.begin());
  packed->depth = static_cast<std::uint32_t>(event.depth);
  packed->replaced_ago = static_cast<std::uint32_t>(ago);
  return packed;
}

StoredEventPtr Members::unpack(const Entry& entry) const {
  const auto& packed = *entry.packed;
  auto event = std::make_shared<matrix::Event>();
  event->event_id = id_text(packed.event_id);
  event->room_id = room_id_;
  event->type = kType;
  event->sender = packed.sender ? packed.sender.text() : entry.user.text();
  event->state_key = std::string(entry.user.text());
  event->origin_server_ts = static_cast<std::int64_t>(packed.ts);
  event->depth = packed.depth;
  event->content = object_of(packed.content.text());
  auto stored = std::make_shared<StoredEvent>();
  stored->pos = packed.pos;
  stored->room = room_;
  stored->flags = packed.flags;
  if (packed.replaced_ago > 0) stored->replaces = packed.pos - packed.replaced_ago;
  Member(*this, entry).append_client_open(stored->client_open);
  stored->client_open.shrink_to_fit();
  stored->event = std::move(event);
  return stored;
}

void Members::set(const StoredEventPtr& stored) {
  newest_ = std::max(newest_, stored->pos);
  auto& entry = place_of(*stored->event->state_key);
  const auto user = entry.user.text();
  if (entry.packed) bytes_ -= weight(*entry.packed);
  if (const auto old = whole_.find(user); old != whole_.end()) {
    bytes_ -= memory_weight(old->second);
    whole_.erase(old);
  }
  entry.packed = pack(*stored);
  if (entry.packed) {
    bytes_ += weight(*entry.packed);
    return;
  }
  bytes_ += memory_weight(stored);
  whole_.emplace(user, stored);
}

StoredEventPtr Members::wake(std::string_view user_id) {
  const auto* entry = entry_of(user_id);
  if (!entry) return nullptr;
  if (const auto found = whole_.find(user_id); found != whole_.end()) return found->second;
  auto stored = unpack(*entry);
  bytes_ += memory_weight(stored);
  whole_.emplace(entry->user.text(), stored);
  return stored;
}

void Members::sleep(std::string_view user_id) {
  const auto* entry = entry_of(user_id);
  if (!entry || !entry->packed) return;
  const auto found = whole_.find(user_id);
  if (found == whole_.end()) return;
  bytes_ -= memory_weight(found->second);
  whole_.erase(found);
}

const StoredEventPtr* Members::Member::whole() const {
  if (members_->whole_.empty()) return nullptr;
  const auto found = members_->whole_.find(entry_->user.text());
  return found == members_->whole_.end() ? nullptr : &found->second;
}

std::string_view Members::Member::membership() const {
  if (packed()) return kMemberships[packed()->membership];
  return matrix::find_string((*whole())->event->content, "membership").value_or("");
}

StreamPos Members::Member::pos() const { return packed() ? packed()->pos : (*whole())->pos; }

std::optional<StreamPos> Members::Member::replaces() const {
  if (!packed()) return (*whole())->replaces;
  return packed()->replaced_ago > 0 ? std::optional(packed()->pos - packed()->replaced_ago) : std::nullopt;
}

std::string_view Members::Member::sender() const {
  if (!packed()) return (*whole())->event->sender;
  return packed()->sender ? packed()->sender.text() : user_id();
}

std::int64_t Members::Member::origin_server_ts() const {
  return packed() ? static_cast<std::int64_t>(packed()->ts) : (*whole())->event->origin_server_ts;
}

StoredEventPtr Members::Member::event() const {
  if (const auto* stored = whole()) return *stored;
  return members_->unpack(*entry_);
}

matrix::JsonObject Members::Member::content() const {
  return packed() ? object_of(packed()->content.text()) : (*whole())->event->content;
}

// What matrix::client_event_open makes of a member event.
void Members::Member::append_client_open(std::string& out) const {
  if (!packed()) {
    out += (*whole())->client_open;
    return;
  }
  out += R"({"content":)";
  out += packed()->content.text();
  out += R"(,"event_id":")";
  out += id_text(packed()->event_id);
  out += R"(","origin_server_ts":)";
  matrix::append_number(out, static_cast<std::int64_t>(packed()->ts));
  out += R"(,"sender":)";
  matrix::append_json_string(out, sender());
  out += R"(,"state_key":)";
  matrix::append_json_string(out, user_id());
  out += R"(,"type":"m.room.member")";
}

}  // namespace troupe::homeserver::memory
