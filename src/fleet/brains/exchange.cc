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

/// Noted in any case: also when whoever asked has turned to another service meanwhile.
class Noted {
 public:
  Noted(const net::client::ClientRequest& request, ReplyStream& stream) : exchange_(begin(request)), stream_(stream) {}
  Noted(const Noted&) = delete;
  Noted& operator=(const Noted&) = delete;
  ~Noted() { stream_.note(std::move(exchange_)); }
  void event(std::string_view data) {
    append(data, exchange_.received, exchange_.cut);
    append("\n", exchange_.received, exchange_.cut);
  }
  void end(const Result<net::client::ClientResponse>& response) {
    if (!response) return;
    exchange_.status = response->status;
    append(response->body, exchange_.received, exchange_.cut);
  }

 private:
  Exchange exchange_;
  ReplyStream& stream_;
};

}  // namespace

Task<net::client::ClientResponse> send_noted(net::client::HttpClient& http, net::client::ClientRequest request,
                                             ReplyStream& stream) {
  if (!stream.notes()) co_return co_await http.send(std::move(request));
  Noted noted(request, stream);
  auto response = co_await http.send(std::move(request));
  noted.end(response);
  co_return response;
}

Task<net::client::ClientResponse> stream_noted(net::client::HttpClient& http, net::client::ClientRequest request,
                                               std::function<bool(const net::client::ServerSentEvent&)> receive,
                                               ReplyStream& stream) {
  if (!stream.notes()) co_return co_await http.stream_events(std::move(request), std::move(receive));
  Noted noted(request, stream);
  auto hear = [&](const net::client::ServerSentEvent& event) {
    noted.event(event.data);
    return receive(event);
  };
  auto response = co_await http.stream_events(std::move(request), hear);
  noted.end(response);
  co_return response;
}

}  // namespace troupe::fleet::brains
