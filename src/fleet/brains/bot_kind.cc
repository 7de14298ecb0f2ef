#include "fleet/brains/bot_kind.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

namespace troupe::fleet::brains {

std::string BotKind::driver_for(const boost::json::object& config) const {
  const auto* named = driver_member.empty() ? nullptr : config.if_contains(driver_member);
  return named && named->is_string() ? std::string(named->get_string()) : driver;
}

void BotKinds::add(BotKind kind) {
  if (find(kind.name) != nullptr) throw std::logic_error("kind of bot registered twice: " + kind.name);
  if (static_cast<bool>(kind.make) == static_cast<bool>(kind.launcher)) {
    throw std::logic_error("a kind of bot has either a brain or a launcher: " + kind.name);
  }
  boost::system::error_code ec;
  auto schema = boost::json::parse(kind.config_schema, ec);
  if (ec || !schema.is_object()) {
    throw std::logic_error("the config schema of a kind of bot is no JSON object: " + kind.name);
  }
  auto& object = schema.get_object();
  if (!object.contains("properties")) object["properties"] = boost::json::object();
  auto& properties = object["properties"].as_object();
  for (const auto& member : boost::json::parse(common_properties()).as_object()) {
    if (!properties.contains(member.key())) properties.emplace(member.key(), member.value());
  }
  kind.config_schema = schemas_.emplace_back(boost::json::serialize(schema));
  kinds_.push_back(std::move(kind));
}

const BotKind* BotKinds::find(std::string_view name) const {
  auto found = std::ranges::find(kinds_, name, &BotKind::name);
  return found == kinds_.end() ? nullptr : &*found;
}

const BotKind& BotKinds::of(std::string_view name) const {
  const auto* found = find(name);
  return found != nullptr ? *found : missing_;
}

}  // namespace troupe::fleet::brains
