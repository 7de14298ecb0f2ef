#include "homeserver/appservice_feed/feed_look.h"

#include "homeserver/appservice_feed/feed_store.h"
#include "homeserver/memory/recent_events.h"
#include "host/cursor_store.h"

namespace troupe::homeserver::appservice_feed {

Task<Unit> FeedLook::begin() {
  auto note = [&](store::Tx& tx) -> Result<Unit> {
    if (!host::find_cursor(tx, kCursor)) host::advance_cursor(tx, kCursor, db_.head());
    return Unit{};
  };
  co_return co_await db_.write(note, {.lane = store::Lane::receipts});
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
      const bool due = !page->rows.empty() || page->upto - stored_ >= kStoreEvery;
      auto done = due ? co_await write(*page) : Result<bool>(true);
      if (!done) page = std::unexpected(std::move(done).error());
      written = done.value_or(false);
    }
    if (!page) {
      interest_.clear();  // the same events come again
      co_return std::unexpected(std::move(page).error());
    }
    if (!written) continue;  // another process was faster: its position is read
    cursor_ = std::max(cursor_, page->upto);
    more = page->more;
    for (const auto& row : page->rows) concerned.insert(row.service);
  }
  co_return concerned;
}

Result<FeedLook::Page> FeedLook::read_page(store::Connection& connection, StreamPos upto) {
  interest_.begin_look();
  Page page;
  page.after = cursor_;
  page.upto = std::max(upto, cursor_);
  if (cursor_ >= upto) return page;
  const auto found = memory::events_between(connection, rooms_, cursor_, upto, kPage);
  page.more = found.size() >= kPage;
  if (page.more) page.upto = found.back()->pos;
  for (const auto& stored : found) {
    for (const auto& service : services_.all()) {
      if (service->listens() && interest_.wants(connection, *service, *stored))
        page.rows.push_back({service.get(), stored->pos});
    }
  }
  return page;
}

/// False when another process has written of these events already.
Task<bool> FeedLook::write(const Page& page) {
  auto put = [&](store::Tx& tx) -> Result<bool> {
    if (host::find_cursor(tx, kCursor).value_or(0) > page.after) return false;
    for (const auto& row : page.rows) feed_store::put(tx, row.service->id(), row.pos);
    host::advance_cursor(tx, kCursor, page.upto);
    return true;
  };
  CO_TRY(const bool written, co_await db_.write(put, {.lane = store::Lane::receipts}));
  if (written) stored_ = page.upto;
  co_return written;
}

}  // namespace troupe::homeserver::appservice_feed
