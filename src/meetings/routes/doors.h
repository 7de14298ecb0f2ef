// How handlers reach meetings and what belongs to them: each opens with the call, and what may be seen of one meeting
// is asked of a ReachedMeeting, which only a door makes. What is another tenant's, or another person's, does not exist.
#pragma once
#include "meetings/hooks/webhooks.h"
#include "meetings/life/service.h"
#include "meetings/recordings/recordings.h"
#include "meetings/recordings/sound_response.h"
#include "meetings/routes/meeting_caller.h"
#include "meetings/transcripts/transcripts.h"

namespace troupe::meetings::routes {

/// The caller may see it.
class ReachedMeeting {
 public:
  const Meeting& operator*() const { return meeting_; }
  const Meeting* operator->() const { return &meeting_; }

 private:
  friend class OwnMeetings;
  explicit ReachedMeeting(Meeting meeting) : meeting_(std::move(meeting)) {}
  Meeting meeting_;
};

/// Likewise.
class ReachedRecording {
 public:
  const Recording& operator*() const { return recording_; }
  const Recording* operator->() const { return &recording_; }

 private:
  friend class RecordingDoor;
  explicit ReachedRecording(Recording recording) : recording_(std::move(recording)) {}
  Recording recording_;
};

/// What one caller may see: members their own, operators those of their tenant. Errors: as life::Meetings.
class OwnMeetings {
 public:
  /// For this tenant, and the caller owns it.
  Task<Meeting> create(life::NewMeeting wanted) const {
    wanted.tenant_id = whose_.tenant_id;
    wanted.owner = actor_;
    return meetings_.create(std::move(wanted));
  }
  Task<records::MeetingPage> list(records::Wanted wanted) const { return meetings_.list(whose_, std::move(wanted)); }
  Task<ReachedMeeting> find(MeetingId id) const { return reach(meetings_, whose_, id); }
  /// Nothing of it changes any more.
  Task<bool> is_over(const ReachedMeeting& meeting) const { return meetings_.is_over(meeting->id); }
  Task<life::History> history(MeetingId id) const { return meetings_.history(whose_, id); }
  Task<records::Thread> thread(MeetingId id) const { return meetings_.thread(whose_, id); }
  Task<Summary> summary(MeetingId id) const { return meetings_.summary(whose_, id); }
  Task<Meeting> sum_up(MeetingId id) const { return meetings_.sum_up(whose_, id); }
  Task<Meeting> stop(MeetingId id) const { return meetings_.stop(whose_, id, actor_); }
  Task<Meeting> reconfigure(MeetingId id, life::SpeechChange change) const {
    return meetings_.reconfigure(whose_, id, std::move(change), actor_);
  }

 private:
  friend class MeetingDoor;
  OwnMeetings(life::Meetings& meetings, const net::route::Call& call)
      : meetings_(meetings), whose_(whose_of(call)), actor_(actor_of(call)) {}
  static Task<ReachedMeeting> reach(life::Meetings& meetings, records::Whose whose, MeetingId id) {
    CO_TRY(auto found, co_await meetings.find(whose, id));
    co_return ReachedMeeting(std::move(found.meeting));
  }

  life::Meetings& meetings_;
  records::Whose whose_;
  Actor actor_;
};

class MeetingDoor {
 public:
  explicit MeetingDoor(life::Meetings& meetings) : meetings_(meetings) {}
  OwnMeetings operator()(const net::route::Call& call) const { return {meetings_, call}; }
  /// The token in it is the credential.
  Task<life::CallbackOutcome> call_back(life::Callback callback) const {
    return meetings_.call_back(std::move(callback));
  }
  Task<Unit> noticed(std::string token, std::string connection_id, Notice notice) const {
    return meetings_.noticed(std::move(token), std::move(connection_id), notice);
  }

 private:
  life::Meetings& meetings_;
};

/// Errors: as transcripts::Transcripts.
class TranscriptDoor {
 public:
  TranscriptDoor(transcripts::Transcripts& transcripts, recordings::Recordings& recordings)
      : transcripts_(transcripts), recordings_(recordings) {}
  Task<transcripts::SegmentPage> read(const ReachedMeeting& meeting, std::int64_t from, std::int64_t limit) const {
    return transcripts_.read(meeting->id, from, limit);
  }
  Task<std::vector<Segment>> changes(const ReachedMeeting& meeting, StreamPos after, std::int64_t limit) const {
    return transcripts_.changes(meeting->id, after, limit);
  }
  Task<std::vector<SpeechSession>> sessions(const ReachedMeeting& meeting) const {
    return transcripts_.sessions(meeting->id);
  }
  Task<transcripts::FoundPage> search(const net::route::Call& call, std::string query, std::int64_t from,
                                      std::int64_t limit) const {
    return transcripts_.search(whose_of(call), std::move(query), from, limit);
  }
  Task<Unit> erase(const ReachedMeeting& meeting) const { return transcripts_.erase(meeting->id); }
  /// What erase() has left of its recordings.
  Task<Unit> erase_recordings(const ReachedMeeting& meeting) const { return recordings_.finish_erasures(meeting->id); }

