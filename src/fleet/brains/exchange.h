// What went over the wire for an answer and what came back, for the turn's record. Never a header, nor an address's
// query: credentials stand there.
#pragma once
#include <functional>
#include <string>

#include "fleet/brains/brain.h"
#include "net/client/client.h"

namespace troupe::fleet::brains {

/// Of each side so much more than Exchange::kMaxBytes is noted, for what takes secrets out to find those at the limit
/// whole; it then cuts.
inline constexpr std::size_t kLongestSecret = 4096;

/// One exchange while it goes on, for those who may turn away before its end. Nothing is noted when nobody keeps it.
class ExchangeNote {
 public:
  /// `stream` outlives it.
  ExchangeNote(const net::client::ClientRequest& request, ReplyStream& stream);
  /// The data of an event of a stream.
  void heard(std::string_view data);
  /// Hands it over: with the answer, or as far as it came.
  void end(const net::client::ClientResponse* response);

 private:
  ReplyStream& stream_;
  bool kept_;
  Exchange exchange_;
};

/// http.send, noted in `stream`, which outlives the task.
Task<net::client::ClientResponse> send_noted(net::client::HttpClient& http, net::client::ClientRequest request,
                                             ReplyStream& stream);
/// http.stream_events, noted in `stream` with the data of each event on a line of its own; both outlive the task.
Task<net::client::ClientResponse> stream_noted(net::client::HttpClient& http, net::client::ClientRequest request,
                                               std::function<bool(const net::client::ServerSentEvent&)> receive,
                                               ReplyStream& stream);

}  // namespace troupe::fleet::brains
