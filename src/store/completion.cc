#include "store/completion.h"

#include <algorithm>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

namespace troupe::store {
namespace {

/// Strands make an executor of every caller: searching few keeps a batch linear.
constexpr std::size_t kGroupsSearched = 16;

void run_all(asio::any_io_executor executor, std::vector<std::move_only_function<void()>> resumes, std::size_t from) {
  for (std::size_t i = from; i < resumes.size(); ++i) {
    try {
      resumes[i]();
    } catch (...) {  // a caller's own exception leaves through its executor; the others still get their turn
      if (i + 1 < resumes.size()) {
        asio::post(executor, [executor, rest = std::move(resumes), i]() mutable {
          run_all(std::move(executor), std::move(rest), i + 1);
        });
      }
      throw;
    }
  }
}

}  // namespace

void Completions::add(Waiter waiter) {
  if (!waiter.executor) {
    direct_.push_back(std::move(waiter.resume));
    return;
  }
  const auto begin =
      groups_.begin() + static_cast<std::ptrdiff_t>(groups_.size() - std::min(groups_.size(), kGroupsSearched));
  const auto found = std::find_if(begin, groups_.end(), [&](const Group& g) { return g.executor == waiter.executor; });
  auto& group = found != groups_.end() ? *found : groups_.emplace_back(Group{waiter.executor, {}});
  group.resumes.push_back(std::move(waiter.resume));
}

void Completions::flush() {
  for (auto& group : groups_) {
    auto executor = group.executor;
    // What is posted may be the context's last work: keep the context from ending before post() has returned.
    const auto alive = asio::prefer(executor, asio::execution::outstanding_work.tracked);
    asio::post(executor, [executor, resumes = std::move(group.resumes)]() mutable {
      run_all(std::move(executor), std::move(resumes), 0);
    });
  }
  groups_.clear();
  for (auto& resume : direct_) resume();
  direct_.clear();
}

}  // namespace troupe::store
