#include "runtime/cluster/api_client.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "base/utf8.h"
#include "runtime/cluster/json_read.h"

namespace troupe::runtime::cluster {
namespace {

constexpr std::size_t kSaidBytes = 300;

/// Kubernetes answers a Status object, Nomad plain text.
std::string words_of(std::string_view body) {
  boost::system::error_code broken;
  const auto parsed = boost::json::parse(body, broken);
  const auto message = broken ? std::string_view() : text_at(parsed, {"message"});
  return base::redact((message.empty() ? body : message).substr(0, kSaidBytes));
}

Errc code_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return Errc::forbidden;
    case 404:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    case 400:
    case 413:
    case 422:
      return Errc::invalid_param;
    case 408:
    case 429:
      return Errc::unavailable;
    default:
      return status >= 500 ? Errc::unavailable : Errc::internal;
  }
}

}  // namespace

net::client::ClientRequest ApiClient::request_of(const Call& call) const {
  net::client::ClientRequest request(net::client::Trust::configured);
  request.method = call.method;
  request.url = options_.base_url + call.target;
  request.headers.add("Accept", "application/json, */*");
  if (options_.credential) {
    auto [name, value] = options_.credential();
    if (!value.empty()) request.headers.add(std::move(name), std::move(value));
  }
  if (call.body) {
    request.headers.add("Content-Type", call.content_type);
    request.body = boost::json::serialize(*call.body);
  }
  request.first_byte_timeout = request.idle_timeout = call.patience;
  request.total_timeout = call.patience + request.connect_timeout;
  request.max_body_bytes = call.max_body_bytes;
  request.max_redirects = 0;
  return request;
}

Error ApiClient::refusal(int status, std::string_view body) const {
  return Error(code_of(status), options_.title + " answered " + std::to_string(status) + ": " + words_of(body));
}

Task<net::client::ClientResponse> ApiClient::send(Call call) {
  auto sending = http_->send(request_of(call));
  auto response = co_await std::move(sending);
  if (!response) co_return response;
  if (response->status < 200 || response->status > 299) co_return refusal(response->status, response->body);
  co_return response;
}

Task<boost::json::value> ApiClient::ask(Call call) {
  CO_TRY(const auto response, co_await send(std::move(call)));
  boost::system::error_code broken;
  auto parsed = boost::json::parse(response.body, broken);
  if (broken) co_return Error(Errc::internal, options_.title + " answered something that is no JSON");
  co_return parsed;
}

Task<Unit> ApiClient::stream(Call call, std::function<bool(std::string_view)> receive) {
  auto request = request_of(call);
  request.total_timeout = call.patience + request.connect_timeout;
  auto streaming = http_->stream_body(std::move(request), std::move(receive));
  CO_TRY(const auto response, co_await std::move(streaming));
  if (response.status < 200 || response.status > 299) co_return refusal(response.status, response.body);
  co_return Unit{};
}

}  // namespace troupe::runtime::cluster
