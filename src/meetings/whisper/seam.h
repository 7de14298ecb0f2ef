// What a server says of one session, again and again and over several connections, as pieces that each are one.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "meetings/whisper/dialect.h"

namespace troupe::meetings::whisper {

/// A server repeats its last segments with every word, changes the open one, and forgets everything when a connection
/// ends; then it hears once more what it had not completed. Pieces are numbered, so that what is heard once more takes
/// the place of what was open. Not thread-safe.
class Seam {
 public:
  /// `name`: the beginning of the pieces' names, not used twice in a meeting.
  explicit Seam(std::string name) : name_(std::move(name)) {}

  /// What is new or has changed, in order. `heard`: times of the session, in the order of their begin.
  std::vector<Speech> take(const std::vector<Heard>& heard);
  /// The next words come from another connection.
  void reconnect() { last_start_.reset(); }
  /// What is open is as complete as it will be.
  std::optional<Speech> finish();

  /// Up to here all is complete, in ms of the session.
  std::int64_t complete_until() const { return until_; }
  bool is_open() const { return open_.has_value(); }

 private:
  std::optional<Speech> complete(const Heard& heard);
  std::optional<Speech> open(const Heard& heard);
  Speech piece_of(const Heard& heard) const;

  std::string name_;
  std::int64_t number_ = 0;  ///< of the piece that is open, or will be
  std::int64_t until_ = 0;
  std::optional<std::int64_t> last_start_;  ///< of the last completed one, as this connection told it
  std::optional<Speech> open_;
};

}  // namespace troupe::meetings::whisper
