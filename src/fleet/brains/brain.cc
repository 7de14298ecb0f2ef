#include "fleet/brains/brain.h"

#include "base/field_errors.h"
#include "matrix/json.h"

namespace troupe::fleet::brains {

std::string_view to_string(BrainTest::Verdict verdict) {
  switch (verdict) {
    case BrainTest::Verdict::good:
      return "good";
    case BrainTest::Verdict::unsure:
      return "unsure";
    case BrainTest::Verdict::bad:
      break;
  }
  return "bad";
}

asio::awaitable<void> Brain::abandon(const Question&) { co_return; }

asio::awaitable<std::vector<Finding>> Brain::look_around() { co_return std::vector<Finding>(); }

namespace {

std::optional<Respond> parse_respond(std::string_view word) {
  if (word == "auto") return Respond::automatic;
  if (word == "always") return Respond::always;
  if (word == "mention") return Respond::mention;
  return std::nullopt;
}

}  // namespace

Result<CommonConfig> common_config(boost::json::object& config) {
  CommonConfig common;
  base::FieldErrors mistakes;
  if (!config.contains("respond")) config["respond"] = "auto";
  if (auto respond = parse_respond(matrix::find_string(config, "respond").value_or(""))) {
    common.respond = *respond;
  } else {
    mistakes.add("/respond", "respond must be 'auto', 'always' or 'mention'.");
  }
  if (!config.contains("reply_as")) config["reply_as"] = "notice";
  auto reply_as = matrix::find_string(config, "reply_as").value_or("");
  if (reply_as != "notice" && reply_as != "text") mistakes.add("/reply_as", "reply_as must be 'notice' or 'text'.");
  common.msgtype = "m." + std::string(reply_as);
  if (auto conduct = mistakes.take(read_conduct(config))) common.conduct = *std::move(conduct);
  TRY(std::move(mistakes).outcome());
  return common;
}

Result<Unit> refuse_unknown(const boost::json::object& config, std::initializer_list<std::string_view> known) {
  std::vector<std::string> names(known.begin(), known.end());
  names.insert(names.end(), common_keys().begin(), common_keys().end());
  base::FieldErrors mistakes;
  for (const auto& member : config) {
    const std::string_view key = member.key();
    if (std::ranges::find(names, key) != names.end()) continue;
    mistakes.add(base::pointer_to(key.substr(0, kShownOfKey)), no_such_setting("The brain", key, names));
  }
  return std::move(mistakes).outcome();
}

}  // namespace troupe::fleet::brains
