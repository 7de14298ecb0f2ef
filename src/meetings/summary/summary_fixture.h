// A model that says what the test says. Only tests include this.
#pragma once
#include <deque>

#include "base/mutex.h"
#include "meetings/summary/model.h"

namespace troupe::meetings::summary {

inline constexpr std::string_view kMinutesAnswer =
    R"({"summary":"They met.","decisions":["Ship it."],"tasks":[{"who":"Ann","what":"Write tests","due":"Friday"}]})";

class SaidModel final : public Model {
 public:
  bool serves(std::int64_t tenant_id) const override { return tenant_id == 1; }
  Task<std::string> ask(Question question) override {
    if (meanwhile) meanwhile();
    const base::Lock lock(mutex_);
    asked_.push_back(std::move(question.members));
    if (answers_.empty()) co_return std::string(kMinutesAnswer);
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    co_return answer;
  }
  /// What happens while it thinks. Set before it is asked.
  std::function<void()> meanwhile{};
  /// Once; after them all the same good one.
  void says(std::vector<Result<std::string>> answers) {
    const base::Lock lock(mutex_);
    for (auto& one : answers) answers_.push_back(std::move(one));
  }
  std::vector<boost::json::object> asked() const {
    const base::Lock lock(mutex_);
    return asked_;
  }

 private:
  mutable base::Mutex mutex_;
  std::vector<boost::json::object> asked_ GUARDED_BY(mutex_);
  std::deque<Result<std::string>> answers_ GUARDED_BY(mutex_);
};

}  // namespace troupe::meetings::summary
