// Uploaded files: taking them in, finding them, small pictures of them. The bytes lie in MediaFiles.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "bus/bus.h"
#include "homeserver/media/media_accesses.h"
#include "homeserver/media/media_files.h"
#include "homeserver/media/media_store.h"
#include "homeserver/media/thumbnailer.h"
#include "homeserver/media/upload_budget.h"
#include "host/settings.h"
#include "net/http/http.h"

namespace troupe::homeserver::media {

struct NewMedia {
  std::string user_id;
  std::string media_id;  ///< of a reservation; empty: make one
  std::string content_type;
  std::optional<std::string> upload_name;
};

struct Reservation {
  std::string media_id;
  base::UnixMs expires_ms = 0;
};

/// A file that is open for reading, and what to say about it.
struct OpenMedia {
  std::string content_type;
  std::optional<std::string> upload_name;
  std::string sha256;
  std::shared_ptr<MediaFile> reader;
};

/// What becomes of a file whose content is in quarantine: it is not_found, or shown all the same.
enum class Quarantined { hidden, shown };

/// One per server; callable from any thread. Client-Server API #content-repository
class MediaService {
 public:
  static constexpr std::size_t kMaxReserved = 20;  ///< open reservations of one user
  static constexpr std::chrono::hours kReservedLife{24};
  static constexpr std::int64_t kMaxFiles = 1'000'000;  ///< uploads of one user
  static constexpr std::size_t kMaxNameBytes = 255;
  static constexpr std::chrono::milliseconds kMaxWait{60'000};
  /// A row that was written so long after its file is looked at again; shorter than MediaRemoval::kSettle.
  static constexpr std::chrono::seconds kSlowRow{5};

  struct Parts {
    store::Database& db;
    MediaFiles& files;
    Thumbnailer& thumbnailer;
    bus::Bus& bus;
    const host::Settings& settings;
    const base::Clock& clock;
  };
  explicit MediaService(Parts parts) : parts_(parts), accesses_(parts.db, parts.clock) {}

  /// Reads the body to its end; completes when the file and its row are durable. Yields the media id.
  /// Errors: too_large (the file, or all of the user's together), limit_exceeded (too much is under way), unavailable
  /// (disk full); for a reservation:
  /// not_found, forbidden (another user's), conflict M_CANNOT_OVERWRITE_MEDIA. The caller keeps `body` alive.
  Task<std::string> upload(NewMedia media, net::http::BodyReader& body);
  /// Error: limit_exceeded (too many open reservations).
  Task<Reservation> reserve(std::string user_id);
  /// A reserved file is waited for. Errors: not_found, timed_out M_NOT_YET_UPLOADED.
  Task<OpenMedia> open(std::string media_id, std::chrono::milliseconds patience,
                       Quarantined quarantined = Quarantined::hidden);
  /// A picture of about this size: made once, then kept. One that is small enough already is given as it is.
  /// Errors of open(); unsupported with 400 (no picture), too_large.
  Task<OpenMedia> open_thumbnail(std::string media_id, ThumbnailShape wanted, std::chrono::milliseconds patience,
                                 Quarantined quarantined = Quarantined::hidden);
  /// When files were last fetched, to be written from a job.
  MediaAccesses& accesses() { return accesses_; }
  /// Why files cannot be stored, for the health check: from a failure of their disk until one is stored, or
  /// kFailureRemembered is over. Callable from any thread.
  std::optional<std::string> trouble() const;
  static constexpr std::chrono::minutes kFailureRemembered{10};

  /// Removes what interrupted uploads and unused reservations left behind, small pictures without an original, and
  /// files that no row has spoken of for KeepSettings::orphaned_media_hours. From a job, every hour or so: each call
  /// looks at kSweptFolders folders of 256 and goes on where the last one ended, also after a restart.
  /// `now`: by host::age_clock.
  Task<Unit> sweep(base::UnixMs now);
  static constexpr int kSweptFolders = 64;

 private:
  Task<Unit> sweep_folder(std::string folder, base::UnixMs now);
  Task<Unit> sweep_thumbnails(std::string folder);
  std::chrono::seconds behind(base::UnixMs now) const;
  Task<MediaRow> find_uploaded(std::string media_id, std::chrono::milliseconds patience, Quarantined quarantined);
  /// Whether the user may keep so many bytes more. Error: too_large.
  Result<Unit> check_quota(store::Connection& connection, const std::string& user_id, std::int64_t more) const;
  /// After the upload's row is committed; takes it back when its file is gone. Error: unavailable.
  Task<Unit> settle(MediaArrival& arrival, const MediaRow& row, bool slow);
  /// Reads the body to its end; the file is durable then.
  Task<store::Blob> receive(MediaArrival& arrival, net::http::BodyReader& body, UploadBudget::Share& share);
  UploadBudget::Limits upload_limits() const;
  /// What is known of a small picture, whose file is there; nothing when it has to be made.
  struct Small {
    ThumbnailRow row;
    std::shared_ptr<MediaFile> file;
  };
  Task<std::optional<Small>> find_small(const std::string& source, ThumbnailShape shape);
  Task<Small> make_small(const std::string& source, ThumbnailShape shape);
  /// The picture is on this machine for as long as the worker looks at it.
  Task<ThumbnailPicture> draw(const Thumbnailer::Place& place, const std::string& source, ThumbnailShape shape);
  /// A file in one piece.
  Task<store::Blob> store_whole(MediaArrival& arrival, std::string bytes);
  Task<std::unique_ptr<MediaArrival>> begin(std::uint64_t limit_bytes);
  /// What the files' place said.
  template <class T>
  Result<T> noted(Result<T> done);
  void note_failure(const Error& error);
  void note_stored();
  Parts parts_;
  MediaAccesses accesses_;
  UploadBudget budget_;

  mutable base::Mutex failure_mutex_;
  std::optional<std::chrono::steady_clock::time_point> failed_at_
      GUARDED_BY(failure_mutex_);  ///< nothing: a file was stored since
};

/// The size that is made for a wish: one of a few, so that nobody can fill the disk with a million sizes.
ThumbnailShape thumbnail_shape_for(ThumbnailShape wanted);

/// Letters, digits, _ and -: what our media ids look like.
bool is_media_id(std::string_view id);

}  // namespace troupe::homeserver::media
