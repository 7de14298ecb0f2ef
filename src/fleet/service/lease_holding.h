// One term of the fleet's lease, as what the fleet writes asks for it.
#pragma once
#include "fleet/term/term_store.h"
#include "host/lease.h"

namespace troupe::fleet::service {

class LeaseHolding final : public term::Holding {
 public:
  LeaseHolding(const host::Lease& lease, std::int64_t epoch) : lease_(lease), epoch_(epoch) {}
  Result<Unit> check(store::Tx& tx) const override { return lease_.check(tx, epoch_); }
  bool seems_held() const override { return lease_.held() == epoch_; }

 private:
  const host::Lease& lease_;
  std::int64_t epoch_;
};

}  // namespace troupe::fleet::service
