// A bucket of S3, or of what speaks its language (MinIO, Ceph, Garage …).
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/s3/sign.h"
#include "net/client/client.h"
#include "net/http/url.h"

namespace troupe::homeserver::s3 {

struct ObjectFacts {
  std::uint64_t bytes = 0;
  std::chrono::seconds age{0};  ///< by the service's own clock
};

/// A listing of keys; `next` continues it, empty: that was all.
struct KeyPage {
  std::vector<std::string> keys;
  std::string next;
};

/// An upload in parts that was neither completed nor aborted.
struct OpenUpload {
  std::string key;
  std::string id;
  base::UnixMs since_ms = 0;
};

/// One per server; callable from any thread. Requests carry their content's hash, so that what arrives damaged is
/// refused. What fails for the service's sake (5xx, 429, no answer) is tried kTries times. The address is the
/// operator's: it may be private, and redirects are not followed. Keys are of letters, digits, '-', '_', '.' and '/'.
/// Errors: unavailable, whose detail names what the service said and never a key or a signature; not_found where said.
class Bucket {
 public:
  static constexpr int kTries = 3;
  static constexpr std::size_t kMaxBytes = 16UL * 1024 * 1024;  ///< of one request or answer
  static constexpr std::size_t kMaxKeys = 1'000;                ///< of one page

  struct Address {
    std::string endpoint;  ///< "https://s3.eu-central-1.amazonaws.com"; a path in it comes before the bucket
    std::string bucket;
    Keys keys;
  };
  /// Error: invalid_param (the endpoint is no URL).
  static Result<Bucket> make(Address address, net::client::HttpClient& http, const base::Clock& clock);

  Task<Unit> put(std::string key, std::string bytes);
  /// The bytes from `offset`, `count` of them or up to the end. Error: not_found.
  Task<std::string> get(std::string key, std::uint64_t offset, std::size_t count);
  Task<std::optional<ObjectFacts>> find(std::string key);
  /// Nothing happens when it is not there.
  Task<Unit> remove(std::string key);
  /// Keys that begin so, `from` a page's `next`.
  Task<KeyPage> list(std::string prefix, std::string from);

  /// An upload in parts: its id.
  Task<std::string> begin(std::string key);
  /// Yields the part's tag. `number` from 1.
  Task<std::string> put_part(std::string key, std::string id, int number, std::string bytes);
  Task<Unit> complete(std::string key, std::string id, std::vector<std::string> tags);
  Task<Unit> abort(std::string key, std::string id);
  Task<std::vector<OpenUpload>> open_uploads(std::string prefix);

 private:
  struct Wish {
    std::string method;
    std::string key;  ///< empty: the bucket
    Pairs query{};
    Pairs headers{};
    std::string body{};
  };
  Bucket(Address address, net::http::Url endpoint, net::client::HttpClient& http, const base::Clock& clock)
      : address_(std::move(address)), endpoint_(std::move(endpoint)), http_(http), clock_(clock) {}
  net::client::ClientRequest request_for(const Wish& wish) const;
  /// An answer of 2xx, or of 404.
  Task<net::client::ClientResponse> ask(Wish wish);

  Address address_;
  net::http::Url endpoint_;
  net::client::HttpClient& http_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::s3
