// How much of files that are on their way, in or out, is in memory: each is there whole until it is over.
#pragma once
#include <list>
#include <map>
#include <utility>

#include "base/mutex.h"
#include "base/result.h"

namespace troupe::assistant::routes {

/// Room is taken as bytes come, so that whoever sends slowly holds little; for what goes out at once. Where it is full,
/// whoever holds most gives way to whoever holds less: nobody keeps others out. One per program; callable from any
/// thread; outlives the seats.
class UploadSeats {
  struct Held {
    std::int64_t person = 0;
    std::size_t bytes = 0;
    bool lost = false;  ///< it had to give way, and is still in memory until its reader hears of it
  };

 public:
  static constexpr std::size_t kMostEach = 2;
  static constexpr std::size_t kMostBytes = 200'000'000;
  /// With those that had to give way.
  static constexpr std::size_t kMostInMemory = 2 * kMostBytes;

  /// Held while a file is read and stored, or sent.
  class Seat {
   public:
    Seat(Seat&& other) noexcept : of_(std::exchange(other.of_, nullptr)), held_(other.held_) {}
    Seat& operator=(Seat&&) = delete;
    ~Seat() {
      if (of_ != nullptr) of_->leave(held_);
    }

    /// Before so many bytes more are kept. Error: limit_exceeded (there is no room, or it had to give way).
    base::Result<base::Unit> grow(std::size_t bytes) { return of_->grow(held_, bytes); }

   private:
    friend class UploadSeats;
    Seat(UploadSeats& of, std::list<Held>::iterator held) : of_(&of), held_(held) {}
    UploadSeats* of_;
    std::list<Held>::iterator held_;
  };

  /// `person`: their principal. Error: limit_exceeded.
  base::Result<Seat> take(std::int64_t person) {
    const base::Lock lock(mutex_);
    auto& own = of_each_[person];
    if (own.seats >= kMostEach) return full("Too many of your files are on their way. Try again soon.");
    ++own.seats;
    return Seat(*this, held_.insert(held_.end(), Held{.person = person}));
  }

 private:
  struct OfPerson {
    std::size_t seats = 0;
    std::size_t bytes = 0;  ///< of those that have not lost their place
  };

  static base::Error full(std::string why) {
    return base::Error(base::Errc::limit_exceeded, std::move(why)).with_retry_after(std::chrono::seconds(1));
  }

  base::Result<base::Unit> grow(std::list<Held>::iterator held, std::size_t bytes) {
    const base::Lock lock(mutex_);
    if (held->lost) return full("It took too long, and others have files, too. Try it again.");
    auto& own = of_each_[held->person];
    while (bytes_ + bytes > kMostBytes) {
      if (!make_room(own.bytes + bytes)) return full("Too many files are on their way. Try again soon.");
    }
    if (bytes_ + lost_bytes_ + bytes > kMostInMemory) return full("Too many files are on their way. Try again soon.");
    held->bytes += bytes;
    own.bytes += bytes;
    bytes_ += bytes;
    return base::Unit{};
  }

  /// The largest of whoever holds most gives way, if that is more than `than`.
  bool make_room(std::size_t than) REQUIRES(mutex_) {
    auto most = held_.end();
    for (auto it = held_.begin(); it != held_.end(); ++it) {
      if (it->lost || of_each_[it->person].bytes <= than) continue;
      if (most == held_.end() ||
          std::pair(of_each_[it->person].bytes, it->bytes) > std::pair(of_each_[most->person].bytes, most->bytes)) {
        most = it;
      }
    }
    if (most == held_.end()) return false;
    most->lost = true;
    bytes_ -= most->bytes;
    lost_bytes_ += most->bytes;
    of_each_[most->person].bytes -= most->bytes;
    return true;
  }

  void leave(std::list<Held>::iterator held) {
    const base::Lock lock(mutex_);
    auto own = of_each_.find(held->person);
    if (held->lost) {
      lost_bytes_ -= held->bytes;
    } else {
      bytes_ -= held->bytes;
      own->second.bytes -= held->bytes;
    }
    if (--own->second.seats == 0) of_each_.erase(own);
    held_.erase(held);
  }

  base::Mutex mutex_;
  std::list<Held> held_ GUARDED_BY(mutex_);
  std::map<std::int64_t, OfPerson> of_each_ GUARDED_BY(mutex_);
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
  std::size_t lost_bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace troupe::assistant::routes
