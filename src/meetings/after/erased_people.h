// Whoever has their account erased leaves no words and no sound of their meetings behind.
#pragma once
#include "identity/principals.h"
#include "matrix/erasures.h"
#include "meetings/life/service.h"
#include "meetings/recordings/recordings.h"
#include "meetings/transcripts/transcripts.h"

namespace troupe::meetings::after {

/// One per program; callable from any thread.
class ErasedPeople {
 public:
  static constexpr std::int64_t kAtOnce = 100;

  /// All of it outlives this.
  struct Uses {
    store::Database& db;
    matrix::Erasures& erasures;
    identity::Principals& principals;
    life::Meetings& meetings;
    transcripts::Transcripts& transcripts;
    recordings::Recordings& recordings;
  };
  explicit ErasedPeople(const Uses& uses) : uses_(uses) {}

  /// Stops the meetings that people of erased accounts have asked for, and deletes transcripts and recordings of those
  /// that have ended. An account that was only closed keeps them. Where that cannot be known of one just now, the
  /// others are looked at all the same, and the first such error is given. From a job.
  Task<Unit> look();

 private:
  Task<bool> is_erased(std::int64_t tenant_id, std::int64_t owner_id) const;
  Task<Unit> clear(records::MeetingOwner owner) const;
  Uses uses_;
};

}  // namespace troupe::meetings::after
