// Files that people posted in rooms, as arguments of calls: read from the Matrix media repository.
#pragma once
#include "assistant/calls/files.h"
#include "matrix/media_repository.h"

namespace troupe::assistant::services {

/// One per program; any thread. As on the client API whoever is signed in and knows a file's address may read it:
/// without a person nothing is read. A file of an encrypted room is what the homeserver has of it, ciphertext.
class MediaFiles final : public calls::Files {
 public:
  explicit MediaFiles(matrix::MediaRepository& media) : media_(media) {}
  bool is_reference(std::string_view text) const override { return text.starts_with("mxc://"); }
  Task<calls::Blob> read(std::string person, std::string reference, std::size_t most_bytes) override;

 private:
  matrix::MediaRepository& media_;
};

}  // namespace troupe::assistant::services
