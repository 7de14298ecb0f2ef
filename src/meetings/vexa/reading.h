// Meetings as the handlers of Vexa's dialect look for them: by platform and name, the newest first.
#pragma once
#include <string>
#include <vector>

#include "base/task.h"
#include "meetings/vexa/wire.h"

namespace troupe::meetings::vexa {

/// Looks at the rows; callable from any thread. Errors: not_found with `missing` as its sentence.
class Reading {
 public:
  explicit Reading(store::Database& db) : db_(db) {}

  struct Call {
    Platform platform = Platform::google_meet;
    std::string native_id{};
  };
  struct Page {
    std::vector<Shown> items{};
    std::int64_t total = 0;
  };

  Task<Shown> by_id(records::Whose whose, MeetingId id, std::string missing);
  /// The newest in that call; with `id` the one of these with that number.
  Task<Shown> in_call(records::Whose whose, Call call, std::optional<MeetingId> id, std::string missing);
  /// Those in that call, newest first, at most 100.
  Task<std::vector<Meeting>> all_in_call(records::Whose whose, Call call);
  Task<Page> list(records::Whose whose, records::Wanted wanted);
  /// Those of which something runs.
  Task<std::vector<Shown>> running(records::Whose whose);

 private:
  store::Database& db_;
};

}  // namespace troupe::meetings::vexa
