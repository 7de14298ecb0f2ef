// The steps at which tests let the program end, as a kill between two lines would.
#pragma once

namespace troupe::fleet::term {

/// The lines between which a crash may fall while a message is answered.
enum class Step {
  feed_read,  ///< events are read, nothing is written
  asked,      ///< the turn is recorded
  before_brain,
  after_brain,  ///< the brain has answered, nothing is written
  replying,     ///< the reply is stored
  before_send,
  after_send,  ///< the room has the answer, nothing is written
  answered,    ///< the outcome is recorded
  // Only on the way of a streamed answer:
  before_first_part,  ///< the turn's row says that the first message may be in the room
  after_first_part,   ///< it is
  // Only on the way of what a bot says of its own accord:
  said,  ///< the room has it, nothing is written
  // Only of the feed's reader:
  feed_ends,  ///< asked to stop: its cursor is not yet kept
};
inline constexpr int kSteps = 8;  ///< that every answer passes
inline constexpr int kStreamedSteps = 10;

/// The same while a bot's task is started and stopped.
enum class LifeStep {
  wanted,        ///< the task's row is written, nothing runs
  before_start,  ///< what it needs is there
  after_start,   ///< it runs, its handle is not written
  started,       ///< the handle is written
  before_stop,   ///< the stop is written
  after_stop,    ///< it has ended, that is not written
  exited,        ///< it ended by itself, that is not written
};
inline constexpr int kLifeSteps = 7;

/// Asked at each step; false means that the program ends there, and does nothing more. On the fleet's executor. A
/// program that is no test passes all of them.
class Steps {
 public:
  virtual ~Steps() = default;
  virtual bool passes(Step) { return true; }
  virtual bool passes(LifeStep) { return true; }
};

}  // namespace troupe::fleet::term
