#include "identity/anchors/time_stamps.h"

#include "base/encoding.h"
#include "base/on_pool.h"

namespace troupe::identity::anchors {
namespace {

constexpr std::size_t kMaxStampBytes = 64 * 1024;
constexpr std::chrono::seconds kStampPatience{20};

}  // namespace

Task<std::string> TimeStamps::put(Head head) {
  const auto request_bytes = time_stamp_request(base::hex_decode(head.hash).value_or(""));
  if (request_bytes.empty()) co_return Error(Errc::internal, "no request for a time stamp could be made");
  net::client::ClientRequest request(net::client::Trust::configured);
  request.method = "POST";
  request.url = url_;
  request.headers.add("Content-Type", "application/timestamp-query");
  request.headers.add("Accept", "application/timestamp-reply");
  request.body = request_bytes;
  request.total_timeout = kStampPatience;
  request.max_body_bytes = kMaxStampBytes;
  request.max_redirects = 0;
  CO_TRY(auto response, co_await http_.send(std::move(request)));
  if (response.status != 200)
    co_return Error(Errc::unavailable,
                    "the time-stamping authority answers with status " + std::to_string(response.status));
  auto work = [this, request_bytes, answer = response.body] { return checker_->check_answer(request_bytes, answer); };
  CO_TRY(co_await base::on_pool(pool_, std::move(work)));
  co_return std::move(response.body);
}

Task<base::UnixMs> TimeStamps::check(Head head, std::string proof) {
  auto work = [this, digest = base::hex_decode(head.hash).value_or(""), proof = std::move(proof)] {
    return checker_->check_kept(digest, proof);
  };
  co_return co_await base::on_pool(pool_, std::move(work));
}

}  // namespace troupe::identity::anchors
