#include "fleet/brains/brain.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

#include "matrix/json.h"

namespace troupe::fleet {

void BrainRegistry::add(BrainKind kind) {
  if (find(kind.kind) != nullptr) throw std::logic_error("brain registered twice: " + kind.kind);
  boost::system::error_code ec;
  auto schema = boost::json::parse(kind.config_schema, ec);
  if (ec || !schema.is_object()) throw std::logic_error("the config schema of a brain is no JSON object: " + kind.kind);
  auto& object = schema.get_object();
  if (!object.contains("properties")) object["properties"] = boost::json::object();
  auto& properties = object["properties"].as_object();
  for (const auto& member : boost::json::parse(common_properties()).as_object()) {
    if (!properties.contains(member.key())) properties.emplace(member.key(), member.value());
  }
  kind.config_schema = schemas_.emplace_back(boost::json::serialize(schema));
  kinds_.push_back(std::move(kind));
}

const BrainKind* BrainRegistry::find(std::string_view kind) const {
  auto found = std::ranges::find(kinds_, kind, &BrainKind::kind);
  return found == kinds_.end() ? nullptr : &*found;
}

asio::awaitable<void> Brain::abandon(const Question&) { co_return; }

asio::awaitable<std::vector<std::string>> Brain::look_around() { co_return std::vector<std::string>(); }

Result<CommonConfig> common_config(boost::json::object& config) {
  CommonConfig common;
  if (config.contains("respond")) {
    auto respond = matrix::find_string(config, "respond").value_or("");
    if (respond == "auto") {
      common.respond = Respond::automatic;
    } else if (respond == "always") {
      common.respond = Respond::always;
    } else if (respond == "mention") {
      common.respond = Respond::mention;
    } else {
      return Error(Errc::invalid_param, "respond must be 'auto', 'always' or 'mention'.");
    }
  } else {
    config["respond"] = "auto";
  }
  if (config.contains("reply_as")) {
    auto reply_as = matrix::find_string(config, "reply_as").value_or("");
    if (reply_as != "notice" && reply_as != "text") {
      return Error(Errc::invalid_param, "reply_as must be 'notice' or 'text'.");
    }
    common.msgtype = "m." + std::string(reply_as);
  } else {
    config["reply_as"] = "notice";
  }
  TRY(common.conduct, read_conduct(config));
  return common;
}

Result<Unit> refuse_unknown(const boost::json::object& config, std::initializer_list<std::string_view> known) {
  for (const auto& member : config) {
    std::string_view key(member.key().data(), member.key().size());
    if (!is_common_key(key) && std::ranges::find(known, key) == known.end()) {
      return Error(Errc::invalid_param, "The brain has no setting '" + std::string(key.substr(0, 64)) + "'.");
    }
  }
  return Unit{};
}

}  // namespace troupe::fleet
