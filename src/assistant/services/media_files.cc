#include "assistant/services/media_files.h"

namespace troupe::assistant::services {

Task<calls::Blob> MediaFiles::read(std::string person, std::string reference, std::size_t most_bytes) {
  if (person.empty()) co_return Error(Errc::not_found, "There is no such file.");
  CO_TRY(auto media, co_await media_.download(std::move(reference), most_bytes));
  co_return calls::Blob{.name = media.name.empty() ? "file" : std::move(media.name),
                        .content_type = std::move(media.content_type),
                        .bytes = std::move(media.bytes)};
}

}  // namespace troupe::assistant::services
