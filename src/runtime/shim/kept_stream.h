// One stream of a command, of which the beginning is kept.
#pragma once
#include <cstddef>
#include <string>

#include "runtime/shim/folder.h"

namespace troupe::runtime::shim {

struct KeptStream {
  Descriptor pipe;  ///< non-blocking
  std::string bytes{};
  bool truncated = false;  ///< more came than is kept

  /// Reads once; what goes beyond `most` bytes in all is dropped. False when there is nothing (more) to read now.
  bool read(std::size_t most);
};

}  // namespace troupe::runtime::shim
