// Time stamps of RFC 3161: an authority elsewhere signs that a hash was there at a time.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"

namespace troupe::identity::anchors {

/// The DER of a TimeStampReq for this SHA-256 (32 bytes): with a nonce, and asking for the authority's certificate.
std::string time_stamp_request(std::string_view digest);

/// Whose stamps count. Callable from any thread; one checks at a time, some tenths of a millisecond each.
class StampChecker {
 public:
  /// `ca_file`: PEM certificates that the authority's has to lead to; empty: the system's. Error: invalid_param (the
  /// file cannot be read, or has no certificate).
  static Result<std::unique_ptr<StampChecker>> make(const std::string& ca_file);
  ~StampChecker();

  /// The time that a TimeStampResp says. What it must be: granted, of this digest and of the request's nonce, signed by
  /// an authority whose certificate was good then and is for time stamps. Errors: forbidden, with the reason.
  Result<base::UnixMs> check_answer(std::string_view request, std::string_view response) const;
  /// The same of a stamp that was kept, whose request nobody has any more.
  Result<base::UnixMs> check_kept(std::string_view digest, std::string_view response) const;

 private:
  struct Store;
  explicit StampChecker(std::unique_ptr<Store> store);

  mutable base::Mutex mutex_;
  std::unique_ptr<Store> store_ GUARDED_BY(mutex_);
};

}  // namespace troupe::identity::anchors
