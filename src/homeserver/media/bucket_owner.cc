#include "homeserver/media/bucket_owner.h"

#include <fmt/format.h>

#include "base/crypto.h"
#include "homeserver/common/mark_store.h"

namespace troupe::homeserver::media {
namespace {

constexpr std::string_view kNoted = "media_bucket.owner";
constexpr std::size_t kNameLength = 24;
constexpr std::size_t kMostMarkBytes = 512;

/// The mark: the owner's name, a blank, the server's name.
std::string_view name_in(std::string_view mark) { return mark.substr(0, mark.find_first_of(" \n")); }
std::string_view server_in(std::string_view mark) {
  const auto blank = mark.find(' ');
  return blank == mark.npos ? std::string_view() : mark.substr(blank + 1, mark.find('\n') - blank - 1);
}

}  // namespace

bool BucketOwner::is_anothers() const {
  const base::Lock lock(mutex_);
  return anothers_;
}

Task<std::string> BucketOwner::own_name() {
  auto note = [fresh = base::random_alphanumeric(kNameLength)](store::Tx& tx) -> Result<std::string> {
    return mark_store::put_once(tx, kNoted, fresh);
  };
  co_return co_await parts_.db.write(note, {.lane = store::Lane::bulk});
}

Task<Unit> BucketOwner::check() {
  const auto now = parts_.clock.steady();
  {
    const base::Lock lock(mutex_);
    if (checked_at_ && !anothers_ && now - *checked_at_ < kBelieved) co_return Unit{};
  }
  auto looked = co_await look();
  const base::Lock lock(mutex_);
  if (looked) checked_at_ = now;
  if (looked || looked.error().code() == Errc::conflict) anothers_ = !looked;
  co_return looked;
}

Task<Unit> BucketOwner::look() {
  CO_TRY(const auto own, co_await own_name());
  const auto key = parts_.prefix + std::string(kMark);
  auto mark = co_await parts_.bucket.get(key, 0, kMostMarkBytes);
  if (!mark && mark.error().code() == Errc::not_found) {
    CO_TRY(co_await parts_.bucket.put(key, own + ' ' + parts_.server_name + '\n'));
    // Another may have found none at the same moment: the later one stands.
    mark = co_await parts_.bucket.get(key, 0, kMostMarkBytes);
  }
  if (!mark) co_return Error(Errc::unavailable, "The owner of the bucket could not be read.", mark.error().detail());
  if (name_in(*mark) == own) co_return Unit{};
  co_return Error(
      Errc::conflict,
      fmt::format("The bucket {} holds the media of another Troupe server ({}) under \"{}\". Two servers would delete "
                  "each other's files: give this one a folder of its own with s3.prefix, or another bucket. If that "
                  "server is gone and its files are this one's, delete the object {} and start again.",
                  parts_.bucket_name, server_in(*mark), parts_.prefix, key));
}

}  // namespace troupe::homeserver::media
