#include "net/server/spare_buffers.h"

#include <utility>

namespace troupe::net::server {

SpareBuffers& SpareBuffers::of_thread() {
  thread_local SpareBuffers buffers;
  return buffers;
}

std::string SpareBuffers::take() {
  if (buffers_.empty()) return std::string(kSize, '\0');
  auto buffer = std::move(buffers_.back());
  buffers_.pop_back();
  return buffer;
}

void SpareBuffers::give_back(std::string buffer) {
  if (buffer.size() == kSize && buffers_.size() < kMost) buffers_.push_back(std::move(buffer));
}

}  // namespace troupe::net::server
