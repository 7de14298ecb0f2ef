#include "assistant/services/media_files.h"

#include "assistant/calls/answer_files.h"

namespace troupe::assistant::services {

Task<calls::Blob> MediaFiles::read(std::string person, std::string reference, std::size_t most_bytes) {
  if (person.empty()) co_return Error(Errc::not_found, "There is no such file.");
  CO_TRY(auto media, co_await media_.download(std::move(reference), most_bytes));
  co_return calls::Blob{.name = media.name.empty() ? "file" : std::move(media.name),
                        .content_type = std::move(media.content_type),
                        .bytes = std::move(media.bytes)};
}

Task<std::string> MediaFiles::link(std::string person, std::string reference, std::string service_url) {
  CO_TRY(auto address, links_.link(reference, service_url));
  // What is not there, or not theirs, is said here and not by the service.
  CO_TRY(co_await read(std::move(person), std::move(reference), calls::kMaxUploadBytes));
  co_return address;
}

Task<calls::Blob> MediaFiles::shared(std::string token) {
  auto reference = links_.reference_of(token);
  if (!reference) co_return Error(Errc::not_found, "There is no such file, or its address has ended.");
  CO_TRY(auto media, co_await media_.download(*std::move(reference), calls::kMaxUploadBytes));
  auto type = calls::type_of(media.bytes, media.content_type);
  co_return calls::Blob{
      .name = std::move(media.name), .content_type = std::move(type), .bytes = std::move(media.bytes)};
}

}  // namespace troupe::assistant::services
