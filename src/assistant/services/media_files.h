// Files that people posted in rooms, as arguments of calls: read from the Matrix media repository.
#pragma once
#include "assistant/calls/files.h"
#include "assistant/services/file_links.h"
#include "matrix/media_repository.h"

namespace troupe::assistant::services {

/// One per program; any thread. As on the client API whoever is signed in and knows a file's address may read it:
/// without a person nothing is read. A file of an encrypted room is what the homeserver has of it, ciphertext.
class MediaFiles final : public calls::Files {
 public:
  /// Both outlive it.
  MediaFiles(matrix::MediaRepository& media, const FileLinks& links) : media_(media), links_(links) {}
  bool is_reference(std::string_view text) const override { return text.starts_with("mxc://"); }
  Task<calls::Blob> read(std::string person, std::string reference, std::size_t most_bytes) override;
  Task<std::string> link(std::string person, std::string reference, std::string service_url) override;
  /// What the end of such an address leads to; its type is what the bytes say. Errors: not_found (it is none of ours,
  /// or has ended), too_large, unavailable.
  Task<calls::Blob> shared(std::string token);

 private:
  matrix::MediaRepository& media_;
  const FileLinks& links_;
};

}  // namespace troupe::assistant::services
