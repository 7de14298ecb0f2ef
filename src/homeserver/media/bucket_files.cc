#include "homeserver/media/bucket_files.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/crypto.h"
#include "base/log.h"
#include "base/on_pool.h"
#include "homeserver/media/media_store.h"
#include "homeserver/media/spool_file.h"

namespace troupe::homeserver::media {
namespace {

constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kMarkLength = 16;
constexpr std::chrono::milliseconds kLookAgain{250};

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

/// Whether a key is that of a file: "ab/<sha256>" after the prefix.
bool is_file(std::string_view key, std::string_view prefix) {
  if (!key.starts_with(prefix)) return false;
  key.remove_prefix(prefix.size());
  return key.size() == kHashDigits + 3 && key[2] == '/' && is_hash(key.substr(3)) && key.starts_with(key.substr(3, 2));
}

Error no_such_file() { return Error(Errc::not_found, "No such file."); }
Error lost() { return Error(Errc::unavailable, "The file was lost on its way: send it again."); }

}  // namespace

/// A download asks for small pieces, one after the other; for a quick reader more is fetched at once.
class BucketFiles::File final : public MediaFile {
 public:
  File(BucketFiles& files, std::string key, std::uint64_t bytes) : files_(files), key_(std::move(key)), bytes_(bytes) {}
  ~File() override { drop(); }

  std::uint64_t bytes() const override { return bytes_; }

  Task<std::string> read(std::uint64_t offset, std::size_t limit) override {
    if (offset >= bytes_ || limit == 0) co_return std::string();
    if (offset < from_ || offset >= from_ + piece_.size()) {
      drop();
      CO_TRY(co_await fetch(offset, limit));
    }
    auto out = piece_.substr(static_cast<std::size_t>(offset - from_), limit);
    if (offset + out.size() == from_ + piece_.size()) drop();
    co_return out;
  }

  Task<int> descriptor() override {
    if (copy_) co_return copy_->descriptor();
    auto make = [folder = files_.parts_.spool, bytes = bytes_]() -> Result<std::shared_ptr<SpoolFile>> {
      TRY(auto made, SpoolFile::make(folder, bytes));
      return std::shared_ptr<SpoolFile>(std::move(made));
    };
    CO_TRY(auto copy, co_await base::on_pool(files_.parts_.pool, std::move(make)));
    for (std::uint64_t at = 0; at < bytes_;) {
      CO_TRY(auto piece, co_await get(at, kReadBytes));
      at += piece.size();
      auto write = [copy, piece = std::move(piece)] { return copy->write(piece); };
      CO_TRY(co_await base::on_pool(files_.parts_.pool, std::move(write)));
    }
    copy_ = std::move(copy);
    co_return copy_->descriptor();
  }

 private:
  Task<std::string> get(std::uint64_t offset, std::size_t most) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(most, bytes_ - offset));
    CO_TRY(auto piece, co_await files_.parts_.bucket.get(key_, offset, count));
    if (piece.empty()) co_return Error(Errc::unavailable, "The file ended early.");
    co_return piece;
  }

  Task<Unit> fetch(std::uint64_t offset, std::size_t limit) {
    CO_TRY(piece_, co_await get(offset, claim(limit)));
    from_ = offset;
    fetched_at_ = files_.parts_.clock.steady();
    co_return Unit{};
  }

  /// How much is fetched now, taken from what all readers share.
  std::size_t claim(std::size_t limit) {
    const bool quick = fetched_at_ && files_.parts_.clock.steady() - *fetched_at_ <= kQuick;
    if (fetched_at_) wanted_ = quick ? std::min(wanted_ * 2, kReadBytes) : limit;
    if (wanted_ <= limit) return limit;
    if (files_.ahead_.fetch_add(wanted_) + wanted_ > kMaxAhead) {
      files_.ahead_ -= wanted_;
      return limit;
    }
    claimed_ = wanted_;
    return wanted_;
  }

  void drop() {
    piece_ = std::string();
    files_.ahead_ -= std::exchange(claimed_, 0);
  }

  BucketFiles& files_;
  const std::string key_;
  const std::uint64_t bytes_;
  std::string piece_;
  std::uint64_t from_ = 0;
  std::size_t wanted_ = kFirstReadBytes;
  std::size_t claimed_ = 0;
  std::optional<std::chrono::steady_clock::time_point> fetched_at_;
  std::shared_ptr<SpoolFile> copy_;
};

