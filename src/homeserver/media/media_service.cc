#include "homeserver/media/media_service.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <charconv>
#include <map>
#include <span>

#include "base/crypto.h"
#include "base/log.h"
#include "homeserver/common/mark_store.h"
#include "homeserver/common/settings.h"
#include "homeserver/media/media_types.h"
#include "homeserver/media/moderation_store.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::media {
namespace {

constexpr std::size_t kMediaIdLength = 24;
constexpr std::size_t kMaxMediaIdBytes = 64;
constexpr std::string_view kSweepMark = "sweep.media";  ///< number of the folder that is next

Error no_such_media() { return Error(Errc::not_found, "There is no such file on this server."); }
Error too_large_to_draw() { return Error(Errc::too_large, "No thumbnail is made of pictures over 32 MiB."); }
std::string channel_of(std::string_view media_id) { return "hs.media." + std::string(media_id); }

}  // namespace

bool is_media_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxMediaIdBytes && std::ranges::all_of(id, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

ThumbnailShape thumbnail_shape_for(ThumbnailShape wanted) {
  struct Size {
    std::int64_t width, height;
  };
  static constexpr Size kSizes[] = {{32, 32}, {96, 96}, {320, 240}, {640, 480}, {800, 600}};
  for (const auto& size : kSizes) {
    if (size.width >= wanted.width && size.height >= wanted.height) return {size.width, size.height, wanted.crop};
  }
  return {std::end(kSizes)[-1].width, std::end(kSizes)[-1].height, wanted.crop};
}

template <class T>
Result<T> MediaService::noted(Result<T> done) {
  if (!done && done.error().code() == Errc::unavailable) note_failure(done.error());
  return done;
}

void MediaService::note_failure(const Error& error) {
  const base::Lock lock(failure_mutex_);
  if (!failed_at_) base::log_error("homeserver", "an uploaded file could not be stored", {{"reason", error.detail()}});
  failed_at_ = parts_.clock.steady();
}

void MediaService::note_stored() {
  const base::Lock lock(failure_mutex_);
  failed_at_.reset();
}

std::optional<std::string> MediaService::trouble() const {
  const base::Lock lock(failure_mutex_);
  if (!failed_at_ || parts_.clock.steady() - *failed_at_ > kFailureRemembered) return std::nullopt;
  return fmt::format("Uploads are refused: {} fails. The log says how.", parts_.files.place());
}

Task<std::unique_ptr<MediaArrival>> MediaService::begin(std::uint64_t limit_bytes) {
  co_return noted(co_await parts_.files.begin(limit_bytes));
}

UploadBudget::Limits MediaService::upload_limits() const {
  const auto& set = parts_.settings.of<MediaSettings>();
  return {.bytes = set.under_way_bytes, .one_file = set.max_upload_bytes};
}

Task<store::Blob> MediaService::receive(MediaArrival& arrival, net::http::BodyReader& body,
                                        UploadBudget::Share& share) {
  for (;;) {
    CO_TRY(auto piece, co_await body.next());
    if (piece.empty()) break;
    CO_TRY(share.grow(piece.size()));
    CO_TRY(noted(co_await arrival.write(std::move(piece))));
  }
  CO_TRY(auto blob, noted(co_await arrival.finish()));
  note_stored();
  co_return blob;
}

Task<store::Blob> MediaService::store_whole(MediaArrival& arrival, std::string bytes) {
  CO_TRY(noted(co_await arrival.write(std::move(bytes))));
  CO_TRY(auto blob, noted(co_await arrival.finish()));
  note_stored();
  co_return blob;
}

Result<Unit> MediaService::check_quota(store::Connection& connection, const std::string& user_id,
                                       std::int64_t more) const {
  const auto limit = static_cast<std::int64_t>(parts_.settings.of<MediaSettings>().bytes_per_user);
  const auto used = media_store::usage(connection, user_id);
  if (used.bytes + std::max(more, media_store::kLeastCharged) <= limit && used.files < kMaxFiles) return Unit{};
  return Error(Errc::too_large, "This account's uploads are full. Ask an administrator.");
}

Task<std::string> MediaService::upload(NewMedia media, net::http::BodyReader& body) {
  const bool reserved = !media.media_id.empty();
  // Before the bytes are read: nobody uploads 50 MiB for nothing.
  auto full = [&](store::Connection& connection) { return check_quota(connection, media.user_id, 1); };
  CO_TRY(co_await parts_.db.read(full));
  if (reserved) {
    auto look = [&](store::Connection& connection) -> Result<Unit> {
      const auto row = media_store::find(connection, media.media_id);
      if (!row) return no_such_media();
      if (row->user_id != media.user_id) return Error(Errc::forbidden, "Somebody else reserved this place.");
      if (row->sha256) {
        return Error(Errc::conflict, "A file has been uploaded here already.")
            .with_wire_code("M_CANNOT_OVERWRITE_MEDIA");
      }
      if (row->expires_ms && *row->expires_ms <= parts_.clock.unix_ms()) return no_such_media();
      return Unit{};
    };
    CO_TRY(co_await parts_.db.read(look));
  } else {
    media.media_id = base::random_alphanumeric(kMediaIdLength);
  }
  CO_TRY(auto share, budget_.begin(media.user_id, upload_limits()));
  CO_TRY(const auto arrival, co_await begin(parts_.settings.of<MediaSettings>().max_upload_bytes));
  CO_TRY(auto blob, co_await receive(*arrival, body, share));
  const auto received_at = parts_.clock.steady();
  const MediaRow row{.media_id = media.media_id,
                     .user_id = media.user_id,
                     .sha256 = blob.sha256,
                     .content_type = clean_content_type(media.content_type),
                     .upload_name = media.upload_name,
                     .bytes = static_cast<std::int64_t>(blob.bytes),
                     .created_ms = parts_.clock.unix_ms(),
                     .expires_ms = std::nullopt};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    TRY(check_quota(tx, row.user_id, row.bytes));
    if (!reserved) {
      media_store::insert(tx, row);
    } else if (!media_store::fill(tx, row)) {
      return Error(Errc::conflict, "A file has been uploaded here already.").with_wire_code("M_CANNOT_OVERWRITE_MEDIA");
    }
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write, {.lane = store::Lane::receipts}));
  CO_TRY(co_await settle(*arrival, row, parts_.clock.steady() - received_at > kSlowRow));
  if (reserved) parts_.bus.publish(channel_of(row.media_id), "");
  co_return row.media_id;
}

