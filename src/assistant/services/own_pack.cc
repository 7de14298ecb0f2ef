#include "assistant/services/own_pack.h"

namespace troupe::assistant::services {

bool is_own(packs::Source source, std::string_view service) {
  return service == own::kService && source == packs::Source::shipped;
}

Task<Lent> lend(InUse in_use, own::OwnClient* client, tasks::Who who, net::route::Role most) {
  Lent out{.service = std::move(in_use.service)};
  const bool acts = is_own(in_use.source, out.service.pack->config.service) && !out.service.secrets.contains("key");
  if (client == nullptr || !acts) co_return out;
  CO_TRY(out.key, co_await client->key_for(std::move(who), most));
  out.service.secrets["key"] = out.key;
  co_return out;
}

void give_back(own::OwnClient* client, const std::string& key) {
  if (client != nullptr && !key.empty()) client->end_key(key);
}

}  // namespace troupe::assistant::services