class BucketFiles::Arrival final : public MediaArrival {
 public:
  Arrival(BucketFiles& files, std::shared_ptr<SpoolFile> spool) : files_(files), spool_(std::move(spool)) {}

  Task<Unit> write(std::string piece) override {
    auto work = [spool = spool_, piece = std::move(piece)] { return spool->write(piece); };
    co_return co_await base::on_pool(files_.parts_.pool, std::move(work));
  }

  Task<store::Blob> finish() override {
    auto work = [spool = spool_] { return spool->finish(); };
    CO_TRY(blob_, co_await base::on_pool(files_.parts_.pool, std::move(work)));
    CO_TRY(co_await send());
    co_return blob_;
  }

  Task<Unit> settle(bool) override {
    const auto until = files_.parts_.clock.steady() + kSettlePatience;
    for (;;) {
      auto look = [this](store::Connection& connection) -> Result<bool> {
        return media_store::is_going(connection, blob_.sha256,
                                     files_.parts_.clock.unix_ms() - std::chrono::milliseconds(kRemovalLife).count());
      };
      CO_TRY(const bool going, co_await files_.parts_.db.read(look));
      if (!going) break;
      if (files_.parts_.clock.steady() > until) co_return lost();
      asio::steady_timer timer(co_await asio::this_coro::executor, kLookAgain);
      co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    // No removal begins any more: a row speaks of the file.
    CO_TRY(const auto found, co_await files_.parts_.bucket.find(files_.key_of(blob_.sha256)));
    if (found && found->bytes == blob_.bytes) co_return Unit{};
    co_return co_await send();
  }

 private:
  Task<std::string> piece(std::uint64_t offset, std::size_t limit) {
    auto work = [spool = spool_, offset, limit] { return spool->read(offset, limit); };
    co_return co_await base::on_pool(files_.parts_.pool, std::move(work));
  }

  Task<Unit> send() {
    CO_TRY(const auto pass, co_await files_.storing_.enter());
    const auto key = files_.key_of(blob_.sha256);
    if (blob_.bytes > kPartBytes) co_return co_await send_in_parts(key);
    CO_TRY(auto whole, co_await piece(0, kPartBytes));
    co_return co_await files_.parts_.bucket.put(key, std::move(whole));
  }

  Task<Unit> send_in_parts(std::string key) {
    auto& bucket = files_.parts_.bucket;
    CO_TRY(const auto id, co_await bucket.begin(key));
    auto stored = co_await put_parts(key, id);
    if (stored) co_return Unit{};
    // Its answer may have been lost, and nothing else.
    if (const auto found = co_await bucket.find(key); found && *found && (*found)->bytes == blob_.bytes) {
      co_return Unit{};
    }
    if (const auto aborted = co_await bucket.abort(key, id); !aborted) {
      base::log_warning("homeserver", "parts of an upload were left in the bucket; they go in a day",
                        {{"reason", aborted.error().detail()}});
    }
    co_return stored;
  }

  Task<Unit> put_parts(const std::string& key, const std::string& id) {
    auto& bucket = files_.parts_.bucket;
    std::vector<std::string> tags;
    for (std::uint64_t at = 0; at < blob_.bytes;) {
      CO_TRY(auto part, co_await piece(at, kPartBytes));
      at += part.size();
      CO_TRY(auto tag, co_await bucket.put_part(key, id, static_cast<int>(tags.size()) + 1, std::move(part)));
      tags.push_back(std::move(tag));
    }
    co_return co_await bucket.complete(key, id, std::move(tags));
  }

  BucketFiles& files_;
  std::shared_ptr<SpoolFile> spool_;
  store::Blob blob_;
};

std::string BucketFiles::key_of(std::string_view sha256) const {
  return files_prefix() + std::string(sha256.substr(0, 2)) + '/' + std::string(sha256);
}

Task<std::unique_ptr<MediaArrival>> BucketFiles::begin(std::uint64_t limit_bytes) {
  // Its owner would delete the file.
  if (parts_.owner.is_anothers()) {
    co_return Error(Errc::unavailable, "Files cannot be stored at the moment.", "the bucket is another server's");
  }
  auto make = [folder = parts_.spool, limit_bytes]() -> Result<std::shared_ptr<SpoolFile>> {
    TRY(auto made, SpoolFile::make(folder, limit_bytes));
    return std::shared_ptr<SpoolFile>(std::move(made));
  };
  CO_TRY(auto spool, co_await base::on_pool(parts_.pool, std::move(make)));
  co_return std::make_unique<Arrival>(*this, std::move(spool));
}

Task<std::shared_ptr<MediaFile>> BucketFiles::open(std::string sha256) {
  if (!is_hash(sha256)) co_return no_such_file();
  auto key = key_of(sha256);
  CO_TRY(const auto found, co_await parts_.bucket.find(key));
  if (!found) co_return no_such_file();
  co_return std::make_shared<File>(*this, std::move(key), found->bytes);
}

Task<bool> BucketFiles::note_going(std::string sha256, std::string mark) {
  const auto now = parts_.clock.unix_ms();
  const auto dead = now - std::chrono::milliseconds(kRemovalLife).count();
  auto write = [&](store::Tx& tx) -> Result<bool> {
    if (media_store::is_spoken_of(tx, sha256) || media_store::is_going(tx, sha256, dead)) return false;
    media_store::put_going(tx, sha256, mark, now);
    return true;
  };
  co_return co_await parts_.db.write(write, {.lane = store::Lane::bulk});
}

Task<Unit> BucketFiles::forget_going(std::string sha256, std::string mark) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    media_store::delete_going(tx, sha256, mark);
    return Unit{};
  };
  co_return co_await parts_.db.write(write, {.lane = store::Lane::bulk});
}