/// A row that came late: another upload of the same content may have been removed meanwhile, with the file.
Task<Unit> MediaService::settle(MediaArrival& arrival, const MediaRow& row, bool slow) {
  auto settled = co_await arrival.settle(slow);
  if (settled) co_return Unit{};
  auto take_back = [&row](store::Tx& tx) -> Result<Unit> {
    media_store::remove(tx, row);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(take_back, {.lane = store::Lane::receipts}));
  co_return settled;
}

Task<Reservation> MediaService::reserve(std::string user_id) {
  const auto now = parts_.clock.unix_ms();
  const Reservation made{base::random_alphanumeric(kMediaIdLength),
                         now + std::chrono::milliseconds(kReservedLife).count()};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (media_store::count_reserved(tx, user_id, now) >= static_cast<std::int64_t>(kMaxReserved)) {
      return Error(Errc::limit_exceeded, "Finish your other uploads first.").with_retry_after(std::chrono::minutes(1));
    }
    MediaRow row;
    row.media_id = made.media_id;
    row.user_id = user_id;
    row.created_ms = now;
    row.expires_ms = made.expires_ms;
    media_store::insert(tx, row);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write, {.lane = store::Lane::receipts}));
  co_return made;
}

Task<MediaRow> MediaService::find_uploaded(std::string media_id, std::chrono::milliseconds patience,
                                           Quarantined quarantined) {
  if (!is_media_id(media_id)) co_return no_such_media();
  auto look = [&](store::Connection& connection) -> Result<MediaRow> {
    auto found = moderation_store::find(connection, media_id);
    if (!found || (found->quarantined_by && quarantined == Quarantined::hidden)) return no_such_media();
    auto& row = found->row;
    if (!row.sha256 && row.expires_ms && *row.expires_ms <= parts_.clock.unix_ms()) return no_such_media();
    return std::move(row);
  };
  CO_TRY(auto row, co_await parts_.db.read(look));
  if (row.sha256) co_return row;
  // Reserved only. Listen first, look second: the upload may end in between.
  auto executor = co_await asio::this_coro::executor;
  auto timer = std::make_shared<asio::steady_timer>(executor, std::clamp(patience, {}, kMaxWait));
  const auto subscription = parts_.bus.subscribe(channel_of(media_id), [executor, timer](std::string_view) {
    asio::post(executor, [timer] { timer->expires_at(asio::steady_timer::time_point::min()); });
  });
  CO_TRY(row, co_await parts_.db.read(look));
  if (row.sha256) co_return row;
  co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
  CO_TRY(row, co_await parts_.db.read(look));
  if (row.sha256) co_return row;
  co_return Error(Errc::timed_out, "This file has not been uploaded yet.").with_wire_code("M_NOT_YET_UPLOADED");
}

