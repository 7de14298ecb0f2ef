#include "homeserver/appservice_feed/feed_look.h"

#include <algorithm>
#include <optional>

#include "homeserver/appservice_feed/feed_store.h"
#include "homeserver/crypto/device_keys_store.h"
#include "homeserver/memory/recent_events.h"
#include "host/cursor_store.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::appservice_feed {

namespace notes = appservice::device_notes_store;

/// Its row says that services are noted. No registration has this id.
constexpr std::string_view kNoService;

Task<Unit> FeedLook::begin() {
  auto look = [](store::Connection& connection) -> Result<Known> { return notes::known(connection); };
  CO_TRY(const auto known, co_await db_.read(look));
  if (known.empty() && services_.empty()) co_return Unit{};
  for (const auto& service : services_.all()) {
    const bool is_known = std::ranges::find(known, service->id(), &notes::KnownService::service) != known.end();
    if (service->listens() && !is_known && !known.empty()) CO_TRY(co_await forget(service->id()));
  }
  auto note = [&](store::Tx& tx) -> Result<Unit> {
    note_known(tx);
    return Unit{};
  };
  co_return co_await db_.write(note, {.lane = store::Lane::receipts});
}

/// What still waits for a service of the same id that was there once.
Task<Unit> FeedLook::forget(std::string service) {
  constexpr auto kPiece = static_cast<std::int64_t>(store::kPiece);
  auto remove = [&](store::Tx& tx) -> Result<bool> {
    const bool more_events = feed_store::remove_some(tx, service, kPiece);
    const bool more_notes = notes::remove_some(tx, service, kPiece);
    return more_events || more_notes;
  };
  for (bool more = true; more;) {
    CO_TRY(more, co_await db_.write(remove, {.lane = store::Lane::bulk}));
  }
  co_return Unit{};
}

void FeedLook::note_known(store::Tx& tx) {
  const auto known = notes::known(tx);
  const auto cursor = host::find_cursor(tx, kCursor);
  // With a position and no rows the program was one that noted no services: they go on where they were.
  const auto begin = known.empty() ? cursor.value_or(db_.head()) : db_.head();
  std::optional<StreamPos> earliest;
  for (const auto& service : services_.all()) {
    if (!service->listens()) continue;
    const auto found = std::ranges::find(known, service->id(), &notes::KnownService::service);
    const auto from = found == known.end() ? begin : found->from_pos;
    if (found == known.end()) notes::put_known(tx, {.service = service->id(), .from_pos = from});
    from_[service.get()] = from;
    earliest = std::min(earliest.value_or(from), from);
  }
  notes::put_known(tx, {.service = std::string(kNoService), .from_pos = 0});
  for (const auto& each : known) {
    if (each.service == kNoService) continue;
    const auto* service = services_.find(each.service);
    if (!service || !service->listens()) notes::remove_known(tx, each.service);
  }
  // With nobody to tell, whatever was is of no interest.
  if (!earliest && !services_.empty()) earliest = db_.head();
  if (earliest && cursor.value_or(0) < *earliest) host::advance_cursor(tx, kCursor, *earliest);
}

bool FeedLook::is_told(const appservice::Service& service, StreamPos pos) const {
  const auto from = from_.find(&service);
  return from != from_.end() && pos > from->second;
}

Task<std::set<const appservice::Service*>> FeedLook::look() {
  std::set<const appservice::Service*> concerned;
  for (bool more = true; more;) {
    const auto head = db_.head();
    if (head <= cursor_) break;
    auto read = [&](store::Connection& connection) -> Result<Page> {
      const auto stored = host::find_cursor(connection, kCursor).value_or(0);
      if (stored > cursor_) {  // the first look, or another process has looked meanwhile
        interest_.clear();
        cursor_ = stored;
      }
      stored_ = std::max(stored_, stored);
      return read_page(connection, head);
    };
    auto page = co_await db_.read(read);
    bool written = false;
    if (page) {
      const bool due = !page->rows.empty() || !page->lists.empty() || page->upto - stored_ >= kStoreEvery;
      auto done = due ? co_await write(*page) : Result<bool>(true);
      written = done.value_or(false);
      if (!done) page = std::unexpected(std::move(done).error());
    }
    if (!page) {
      interest_.clear();  // the same events come again
      co_return std::unexpected(std::move(page).error());
    }
    if (!written) continue;  // another process was faster: its position is read
    cursor_ = std::max(cursor_, page->upto);
    if (lag_) lag_->looked_at(page->looked_at);
    more = page->more;
    for (const auto& row : page->rows) concerned.insert(row.service);
    for (const auto& row : page->lists) concerned.insert(row.service);
  }
  co_return concerned;
}

Result<FeedLook::Page> FeedLook::read_page(store::Connection& connection, StreamPos upto) {
  interest_.begin_look();
  Page page;
  page.after = cursor_;
  page.upto = std::max(upto, cursor_);
  if (cursor_ >= upto) return page;
  page.looked_at = memory::events_between(connection, rooms_, cursor_, upto, kPage);
  const auto& found = page.looked_at;
  page.more = found.size() >= kPage;
  if (page.more) page.upto = found.back()->pos;
  for (const auto& stored : found) {
    for (const auto& service : services_.all()) {
      if (!is_told(*service, stored->pos)) continue;
      if (service->hears_devices()) {
        for (auto& note : devices_.changed_by(connection, *service, *stored))
          page.lists.push_back({service.get(), std::move(note)});
      }
      if (interest_.wants(connection, *service, *stored)) page.rows.push_back({service.get(), stored->pos});
    }
  }
  read_devices(connection, page);
  return page;
}

/// Up to where the page goes; it ends earlier when more devices have changed than one look takes.
void FeedLook::read_devices(store::Connection& connection, Page& page) {
  if (std::ranges::none_of(services_.all(), [](const auto& service) { return service->hears_devices(); })) return;
  const auto changes = crypto::device_keys_store::changes(connection, page.after, page.upto, kPage);
  if (changes.size() >= kPage) {
    page.upto = changes.back().pos;
    page.more = true;
    std::erase_if(page.rows, [&](const Row& row) { return row.pos > page.upto; });
    std::erase_if(page.looked_at, [&](const auto& stored) { return stored->pos > page.upto; });
    std::erase_if(page.lists, [&](const ListRow& row) { return row.note.pos > page.upto; });
    interest_.clear();  // the events behind it come again
  }
  for (const auto& change : changes) {
    for (const auto& service : services_.all()) {
      if (service->hears_devices() && is_told(*service, change.pos) &&
          devices_.wants_user(connection, *service, change.user_id, page.upto))
        page.lists.push_back({service.get(), {.user_id = change.user_id, .has_left = false, .pos = change.pos}});
    }
  }
}

/// False when another process has written of these events already.
Task<bool> FeedLook::write(const Page& page) {
  auto put = [&](store::Tx& tx) -> Result<bool> {
    if (host::find_cursor(tx, kCursor).value_or(0) > page.after) return false;
    for (const auto& row : page.rows) feed_store::put(tx, row.service->id(), row.pos);
    for (const auto& row : page.lists) notes::note_list(tx, row.service->id(), row.note);
    host::advance_cursor(tx, kCursor, page.upto);
    return true;
  };
  CO_TRY(const bool written, co_await db_.write(put, {.lane = store::Lane::receipts}));
  if (written) stored_ = page.upto;
  co_return written;
}

}  // namespace troupe::homeserver::appservice_feed
