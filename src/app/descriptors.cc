#include "app/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

#include "base/log.h"
#include "host/listeners.h"

namespace troupe::app {
namespace {

constexpr std::size_t kLeftForOthers = 1'024;  ///< a quarter where there are few
constexpr std::size_t kFewest = 16;
constexpr std::size_t kUnlimited = 1UL << 30;

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kLeftForOthers;
  auto raised = limit;
  raised.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
    limit = raised;
  } else {
    base::log_warning("app", "the limit of open files could not be raised");
  }
  return std::min<rlim_t>(limit.rlim_cur, kUnlimited);
}

std::size_t connections_of(std::string_view listener, std::size_t descriptors, std::size_t other_listeners) {
  const auto shared = descriptors - std::min(kLeftForOthers, descriptors / 4);
  const bool clients = listener == host::kMatrixListener;
  const auto share = clients ? shared / 4 * 3 : shared / 4 / std::max<std::size_t>(other_listeners, 1);
  return std::clamp(share, kFewest, clients ? kMostClientConnections : kMostOtherConnections);
}

}  // namespace troupe::app