Task<OpenMedia> MediaService::open(std::string media_id, std::chrono::milliseconds patience, Quarantined quarantined) {
  CO_TRY(auto row, co_await find_uploaded(std::move(media_id), patience, quarantined));
  accesses_.note(row);
  CO_TRY(auto reader, co_await parts_.files.open(*row.sha256));
  co_return OpenMedia{std::move(row.content_type), std::move(row.upload_name), *std::move(row.sha256),
                      std::move(reader)};
}

Task<OpenMedia> MediaService::open_thumbnail(std::string media_id, ThumbnailShape wanted,
                                             std::chrono::milliseconds patience, Quarantined quarantined) {
  const auto shape = thumbnail_shape_for(wanted);
  CO_TRY(auto row, co_await find_uploaded(std::move(media_id), patience, quarantined));
  accesses_.note(row);
  if (!may_have_thumbnail(row.content_type)) {
    co_return Error(Errc::unsupported, "No thumbnail can be made of a file of this type.")
        .with_status(400)
        .with_wire_code("M_UNKNOWN");
  }
  const auto source = *std::move(row.sha256);
  CO_TRY(auto small, co_await find_small(source, shape));
  if (!small) {
    if (row.bytes > static_cast<std::int64_t>(kMaxThumbnailSourceBytes)) co_return too_large_to_draw();
    CO_TRY(small, co_await make_small(source, shape));
  }
  co_return OpenMedia{std::move(small->row.content_type), std::move(row.upload_name), std::move(small->row.sha256),
                      std::move(small->file)};
}

Task<std::optional<MediaService::Small>> MediaService::find_small(const std::string& source, ThumbnailShape shape) {
  auto look = [&](store::Connection& connection) -> Result<std::optional<ThumbnailRow>> {
    return media_store::find_thumbnail(connection, source, shape);
  };
  CO_TRY(auto row, co_await parts_.db.read(look));
  if (!row) co_return std::nullopt;
  auto file = co_await parts_.files.open(row->sha256);
  if (file) co_return Small{*std::move(row), *std::move(file)};
  // Lost, but it can be made again.
  if (file.error().code() == Errc::not_found) co_return std::nullopt;
  co_return std::unexpected(std::move(file).error());
}

Task<MediaService::Small> MediaService::make_small(const std::string& source, ThumbnailShape shape) {
  CO_TRY(const auto place, co_await parts_.thumbnailer.enter());
  // Somebody before us in the queue may have wanted the same.
  CO_TRY(auto made, co_await find_small(source, shape));
  if (made) co_return *std::move(made);
  CO_TRY(auto picture, co_await draw(place, source, shape));
  CO_TRY(const auto arrival, co_await begin(picture.bytes.size()));
  CO_TRY(auto blob, co_await store_whole(*arrival, std::move(picture.bytes)));
  ThumbnailRow row{blob.sha256, std::move(picture.content_type), static_cast<std::int64_t>(blob.bytes)};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    media_store::insert_thumbnail(tx, source, shape, row);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write, {.lane = store::Lane::bulk}));
  CO_TRY(co_await arrival->settle(false));
  CO_TRY(auto file, co_await parts_.files.open(row.sha256));
  co_return Small{std::move(row), std::move(file)};
}

Task<ThumbnailPicture> MediaService::draw(const Thumbnailer::Place& place, const std::string& source,
                                          ThumbnailShape shape) {
  CO_TRY(const auto original, co_await parts_.files.open(source));
  // What lies there counts, not what its row says.
  if (original->bytes() > kMaxThumbnailSourceBytes) co_return too_large_to_draw();
  CO_TRY(const int descriptor, co_await original->descriptor());
  co_return co_await parts_.thumbnailer.make(place, descriptor, shape);
}

/// How far a sweep's time lags the wall clock, by which files have their dates.
std::chrono::seconds MediaService::behind(base::UnixMs now) const {
  const std::chrono::milliseconds lag(parts_.clock.unix_ms() - now);
  return std::chrono::ceil<std::chrono::seconds>(std::max(lag, std::chrono::milliseconds(0)));
}

