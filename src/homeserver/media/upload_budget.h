// What uploads that are under way may take of the disk, all together and of one account.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "base/result.h"

namespace troupe::homeserver::media {

/// Bytes that have come in and have no row yet count to nobody's quota, so they have bounds of their own. One account
/// gets half of the bytes, so that the others still have room. Callable from any thread.
class UploadBudget {
 public:
  static constexpr std::size_t kMaxFiles = 512;
  static constexpr std::size_t kMaxFilesOfOne = 16;

  /// Of one moment: settings may change.
  struct Limits {
    std::uint64_t bytes = 0;     ///< of all that is under way
    std::uint64_t one_file = 0;  ///< always fits, for whoever comes alone
  };

  /// What one upload has taken; given back when it goes out of scope. Must not outlive the budget.
  class [[nodiscard]] Share {
   public:
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)),
          owner_(std::move(other.owner_)),
          limits_(other.limits_),
          bytes_(other.bytes_) {}
    Share& operator=(Share&&) = delete;
    ~Share();
    /// Before so many bytes more are written. Error: limit_exceeded (with retry_after).
    Result<Unit> grow(std::uint64_t bytes);

   private:
    friend class UploadBudget;
    Share(UploadBudget& budget, std::string owner, Limits limits)
        : budget_(&budget), owner_(std::move(owner)), limits_(limits) {}
    UploadBudget* budget_;
    std::string owner_;
    Limits limits_;
    std::uint64_t bytes_ = 0;
  };

  /// `owner`: an account; empty: the server's own. Error: limit_exceeded (with retry_after).
  Result<Share> begin(const std::string& owner, Limits limits);

 private:
  struct Taken {
    std::size_t files = 0;
    std::uint64_t bytes = 0;
  };
  Result<Unit> grow(const std::string& owner, const Limits& limits, std::uint64_t bytes);
  void give_back(const std::string& owner, std::uint64_t bytes);

  base::Mutex mutex_;
  Taken all_ GUARDED_BY(mutex_);
  std::map<std::string, Taken> owners_ GUARDED_BY(mutex_);  ///< with an upload under way
};

}  // namespace troupe::homeserver::media
