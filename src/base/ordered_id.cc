#include "base/ordered_id.h"

#include <algorithm>
#include <string_view>

#include "base/crypto.h"

namespace troupe::base {

std::string ordered_id(UnixMs now, std::size_t length) {
  constexpr std::string_view kInOrder = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr std::size_t kTime = 8;
  std::string out(kTime, kInOrder.front());
  auto left = static_cast<std::uint64_t>(std::max<UnixMs>(now, 0));
  for (std::size_t at = kTime; at-- > 0; left /= kInOrder.size()) out[at] = kInOrder[left % kInOrder.size()];
  return out + random_alphanumeric(std::max<std::size_t>(length, 2 * kTime) - kTime);
}

}  // namespace troupe::base
