#include "homeserver/media/media_moderation.h"

#include <set>
#include <span>

#include "store/in_pieces.h"

namespace troupe::homeserver::media {
namespace {

Error no_such_upload() { return {Errc::not_found, "There is no such file on this server."}; }
Error no_such_uploader() { return {Errc::not_found, "There is no such user on this server."}; }

/// Puts contents into quarantine and counts the uploads that this takes away.
class Quarantining {
 public:
  Quarantining(store::Tx& tx, std::string_view by, std::int64_t now) : tx_(tx), by_(by), now_(now) {}

  void add(const ModeratedMedia& media) {
    if (!media.row.sha256 || media.quarantined_by) return;
    const auto& content = *media.row.sha256;
    if (!taken_.contains(content)) {
      if (moderation_store::is_safe(tx_, content)) return;
      moderation_store::quarantine(tx_, content, by_, now_);
      taken_.insert(content);
    }
    ++count_;
  }
  std::int64_t count() const { return count_; }

 private:
  store::Tx& tx_;
  std::string_view by_;
  std::int64_t now_;
  std::set<std::string> taken_;
  std::int64_t count_ = 0;
};

}  // namespace

Task<ModeratedMedia> MediaModeration::find(std::string media_id) {
  auto look = [&media_id](store::Connection& connection) -> Result<ModeratedMedia> {
    auto found = moderation_store::find(connection, media_id);
    if (!found) return no_such_upload();
    return *std::move(found);
  };
  co_return co_await db_.read(look);
}

Task<MediaModeration::Page> MediaModeration::list(MediaListQuery query) {
  auto look = [&query](store::Connection& connection) -> Result<Page> {
    if (!moderation_store::is_account(connection, query.user_id)) return no_such_uploader();
    return Page{.media = moderation_store::list(connection, query),
                .total = moderation_store::count(connection, query.user_id)};
  };
  co_return co_await db_.read(look);
}

Task<MediaModeration::Page> MediaModeration::list_all(AllMediaQuery query) {
  auto look = [&query](store::Connection& connection) -> Result<Page> {
    return Page{.media = moderation_store::list_all(connection, query),
                .total = moderation_store::count_all(connection, query)};
  };
  co_return co_await db_.read(look);
}

Task<MediaModeration::UsagePage> MediaModeration::usage(UsageQuery query) {
  auto look = [&query](store::Connection& connection) -> Result<UsagePage> {
    return UsagePage{.users = moderation_store::usage(connection, query),
                     .total = moderation_store::count_usage(connection, query)};
  };
  co_return co_await db_.read(look);
}

Task<std::vector<ModeratedMedia>> MediaModeration::all_after(std::string media_id) {
  auto look = [&media_id](store::Connection& connection) -> Result<std::vector<ModeratedMedia>> {
    return moderation_store::all_after(connection, media_id, store::kPiece);
  };
  co_return co_await db_.read(look);
}

Task<MediaModeration::Changes> MediaModeration::changes_after(StreamPos after) {
  const auto head = db_.head();  // before the snapshot: it holds everything up to here
  auto look = [after, head](store::Connection& connection) -> Result<Changes> {
    Changes found{.changes = {}, .next = after};
    for (const auto& change : moderation_store::changes_after(connection, after, head, store::kPiece)) {
      if (found.changes.size() >= kChangesAtOnce) break;
      for (auto& id : moderation_store::uploads_of_content(connection, change.sha256, kMostShownOfContent))
        found.changes.push_back({.media_id = std::move(id), .quarantined = change.quarantined});
      found.next = change.pos;
    }
    return found;
  };
  co_return co_await db_.read(look);
}

template <class Apply>
Task<Unit> MediaModeration::change(std::string media_id, Apply apply) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    const auto found = moderation_store::find(tx, media_id);
    if (!found) return no_such_upload();
    apply(tx, *found);
    return Unit{};
  };
  co_return co_await db_.write(write, {.lane = store::Lane::receipts});
}

Task<Unit> MediaModeration::quarantine(std::string media_id, std::string by) {
  const auto now = clock_.unix_ms();
  auto apply = [&by, now](store::Tx& tx, const ModeratedMedia& media) { Quarantining(tx, by, now).add(media); };
  co_return co_await change(std::move(media_id), apply);
}

Task<Unit> MediaModeration::release(std::string media_id) {
  auto apply = [](store::Tx& tx, const ModeratedMedia& media) {
    if (media.row.sha256) moderation_store::release(tx, *media.row.sha256);
  };
  co_return co_await change(std::move(media_id), apply);
}

Task<Unit> MediaModeration::set_safe(std::string media_id, bool safe) {
  auto apply = [safe](store::Tx& tx, const ModeratedMedia& media) {
    moderation_store::set_safe(tx, media.row.media_id, safe);
  };
  co_return co_await change(std::move(media_id), apply);
}

Task<std::int64_t> MediaModeration::quarantine_uploads_of(std::string user_id, std::string by) {
  auto known = [&user_id](store::Connection& connection) -> Result<bool> {
    return moderation_store::is_account(connection, user_id);
  };
  CO_TRY(const bool is_account, co_await db_.read(known));
  if (!is_account) co_return no_such_uploader();
  struct Piece {
    std::int64_t taken = 0;
    std::vector<ModeratedMedia> seen;
  };
  const auto now = clock_.unix_ms();
  std::int64_t count = 0;
  MediaRow after;
  after.created_ms = -1;
  for (;;) {
    auto write = [&](store::Tx& tx) -> Result<Piece> {
      Quarantining quarantining(tx, by, now);
      auto seen = moderation_store::uploads_after(tx, user_id, after.created_ms, after.media_id, store::kPiece);
      for (const auto& media : seen) quarantining.add(media);
      return Piece{.taken = quarantining.count(), .seen = std::move(seen)};
    };
    CO_TRY(auto piece, co_await db_.write(write, {.lane = store::Lane::bulk}));
    count += piece.taken;
    if (piece.seen.size() < store::kPiece) co_return count;
    after = std::move(piece.seen.back().row);
  }
}

Task<std::int64_t> MediaModeration::quarantine_all(std::vector<std::string> media_ids, std::string by) {
  const auto now = clock_.unix_ms();
  std::int64_t count = 0;
  for (std::size_t from = 0; from < media_ids.size(); from += store::kPiece) {
    const auto piece = std::span(media_ids).subspan(from, std::min(store::kPiece, media_ids.size() - from));
    auto write = [&](store::Tx& tx) -> Result<std::int64_t> {
      Quarantining quarantining(tx, by, now);
      for (const auto& id : piece) {
        if (const auto media = moderation_store::find(tx, id)) quarantining.add(*media);
      }
      return quarantining.count();
    };
    CO_TRY(const auto taken, co_await db_.write(write, {.lane = store::Lane::bulk}));
    count += taken;
  }
  co_return count;
}

}  // namespace troupe::homeserver::media
