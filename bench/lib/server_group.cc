#include "lib/server_group.h"

#include <algorithm>

namespace troupe::bench {
namespace {

double sum(const std::vector<std::unique_ptr<ServerProcess>>& members, double (ServerProcess::*of)() const) {
  double total = 0;
  for (const auto& member : members) total += (*member.*of)();
  return total;
}

}  // namespace

ServerGroup::ServerGroup(const std::string& binary, const std::filesystem::path& data, std::size_t processes) {
  for (std::size_t i = 0; i < processes; ++i) {
    folders_.push_back(i == 0 ? data : data / ("process" + std::to_string(i + 1)));
    members_.push_back(std::make_unique<ServerProcess>(binary, folders_.back()));
  }
}

double ServerGroup::start() {
  double longest = 0;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (i > 0) {
      std::filesystem::create_directories(folders_[i]);
      std::filesystem::copy_file(folders_[0] / "secret.key", folders_[i] / "secret.key",
                                 std::filesystem::copy_options::skip_existing);
    }
    longest = std::max(longest, members_[i]->start());
  }
  return longest;
}

void ServerGroup::stop() {
  for (const auto& member : members_) member->stop();
}

double ServerGroup::cpu_s() const { return sum(members_, &ServerProcess::cpu_s); }
double ServerGroup::rss_mib() const { return sum(members_, &ServerProcess::rss_mib); }
double ServerGroup::data_mib() const { return members_.front()->data_mib(); }

}  // namespace troupe::bench
