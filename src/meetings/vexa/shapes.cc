#include "meetings/vexa/shapes.h"

#include <fmt/format.h>

namespace troupe::meetings::vexa {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;

/// "Up 3 minutes", as container engines say it.
std::string up_for(base::UnixMs ms) {
  if (ms >= kHour) return fmt::format("Up {} hours", ms / kHour);
  if (ms >= kMinute) return fmt::format("Up {} minutes", ms / kMinute);
  return fmt::format("Up {} seconds", std::max<base::UnixMs>(ms, 0) / 1'000);
}

std::optional<std::string> naive(const std::optional<base::UnixMs>& time) {
  return time ? std::optional(naive_time(*time)) : std::nullopt;
}

double seconds(std::int64_t ms) { return static_cast<double>(ms) / 1'000; }

}  // namespace

MeetingReply reply_of(const Shown& shown, Style style) {
  const auto& meeting = shown.meeting;
  MeetingReply made{.id = meeting.id,
                    .user_id = meeting.owner_id,
                    .platform = std::string(to_string(meeting.platform)),
                    .status = std::string(status_of(meeting, style)),
                    .start_time = naive(meeting.active_ms),
                    .end_time = naive(meeting.ended_ms),
                    .data = data_of(shown, style),
                    .created_at = naive_time(meeting.created_ms),
                    .updated_at = naive_time(shown.steps.empty() ? meeting.created_ms : shown.steps.back().at_ms),
                    .completion_reason = completion_reason_of(meeting),
                    .failure_stage = failure_stage_of(meeting, style)};
  if (!meeting.native_id.empty()) {
    made.native_meeting_id = meeting.native_id;
    made.constructed_meeting_url = meeting.link;
  }
  if (shown.attempt) {
    const auto& attempt = *shown.attempt;
    made.bot_container_id = attempt.container.empty() ? attempt.task_id : attempt.container;
  }
  return made;
}

RunningBot running_bot(const Shown& shown, base::UnixMs now) {
  const auto& meeting = shown.meeting;
  RunningBot bot{.platform = std::string(to_string(meeting.platform)),
                 .native_meeting_id = meeting.native_id,
                 .status = "Created",
                 .normalized_status = "Requested",
                 .created_at = naive_time(meeting.created_ms),
                 .labels = {{"vexa.user_id", std::to_string(meeting.owner_id)}},
                 .meeting_id_from_name = std::to_string(meeting.id),
                 .start_time = naive(meeting.active_ms)};
  if (!shown.attempt) return bot;
  const auto& attempt = *shown.attempt;
  bot.container_name = attempt.task_id;
  bot.container_id = attempt.container.empty() ? attempt.task_id : attempt.container;
  bot.created_at = naive_time(attempt.started_ms.value_or(attempt.wanted_ms));
  switch (attempt.state) {
    case Container::running:
      bot.normalized_status = "Up";
      break;
    case Container::leaving:
      bot.normalized_status = "Stopping";
      break;
    default:
      bot.normalized_status = "Starting";
      break;
  }
  if (attempt.started_ms) bot.status = up_for(now - *attempt.started_ms);
  return bot;
}

boost::json::object segment_reply(const Segment& segment) {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
  };
  return {{"start", seconds(segment.start_ms)},
          {"end", seconds(segment.end_ms)},
          {"text", segment.text},
          {"language", or_null(segment.language)},
          {"created_at", naive_time(segment.updated_ms)},
          {"speaker", or_null(segment.speaker)},
          {"absolute_start_time", zoned_time(segment.said_ms)},
          {"absolute_end_time", zoned_time(segment.until_ms)},
          {"session_uid", segment.session_uid},
          {"segment_id", segment.id},
          {"completed", segment.final}};
}

TokenReply token_reply(const Token& token, std::string text) {
  return {.id = token.id,
          .token = std::move(text),
          .user_id = token.user_id,
          .created_at = naive_time(token.created_ms),
          .scopes = token.scopes,
          .name = token.name,
          .last_used_at = naive(token.last_used_ms),
          .expires_at = naive(token.expires_ms)};
}

UserReply user_reply(const User& user, std::int64_t usual) {
  return {.email = user.email,
          .name = user.name,
          .image_url = user.image_url,
          .max_concurrent_bots = user.most_at_once.value_or(usual),
          .data = user.data,
          .id = user.id,
          .created_at = naive_time(user.created_ms)};
}

}  // namespace troupe::meetings::vexa

