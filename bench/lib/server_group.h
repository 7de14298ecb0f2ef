// One server made of one or more processes: clients are spread over them, what they use is added up.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lib/server_process.h"

namespace troupe::bench {

class ServerGroup {
 public:
  ServerGroup(const std::string& binary, const std::filesystem::path& data, std::size_t processes);

  /// Starts the first, gives its key to the others, starts them. Yields the longest start in milliseconds.
  double start();
  void stop();
  double cpu_s() const;
  double rss_mib() const;
  double data_mib() const;
  std::uint16_t matrix_port(std::size_t client) const { return members_[client % members_.size()]->matrix_port(); }

 private:
  std::vector<std::filesystem::path> folders_;
  std::vector<std::unique_ptr<ServerProcess>> members_;
};

}  // namespace troupe::bench
