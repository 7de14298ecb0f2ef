// What Slack posts to an app's events address, and what is written back. Pure.
// https://docs.slack.dev/apis/events-api and https://docs.slack.dev/authentication/verifying-requests-from-slack
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "assistant/surfaces/words.h"
#include "base/clock.h"

namespace troupe::assistant::surfaces {

/// Older and younger ones may be played again.
inline constexpr std::int64_t kSlackSkewS = 5 * 60;
inline constexpr std::size_t kMaxSlackBodyBytes = 256 * 1024;

/// Whether Slack signed the body, by X-Slack-Request-Timestamp and X-Slack-Signature ("v0=…").
bool slack_signed(std::string_view secret, std::string_view timestamp, std::string_view signature,
                  std::string_view body, base::UnixMs now);

/// Something that somebody said to the app.
struct SlackEvent {
  std::string id;  ///< "Ev…": the same whenever it is sent again
  std::string team;
  std::string channel;
  std::string user;
  std::string ts;         ///< of the message
  std::string thread_ts;  ///< of the thread that it stands in; empty: in none
  bool direct = false;    ///< in a direct message, not by a mention in a channel
  std::string text;       ///< as a person reads it, without the app's own mention in front
};

struct SlackPost {
  std::string challenge;            ///< of url_verification: to be sent back
  std::optional<SlackEvent> event;  ///< nothing: something that the assistant does not act on
};
/// Error: bad_json (no JSON object, or one that Slack does not send).
Result<SlackPost> read_slack_post(std::string_view body);

/// Slack's escapes and links as text: "&amp;", "<@U1>", "<#C1|ops>", "<https://x|label>".
std::string from_mrkdwn(std::string_view text);
/// Markdown as Slack writes it, with the picks as a numbered list. Blocks of code stay as they are.
std::string to_mrkdwn(const Shown& shown);

}  // namespace troupe::assistant::surfaces