namespace troupe::api {

using meetings::vexa::AvatarBody;
using meetings::vexa::BotBody;
using meetings::vexa::ChatBody;
using meetings::vexa::ConfigBody;
using meetings::vexa::LeaveBody;
using meetings::vexa::MeetingList;
using meetings::vexa::MeetingReply;
using meetings::vexa::MessageReply;
using meetings::vexa::RunningBot;
using meetings::vexa::RunningBots;
using meetings::vexa::ScreenBody;
using meetings::vexa::SpeakBody;
using meetings::vexa::StopReply;
using meetings::vexa::TokenReply;
using meetings::vexa::TranscriptReply;
using meetings::vexa::UserDetail;
using meetings::vexa::UserReply;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
/// Of sound, pictures and pages on their way to a bot, which takes commands of up to 1 MiB.
constexpr std::int64_t kMostEncoded = 512 * 1024;
constexpr Facts kDuration{.description = "In milliseconds.", .least = 1, .most = kDayMs, .may_lack = true};
constexpr Facts kNullable{.or_null = true};

Facts word(std::int64_t most) { return {.most = most, .may_lack = true}; }

}  // namespace

Shape<LeaveBody> make_shape(Of<LeaveBody>) {
  return Shape<LeaveBody>::request({}, {member<&LeaveBody::max_bot_time>("max_bot_time", kDuration),
                                        member<&LeaveBody::max_wait_for_admission>("max_wait_for_admission", kDuration),
                                        member<&LeaveBody::max_time_left_alone>("max_time_left_alone", kDuration),
                                        member<&LeaveBody::no_one_joined_timeout>("no_one_joined_timeout", kDuration),
                                        member<&LeaveBody::waiting_room_timeout>("waiting_room_timeout", kDuration),
                                        member<&LeaveBody::everyone_left_timeout>("everyone_left_timeout", kDuration)});
}

