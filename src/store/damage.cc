#include "store/damage.h"

#include "base/log.h"

namespace troupe::store {

void Damage::note(const SqlError& error) {
  if (error.state() != kDataCorrupted && error.state() != kIndexCorrupted) return;
  {
    const base::Lock lock(mutex_);
    if (!found_.empty()) return;
    found_ = error.what();
  }
  base::log_error("store", "the database is damaged: restore it from a backup, and look after the disk",
                  {{"detail", error.what()}});
}

std::optional<std::string> Damage::trouble() const {
  const base::Lock lock(mutex_);
  if (found_.empty()) return std::nullopt;
  // The statement, which may follow, is for the log.
  return "the database is damaged, see the log and `troupe doctor`: " + found_.substr(0, found_.find(" in: "));
}

}  // namespace troupe::store
