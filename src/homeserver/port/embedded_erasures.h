// Erased accounts, as other modules ask for them.
#pragma once
#include "matrix/erasures.h"
#include "store/database.h"

namespace troupe::homeserver::port {

class EmbeddedErasures final : public matrix::Erasures {
 public:
  explicit EmbeddedErasures(store::Database& db) : db_(db) {}
  Task<bool> is_erased(std::string user_id) override;

 private:
  store::Database& db_;
};

}  // namespace troupe::homeserver::port
