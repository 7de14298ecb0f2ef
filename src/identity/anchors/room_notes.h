// A room on a homeserver elsewhere as a place for anchors.
#pragma once
#include "identity/anchors/place.h"
#include "net/client/client.h"

namespace troupe::identity::anchors {

/// Messages by an account of that homeserver, over its client-server API. The proof is the message's event id; whoever
/// is in the room reads the message without this server.
class RoomNotes final : public Place {
 public:
  struct Account {
    std::string base_url;  ///< of the homeserver: https://matrix.example.org
    std::string token;     ///< access token of the account
    std::string room_id;
    std::string server_name;  ///< this server's, as the message says it
  };
  RoomNotes(Account account, net::client::HttpClient& http)
      : account_(std::move(account)), where_(account_.room_id + " at " + account_.base_url), http_(http) {}

  std::string_view kind() const override { return "room"; }
  const std::string& where() const override { return where_; }
  Task<std::string> put(Head head) override;
  Task<base::UnixMs> check(Head head, std::string proof) override;
  std::int64_t most_checked() const override { return 10; }

 private:
  net::client::ClientRequest request(std::string method, const std::string& path) const;

  const Account account_;
  const std::string where_;
  net::client::HttpClient& http_;
};

}  // namespace troupe::identity::anchors
