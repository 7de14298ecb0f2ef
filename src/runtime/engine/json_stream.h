// JSON objects one after the other, however they are cut: the engine's events and the progress of a pull.
#pragma once
#include <boost/json/object.hpp>
#include <boost/json/stream_parser.hpp>
#include <functional>
#include <string_view>

#include "base/result.h"

namespace troupe::runtime::engine {

class JsonStream {
 public:
  static constexpr std::size_t kMostObject = 256 * 1024;

  /// Hands over each whole object; other values are passed over. Error: unavailable (not JSON, or one that is too
  /// large); nothing can be read after it.
  Result<Unit> feed(std::string_view bytes, const std::function<void(const boost::json::object&)>& take);

 private:
  boost::json::stream_parser parser_;
  std::size_t taken_ = 0;  ///< of the present value
};

}  // namespace troupe::runtime::engine
