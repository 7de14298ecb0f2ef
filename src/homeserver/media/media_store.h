// SQL for uploaded files and their thumbnails. The bytes: MediaFiles.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::media {

struct MediaRow {
  std::string media_id;
  std::string user_id;
  std::optional<std::string> sha256;  ///< none: reserved, not uploaded yet
  std::string content_type;
  std::optional<std::string> upload_name;
  std::int64_t bytes = 0;
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> expires_ms;  ///< of a reservation
  bool safe = false;                       ///< its content is not put into quarantine
  std::optional<std::int64_t> last_access_ms{};
};

/// The shape of a derived picture.
struct ThumbnailShape {
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool crop = false;
};

struct ThumbnailRow {
  std::string sha256;
  std::string content_type;
  std::int64_t bytes = 0;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace media_store {

void insert(store::Tx&, const MediaRow& row);
std::optional<MediaRow> find(store::Connection&, std::string_view media_id);
/// Fills a reservation; false when it is not there or filled already.
bool fill(store::Tx&, const MediaRow& row);
/// Takes an upload or a reservation away, and what it counts. Its content stays.
void remove(store::Tx&, const MediaRow& row);
/// What a file counts at least: it takes a block of the disk, and rows.
inline constexpr std::int64_t kLeastCharged = 4096;
/// All uploads of a user together, each charged with kLeastCharged bytes at least. Kept by insert(), fill() and
/// remove().
struct Usage {
  std::int64_t bytes = 0;
  std::int64_t files = 0;
};
Usage usage(store::Connection&, std::string_view user_id);
std::int64_t count_reserved(store::Connection&, std::string_view user_id, std::int64_t now_ms);
/// Up to `limit`; yields how many went.
std::int64_t delete_expired_reservations(store::Tx&, std::int64_t now_ms, std::size_t limit);

std::optional<ThumbnailRow> find_thumbnail(store::Connection&, std::string_view source_sha256,
                                           const ThumbnailShape& shape);
/// Contents with small pictures: hashes that begin with the two digits and lie after this one (empty: all), ascending,
/// at most `limit`.
std::vector<std::string> pictured_after(store::Connection&, std::string_view folder, std::string_view after,
                                        std::size_t limit);
/// Whether an upload has this content.
bool is_uploaded(store::Connection&, std::string_view sha256);
/// The files of all small pictures of a content.
std::vector<std::string> thumbnails(store::Connection&, std::string_view source_sha256);
/// The rows of all small pictures of a content.
void delete_thumbnails(store::Tx&, std::string_view source_sha256);

// Files that no row speaks of.
bool is_spoken_of(store::Connection&, std::string_view sha256);
struct Orphan {
  std::string sha256;
  std::int64_t since_ms = 0;
};
/// Those whose hash begins with the two digits.
std::vector<Orphan> orphans(store::Connection&, std::string_view folder);
void insert_orphan(store::Tx&, const Orphan& orphan);
void delete_orphan(store::Tx&, std::string_view sha256);

// Files whose last upload was removed, until they are gone from the disk.
void insert_leaving(store::Tx&, std::string_view sha256, std::int64_t now_ms);
/// Those that wait longest first.
std::vector<std::string> leaving(store::Connection&, std::size_t limit);
void delete_leaving(store::Tx&, std::string_view sha256);

// Files that are being removed from a bucket.
/// Whether a removal that began after `dead_ms` has not said that it is over.
bool is_going(store::Connection&, std::string_view sha256, std::int64_t dead_ms);
/// Takes the place of one that is dead.
void put_going(store::Tx&, std::string_view sha256, std::string_view mark, std::int64_t now_ms);
void delete_going(store::Tx&, std::string_view sha256, std::string_view mark);

void insert_thumbnail(store::Tx&, std::string_view source_sha256, const ThumbnailShape& shape, const ThumbnailRow& row);

}  // namespace media_store
}  // namespace troupe::homeserver::media
