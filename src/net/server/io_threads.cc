#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "base/log.h"
#include "net/server/server.h"

namespace troupe::net::server {
namespace {

struct Lane {
  asio::io_context context{1};  // one thread each: Asio may leave some locks out
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
  std::thread thread;
};

/// A handler that throws is a bug, but not a reason to lose every connection of the thread.
void run_lane(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& error) {
      base::log_error("net", "an I/O handler threw", {{"error", error.what()}});
    }
  }
}

}  // namespace

struct IoThreads::Impl {
  std::vector<std::unique_ptr<Lane>> lanes;
  std::atomic<std::size_t> turn{0};
};

IoThreads::IoThreads(std::size_t threads) : impl_(std::make_unique<Impl>()) {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, threads); ++i) {
    auto& lane = impl_->lanes.emplace_back(std::make_unique<Lane>());
    lane->thread = std::thread([&context = lane->context] { run_lane(context); });
  }
}

IoThreads::~IoThreads() { stop(); }

asio::io_context& IoThreads::next() {
  return impl_->lanes[impl_->turn.fetch_add(1, std::memory_order_relaxed) % impl_->lanes.size()]->context;
}
asio::io_context& IoThreads::at(std::size_t i) { return impl_->lanes.at(i)->context; }
std::size_t IoThreads::size() const { return impl_->lanes.size(); }

void IoThreads::stop() {
  for (auto& lane : impl_->lanes) {
    lane->work.reset();
    lane->context.stop();
  }
  for (auto& lane : impl_->lanes) {
    if (lane->thread.joinable()) lane->thread.join();
  }
}

}  // namespace troupe::net::server
