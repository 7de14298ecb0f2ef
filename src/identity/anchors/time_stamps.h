// A time-stamping authority as a place for anchors.
#pragma once
#include <boost/asio/thread_pool.hpp>
#include <memory>

#include "identity/anchors/place.h"
#include "identity/anchors/time_stamp.h"
#include "net/client/client.h"

namespace troupe::identity::anchors {

/// RFC 3161 over HTTP (section 3.4). The proof is the authority's answer, as DER: `openssl ts -verify -digest HASH`
/// reads it, for what is stamped is the hash itself.
class TimeStamps final : public Place {
 public:
  TimeStamps(std::string url, std::unique_ptr<StampChecker> checker, net::client::HttpClient& http)
      : url_(std::move(url)), checker_(std::move(checker)), http_(http) {}
  ~TimeStamps() override { pool_.join(); }

  std::string_view kind() const override { return "time_stamp"; }
  const std::string& where() const override { return url_; }
  Task<std::string> put(Head head) override;
  Task<base::UnixMs> check(Head head, std::string proof) override;
  std::int64_t most_checked() const override { return 1'000; }

 private:
  const std::string url_;
  const std::unique_ptr<StampChecker> checker_;
  net::client::HttpClient& http_;
  asio::thread_pool pool_{1};  ///< checks signatures
};

}  // namespace troupe::identity::anchors