Shape<BotBody> make_shape(Of<BotBody>) {
  return Shape<BotBody>::matrix_request(
      {member<&BotBody::platform>("platform",
                                  {.description = "google_meet, teams, zoom, jitsi or matrix; need not be said beside "
                                                  "meeting_url.",
                                   .most = 32,
                                   .may_lack = true}),
       member<&BotBody::native_meeting_id>("native_meeting_id", word(255)),
       member<&BotBody::meeting_url>("meeting_url", word(2'048)), member<&BotBody::bot_name>("bot_name", word(100)),
       member<&BotBody::language>("language", word(8)), member<&BotBody::task>("task", word(16)),
       member<&BotBody::passcode>("passcode", word(64)),
       member<&BotBody::teams_base_host>("teams_base_host", word(253)),
       member<&BotBody::automatic_leave>("automatic_leave"),
       member<&BotBody::recording_enabled>("recording_enabled",
                                           {.description = "Its sound is kept; absent: as /recording-config says."})});
}

Shape<ConfigBody> make_shape(Of<ConfigBody>) {
  return Shape<ConfigBody>::matrix_request(
      {member<&ConfigBody::language>("language", word(8)), member<&ConfigBody::task>("task", word(16))});
}

Shape<SpeakBody> make_shape(Of<SpeakBody>) {
  using B = SpeakBody;
  return Shape<B>::matrix_request(
      {member<&B::text>("text", word(5'000)), member<&B::voice>("voice", word(100)),
       member<&B::provider>("provider", word(100)), member<&B::audio_url>("audio_url", word(2'048)),
       member<&B::audio_base64>("audio_base64", word(kMostEncoded)), member<&B::format>("format", word(16)),
       member<&B::sample_rate>("sample_rate", {.least = 8'000, .most = 96'000, .may_lack = true})});
}

Shape<ChatBody> make_shape(Of<ChatBody>) {
  return Shape<ChatBody>::matrix_request({member<&ChatBody::text>("text", word(4'000))});
}

Shape<ScreenBody> make_shape(Of<ScreenBody>) {
  using B = ScreenBody;
  return Shape<B>::matrix_request({member<&B::type>("type", word(16)), member<&B::url>("url", word(2'048)),
                                   member<&B::html>("html", word(kMostEncoded)),
                                   member<&B::start_share>("start_share", {.may_lack = true})});
}

Shape<AvatarBody> make_shape(Of<AvatarBody>) {
  using B = AvatarBody;
  return Shape<B>::matrix_request(
      {member<&B::url>("url", word(2'048)), member<&B::image_base64>("image_base64", word(kMostEncoded))});
}

Shape<MeetingReply> make_shape(Of<MeetingReply>) {
  using R = MeetingReply;
  return Shape<R>::answer(
      "VexaMeeting",
      {member<&R::id>("id"), member<&R::user_id>("user_id"), member<&R::platform>("platform"),
       member<&R::native_meeting_id>("native_meeting_id", kNullable),
       member<&R::constructed_meeting_url>("constructed_meeting_url",
                                           {.description = "Without the passcode.", .or_null = true}),
       member<&R::status>("status"), member<&R::bot_container_id>("bot_container_id", kNullable),
       member<&R::start_time>("start_time", kNullable), member<&R::end_time>("end_time", kNullable),
       member<&R::data>("data"), member<&R::created_at>("created_at"), member<&R::updated_at>("updated_at"),
       member<&R::completion_reason>("completion_reason", kNullable),
       member<&R::failure_stage>("failure_stage", kNullable)});
}

Shape<MeetingList> make_shape(Of<MeetingList>) {
  return Shape<MeetingList>::answer(
      "VexaMeetings", {member<&MeetingList::meetings>("meetings"), member<&MeetingList::has_more>("has_more")});
}

Shape<StopReply> make_shape(Of<StopReply>) {
  using R = StopReply;
  return Shape<R>::answer(
      "VexaStop", {member<&R::message>("message"), member<&R::status>("status"), member<&R::meeting_id>("meeting_id"),
                   member<&R::native_meeting_id>("native_meeting_id"), member<&R::also_stopped>("also_stopped"),
                   member<&R::cancelled>("cancelled")});
}

Shape<MessageReply> make_shape(Of<MessageReply>) {
  return Shape<MessageReply>::answer("VexaMessage", {member<&MessageReply::message>("message")});
}

Shape<RunningBot> make_shape(Of<RunningBot>) {
  using R = RunningBot;
  return Shape<R>::part({member<&R::container_id>("container_id"), member<&R::container_name>("container_name"),
                         member<&R::platform>("platform"), member<&R::native_meeting_id>("native_meeting_id"),
                         member<&R::status>("status"), member<&R::normalized_status>("normalized_status"),
                         member<&R::created_at>("created_at"), member<&R::labels>("labels"),
                         member<&R::meeting_id_from_name>("meeting_id_from_name"),
                         member<&R::start_time>("start_time", kNullable)});
}

Shape<RunningBots> make_shape(Of<RunningBots>) {
  return Shape<RunningBots>::answer("VexaRunningBots", {member<&RunningBots::running_bots>("running_bots")});
}

Shape<TranscriptReply> make_shape(Of<TranscriptReply>) {
  using R = TranscriptReply;
  using M = MeetingReply;
  return Shape<R>::answer(
      "VexaTranscript",
      {member<&R::meeting, &M::id>("id"), member<&R::meeting, &M::platform>("platform"),
       member<&R::meeting, &M::native_meeting_id>("native_meeting_id", kNullable),
       member<&R::meeting, &M::constructed_meeting_url>("constructed_meeting_url", kNullable),
       member<&R::meeting, &M::status>("status"), member<&R::meeting, &M::start_time>("start_time", kNullable),
       member<&R::meeting, &M::end_time>("end_time", kNullable),
       member<&R::segments>("segments", {.description = "start, end, text, language, created_at, speaker, "
                                                        "absolute_start_time, absolute_end_time."})});
}

Shape<TokenReply> make_shape(Of<TokenReply>) {
  using R = TokenReply;
  return Shape<R>::answer(
      "VexaToken", {member<&R::id>("id"), member<&R::token>("token", {.description = "Shown once.", .may_lack = true}),
                    member<&R::user_id>("user_id"), member<&R::created_at>("created_at"), member<&R::scopes>("scopes"),
                    member<&R::name>("name"), member<&R::last_used_at>("last_used_at", kNullable),
                    member<&R::expires_at>("expires_at", kNullable)});
}

Shape<UserReply> make_shape(Of<UserReply>) {
  using R = UserReply;
  return Shape<R>::answer("VexaUser", {member<&R::email>("email"), member<&R::name>("name", kNullable),
                                       member<&R::image_url>("image_url", kNullable),
                                       member<&R::max_concurrent_bots>("max_concurrent_bots"), member<&R::data>("data"),
                                       member<&R::id>("id"), member<&R::created_at>("created_at")});
}

Shape<UserDetail> make_shape(Of<UserDetail>) {
  using R = UserDetail;
  using U = UserReply;
  return Shape<R>::answer("VexaUserDetail",
                          {member<&R::user, &U::email>("email"), member<&R::user, &U::name>("name", kNullable),
                           member<&R::user, &U::image_url>("image_url", kNullable),
                           member<&R::user, &U::max_concurrent_bots>("max_concurrent_bots"),
                           member<&R::user, &U::data>("data"), member<&R::user, &U::id>("id"),
                           member<&R::user, &U::created_at>("created_at"), member<&R::tokens>("api_tokens")});
}

}  // namespace troupe::api
