// A real redis-server of a test's own, on a free port, which it may stop and start. Only tests include this.
#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace troupe::bus {

class RedisServer {
 public:
  /// Where the program is; nothing when it is not installed (scripts/packages.txt names the package).
  static std::optional<std::string> program() {
    for (const char* folder : {"/usr/bin/", "/usr/local/bin/", "/bin/"})
      if (auto file = std::string(folder) + "redis-server"; ::access(file.c_str(), X_OK) == 0) return file;
    return std::nullopt;
  }

  explicit RedisServer(std::vector<std::string> more = {}) : more_(std::move(more)), port_(free_port()) { start(); }
  ~RedisServer() { stop(); }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::uint16_t port() const { return port_; }

  void start() {
    if (child_ > 0) return;
    std::vector<std::string> words{*program(),
                                   "--port",
                                   std::to_string(port_),
                                   "--bind",
                                   "127.0.0.1",
                                   "--save",
                                   "",
                                   "--appendonly",
                                   "no",
                                   "--daemonize",
                                   "no",
                                   "--dir",
                                   std::filesystem::temp_directory_path().string(),
                                   "--loglevel",
                                   "warning"};
    words.insert(words.end(), more_.begin(), more_.end());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    child_ = ::fork();
    if (child_ == 0) {
      const int nowhere = ::open("/dev/null", O_RDWR);
      ::dup2(nowhere, 0);
      ::dup2(nowhere, 1);
      ::dup2(nowhere, 2);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
  }
  void stop() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = 0;
  }
  void freeze() const { ::kill(child_, SIGSTOP); }
  void thaw() const { ::kill(child_, SIGCONT); }

 private:
  static std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
  }

  std::vector<std::string> more_;
  std::uint16_t port_;
  pid_t child_ = 0;
};

}  // namespace troupe::bus
