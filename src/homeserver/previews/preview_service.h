// What a page says of itself, for people who talk of it (Client-Server API #get_matrixclientv1mediapreview_url).
#pragma once
#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <string>

#include "base/async.h"
#include "homeserver/media/media_removal.h"
#include "homeserver/media/media_service.h"
#include "homeserver/previews/page_facts.h"
#include "homeserver/previews/preview_fetch.h"
#include "homeserver/previews/preview_store.h"
#include "homeserver/previews/recent_previews.h"
#include "homeserver/sync/fair_gate.h"
#include "matrix/json.h"
#include "net/route/rate_limit.h"

namespace troupe::homeserver::previews {

/// One per server; callable from any thread. Addresses come from members: the client's rules for untrusted ones hold at
/// every hop. One address is fetched once at a time, whoever asks, and then given from memory or the database until it
/// ends. Pictures are uploads of nobody (kNobody), which count as one account's.
class PreviewService {
 public:
  static constexpr std::string_view kNobody;     ///< the owner of pictures
  static constexpr std::chrono::hours kLife{1};  ///< of a preview; it is kept for `ts` a day longer
  static constexpr std::chrono::hours kKeptAfter{24};
  static constexpr std::chrono::hours kPictureLife{26};    ///< longer than any preview that shows it
  static constexpr std::chrono::seconds kFailureLife{60};  ///< so long nobody tries again
  static constexpr std::chrono::milliseconds kPageTime{10'000};
  static constexpr std::chrono::milliseconds kPictureTime{10'000};
  static constexpr std::size_t kMaxPictureBytes = 2UL * 1024 * 1024;
  /// Pages that are fetched at once, and those that wait for that, accounts in turn.
  static constexpr sync::FairGate::Limits kGate{.places = 8, .waiting_of_one = 32, .waiting = 256};
  static constexpr std::int64_t kMaxKept = 20'000;          ///< previews in the database; the oldest go
  static constexpr std::size_t kMaxSweptPictures = 10'000;  ///< by one sweep
  /// Pages that are fetched for one account; requests to one host, for redirects and pictures, too.
  static constexpr net::route::RateClass kOfAccount{.per_s = 1, .burst = 60};
  static constexpr net::route::RateClass kOfHost{.per_s = 5, .burst = 60};

  struct Parts {
    store::Database& db;
    media::MediaService& media;
    media::MediaRemoval& removal;
    net::client::HttpClient& http;
    const host::Settings& settings;
    const base::Clock& clock;
    asio::any_io_executor home;  ///< where pages are fetched; runs one handler at a time
  };
  explicit PreviewService(Parts parts);
  ~PreviewService();

  /// The answer's JSON, as it was at `at` (milliseconds since 1970) if that is kept, else as it is now. What says
  /// nothing of itself gives an empty object. Errors: invalid_param (the address), limit_exceeded, those of fetch(),
  /// unavailable.
  Task<std::string> preview(std::string user_id, std::string address, std::optional<base::UnixMs> at);
  /// Removes previews and pictures that nobody is given any more. From a job; `now` by host::age_clock.
  Task<Unit> sweep(base::UnixMs now);
  /// Begins nothing more, and waits for what is under way, so long. On `home`.
  asio::awaitable<void> stop(std::chrono::milliseconds patience);

 private:
  Task<std::optional<std::string>> find_kept(const std::string& key, std::optional<base::UnixMs> at);
  Result<Unit> check_rate(const std::string& who, const net::route::RateClass& rate);
  FetchBounds bounds(std::size_t bytes, std::chrono::milliseconds time);
  asio::awaitable<void> fly(std::string user_id, std::string key, net::http::Url url, std::shared_ptr<Flight> flight);
  Task<std::string> make(std::string user_id, const std::string& key, net::http::Url url);
  Task<matrix::JsonObject> describe(net::http::Url url);
  /// Adds what is known of the picture, if there is one that may be kept.
  Task<Unit> add_picture(matrix::JsonObject& answer, Fetched picture);
  Task<Unit> sweep_pictures(base::UnixMs now);

  Parts parts_;
  RecentPreviews recent_;
  net::route::RateLimiter limiter_;
  sync::FairGate gate_{kGate};
  base::TaskGroup flights_;
  std::atomic<bool> stopping_{false};
  asio::thread_pool parsing_{1};  ///< pages cost CPU: one at a time, and on no I/O thread
};

}  // namespace troupe::homeserver::previews
