// /api/v1/files: a file that goes with what is said to the assistant, put where people's files lie.
#include "api/words.h"
#include "assistant/routes/conversation_shapes.h"
#include "assistant/routes/routes.h"
#include "assistant/tasks/redactor.h"

namespace troupe::assistant::routes {
namespace {

using namespace api::words;

constexpr std::size_t kMaxFileBytes = 25'000'000;
constexpr std::size_t kMaxFileNameBytes = 200;  // as PostedFile has it
constexpr std::size_t kMaxTypeBytes = 200;
constexpr std::string_view kAnyType = "application/octet-stream";
constexpr std::chrono::seconds kFileDeadline{120};

/// The last part of a path, without what no name has.
std::string name_of(std::string_view given) {
  given.remove_prefix(std::min(given.find_last_of("/\\") + 1, given.size()));
  auto name = tasks::storable(given);
  std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return tasks::cut(std::move(name), kMaxFileNameBytes);
}

Task<std::string> whole_of(net::http::BodyReader& body, UploadSeats::Seat& seat) {
  std::string bytes;
  for (;;) {
    CO_TRY(const auto piece, co_await body.next());
    if (piece.empty()) co_return bytes;
    if (bytes.size() + piece.size() > kMaxFileBytes) co_return Error(Errc::too_large, "A file has 25 MB at most.");
    CO_TRY(seat.grow(piece.size()));
    bytes += piece;
  }
}

Task<Response> take_file(FileApi& files, Call& call) {
  if (call.caller->user_id.empty()) co_return Error(Errc::forbidden, "Only an account can keep files.");
  if (!call.request.stream) co_return Error(Errc::missing_param, "Send the file as the body of the request.");
  TakenFile taken{.uri = {},
                  .name = name_of(call.request.query_value("name").value_or("")),
                  .type = std::string(call.request.headers.get("Content-Type"))};
  if (taken.type.empty() || taken.type.size() > kMaxTypeBytes) taken.type = kAnyType;
  CO_TRY(auto seat, files.seats.take(call.caller->principal_id));
  CO_TRY(auto bytes, co_await whole_of(*call.request.stream, seat));
  if (bytes.empty()) co_return Error(Errc::invalid_param, "The file is empty.");
  taken.bytes = std::ssize(bytes);
  CO_TRY(taken.uri,
         co_await files.media.upload(call.caller->user_id,
                                     {.bytes = std::move(bytes), .content_type = taken.type, .name = taken.name}));
  co_return api::answer(taken, 201);
}

}  // namespace

void add_file_routes(const api::Group& group, FileApi& files) {
  group.add(
      {.method = "POST",
       .path = "/files",
       .summary = "Put a file that is to go with a text: its address is said with it",
       .takes = net::route::Body::stream,
       .body_type = kAnyType,
       .max_body_bytes = kMaxFileBytes,
       .reply = TROUPE_REF("AssistantFile"),
       .query = {{.name = "name", .description = "The file's name", .schema = R"({"type":"string","maxLength":1000})"}},
       .status = 201,
       .deadline = kFileDeadline,
       .run = api::bind(take_file, files)});
}

}  // namespace troupe::assistant::routes
