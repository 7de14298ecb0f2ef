// The server under load: started on free loopback ports with a data folder of its own, metered through /proc.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace troupe::bench {

class ServerProcess {
 public:
  ServerProcess(std::string binary, std::filesystem::path data);
  ~ServerProcess();  ///< SIGTERM, and waits
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// Yields the milliseconds from exec to the first 200 of /ready.
  double start();
  void stop();
  double cpu_s() const;
  double rss_mib() const;
  double data_mib() const;
  std::uint16_t matrix_port() const { return matrix_port_; }
  std::uint16_t platform_port() const { return platform_port_; }
  static constexpr const char* kSharedSecret = "bench-secret";
  static constexpr const char* kApiToken = "bench-api-token-bench-api-token-0123";

 private:
  std::string binary_;
  std::filesystem::path data_;
  pid_t pid_ = 0;
  std::uint16_t matrix_port_ = 0;
  std::uint16_t platform_port_ = 0;
};

}  // namespace troupe::bench
