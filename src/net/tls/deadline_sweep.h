// Cheap deadlines: instead of a timer per wait, one timer per io_context looks at everything that has a deadline.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>

#include "base/task.h"

namespace troupe::net::tls {

/// A service of an execution context that one thread runs. The timer runs only while something is watched, so an idle
/// context can end.
class DeadlineSweep final : public asio::execution_context::service {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kInterval{250};
  static inline asio::execution_context::id id;  // NOLINT: the name Asio asks for

  /// Something with deadlines. Watched from watch() until it is destroyed; all on the context's thread.
  class Entry : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    virtual ~Entry() = default;
    /// Called about every 250 ms. May end waits, but must not destroy entries.
    virtual void sweep(TimePoint now) = 0;
  };

  explicit DeadlineSweep(asio::execution_context& context) : service(context) {}

  /// The sweep of the executor's context, made on first use.
  static DeadlineSweep& of(const asio::any_io_executor& executor);
  void watch(Entry& entry, const asio::any_io_executor& executor);

 private:
  void shutdown() override;
  void arm();

  boost::intrusive::list<Entry, boost::intrusive::constant_time_size<false>> entries_;
  std::unique_ptr<asio::steady_timer> timer_;
  bool armed_ = false;
};

}  // namespace troupe::net::tls
