#include "identity/anchors/room_notes.h"

#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "matrix/json.h"

namespace troupe::identity::anchors {
namespace {

/// The member of the content that programs read.
constexpr std::string_view kMember = "troupe.audit_anchor";
constexpr std::size_t kMaxAnswerBytes = 256 * 1024, kMaxEventId = 255;
constexpr std::chrono::seconds kPatience{20};

Error out_of_order(int status) {
  return Error(Errc::unavailable, "the room's homeserver answers with status " + std::to_string(status));
}

}  // namespace

net::client::ClientRequest RoomNotes::request(std::string method, const std::string& path) const {
  net::client::ClientRequest made(net::client::Trust::configured);
  made.method = std::move(method);
  made.url = account_.base_url + "/_matrix/client/v3/rooms/" + base::percent_encode(account_.room_id) + path;
  made.headers.add("Authorization", "Bearer " + account_.token);
  made.total_timeout = kPatience;
  made.max_body_bytes = kMaxAnswerBytes;
  made.max_redirects = 0;
  return made;
}

Task<std::string> RoomNotes::put(Head head) {
  // The same head is one message, however often it is sent.
  const auto transaction = "audit-" + std::to_string(head.tenant_id) + "-" + head.hash;
  auto sending = request("PUT", "/send/m.room.message/" + transaction);
  sending.headers.add("Content-Type", "application/json");
  sending.body = boost::json::serialize(matrix::JsonObject{
      {"msgtype", "m.notice"},
      {"body", "Audit log of " + account_.server_name + ", tenant " + std::to_string(head.tenant_id) +
                   ": the chain up to record " + std::to_string(head.last_id) + " has the head " + head.hash},
      {kMember, matrix::JsonObject{{"server_name", account_.server_name},
                                   {"tenant_id", head.tenant_id},
                                   {"last_id", head.last_id},
                                   {"head", head.hash}}}});
  CO_TRY(const auto response, co_await http_.send(std::move(sending)));
  const auto answer = matrix::parse_json(response.body);
  const auto* object = answer ? answer->if_object() : nullptr;
  const auto event_id = object ? matrix::find_string(*object, "event_id").value_or("") : std::string_view();
  if (response.status != 200) co_return out_of_order(response.status);
  if (event_id.empty() || event_id.size() > kMaxEventId)
    co_return Error(Errc::forbidden, "the room's homeserver does not say which message it took");
  co_return std::string(event_id);
}

Task<base::UnixMs> RoomNotes::check(Head head, std::string proof) {
  CO_TRY(const auto response, co_await http_.send(request("GET", "/event/" + base::percent_encode(proof))));
  if (response.status == 404) co_return Error(Errc::forbidden, "the message is not in the room");
  const auto answer = matrix::parse_json(response.body);
  const auto* object = answer ? answer->if_object() : nullptr;
  if (response.status != 200 || !object) co_return out_of_order(response.status);
  const auto* content = matrix::find_object(*object, "content");
  const auto* said = content ? matrix::find_object(*content, kMember) : nullptr;
  if (!said || matrix::find_string(*said, "head") != head.hash ||
      matrix::find_integer(*said, "last_id") != head.last_id ||
      matrix::find_integer(*said, "tenant_id") != head.tenant_id)
    co_return Error(Errc::forbidden, "the message says another head");
  co_return matrix::find_integer(*object, "origin_server_ts").value_or(0);
}

}  // namespace troupe::identity::anchors
