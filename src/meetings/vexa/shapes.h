// What Vexa's dialect takes and shows.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/shape.h"
#include "meetings/transcripts/transcripts.h"
#include "meetings/vexa/wire.h"

namespace troupe::meetings::vexa {

/// In milliseconds. The last two are older names of the second and the third.
struct LeaveBody {
  std::optional<std::int64_t> max_bot_time{};
  std::optional<std::int64_t> max_wait_for_admission{};
  std::optional<std::int64_t> max_time_left_alone{};
  std::optional<std::int64_t> no_one_joined_timeout{};
  std::optional<std::int64_t> waiting_room_timeout{};
  std::optional<std::int64_t> everyone_left_timeout{};
};
struct BotBody {
  std::string platform{};
  std::string native_meeting_id{};
  std::string meeting_url{};
  std::string bot_name{};
  std::string language{};
  std::string task{};
  std::string passcode{};
  std::string teams_base_host{};
  std::optional<LeaveBody> automatic_leave{};
  std::optional<bool> recording_enabled{};
};
struct ConfigBody {
  std::string language{};
  std::string task{};
};

// What a bot that takes part is told.
struct SpeakBody {
  std::string text{};
  std::string voice{};
  std::string provider{};
  std::string audio_url{};
  std::string audio_base64{};
  std::string format{};
  std::optional<std::int64_t> sample_rate{};
};
struct ChatBody {
  std::string text{};
};
struct ScreenBody {
  std::string type{};
  std::string url{};
  std::string html{};
  std::optional<bool> start_share{};
};
struct AvatarBody {
  std::string url{};
  std::string image_base64{};
};

struct MeetingReply {
  std::int64_t id = 0;
  std::int64_t user_id = 0;
  std::string platform{};
  std::optional<std::string> native_meeting_id{};
  std::optional<std::string> constructed_meeting_url{};
  std::string status{};
  std::optional<std::string> bot_container_id{};
  std::optional<std::string> start_time{};
  std::optional<std::string> end_time{};
  boost::json::object data{};
  std::string created_at{};
  std::string updated_at{};
  std::optional<std::string> completion_reason{};
  std::optional<std::string> failure_stage{};
};
MeetingReply reply_of(const Shown& shown, Style style);

struct MeetingList {
  std::vector<MeetingReply> meetings{};
  bool has_more = false;
};

struct StopReply {
  std::string message{};
  std::string status{};
  std::int64_t meeting_id = 0;
  std::string native_meeting_id{};
  std::vector<std::int64_t> also_stopped{};
  std::vector<std::int64_t> cancelled{};
};
struct MessageReply {
  std::string message{};
};

struct RunningBot {
  std::string container_id{};
  std::string container_name{};
  std::string platform{};
  std::string native_meeting_id{};
  std::string status{};
  std::string normalized_status{};
  std::string created_at{};
  boost::json::object labels{};
  std::string meeting_id_from_name{};
  std::optional<std::string> start_time{};
};
RunningBot running_bot(const Shown& shown, base::UnixMs now);
struct RunningBots {
  std::vector<RunningBot> running_bots{};
};

/// start, end (seconds from the session's begin), text, language, created_at, speaker, absolute_start_time and
/// absolute_end_time.
boost::json::object segment_reply(const Segment& segment);
struct TranscriptReply {
  MeetingReply meeting{};
  std::vector<boost::json::object> segments{};
};

struct TokenReply {
  std::int64_t id = 0;
  std::string token{};  ///< shown once, when it is made
  std::int64_t user_id = 0;
  std::string created_at{};
  std::vector<std::string> scopes{};
  std::string name{};
  std::optional<std::string> last_used_at{};
  std::optional<std::string> expires_at{};
};
TokenReply token_reply(const Token& token, std::string text);

struct UserReply {
  std::string email{};
  std::optional<std::string> name{};
  std::optional<std::string> image_url{};
  std::int64_t max_concurrent_bots = 0;
  boost::json::object data{};
  std::int64_t id = 0;
  std::string created_at{};
};
/// `usual`: of those who have no number of their own.
UserReply user_reply(const User& user, std::int64_t usual);
struct UserDetail {
  UserReply user{};
  std::vector<TokenReply> tokens{};
};

}  // namespace troupe::meetings::vexa

namespace troupe::api {

Shape<meetings::vexa::LeaveBody> make_shape(Of<meetings::vexa::LeaveBody>);
Shape<meetings::vexa::BotBody> make_shape(Of<meetings::vexa::BotBody>);
Shape<meetings::vexa::ConfigBody> make_shape(Of<meetings::vexa::ConfigBody>);
Shape<meetings::vexa::SpeakBody> make_shape(Of<meetings::vexa::SpeakBody>);
Shape<meetings::vexa::ChatBody> make_shape(Of<meetings::vexa::ChatBody>);
Shape<meetings::vexa::ScreenBody> make_shape(Of<meetings::vexa::ScreenBody>);
Shape<meetings::vexa::AvatarBody> make_shape(Of<meetings::vexa::AvatarBody>);
Shape<meetings::vexa::MeetingReply> make_shape(Of<meetings::vexa::MeetingReply>);
Shape<meetings::vexa::MeetingList> make_shape(Of<meetings::vexa::MeetingList>);
Shape<meetings::vexa::StopReply> make_shape(Of<meetings::vexa::StopReply>);
Shape<meetings::vexa::MessageReply> make_shape(Of<meetings::vexa::MessageReply>);
Shape<meetings::vexa::RunningBot> make_shape(Of<meetings::vexa::RunningBot>);
Shape<meetings::vexa::RunningBots> make_shape(Of<meetings::vexa::RunningBots>);
Shape<meetings::vexa::TranscriptReply> make_shape(Of<meetings::vexa::TranscriptReply>);
Shape<meetings::vexa::UserReply> make_shape(Of<meetings::vexa::UserReply>);
Shape<meetings::vexa::UserDetail> make_shape(Of<meetings::vexa::UserDetail>);
Shape<meetings::vexa::TokenReply> make_shape(Of<meetings::vexa::TokenReply>);

}  // namespace troupe::api
