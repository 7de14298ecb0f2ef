// Buffers that go from connection to connection.
#pragma once
#include <string>
#include <vector>

namespace troupe::net::server {

/// Who waits needs no buffer, and thousands of them that are given back to the heap leave holes in it.
class SpareBuffers {
 public:
  static constexpr std::size_t kSize = 4 * 1024;  ///< of each
  static constexpr std::size_t kMost = 16;

  /// Those of the calling thread.
  static SpareBuffers& of_thread();
  /// What is in it is of no meaning.
  std::string take();
  /// Any string; those of another size, and those beyond the most, are freed.
  void give_back(std::string buffer);

 private:
  std::vector<std::string> buffers_;
};

}  // namespace troupe::net::server
