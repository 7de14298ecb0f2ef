// Troupe's own pack among the others: it needs no key, because each call acts as whoever asks (own/own_client.h).
#pragma once
#include "assistant/own/own_client.h"
#include "assistant/services/services.h"

namespace troupe::assistant::services {

/// Whether it is the pack that comes with the program: one of its name that somebody added is a service like others.
bool is_own(packs::Source source, std::string_view service);

/// A service with the keys of one call.
struct Lent {
  calls::Service service;
  std::string key = {};  ///< that was made for the call; empty: it has those that were set
};

/// `client` may be nullptr: the pack has the keys that it was given. Errors as OwnClient::key_for.
Task<Lent> lend(InUse in_use, own::OwnClient* client, tasks::Who who, net::route::Role most);
/// When the call is over: a key lives no longer than it has to, and makes room for the next.
void give_back(own::OwnClient* client, const std::string& key);

}  // namespace troupe::assistant::services
