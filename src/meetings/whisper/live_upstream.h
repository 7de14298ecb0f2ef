// A WhisperLive server as upstream: one connection for each session, made anew whenever it ends.
#pragma once
#include <functional>

#include "meetings/whisper/upstream.h"
#include "net/client/websocket_client.h"

namespace troupe::meetings::whisper {

struct LiveOptions {
  /// Where the server is: ws or wss. Asked before each connection; its error is what is the trouble.
  std::function<Task<std::string>()> address;
  std::string key{};  ///< shown as a bearer token; empty: none
  std::string model = "small";
  /// After so long the server cuts a connection; it is given up before. 0: it does not.
  std::chrono::milliseconds session_limit{300'000};
  bool flushes = false;  ///< it completes what is open at the end of the sound; a stock server does not
  std::chrono::milliseconds first_pause{500};
  std::chrono::milliseconds longest_pause{10'000};
  std::chrono::milliseconds ready{90'000};  ///< to load its model
  std::chrono::milliseconds write{10'000};  ///< for a frame; a server that does not take one is left
  std::chrono::milliseconds settle{3'000};  ///< silence of the server that means that it has said all
  std::chrono::milliseconds longest_settle{12'000};
  std::chrono::milliseconds flush{2'000};           ///< from the end of the sound to its close
  std::chrono::milliseconds longest_flush{30'000};  ///< the same where it flushes
  std::chrono::milliseconds finish{45'000};         ///< after the session's end; then it stays as it was heard
};

class LiveUpstream final : public Upstream {
 public:
  /// `client` outlives this.
  LiveUpstream(net::client::WebSocketClient& client, LiveOptions options)
      : client_(client), options_(std::move(options)) {}

  asio::awaitable<void> run(Channel& channel) override;
  std::optional<std::string> trouble() const override { return standing_.get(); }

 private:
  struct Link;
  using Socket = net::http::WebSocket;

  Task<Unit> connect(Channel& channel, Link& link);
  asio::awaitable<void> talk(Socket& socket, Channel& channel, Link& link);
  asio::awaitable<void> send_all(Socket& socket, Channel& channel, Link& link);
  asio::awaitable<void> listen(Socket& socket, Channel& channel, Link& link);
  void hear(const ServerWord& word, Channel& channel, Link& link);
  asio::awaitable<bool> send_piece(Socket& socket, Link& link, Tape::Piece piece);
  /// Ends the sound, and hears what the server still says.
  asio::awaitable<void> part(Socket& socket, Channel& channel, Link& link, bool settles);
  bool is_time_to_part(const Channel& channel, const Link& link) const;

  net::client::WebSocketClient& client_;
  LiveOptions options_;
  Standing standing_;
};

}  // namespace troupe::meetings::whisper
