// Who waits for a place: people take turns, each with their tasks in order.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace troupe::assistant::executor {

struct Person {
  std::int64_t tenant_id = 0;
  std::int64_t owner_id = 0;
  auto operator<=>(const Person&) const = default;
};

/// Not thread-safe.
class FairQueue {
 public:
  void push(const Person& person, std::string task_id) {
    auto& theirs = waiting_[person];
    if (theirs.empty()) turns_.push_back(person);
    theirs.push_back(std::move(task_id));
    ++size_;
  }
  /// The next one of the next person who may; nothing: there is none.
  std::optional<std::string> pop(const std::function<bool(const Person&)>& may) {
    for (std::size_t looked = turns_.size(); looked > 0; --looked) {
      const auto person = turns_.front();
      turns_.pop_front();
      if (!may(person)) {
        turns_.push_back(person);
        continue;
      }
      const auto found = waiting_.find(person);
      auto task = std::move(found->second.front());
      found->second.pop_front();
      --size_;
      if (found->second.empty()) {
        waiting_.erase(found);
      } else {
        turns_.push_back(person);
      }
      return task;
    }
    return std::nullopt;
  }
  std::size_t size() const { return size_; }

 private:
  std::map<Person, std::deque<std::string>> waiting_;
  std::deque<Person> turns_;  ///< of those who wait
  std::size_t size_ = 0;
};

}  // namespace troupe::assistant::executor
