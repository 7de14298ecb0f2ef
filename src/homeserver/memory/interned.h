// Texts that many hold: each is kept once in this process, and a handle takes eight bytes.
#pragma once
#include <cstddef>
#include <string_view>
#include <utility>

namespace troupe::homeserver::memory {

/// Shares the text with every other handle made from the same bytes; the last one to go frees it. Made, copied and
/// dropped on any thread; one handle belongs to one thread at a time, as a string does.
class Interned {
 public:
  Interned() = default;  ///< of no text; text() is empty
  explicit Interned(std::string_view text);
  Interned(const Interned& other);
  Interned(Interned&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Interned& operator=(Interned other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Interned();

  /// Stays where it is as long as some handle does.
  std::string_view text() const;
  explicit operator bool() const { return node_ != nullptr; }
  friend bool operator==(const Interned& a, const Interned& b) { return a.node_ == b.node_; }

  struct Node;

 private:
  Node* node_ = nullptr;
};

/// How many different texts are kept now, for tests.
std::size_t interned_texts();

}  // namespace troupe::homeserver::memory
