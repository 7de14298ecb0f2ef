// For tests: a mail relay on loopback that speaks SMTP as real ones do, with STARTTLS and sign-in, and misbehaves where
// it is told to.
#pragma once
#include <map>

#include "base/encoding.h"
#include "base/mutex.h"
#include "net/tls/test_peer.h"

namespace troupe::net::smtp {

struct RelayWays {
  std::shared_ptr<tls::TlsServer> tls = nullptr;  ///< nullptr: nothing is encrypted
  bool tls_first = false;                         ///< from the first byte, in place of STARTTLS
  std::string user = {};                          ///< empty: nobody has to sign in
  std::string password = {};
  /// By command ("RCPT", "MAIL", "CONNECT" for the greeting, "END" for the end of the text): what is answered in place
  /// of a yes; "die" closes, "hang" says nothing more. "MIDDLE": dies within the text.
  std::map<std::string, std::string> answers = {};
};

class FakeRelay {
 public:
  struct Taken {
    std::string from;
    std::string to;
    std::string text;
    bool encrypted = false;
    bool operator==(const Taken&) const = default;
  };
  explicit FakeRelay(RelayWays ways = {})
      : ways_(std::move(ways)), acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~FakeRelay() {
    io_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::vector<Taken> taken() const {
    const base::Lock lock(mutex_);
    return taken_;
  }

 private:
  struct Talk {
    std::unique_ptr<tls::Stream> stream;
    std::string read;  ///< and not looked at yet
    bool encrypted = false;
    bool signed_in = false;
    Taken mail;
  };

  asio::awaitable<void> accept() {
    for (;;) {
      auto [failed, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
      if (failed) co_return;
      asio::co_spawn(io_, serve(tls::make_tcp_stream(std::move(socket))), asio::detached);
    }
  }

  asio::awaitable<bool> encrypt(Talk& talk) {
    talk.stream->read_within(std::chrono::seconds(30));
    talk.stream->write_within(std::chrono::seconds(30));
    auto made = co_await ways_.tls->accept(std::move(talk.stream));
    if (!made) co_return false;
    talk.stream = *std::move(made);
    talk.encrypted = true;
    talk.read.clear();
    co_return true;
  }

  static asio::awaitable<std::optional<std::string>> line(Talk& talk) {
    std::array<char, 4096> buffer;
    for (;;) {
      if (const auto end = talk.read.find("\r\n"); end != std::string::npos) {
        auto found = talk.read.substr(0, end);
        talk.read.erase(0, end + 2);
        co_return found;
      }
      const auto got = co_await talk.stream->read_some(buffer);
      if (!got || *got == 0) co_return std::nullopt;
      talk.read.append(buffer.data(), *got);
    }
  }

  /// Says what is to be said at this command; false: the connection ends here.
  asio::awaitable<bool> say(Talk& talk, const std::string& command, std::string yes) {
    const auto found = ways_.answers.find(command);
    if (found != ways_.answers.end()) yes = found->second;
    if (yes == "die") co_return false;
    if (yes == "hang") {
      co_await tls::testing::wait_for_end(*talk.stream);
      co_return false;
    }
    co_await tls::testing::say(*talk.stream, yes + "\r\n");
    co_return true;
  }

  std::string hello(const Talk& talk) const {
    std::string lines = "250-relay.example.org greets you\r\n250-8BITMIME\r\n";
    if (ways_.tls && !talk.encrypted) lines += "250-STARTTLS\r\n";
    if (!ways_.user.empty()) lines += "250-AUTH PLAIN\r\n";
    return lines + "250 SIZE 1000000";
  }

  asio::awaitable<bool> sign_in(Talk& talk, std::string given) {
    if (given.empty()) {
      if (!co_await say(talk, "AUTH", "334 ")) co_return false;
      const auto next = co_await line(talk);
      if (!next) co_return false;
      given = *next;
    }
    const auto wanted = std::string(1, '\0') + ways_.user + std::string(1, '\0') + ways_.password;
    talk.signed_in = base::base64_decode(given) == wanted;
    co_await tls::testing::say(*talk.stream, talk.signed_in ? "235 welcome\r\n" : "535 5.7.8 wrong password\r\n");
    co_return true;
  }

  asio::awaitable<bool> take_text(Talk& talk) {
    if (!co_await say(talk, "DATA", "354 go on")) co_return false;
    if (ways_.answers.contains("MIDDLE")) {
      co_await line(talk);
      co_return false;
    }
    for (;;) {
      auto next = co_await line(talk);
      if (!next) co_return false;
      if (*next == ".") break;
      talk.mail.text += (next->starts_with("..") ? next->substr(1) : *next) + "\r\n";
    }
    if (!ways_.answers.contains("END")) {
      const base::Lock lock(mutex_);
      taken_.push_back(talk.mail);
    }
    co_return co_await say(talk, "END", "250 taken over");
  }

  asio::awaitable<bool> obey(Talk& talk, const std::string& said) {
    const auto command = said.substr(0, 4);
    if (command == "EHLO") co_return co_await say(talk, "EHLO", hello(talk));
    if (command == "STAR") {
      if (!co_await say(talk, "STARTTLS", "220 begin")) co_return false;
      co_return co_await encrypt(talk);
    }
    if (command == "AUTH") co_return co_await sign_in(talk, said.size() > 11 ? said.substr(11) : "");
    if (!ways_.user.empty() && !talk.signed_in && command != "QUIT")
      co_return co_await say(talk, "", "530 5.7.0 sign in first");
    if (command == "MAIL") {
      talk.mail = {.from = said.substr(10), .to = {}, .text = {}, .encrypted = talk.encrypted};
      co_return co_await say(talk, "MAIL", "250 fine");
    }
    if (command == "RCPT") {
      talk.mail.to = said.substr(8);
      co_return co_await say(talk, "RCPT", "250 fine");
    }
    if (command == "DATA") co_return co_await take_text(talk);
    if (command == "QUIT") co_await say(talk, "QUIT", "221 bye");
    co_return command != "QUIT" && co_await say(talk, "", "250 fine");
  }

  asio::awaitable<void> serve(std::unique_ptr<tls::Stream> stream) {
    Talk talk{.stream = std::move(stream), .read = {}, .mail = {}};
    if (ways_.tls_first && !co_await encrypt(talk)) co_return;
    if (!co_await say(talk, "CONNECT", "220 relay.example.org")) co_return;
    for (;;) {
      const auto said = co_await line(talk);
      if (!said || !co_await obey(talk, *said)) co_return;
    }
  }

  RelayWays ways_;
  asio::io_context io_{1};
  asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
  mutable base::Mutex mutex_;
  std::vector<Taken> taken_ GUARDED_BY(mutex_);
};

}  // namespace troupe::net::smtp
