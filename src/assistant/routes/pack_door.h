// A tenant's packs as one caller reaches them.
#pragma once
#include "api/caller.h"
#include "assistant/routes/door.h"
#include "assistant/services/pack_services.h"
#include "assistant/services/pack_tester.h"
#include "identity/authenticator.h"

namespace troupe::assistant::routes {

/// What handlers hold of the services: it opens with a caller only.
class PackDoor {
 public:
  PackDoor(services::PackServices& packs, services::PackTester& tester) : packs_(packs), tester_(tester) {}

  Task<std::shared_ptr<const services::Stock>> stock(const net::route::Call& call) const {
    return packs_.stock(api::tenant(call));
  }
  Task<std::shared_ptr<const services::Stock>> reload(const net::route::Call& call) const {
    return packs_.reload(api::tenant(call));
  }
  Task<std::shared_ptr<const services::Stock>> change(const net::route::Call& call, std::string service,
                                                      services::Change change, store::AlsoWrite also) const {
    return packs_.change(changer(call), std::move(service), std::move(change), std::move(also));
  }
  Task<services::AddedPack> add(const net::route::Call& call, packs::Files files, services::NoteAdded before) const {
    return packs_.add(changer(call), std::move(files), std::move(before));
  }
  Task<Unit> remove(const net::route::Call& call, std::string service, store::AlsoWrite before) const {
    return packs_.remove(changer(call), std::move(service), std::move(before));
  }
  /// `in_use` is of the caller's stock.
  Task<services::Tested> test(const net::route::Call& call, services::InUse in_use) const {
    return tester_.test(std::move(in_use), who_of(*call.caller));
  }

 private:
  static services::Changer changer(const net::route::Call& call) {
    return {.tenant_id = api::tenant(call), .server_admin = identity::is_server_admin(*call.caller)};
  }

  services::PackServices& packs_;
  services::PackTester& tester_;
};

}  // namespace troupe::assistant::routes
