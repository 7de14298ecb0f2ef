// Makes the summary of a meeting: asks a model for each part of its transcript, and puts together what it says.
#pragma once
#include "meetings/records/bell.h"
#include "meetings/summary/model.h"
#include "meetings/transcripts/transcripts.h"
#include "meetings/types/summary.h"

namespace troupe::meetings::summary {

/// Callable from any thread.
class Summarizer {
 public:
  /// All of it outlives this.
  struct Uses {
    store::Database& db;
    transcripts::Transcripts& transcripts;
    const base::Clock& clock;
    const records::Bell& bell;
    Model& model;
  };
  explicit Summarizer(const Uses& uses) : uses_(uses) {}

  bool serves(std::int64_t tenant_id) const { return uses_.model.serves(tenant_id); }

  /// Nothing is written but what parts came to, so that a second run does not ask for them again. Nothing: nothing was
  /// said, or it was deleted meanwhile, from when on no model is asked, and one that is being asked is left. Errors:
  /// forbidden (the model refuses, which a second time would not change), limit_exceeded, too_large, bad_json (no
  /// answer that can be read, after one repair), timed_out, unavailable (the database, or not `wanted`).
  Task<std::optional<Summary>> make(Meeting meeting, std::function<bool()> wanted);

 private:
  struct Asked {
    Meeting meeting;
    std::string language;
    std::function<bool()> wanted;
  };
  Task<Summary> make_of(const std::vector<Segment>& segments, Asked asked, std::size_t part_bytes);
  /// Error: not_found (its transcript was deleted meanwhile).
  Task<std::string> ask(const Asked& asked, boost::json::object request);
  asio::awaitable<void> until_deleted(MeetingId meeting) const;
  /// One request, known from before or asked now, with one repair.
  Task<Summary> part(const Asked& asked, boost::json::object request);

  Uses uses_;
};

}  // namespace troupe::meetings::summary
