// Handlers cannot go round the wall between tenants: what they hold opens with a call only. That is shown by what does
// not compile.
#include "meetings/routes/doors.h"

#include <gtest/gtest.h>

#include "meetings/routes/recording_routes.h"
#include "meetings/routes/webhook_routes.h"

namespace troupe::meetings::routes {
namespace {

// Nobody but the doors makes what stands for a meeting or a recording that was reached.
static_assert(!std::constructible_from<ReachedMeeting, Meeting> && !std::default_initializable<ReachedMeeting>);
static_assert(!std::constructible_from<ReachedRecording, Recording> && !std::default_initializable<ReachedRecording>);
static_assert(!std::constructible_from<OwnMeetings, life::Meetings&, const net::route::Call&>);
static_assert(!std::constructible_from<OwnWebhooks, hooks::Webhooks&, const net::route::Call&>);

// A door opens with a call, and not with a tenant or a person.
template <class Door, class With>
concept OpensWith = requires(const Door door, With with) { door(with); };
static_assert(OpensWith<MeetingDoor, const net::route::Call&> && !OpensWith<MeetingDoor, records::Whose>);
static_assert(OpensWith<WebhookDoor, const net::route::Call&> && !OpensWith<WebhookDoor, records::Whose>);

// What was said is read of a meeting that was reached, and not of a number.
template <class Which>
concept MayRead = requires(const TranscriptDoor door, Which which) { door.read(which, 0, 1); };
static_assert(MayRead<const ReachedMeeting&> && !MayRead<MeetingId> && !MayRead<const Meeting&>);
template <class Which>
concept MayErase = requires(const TranscriptDoor door, Which which) { door.erase(which); };
static_assert(MayErase<const ReachedMeeting&> && !MayErase<MeetingId>);
template <class Which>
concept MayOpen = requires(const RecordingDoor door, Which which) { door.open(which); };
static_assert(MayOpen<const ReachedRecording&> && !MayOpen<RecordingId>);

// The services behind the doors are no handler's.
template <class Api>
concept HoldsAService =
    requires(Api api) { api.db; } || requires(Api api) { api.meetings.find_any(1); } ||
    requires(Api api) { api.meetings.meetings_; } || requires(Api api) { api.transcripts.read(MeetingId{1}, 0, 1); } ||
    requires(Api api) { api.recordings.list(MeetingId{1}); } || requires(Api api) { api.webhooks.list(); };
template <class... Api>
constexpr bool kNoneHoldsAService = !(HoldsAService<Api> || ...);
static_assert(kNoneHoldsAService<MeetingApi, TranscriptApi, RecordingApi, WebhookApi>);

}  // namespace
}  // namespace troupe::meetings::routes
