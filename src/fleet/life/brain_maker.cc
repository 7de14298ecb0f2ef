#include "fleet/life/brain_maker.h"

#include <boost/json/parse.hpp>

namespace troupe::fleet::life {

Result<boost::json::object> open_secrets(const base::SealingKey& sealing_key, const Bot& row) {
  if (row.sealed_secrets.empty()) return boost::json::object();
  auto opened = sealing_key.open(row.sealed_secrets);
  if (!opened) {
    return Error(Errc::invalid_param,
                 "The secrets of bot " + row.bot_id + " were sealed with another key file. Set its brain again.");
  }
  boost::system::error_code ec;
  auto json = boost::json::parse(*opened, ec);
  return json.is_object() ? std::move(json.get_object()) : boost::json::object();
}

Result<std::shared_ptr<brains::Brain>> BrainMaker::make(const Bot& row, brains::CommonConfig& common) const {
  const auto* kind = kinds_.find(row.brain_kind);
  if (kind == nullptr) {
    return Error(Errc::invalid_param, "Bot " + row.bot_id + " cannot start: brain '" + row.brain_kind +
                                          "' is not available in this version. Choose another brain for it.");
  }
  TRY(auto secrets, open_secrets(sealing_key_, row));
  auto config = row.brain_config;
  TRY(common, brains::common_config(config));
  brains::BrainContext context{.http = http_,
                               .clock = clock_,
                               .bot_id = row.bot_id,
                               .bot_user_id = row.user_id,
                               .bot_name = row.display_name,
                               .tenant_id = row.tenant_id};
  TRY(auto brain, kind->make(context, config, secrets));
  return std::shared_ptr<brains::Brain>(std::move(brain));
}

}  // namespace troupe::fleet::life
