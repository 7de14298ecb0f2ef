#include "lib/load_client.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "base/crypto.h"
#include "lib/server_process.h"

namespace troupe::bench {

LoadClient::LoadClient(asio::io_context& context, std::uint16_t port, std::string access_token)
    : token(std::move(access_token)), socket_(context), port_(port) {}

asio::awaitable<void> LoadClient::connect() {
  const asio::ip::tcp::endpoint server(asio::ip::address_v4::loopback(), port_);
  co_await socket_.async_connect(server, asio::use_awaitable);
  socket_.set_option(asio::ip::tcp::no_delay(true));
}

asio::awaitable<Reply> LoadClient::request(std::string_view method, std::string_view target, std::string_view body) {
  if (!socket_.is_open()) co_await connect();
  out_.clear();
  out_.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  if (!token.empty()) out_.append("Authorization: Bearer ").append(token).append("\r\n");
  if (!body.empty()) out_.append("Content-Type: application/json\r\n");
  out_.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  co_await asio::async_write(socket_, asio::buffer(out_), asio::use_awaitable);

  constexpr std::size_t kPiece = 64 * 1024;
  constexpr std::string_view kLengthName = "\r\nContent-Length: ";
  in_.clear();
  std::size_t head = std::string::npos;
  std::size_t wanted = 0;
  while (head == std::string::npos || in_.size() < wanted) {
    const auto have = in_.size();
    in_.resize(have + std::max(kPiece, wanted > have ? wanted - have : 0));
    const auto got =
        co_await socket_.async_read_some(asio::buffer(in_.data() + have, in_.size() - have), asio::use_awaitable);
    in_.resize(have + got);
    if (head != std::string::npos) continue;
    head = in_.find("\r\n\r\n");
    if (head == std::string::npos) continue;
    const auto at = in_.find(kLengthName);
    if (at == std::string::npos || at > head) throw std::runtime_error("an answer without a length");
    std::size_t length = 0;
    std::from_chars(in_.data() + at + kLengthName.size(), in_.data() + head, length);
    wanted = head + 4 + length;
  }
  Reply reply;
  std::from_chars(in_.data() + 9, in_.data() + 12, reply.status);
  reply.body = in_.substr(head + 4);
  co_return reply;
}

asio::awaitable<std::string> LoadClient::ok(std::string_view method, std::string_view target, std::string_view body) {
  const std::string shown(target);
  auto reply = co_await request(method, target, body);
  if (reply.status != 200) throw std::runtime_error(shown + ": " + std::to_string(reply.status) + " " + reply.body);
  co_return std::move(reply.body);
}

asio::awaitable<void> register_user(LoadClient& client, std::string name) {
  constexpr std::string_view kPath = "/_synapse/admin/v1/register";
  const auto nonce = member(co_await client.ok("GET", kPath), "nonce");
  std::string signed_text = nonce;
  for (std::string_view part :
       {std::string_view(name), std::string_view("bench-password"), std::string_view("notadmin")}) {
    signed_text += '\0';
    signed_text += part;
  }
  const auto mac = base::hmac_sha1_hex(ServerProcess::kSharedSecret, signed_text);
  const auto answer = co_await client.ok("POST", kPath,
                                         R"({"nonce":")" + nonce + R"(","username":")" + name +
                                             R"(","password":"bench-password","admin":false,"mac":")" + mac + "\"}");
  client.token = member(answer, "access_token");
  client.user_id = member(answer, "user_id");
}

std::string member(std::string_view json, std::string_view name) {
  const auto key = "\"" + std::string(name) + "\":\"";
  const auto at = json.find(key);
  if (at == json.npos)
    throw std::runtime_error("no member " + std::string(name) + " in " + std::string(json.substr(0, 200)));
  const auto begin = at + key.size();
  return std::string(json.substr(begin, json.find('"', begin) - begin));
}

double Samples::percentile(double p) {
  if (ms_.empty()) return std::nan("");
  std::ranges::sort(ms_);
  return ms_[static_cast<std::size_t>(p * static_cast<double>(ms_.size() - 1))];
}

}  // namespace troupe::bench
