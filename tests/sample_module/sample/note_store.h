// The table sample_note.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "store/database.h"

namespace troupe::sample {

struct Note {
  std::int64_t id = 0;
  std::int64_t tenant_id = 0;
  std::string text;
};

namespace note_store {

void insert(store::Tx& tx, const Note& note);
/// A tenant's, newest first.
std::vector<Note> newest(store::Connection& connection, std::int64_t tenant_id, std::int64_t limit);
/// Deletes all but the newest `keep`.
void prune(store::Tx& tx, std::int64_t keep);

}  // namespace note_store
}  // namespace troupe::sample
