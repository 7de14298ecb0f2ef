// A homeserver's keys that a test cuts off between two steps, or holds still. Only tests include this.
#pragma once
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <string_view>

#include "matrix/key_exchange.h"

namespace troupe::fleet::encryption {

class CutKeys final : public matrix::KeyExchange {
 public:
  /// `keys` outlives this.
  explicit CutKeys(matrix::KeyExchange& keys) : keys_(keys) {}

  /// Call number `call` from now on (counted from 0) and all that follow fail; that one before it does anything, or
  /// when it is done.
  void cut_at(int call, bool done) {
    calls_ = 0;
    happened_ = false;
    done_ = done;
    cut_ = call;
  }
  void mend() { cut_ = kNever; }
  bool happened() const { return happened_; }
  /// Whoever looks into an inbox waits in front of it, or not any more.
  void hold_inbox(bool hold) { holds_ = hold; }
  int held() const { return held_; }
  /// So many times nothing can be forgotten.
  void fail_forgetting(int count) { failing_forgetting_ = count; }
  int failing_forgetting() const { return failing_forgetting_; }

  Task<Unit> ensure_device(std::string user_id, std::string device_id, std::string display_name) override {
    return pass(keys_.ensure_device(std::move(user_id), std::move(device_id), std::move(display_name)));
  }
  Task<Unit> upload_keys(std::string user_id, std::string device_id, matrix::JsonObject body) override {
    return pass(keys_.upload_keys(std::move(user_id), std::move(device_id), std::move(body)));
  }
  Task<Unit> upload_cross_signing(std::string user_id, matrix::JsonObject body) override {
    return pass(keys_.upload_cross_signing(std::move(user_id), std::move(body)));
  }
  Task<Unit> upload_signatures(std::string user_id, matrix::JsonObject body) override {
    return pass(keys_.upload_signatures(std::move(user_id), std::move(body)));
  }
  Task<matrix::JsonObject> query_keys(std::string user_id, std::vector<std::string> user_ids) override {
    return pass(keys_.query_keys(std::move(user_id), std::move(user_ids)));
  }
  Task<matrix::JsonObject> claim_keys(std::string user_id, matrix::JsonObject wanted) override {
    return pass(keys_.claim_keys(std::move(user_id), std::move(wanted)));
  }
  Task<Unit> send_to_device(matrix::NewDeviceMessages messages) override {
    return pass(keys_.send_to_device(std::move(messages)));
  }
  Task<matrix::DeviceInbox> inbox(std::string user_id, std::string device_id, StreamPos after,
                                  std::size_t limit) override {
    return held(pass(keys_.inbox(std::move(user_id), std::move(device_id), after, limit)));
  }
  Task<Unit> forget_inbox(std::string user_id, std::string device_id, StreamPos upto) override {
    if (failing_forgetting_ > 0) {
      --failing_forgetting_;
      co_return Error(Errc::unavailable);
    }
    co_return co_await pass(keys_.forget_inbox(std::move(user_id), std::move(device_id), upto));
  }
  Task<matrix::KeyChanges> key_changes(StreamPos after) override { return pass(keys_.key_changes(after)); }

 private:
  static constexpr int kNever = std::numeric_limits<int>::max();

  template <class T>
  Task<T> pass(Task<T> call) {
    const int number = calls_++;
    if (number > cut_ || (number == cut_ && !done_)) {
      happened_ = true;
      co_return Error(Errc::unavailable);
    }
    auto result = co_await std::move(call);
    if (number != cut_) co_return result;
    happened_ = true;
    co_return Error(Errc::unavailable);
  }
  template <class T>
  Task<T> held(Task<T> call) {
    if (holds_) {
      ++held_;
      while (holds_) {
        asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(1));
        co_await timer.async_wait(asio::use_awaitable);
      }
      --held_;
    }
    co_return co_await std::move(call);
  }

  matrix::KeyExchange& keys_;
  std::atomic<int> calls_{0};
  std::atomic<int> cut_{kNever};
  std::atomic<bool> done_{false};
  std::atomic<bool> happened_{false};
  std::atomic<bool> holds_{false};
  std::atomic<int> held_{0};
  std::atomic<int> failing_forgetting_{0};
};

}  // namespace troupe::fleet::encryption
