#include "base/spare_memory.h"

#include <boost/asio/detail/memory.hpp>
#include <boost/asio/detail/thread_context.hpp>
#include <boost/asio/detail/thread_info_base.hpp>

namespace troupe::base {
namespace {

using Memory = boost::asio::detail::thread_info_base;

/// What is kept fits one byte, and so it is what is handed out.
template <class Purpose>
void drop(Memory* thread) {
  for (int i = 0; i < Purpose::cache_size; ++i) {
    boost::asio::aligned_delete(Memory::allocate(Purpose(), thread, 1));
  }
}

}  // namespace

void drop_spare_memory() {
  auto* const thread = boost::asio::detail::thread_context::top_of_thread_call_stack();
  drop<Memory::awaitable_frame_tag>(thread);
  drop<Memory::default_tag>(thread);
}

}  // namespace troupe::base
