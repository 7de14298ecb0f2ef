#include "fleet/brains/exchange.h"

namespace troupe::fleet::brains {
namespace {

void append(std::string_view more, std::string& bytes, bool& cut) {
  bytes += more.substr(0, Exchange::kMaxBytes + kLongestSecret - bytes.size());
  cut = cut || bytes.size() > Exchange::kMaxBytes;
}

/// Only with somebody who keeps it: bodies may be large.
Exchange begin(const net::client::ClientRequest& request) {
  Exchange exchange{.method = request.method, .url = request.url.substr(0, request.url.find_first_of("?#"))};
  append(request.body, exchange.sent, exchange.cut);
  return exchange;
}

void end(Exchange exchange, const Result<net::client::ClientResponse>& response, ReplyStream& stream) {
  if (response) {
    exchange.status = response->status;
    append(response->body, exchange.received, exchange.cut);
  }
  stream.note(std::move(exchange));
}

}  // namespace

Task<net::client::ClientResponse> send_noted(net::client::HttpClient& http, net::client::ClientRequest request,
                                             ReplyStream& stream) {
  if (!stream.notes()) co_return co_await http.send(std::move(request));
  auto exchange = begin(request);
  auto response = co_await http.send(std::move(request));
  end(std::move(exchange), response, stream);
  co_return response;
}

Task<net::client::ClientResponse> stream_noted(net::client::HttpClient& http, net::client::ClientRequest request,
                                               std::function<bool(const net::client::ServerSentEvent&)> receive,
                                               ReplyStream& stream) {
  if (!stream.notes()) co_return co_await http.stream_events(std::move(request), std::move(receive));
  auto exchange = begin(request);
  auto noted = [&](const net::client::ServerSentEvent& event) {
    append(event.data, exchange.received, exchange.cut);
    append("\n", exchange.received, exchange.cut);
    return receive(event);
  };
  auto response = co_await http.stream_events(std::move(request), noted);
  end(std::move(exchange), response, stream);
  co_return response;
}

}  // namespace troupe::fleet::brains
