#include "base/stored_format.h"

#include <fmt/format.h>

namespace troupe::base {
namespace {

constexpr char kPlain = static_cast<char>(StoredFormat::plain);

}  // namespace

std::string to_stored(std::string_view content) {
  std::string stored;
  stored.reserve(content.size() + 1);
  stored += kPlain;
  stored += content;
  return stored;
}

Result<std::string_view> from_stored(std::string_view stored) {
  if (!stored.empty() && stored.front() == kPlain) [[likely]]
    return stored.substr(1);
  return Error(Errc::internal, "This was stored by a newer version of Troupe and cannot be read by this one.",
               stored.empty() ? "it has no format"
                              : fmt::format("its format is {}, which a newer version wrote",
                                            static_cast<unsigned char>(stored.front())));
}

}  // namespace troupe::base
