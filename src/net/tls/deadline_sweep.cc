#include "net/tls/deadline_sweep.h"

#include <boost/asio/query.hpp>

namespace troupe::net::tls {

DeadlineSweep& DeadlineSweep::of(const asio::any_io_executor& executor) {
  return asio::use_service<DeadlineSweep>(asio::query(executor, asio::execution::context));
}

void DeadlineSweep::watch(Entry& entry, const asio::any_io_executor& executor) {
  if (!timer_) timer_ = std::make_unique<asio::steady_timer>(executor);
  if (!entry.is_linked()) entries_.push_back(entry);
  if (!armed_) arm();
}

void DeadlineSweep::arm() {
  armed_ = true;
  timer_->expires_after(kInterval);
  timer_->async_wait([this](const boost::system::error_code& failed) {
    armed_ = false;
    if (failed || entries_.empty()) return;
    const auto now = std::chrono::steady_clock::now();
    for (auto& entry : entries_) entry.sweep(now);
    arm();
  });
}

void DeadlineSweep::shutdown() {
  timer_.reset();
  entries_.clear();
}

}  // namespace troupe::net::tls
