// For tests of one brain without a fleet: a stream that keeps what it was shown, a memory. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>

#include "base/clock.h"
#include "fleet/brains/brain.h"

namespace troupe::fleet::brains {

class KeptStream : public ReplyStream {
 public:
  void update(std::string_view text) override { shown.emplace_back(text); }
  bool wanted() const override { return still_wanted; }
  std::vector<std::string> shown;
  bool still_wanted = true;
};

class KeptMemory : public SessionMemory {
 public:
  std::map<std::string, boost::json::value> values;
  Task<std::optional<boost::json::value>> get(std::string key) override {
    auto found = values.find(key);
    co_return found == values.end() ? std::nullopt : std::optional(found->second);
  }
  Task<Unit> put(std::string key, boost::json::value value) override {
    values[key] = std::move(value);
    co_return Unit{};
  }
  Task<Unit> erase(std::string key) override {
    values.erase(key);
    co_return Unit{};
  }
  Task<Unit> reset() override {
    values.clear();
    co_return Unit{};
  }
  /// What the core does with a reply.
  void keep(const Reply& reply) {
    for (const auto& member : reply.remember) values[std::string(member.key())] = member.value();
  }
};

/// Runs the task to its end on a thread of its own making: this one.
template <class T>
Result<T> run_alone(Task<T> task) {
  asio::io_context io;
  Result<T> outcome = Error(Errc::internal, "the task did not end");
  asio::co_spawn(io, std::move(task), [&](std::exception_ptr failed, Result<T> result) {
    if (failed) std::rethrow_exception(failed);
    outcome = std::move(result);
  });
  io.run_for(std::chrono::seconds(20));
  return outcome;
}

}  // namespace troupe::fleet::brains
