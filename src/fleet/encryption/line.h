// One after the other: coroutines of one executor that must not come between each other's steps.
#pragma once
#include <deque>
#include <memory>
#include <utility>

#include "base/async.h"

namespace troupe::fleet::encryption {

/// On one executor. Whoever has entered goes on until its Turn is destroyed; the others follow in their order.
class Line {
 public:
  explicit Line(asio::any_io_executor home) : home_(std::move(home)) {}

  class Turn {
   public:
    explicit Turn(std::shared_ptr<Line> line) : line_(std::move(line)) {}
    Turn(Turn&&) = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (line_) line_->next();
    }

   private:
    std::shared_ptr<Line> line_;
  };
  static asio::awaitable<Turn> enter(std::shared_ptr<Line> line) {
    if (std::exchange(line->busy_, true)) {
      auto place = std::make_shared<Place>(line->home_);
      line->waiting_.push_back(place);
      while (!place->called) (void)co_await place->bell.wait(std::chrono::minutes(1));
    }
    co_return Turn(line);
  }

 private:
  struct Place {
    explicit Place(const asio::any_io_executor& home) : bell(home) {}
    base::Notify bell;
    bool called = false;
  };
  void next() {
    if (waiting_.empty()) {
      busy_ = false;
      return;
    }
    auto place = std::move(waiting_.front());
    waiting_.pop_front();
    place->called = true;
    place->bell.notify();
  }

  asio::any_io_executor home_;
  bool busy_ = false;
  std::deque<std::shared_ptr<Place>> waiting_;
};

}  // namespace troupe::fleet::encryption
