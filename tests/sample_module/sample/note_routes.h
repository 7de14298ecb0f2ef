// /api/v1/sample/notes.
#pragma once
#include <filesystem>
#include <string>

#include "api/kit.h"

namespace troupe::sample {

struct NoteApi {
  api::Kit kit;
  store::Database& db;
  std::string greeting;
  std::filesystem::path last_note;  ///< a file that holds the note written last
};

void add_note_routes(NoteApi& notes);

}  // namespace troupe::sample
