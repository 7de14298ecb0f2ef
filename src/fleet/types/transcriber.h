// What turns recorded speech into words, for voice messages. A module above brings one.
#pragma once
#include <string>

#include "base/task.h"

namespace troupe::fleet {

class Transcriber {
 public:
  virtual ~Transcriber() = default;
  /// What is said in a recording (Ogg Opus or WAV); empty: nothing. Any thread; given up when its coroutine is
  /// cancelled. Errors: invalid_param (no sound that is known, or too long; the message says which), unavailable,
  /// timed_out.
  virtual Task<std::string> transcribe(std::string recording) = 0;
};

/// The program's transcriber. Set while modules start, read once bots run.
class TranscriberRegistry {
 public:
  /// Outlives the fleet's work.
  void set(Transcriber& transcriber) { transcriber_ = &transcriber; }
  /// nullptr: there is none, and voice messages stay files.
  Transcriber* get() const { return transcriber_; }

 private:
  Transcriber* transcriber_ = nullptr;
};

}  // namespace troupe::fleet
