#include "homeserver/memory/interned.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>

#include "base/mutex.h"

namespace troupe::homeserver::memory {

struct Interned::Node {
  explicit Node(std::string_view given) : text(std::make_unique<char[]>(given.size())), size(given.size()) {
    given.copy(text.get(), given.size());
  }
  std::string_view view() const { return {text.get(), size}; }
  std::unique_ptr<char[]> text;
  std::size_t size;
  std::atomic<std::uint32_t> holders{1};
};

namespace {

struct ByText {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  std::size_t operator()(const std::unique_ptr<Interned::Node>& node) const { return (*this)(node->view()); }
  bool operator()(const std::unique_ptr<Interned::Node>& a, const std::unique_ptr<Interned::Node>& b) const {
    return a->view() == b->view();
  }
  bool operator()(std::string_view a, const std::unique_ptr<Interned::Node>& b) const { return a == b->view(); }
  bool operator()(const std::unique_ptr<Interned::Node>& a, std::string_view b) const { return a->view() == b; }
};

/// By hash of the text, so that threads that load rooms at once do not wait for each other.
struct Shard {
  base::Mutex mutex;
  std::unordered_set<std::unique_ptr<Interned::Node>, ByText, ByText> nodes GUARDED_BY(mutex);
};

constexpr std::size_t kShards = 64;

// Never destroyed: handles may live in objects that are destroyed after it.
std::array<Shard, kShards>& shards() {
  static auto* const all = new std::array<Shard, kShards>();
  return *all;
}

Shard& shard_of(std::string_view text) { return shards()[ByText{}(text) / 7 % kShards]; }

}  // namespace

Interned::Interned(std::string_view text) {
  auto& shard = shard_of(text);
  const base::Lock lock(shard.mutex);
  if (const auto found = shard.nodes.find(text); found != shard.nodes.end()) {
    node_ = found->get();
    node_->holders.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  node_ = shard.nodes.insert(std::make_unique<Node>(text)).first->get();
}

Interned::Interned(const Interned& other) : node_(other.node_) {
  if (node_) node_->holders.fetch_add(1, std::memory_order_relaxed);
}

// The last holder goes under the lock, under which alone a text that nobody holds any more could be found again.
Interned::~Interned() {
  if (!node_) return;
  auto holders = node_->holders.load(std::memory_order_acquire);
  while (holders > 1) {
    if (node_->holders.compare_exchange_weak(holders, holders - 1, std::memory_order_acq_rel)) return;
  }
  auto& shard = shard_of(node_->view());
  const base::Lock lock(shard.mutex);
  if (node_->holders.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  shard.nodes.erase(shard.nodes.find(node_->view()));
}

std::string_view Interned::text() const { return node_ ? node_->view() : std::string_view(); }

std::size_t interned_texts() {
  std::size_t sum = 0;
  for (auto& shard : shards()) {
    const base::Lock lock(shard.mutex);
    sum += shard.nodes.size();
  }
  return sum;
}

}  // namespace troupe::homeserver::memory
