#include "runtime/engine/json_stream.h"

namespace troupe::runtime::engine {

Result<Unit> JsonStream::feed(std::string_view bytes, const std::function<void(const boost::json::object&)>& take) {
  constexpr std::string_view kSpace = " \t\r\n";
  while (!bytes.empty()) {
    if (taken_ == 0) {
      bytes.remove_prefix(std::min(bytes.find_first_not_of(kSpace), bytes.size()));
      if (bytes.empty()) return Unit{};
    }
    boost::system::error_code wrong;
    const auto used = parser_.write_some(bytes.data(), bytes.size(), wrong);
    taken_ += used;
    if (wrong || taken_ > kMostObject) {
      return Error(Errc::unavailable, "The engine sent something that is not JSON.", wrong.message());
    }
    bytes.remove_prefix(used);
    if (!parser_.done()) continue;
    const auto value = parser_.release();
    parser_.reset();
    taken_ = 0;
    if (const auto* object = value.if_object()) take(*object);
  }
  return Unit{};
}

}  // namespace troupe::runtime::engine
