#include "fleet/brains/exchange.h"

namespace troupe::fleet::brains {
namespace {

void append(std::string_view more, std::string& bytes, bool& cut) {
  bytes += more.substr(0, Exchange::kMaxBytes + kLongestSecret - bytes.size());
  cut = cut || bytes.size() > Exchange::kMaxBytes;
}

const net::client::ClientResponse* given(const Result<net::client::ClientResponse>& response) {
  return response ? &*response : nullptr;
}

}  // namespace

ExchangeNote::ExchangeNote(const net::client::ClientRequest& request, ReplyStream& stream)
    : stream_(stream), kept_(stream.notes()) {
  if (!kept_) return;  // bodies may be large
  exchange_.method = request.method;
  exchange_.url = request.url.substr(0, request.url.find_first_of("?#"));
  append(request.body, exchange_.sent, exchange_.cut);
}

void ExchangeNote::heard(std::string_view data) {
  if (!kept_) return;
  append(data, exchange_.received, exchange_.cut);
  append("\n", exchange_.received, exchange_.cut);
}

void ExchangeNote::end(const net::client::ClientResponse* response) {
  if (!kept_) return;
  if (response != nullptr) {
    exchange_.status = response->status;
    append(response->body, exchange_.received, exchange_.cut);
  }
  stream_.note(std::move(exchange_));
}

Task<net::client::ClientResponse> send_noted(net::client::HttpClient& http, net::client::ClientRequest request,
                                             ReplyStream& stream) {
  ExchangeNote note(request, stream);
  auto response = co_await http.send(std::move(request));
  note.end(given(response));
  co_return response;
}

Task<net::client::ClientResponse> stream_noted(net::client::HttpClient& http, net::client::ClientRequest request,
                                               std::function<bool(const net::client::ServerSentEvent&)> receive,
                                               ReplyStream& stream) {
  ExchangeNote note(request, stream);
  auto hear = [&](const net::client::ServerSentEvent& event) {
    note.heard(event.data);
    return receive(event);
  };
  auto response = co_await http.stream_events(std::move(request), hear);
  note.end(given(response));
  co_return response;
}

}  // namespace troupe::fleet::brains
