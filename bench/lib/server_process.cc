#include "lib/server_process.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace troupe::bench {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  ::close(fd);
  return ntohs(address.sin_port);
}

bool is_ready(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  auto address = loopback(port);
  bool ready = false;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    constexpr std::string_view kAsk = "GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    std::array<char, 64> answer{};
    ready = ::write(fd, kAsk.data(), kAsk.size()) > 0 && ::read(fd, answer.data(), answer.size()) > 12 &&
            std::string_view(answer.data(), 12) == "HTTP/1.1 200";
  }
  ::close(fd);
  return ready;
}

}  // namespace

ServerProcess::ServerProcess(std::string binary, std::filesystem::path data)
    : binary_(std::move(binary)), data_(std::move(data)) {}
ServerProcess::~ServerProcess() { stop(); }

double ServerProcess::start() {
  matrix_port_ = free_port();
  platform_port_ = free_port();
  const auto matrix = "127.0.0.1:" + std::to_string(matrix_port_);
  const auto platform = "127.0.0.1:" + std::to_string(platform_port_);
  const std::vector<std::string> words{
      binary_, "serve", "--data", data_.string(), "--listen-matrix", matrix, "--listen-platform", platform};
  const auto began = std::chrono::steady_clock::now();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::setenv("TROUPE_REGISTRATION_SHARED_SECRET", kSharedSecret, 1);
    ::setenv("TROUPE_API_TOKEN", kApiToken, 1);
    ::setenv("TROUPE_RATE_LIMITS", "off", 1);
    ::setenv("TROUPE_PRESENCE", "off", 1);
    ::setenv("TROUPE_ADMIN_PASSWORD", "bench-password", 1);
    const int quiet = ::open("/dev/null", O_RDWR);
    ::dup2(quiet, STDOUT_FILENO);
    ::dup2(quiet, STDERR_FILENO);
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execv(binary_.c_str(), argv.data());
    ::_exit(127);
  }
  constexpr auto kPatience = std::chrono::seconds(60);
  while (!is_ready(matrix_port_)) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) throw std::runtime_error("the server ended at start");
    if (std::chrono::steady_clock::now() - began > kPatience) throw std::runtime_error("the server did not get ready");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
}

void ServerProcess::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

double ServerProcess::cpu_s() const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/stat");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  std::istringstream rest(text.substr(text.rfind(')') + 2));
  std::string field;
  long user = 0;
  long system = 0;
  for (int i = 3; i <= 15 && rest >> field; ++i) {
    if (i == 14) user = std::stol(field);
    if (i == 15) system = std::stol(field);
  }
  return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double ServerProcess::rss_mib() const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/statm");
  long total = 0;
  long resident = 0;
  in >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

double ServerProcess::data_mib() const {
  double bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data_)) {
    std::error_code gone;
    const auto size = entry.is_regular_file(gone) ? entry.file_size(gone) : 0;
    if (!gone) bytes += static_cast<double>(size);
  }
  return bytes / (1024 * 1024);
}

}  // namespace troupe::bench
