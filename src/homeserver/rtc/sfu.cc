#include "homeserver/rtc/sfu.h"

#include <boost/json/serialize.hpp>

namespace troupe::homeserver::rtc {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::seconds kOwnLife{60};
constexpr int kNotFound = 404;
constexpr std::size_t kMaxAnswerBytes = 256UL * 1024;
/// How long it keeps a room that nobody came into, and one that everybody has left.
constexpr int kEmptySeconds = 300;
constexpr int kLeftSeconds = 20;

constexpr std::string_view kCannotBeUsed = "The server that calls run over cannot be used just now.";
constexpr std::string_view kNoLiveKit = "LiveKit answers with 404";

/// ws:// as http://, wss:// as https://.
std::string web_address(std::string_view url) {
  std::string address("http");
  address += url.substr(2);
  while (address.ends_with('/')) address.pop_back();
  return address;
}

std::string why(int status) {
  if (status == 401 || status == 403) return "LiveKit does not take rtc.livekit_key with rtc.livekit_secret";
  return "LiveKit answers with " + std::to_string(status);
}

}  // namespace

Sfu::Sfu(Parts parts) : parts_(std::move(parts)) {}

Task<bool> Sfu::ask(std::string method, JsonObject grant, JsonObject body) {
  net::client::ClientRequest request(net::client::Trust::configured);
  request.method = "POST";
  request.url = web_address(parts_.url) + "/twirp/livekit.RoomService/" + method;
  const auto token = livekit_token(parts_.key, {}, std::move(grant), parts_.clock.unix_ms(), kOwnLife);
  request.headers.add("Authorization", "Bearer " + token);
  request.headers.add("Content-Type", "application/json");
  request.body = boost::json::serialize(body);
  request.first_byte_timeout = request.idle_timeout = request.total_timeout = kPatience;
  request.max_body_bytes = kMaxAnswerBytes;
  request.max_redirects = 0;
  auto answer = co_await parts_.http.send(std::move(request));
  std::optional<std::string> trouble;
  if (!answer) {
    trouble = "LiveKit does not answer: " + answer.error().message();
  } else if (answer->status != 200 && answer->status != kNotFound) {
    trouble = why(answer->status);
  }
  note(trouble);
  if (!trouble) co_return answer->status != kNotFound;
  co_return Error(Errc::unavailable, std::string(kCannotBeUsed), *std::move(trouble));
}

Task<Unit> Sfu::make_room(std::string name) {
  CO_TRY(
      const bool made,
      co_await ask("CreateRoom", {{"roomCreate", true}},
                   {{"name", std::move(name)}, {"empty_timeout", kEmptySeconds}, {"departure_timeout", kLeftSeconds}}));
  if (made) co_return Unit{};
  note(std::string(kNoLiveKit));
  co_return Error(Errc::unavailable, std::string(kCannotBeUsed), std::string(kNoLiveKit));
}

Task<Unit> Sfu::remove(std::string room, std::string identity) {
  CO_TRY([[maybe_unused]] const bool was_there, co_await ask("RemoveParticipant", {{"roomAdmin", true}, {"room", room}},
                                                             {{"room", room}, {"identity", std::move(identity)}}));
  co_return Unit{};
}

Task<bool> Sfu::is_there(std::string room, std::string identity) {
  co_return co_await ask("GetParticipant", {{"roomAdmin", true}, {"room", room}},
                         {{"room", room}, {"identity", std::move(identity)}});
}

std::string Sfu::admit(std::string_view room, std::string_view identity) const {
  return livekit_token(parts_.key, identity,
                       {{"room", room},
                        {"roomJoin", true},
                        {"roomCreate", false},
                        {"canPublish", true},
                        {"canSubscribe", true},
                        {"canPublishData", true}},
                       parts_.clock.unix_ms(), kTimeToComeIn);
}

Task<Unit> Sfu::look() {
  // Whether it is there is in trouble(); the job itself has not failed.
  const auto looked = co_await ask("ListRooms", {{"roomList", true}}, {{"names", JsonArray{"-"}}});
  if (looked && !*looked) note(std::string(kNoLiveKit));
  co_return Unit{};
}

void Sfu::note(std::optional<std::string> trouble) {
  const base::Lock lock(mutex_);
  trouble_ = std::move(trouble);
}

std::optional<std::string> Sfu::trouble() const {
  const base::Lock lock(mutex_);
  return trouble_;
}

}  // namespace troupe::homeserver::rtc
