// Files on their way to a service: what arguments name is read, and multipart bodies are put together.
#pragma once
#include <string>
#include <vector>

#include "assistant/openapi/request.h"
#include "base/task.h"

namespace troupe::assistant::calls {

struct Blob {
  std::string name, content_type, bytes;
};

inline constexpr std::size_t kMaxUploadBytes = 32 * 1024 * 1024;  ///< a request with all its files

/// Where files lie that people posted: the media repository, or a memory of the task.
class Files {
 public:
  virtual ~Files() = default;
  /// Whether a text is the name of a file ("mxc://…") rather than the content itself.
  virtual bool is_reference(std::string_view text) const = 0;
  /// Reads one whole. Errors: not_found (none, or none that `person` may see); too_large; unavailable.
  virtual Task<Blob> read(std::string person, std::string reference, std::size_t most_bytes) = 0;
  /// An address by which a service at `service_url` fetches it for a while. Errors: as read(); unavailable (there is no
  /// address that it could reach).
  virtual Task<std::string> link(std::string person, std::string reference, std::string service_url);
};

/// The request's body as it is sent, and its Content-Type. A raw body that names a file becomes the file's bytes, a
/// value of a JSON body that does so an address.
struct Sendable {
  std::string body, content_type;
  std::string shown;                    ///< the same for the journal: without the bytes of files
  std::vector<std::string> links = {};  ///< of files, in the body: who has one has its file
};
/// `files` outlives the task. Errors: as Files::read; too_large; invalid_param (a file's argument is no file's name).
/// `service_url`: where it is sent; empty: nowhere outside, and JSON is sent as it is.
Task<Sendable> sendable(Files& files, std::string person, openapi::Request request, std::string service_url = {});

}  // namespace troupe::assistant::calls
