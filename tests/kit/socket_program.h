// A program of which a test holds the other end of the socket.
#pragma once
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

#include "runtime/sandbox/programs.h"

namespace troupe::kit {

class SocketProgram final : public runtime::sandbox::Program {
 public:
  /// `ended`: what it says of its end from the beginning; nothing: it runs.
  explicit SocketProgram(int socket, std::optional<std::string> ended = std::nullopt)
      : socket_(socket), ended_(std::move(ended)) {}
  ~SocketProgram() override {
    if (socket_ >= 0) ::close(socket_);
  }
  SocketProgram(const SocketProgram&) = delete;
  SocketProgram& operator=(const SocketProgram&) = delete;
  int take_socket() override { return std::exchange(socket_, -1); }
  std::optional<std::string> ended() const override { return ended_; }

 private:
  int socket_;
  std::optional<std::string> ended_;
};

}  // namespace troupe::kit