Task<Unit> MediaService::sweep(base::UnixMs now) {
  CO_TRY(co_await parts_.files.sweep_leftovers(kReservedLife + behind(now)));
  auto reservations = [now](store::Tx& tx) { return media_store::delete_expired_reservations(tx, now, store::kPiece); };
  CO_TRY(co_await store::write_in_pieces(parts_.db, reservations));
  auto look = [](store::Connection& connection) -> Result<std::string> {
    return mark_store::find(connection, kSweepMark);
  };
  CO_TRY(const auto mark, co_await parts_.db.read(look));
  int folder = 0;
  std::from_chars(mark.data(), mark.data() + mark.size(), folder);
  for (int i = 0; i < kSweptFolders; ++i) {
    const auto name = fmt::format("{:02x}", folder & 255);
    CO_TRY(co_await sweep_thumbnails(name));
    CO_TRY(co_await sweep_folder(name, now));
    folder = (folder + 1) & 255;
    auto note = [folder](store::Tx& tx) -> Result<Unit> {
      mark_store::put(tx, kSweepMark, std::to_string(folder));
      return Unit{};
    };
    CO_TRY(co_await parts_.db.write(note, {.lane = store::Lane::bulk}));
  }
  co_return Unit{};
}

/// Small pictures of contents that no upload has any more.
Task<Unit> MediaService::sweep_thumbnails(std::string folder) {
  for (std::string after;;) {
    struct Piece {
      std::vector<std::string> seen;
      std::vector<std::string> lost;
    };
    auto look = [&](store::Connection& connection) -> Result<Piece> {
      Piece piece;
      piece.seen = media_store::pictured_after(connection, folder, after, store::kPiece);
      std::ranges::copy_if(piece.seen, std::back_inserter(piece.lost),
                           [&](const std::string& source) { return !media_store::is_uploaded(connection, source); });
      return piece;
    };
    CO_TRY(const auto piece, co_await parts_.db.read(look));
    auto remove = [&](store::Tx& tx) -> Result<Unit> {
      for (const auto& source : piece.lost)
        if (!media_store::is_uploaded(tx, source)) media_store::delete_thumbnails(tx, source);
      return Unit{};
    };
    if (!piece.lost.empty()) {
      CO_TRY(co_await parts_.db.write(remove, {.lane = store::Lane::bulk}));
    }
    if (piece.seen.size() < store::kPiece) co_return Unit{};
    after = piece.seen.back();
  }
}

/// A file that no row speaks of is noted; when that is still so after the time to keep it, it goes.
Task<Unit> MediaService::sweep_folder(std::string folder, base::UnixMs now) {
  const std::chrono::hours keep(parts_.settings.of<KeepSettings>().orphaned_media_hours);
  CO_TRY(const auto files, co_await parts_.files.list(folder));
  auto known = [&](store::Connection& connection) -> Result<std::vector<media_store::Orphan>> {
    return media_store::orphans(connection, folder);
  };
  CO_TRY(const auto orphans, co_await parts_.db.read(known));
  std::map<std::string_view, std::int64_t> since;
  for (const auto& orphan : orphans) since.emplace(orphan.sha256, orphan.since_ms);

  std::vector<std::string> ended;  // notes that are of no use any more
  std::vector<std::string> lost;   // seen for the first time
  for (std::size_t from = 0; from < files.size(); from += store::kPiece) {
    const auto piece = std::span(files).subspan(from, std::min(store::kPiece, files.size() - from));
    auto unspoken_of = [&](store::Connection& connection) -> Result<std::vector<std::string>> {
      std::vector<std::string> found;
      for (const auto& file : piece)
        if (!media_store::is_spoken_of(connection, file)) found.push_back(file);
      return found;
    };
    CO_TRY(const auto unused, co_await parts_.db.read(unspoken_of));
    for (const auto& file : unused) {
      const auto noted = since.find(file);
      if (noted == since.end()) {
        lost.push_back(file);
        continue;
      }
      const bool due = noted->second <= now - std::chrono::milliseconds(keep).count();
      since.erase(noted);
      if (!due) continue;
      if (auto removed = co_await parts_.files.remove_unless_younger(file, keep + behind(now)); !removed) {
        // One file that cannot go holds up no other; it is tried again with the next sweep.
        base::log_warning("homeserver", "A file that nobody needs could not be removed.",
                          {{"sha256", file}, {"reason", removed.error().message() + " " + removed.error().detail()}});
        continue;
      }
      ended.push_back(file);
    }
  }
  for (const auto& [file, at] : since) ended.emplace_back(file);  // a row speaks of it again, or it is gone
  for (std::size_t from = 0; from < std::max(lost.size(), ended.size()); from += store::kPiece) {
    auto note = [&](store::Tx& tx) -> Result<Unit> {
      for (auto i = from; i < std::min(from + store::kPiece, lost.size()); ++i)
        media_store::insert_orphan(tx, {lost[i], now});
      for (auto i = from; i < std::min(from + store::kPiece, ended.size()); ++i)
        media_store::delete_orphan(tx, ended[i]);
      return Unit{};
    };
    CO_TRY(co_await parts_.db.write(note, {.lane = store::Lane::bulk}));
  }
  co_return Unit{};
}

}  // namespace troupe::homeserver::media
