#include "meetings/recordings/sound_response.h"

#include <fmt/format.h>

#include <memory>

#include "net/http/byte_range.h"

namespace troupe::meetings::recordings {
namespace {

constexpr std::string_view kSandbox = "sandbox; default-src 'none'; media-src 'self'";

struct Stretch {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

Task<Unit> write_sound(Recordings& recordings, const Sound& sound, Stretch wanted, net::http::BodyWriter& out) {
  std::uint64_t at = 0;
  std::chrono::steady_clock::time_point looked{};
  for (std::size_t i = 0; i < sound.chunks.size() && at < wanted.end; ++i) {
    const auto size = static_cast<std::uint64_t>(sound.chunks[i].bytes);
    const auto begin = std::exchange(at, at + size);
    if (at <= wanted.first) continue;
    // Its key is in memory here: what is deleted meanwhile ends here, too.
    CO_TRY(co_await recordings.is_there(sound, looked));
    CO_TRY(auto piece, co_await recordings.read(sound, i));
    const auto from = wanted.first > begin ? wanted.first - begin : 0;
    const auto until = std::min(size, wanted.end - begin);
    if (from > 0 || until < size) piece = piece.substr(from, until - from);
    CO_TRY(co_await out.write(std::move(piece)));
  }
  co_return Unit{};
}

}  // namespace

net::http::Response sound_response(const net::http::Request& request, Recordings& recordings, Sound sound) {
  const auto& recording = sound.recording;
  // While it grows it is another thing with each chunk.
  const auto tag = fmt::format("\"{}-{}\"", recording.id, recording.chunks);
  const auto whole = static_cast<std::uint64_t>(sound.bytes);
  const auto asked = net::http::asked_range(request, tag, whole);
  net::http::Response response;
  response.headers.add("Cache-Control", "private, no-store");
  response.headers.add("X-Content-Type-Options", "nosniff");
  if (asked.kind == net::http::AskedRange::Kind::beyond) {
    response.status = 416;
    response.headers.add("Content-Range", fmt::format("bytes */{}", whole));
    return response;
  }
  Stretch wanted{.first = 0, .end = whole};
  if (asked.kind == net::http::AskedRange::Kind::part) {
    wanted = {.first = asked.first, .end = asked.last + 1};
    response.status = 206;
    response.headers.add("Content-Range", fmt::format("bytes {}-{}/{}", asked.first, asked.last, whole));
  }
  response.headers.add("ETag", tag);
  response.headers.add("Accept-Ranges", "bytes");
  response.headers.add("Content-Type", recording.media_type);
  response.headers.add("Content-Security-Policy", std::string(kSandbox));
  response.headers.add("Content-Disposition", fmt::format("attachment; filename=\"meeting-{}-recording-{}.webm\"",
                                                          recording.meeting, recording.id));
  response.content_length = wanted.end - wanted.first;
  response.stream = [&recordings, wanted, sound = std::make_shared<const Sound>(std::move(sound))](
                        net::http::BodyWriter& out) -> Task<Unit> {
    return write_sound(recordings, *sound, wanted, out);
  };
  return response;
}

}  // namespace troupe::meetings::recordings
