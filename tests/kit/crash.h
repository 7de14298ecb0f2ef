// Ends the program at one of its steps, as a kill between two lines would.
#pragma once
#include <atomic>
#include <functional>

namespace troupe::kit {

/// `Step` is the enumeration of what the program under test passes; it asks a probe at each, and one that yields false
/// means that it ends there and does nothing more. Outlives the probes that it hands out; they may run on any thread.
template <class Step>
class Crash {
 public:
  /// A probe that dies at the step, once arm() was called.
  std::function<bool(Step)> at(Step step) {
    disarm();
    died_ = false;
    return [this, step](Step here) {
      if (died_) return false;
      if (armed_ && here == step) died_ = true;
      return !died_;
    };
  }
  /// The same by number, for tests that die at one step after the other.
  std::function<bool(Step)> at(int step) { return at(static_cast<Step>(step)); }
  /// A probe that dies when it comes to the step first.
  std::function<bool(Step)> at_once(Step step) {
    auto probe = at(step);
    arm();
    return probe;
  }
  void arm() { armed_ = true; }
  void disarm() { armed_ = false; }
  bool died() const { return died_; }

 private:
  std::atomic<bool> armed_{false};
  std::atomic<bool> died_{false};
};

}  // namespace troupe::kit