Task<bool> BucketFiles::remove_unless_younger(std::string sha256, std::chrono::seconds age) {
  if (!is_hash(sha256)) co_return Error(Errc::invalid_param, "Not a SHA-256 in lower-case hex.");
  CO_TRY(co_await parts_.owner.check());
  const auto mark = base::random_alphanumeric(kMarkLength);
  CO_TRY(const bool may, co_await note_going(sha256, mark));
  if (!may) co_return false;
  auto found = co_await parts_.bucket.find(key_of(sha256));
  const bool young = found && *found && (*found)->age < age;
  if (found && *found && !young) {
    // One that is not answered may still be done later: its note stays until that is over.
    CO_TRY(co_await parts_.bucket.remove(key_of(sha256)));
  }
  CO_TRY(co_await forget_going(sha256, mark));
  if (!found) co_return std::unexpected(std::move(found).error());
  co_return !young;
}

Task<std::vector<std::string>> BucketFiles::list(std::string folder) {
  const auto prefix = files_prefix() + folder + '/';
  std::vector<std::string> hashes;
  for (std::string from;;) {
    CO_TRY(auto page, co_await parts_.bucket.list(prefix, from));
    for (const auto& key : page.keys) {
      const auto hash = std::string_view(key).substr(std::min(prefix.size(), key.size()));
      if (key.starts_with(prefix) && is_hash(hash)) hashes.emplace_back(hash);
    }
    if (page.next.empty() || page.next == from) co_return hashes;
    from = std::move(page.next);
  }
}

Task<Unit> BucketFiles::sweep_leftovers(std::chrono::seconds age) {
  CO_TRY(co_await parts_.owner.check());
  const auto prefix = files_prefix();
  const auto oldest = parts_.clock.unix_ms() - std::chrono::milliseconds(age).count();
  CO_TRY(const auto uploads, co_await parts_.bucket.open_uploads(prefix));
  for (const auto& upload : uploads) {
    if (upload.since_ms > oldest || !is_file(upload.key, prefix)) continue;
    CO_TRY(co_await parts_.bucket.abort(upload.key, upload.id));
  }
  co_return Unit{};
}

}  // namespace troupe::homeserver::media
