#include "assistant/surfaces/slack_event.h"

#include <algorithm>
#include <charconv>

#include "base/crypto.h"
#include "base/encoding.h"
#include "matrix/json.h"

namespace troupe::assistant::surfaces {
namespace {

constexpr std::size_t kMaxSlackIdBytes = 64;
constexpr std::size_t kMaxSlackTextBytes = 16 * 1024;
constexpr std::string_view kFence = "```";

/// Letters, digits, dots, - and _.
bool is_slack_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxSlackIdBytes && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

std::string member(const tasks::JsonObject& object, std::string_view key) {
  return std::string(matrix::find_string(object, key).value_or(""));
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

/// What stands between < and >.
std::string link_text(std::string_view link) {
  const auto bar = link.find('|');
  const auto label = bar == link.npos ? std::string_view() : link.substr(bar + 1);
  const auto target = link.substr(0, bar);
  if (link.starts_with('#')) return "#" + std::string(label.empty() ? target.substr(1) : label);
  if (link.starts_with('@')) return "@" + std::string(label.empty() ? target.substr(1) : label);
  if (link.starts_with('!')) return "@" + std::string(label.empty() ? target.substr(1) : label);
  std::string_view plain = target;
  if (plain.starts_with("mailto:")) plain.remove_prefix(7);
  return std::string(plain);
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// Somebody who calls the app by name does not mean the name.
std::string_view without_mention(std::string_view text) {
  text = without_blanks(text);
  if (!text.starts_with("<@")) return text;
  const auto end = text.find('>');
  return end == text.npos ? text : without_blanks(text.substr(end + 1));
}

std::optional<SlackEvent> event_of(const tasks::JsonObject& post) {
  const auto* inner = matrix::find_object(post, "event");
  if (inner == nullptr) return std::nullopt;
  const auto type = member(*inner, "type");
  const bool direct = type == "message" && member(*inner, "channel_type") == "im";
  if (type != "app_mention" && !direct) return std::nullopt;
  // What apps say, and edits, joins and the like, is nobody's order.
  if (inner->contains("bot_id") || inner->contains("subtype") || inner->contains("edited")) return std::nullopt;
  SlackEvent event{.id = member(post, "event_id"),
                   .team = member(post, "team_id"),
                   .channel = member(*inner, "channel"),
                   .user = member(*inner, "user"),
                   .ts = member(*inner, "ts"),
                   .thread_ts = member(*inner, "thread_ts"),
                   .direct = direct,
                   .text = {}};
  for (const auto* id : {&event.id, &event.team, &event.channel, &event.user, &event.ts}) {
    if (!is_slack_id(*id)) return std::nullopt;
  }
  if (!event.thread_ts.empty() && !is_slack_id(event.thread_ts)) return std::nullopt;
  const auto said = member(*inner, "text");
  event.text = tasks::cut(tasks::storable(from_mrkdwn(direct ? without_blanks(said) : without_mention(said))),
                          kMaxSlackTextBytes);
  return event;
}

}  // namespace

bool slack_signed(std::string_view secret, std::string_view timestamp, std::string_view signature,
                  std::string_view body, base::UnixMs now) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
  if (secret.empty() || error != std::errc() || end != timestamp.data() + timestamp.size()) return false;
  const auto here = now / 1000;
  if (seconds < here - kSlackSkewS || seconds > here + kSlackSkewS) return false;
  std::string signed_text = "v0:";
  signed_text.append(timestamp).append(":").append(body);
  const auto wanted = "v0=" + base::hex(base::as_bytes(base::hmac_sha256(secret, signed_text)));
  return base::constant_time_equal(wanted, signature);
}

Result<SlackPost> read_slack_post(std::string_view body) {
  auto parsed = matrix::parse_json(body);
  if (!parsed || !parsed->is_object()) return Error(Errc::bad_json, "This is no event of Slack's.");
  const auto& post = parsed->get_object();
  const auto type = member(post, "type");
  if (type == "url_verification") {
    auto challenge = member(post, "challenge");
    if (challenge.empty() || challenge.size() > 1'000) return Error(Errc::bad_json, "This is no challenge of Slack's.");
    return SlackPost{.challenge = std::move(challenge), .event = std::nullopt};
  }
  if (type == "event_callback") return SlackPost{.challenge = {}, .event = event_of(post)};
  if (type.empty()) return Error(Errc::bad_json, "This is no event of Slack's.");
  return SlackPost{};
}

std::string from_mrkdwn(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto open = text.find('<');
    const auto close = open == text.npos ? text.npos : text.find('>', open);
    if (close == text.npos) break;
    out += text.substr(0, open);
    out += link_text(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
  out += text;
  replace_all(out, "&lt;", "<");
  replace_all(out, "&gt;", ">");
  replace_all(out, "&amp;", "&");
  return out;
}

std::string to_mrkdwn(const Shown& shown) {
  std::string out;
  std::string_view rest = shown.text;
  for (bool code = false;; code = !code) {
    const auto fence = rest.find(kFence);
    std::string piece(rest.substr(0, fence));
    if (!code) replace_all(piece, "**", "*");
    // Slack shows the language of a block as its first line.
    if (code && piece.starts_with("json\n")) piece.erase(0, 4);
    out += piece;
    if (fence == rest.npos) break;
    out += kFence;
    rest.remove_prefix(fence + kFence.size());
  }
  std::size_t number = 0;
  for (const auto& pick : shown.picks) {
    out += (number == 0 ? "\n\n" : "\n") + std::to_string(number + 1) + ". " + pick.label;
    ++number;
  }
  if (number > 0) out += "\n_Answer with the number._";
  return out;
}

}  // namespace troupe::assistant::surfaces