 private:
  transcripts::Transcripts& transcripts_;
  recordings::Recordings& recordings_;
};

/// Errors: as recordings::Recordings.
class RecordingDoor {
 public:
  RecordingDoor(recordings::Recordings& recordings, life::Meetings& meetings)
      : recordings_(recordings), meetings_(meetings) {}
  Task<std::vector<Recording>> list(const ReachedMeeting& meeting) const { return recordings_.list(meeting->id); }
  Task<ReachedRecording> find(const net::route::Call& call, RecordingId id) const {
    return reach(recordings_, whose_of(call), id);
  }
  Task<recordings::Sound> open(const ReachedRecording& recording) const { return recordings_.open(recording->id); }
  net::http::Response answer(const net::http::Request& request, recordings::Sound sound) const {
    return recordings::sound_response(request, recordings_, std::move(sound));
  }
  Task<bool> erase(const ReachedRecording& recording) const { return recordings_.erase(recording->id); }
  /// From the bot with this token, which says to which meeting and session it belongs. Error: not_found as well.
  Task<Recording> take(std::string token, recordings::NewChunk chunk) const {
    return take_with(recordings_, meetings_, std::move(token), std::move(chunk));
  }

 private:
  static Task<ReachedRecording> reach(recordings::Recordings& recordings, records::Whose whose, RecordingId id) {
    CO_TRY(auto found, co_await recordings.find(whose, id));
    co_return ReachedRecording(std::move(found));
  }
  static Task<Recording> take_with(recordings::Recordings& recordings, life::Meetings& meetings, std::string token,
                                   recordings::NewChunk chunk);

  recordings::Recordings& recordings_;
  life::Meetings& meetings_;
};

/// For how long the caller's tenant keeps what was said.
class RetentionDoor {
 public:
  explicit RetentionDoor(store::Database& db) : db_(db) {}
  Task<records::TenantRetention> find(const net::route::Call& call) const;
  Task<Unit> set(const net::route::Call& call, records::TenantRetention wanted) const;

 private:
  store::Database& db_;
};

/// Errors: as hooks::Webhooks.
class OwnWebhooks {
 public:
  /// `label` and `is_admin` of the caller; theirs alone, or the whole tenant's.
  Task<hooks::MadeWebhook> create(hooks::NewWebhook wanted, bool tenant_wide) const;
  Task<std::vector<hooks::Webhook>> list() const { return hooks_.list(whose_); }
  Task<hooks::Webhook> find(std::int64_t id) const { return hooks_.find(whose_, id); }
  Task<hooks::Webhook> change(std::int64_t id, hooks::WebhookChange change) const {
    return hooks_.change(whose_, id, std::move(change), is_server_admin_);
  }
  Task<Unit> remove(std::int64_t id) const { return hooks_.remove(whose_, id); }
  Task<hooks::Delivery> test(std::int64_t id) const { return hooks_.test(whose_, id); }
  Task<hooks::DeliveryPage> deliveries(std::int64_t id, std::int64_t from, std::int64_t limit) const {
    return hooks_.deliveries(whose_, id, from, limit);
  }
  Task<hooks::Delivery> delivery(std::int64_t id, std::int64_t delivery) const {
    return hooks_.delivery(whose_, id, delivery);
  }
  Task<hooks::Delivery> replay(std::int64_t id, std::int64_t delivery) const {
    return hooks_.replay(whose_, id, delivery);
  }

 private:
  friend class WebhookDoor;
  OwnWebhooks(hooks::Webhooks& hooks, const net::route::Call& call);

  hooks::Webhooks& hooks_;
  records::Whose whose_;
  Actor actor_;
  bool is_server_admin_;
};

class WebhookDoor {
 public:
  explicit WebhookDoor(hooks::Webhooks& hooks) : hooks_(hooks) {}
  OwnWebhooks operator()(const net::route::Call& call) const { return {hooks_, call}; }

 private:
  hooks::Webhooks& hooks_;
};

}  // namespace troupe::meetings::routes
