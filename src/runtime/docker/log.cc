#include "runtime/docker/log.h"

#include "base/utc.h"

namespace troupe::runtime::docker {
namespace {

constexpr const char* kNoteFile = "engine-log";
constexpr std::size_t kMostNote = 4096;
constexpr std::size_t kSecondsLength = 19;  // "2026-11-22T15:43:10"
constexpr std::int64_t kSecondsAgain = 1;   // an engine may leave out what is exactly as old as it was asked for

shim::LogBounds bounds_of(const OutputLimits& output) {
  return {.file_bytes = output.file_bytes,
          .files = output.files,
          .line_bytes = output.line_bytes,
          .bytes_per_s = output.bytes_per_s};
}

OutputLimits output_of(const shim::Record& note) {
  const OutputLimits usual;
  return {.file_bytes = note.number("file_bytes", usual.file_bytes),
          .files = note.number("files", usual.files),
          .line_bytes = note.number("line_bytes", usual.line_bytes),
          .bytes_per_s = note.number("bytes_per_s", usual.bytes_per_s)};
}

}  // namespace

std::optional<base::UnixMs> read_stamp(std::string_view stamp) {
  const auto seconds = base::read_utc(stamp, base::kIsoSeconds);
  if (!seconds || stamp.size() <= kSecondsLength) return std::nullopt;
  auto rest = stamp.substr(kSecondsLength);
  std::int64_t ms = 0;
  if (rest.front() == '.') {
    const auto end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    for (std::size_t digit = 1; digit <= 3; ++digit) ms = ms * 10 + (digit < end ? rest[digit] - '0' : 0);
    rest.remove_prefix(end);
  }
  if (rest == "Z") return *seconds + ms;
  const auto hours = base::read_digits(rest, 1, 2), minutes = base::read_digits(rest, 4, 2);
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':' || !hours || !minutes) {
    return std::nullopt;
  }
  const std::int64_t offset = (*hours * 60 + *minutes) * 60'000;
  return *seconds + ms - (rest[0] == '+' ? offset : -offset);
}

ContainerLog::ContainerLog(std::string folder, std::string container, const OutputLimits& bounds)
    : folder_(std::move(folder)),
      container_(std::move(container)),
      bounds_(bounds_of(bounds)),
      writer_(folder_ + "/" + shim::kLogDir, folder_ + "/" + shim::kDroppedFile, bounds_),
      splitters_{shim::LineSplitter(static_cast<std::size_t>(bounds.line_bytes)),
                 shim::LineSplitter(static_cast<std::size_t>(bounds.line_bytes))} {}

std::optional<ContainerLog> ContainerLog::reopen(std::string folder, const std::string& container) {
  const auto bytes = shim::read_file(folder + "/" + kNoteFile, kMostNote);
  const auto note = shim::Record::parse(bytes.value_or(""));
  if (note.text("container") != container) return std::nullopt;
  ContainerLog log(std::move(folder), container, output_of(note));
  log.stamp_ = note.text("stamp");
  log.seen_ = note.number("seen");
  return log;
}

std::string ContainerLog::begin() {
  catching_up_ = !stamp_.empty();
  skip_ = seen_;
  const auto last = read_stamp(stamp_);
  return last ? std::to_string(*last / 1000 - kSecondsAgain) : std::string();
}

void ContainerLog::take(engine::Stream stream, std::string_view payload) {
  const auto space = payload.find(' ');
  const auto stamp = payload.substr(0, space);
  const auto at = space == payload.npos ? std::nullopt : read_stamp(stamp);
  if (!at) {  // an engine without stamps: better twice than never
    write(stream, payload, shim::unix_ms());
    return;
  }
  if (catching_up_) {
    if (stamp < stamp_) return;
    if (stamp == stamp_ && skip_ > 0) {
      --skip_;
      return;
    }
    catching_up_ = false;
  }
  if (stamp > stamp_) {
    stamp_ = stamp;
    seen_ = 0;
  }
  if (stamp == stamp_) ++seen_;
  write(stream, payload.substr(space + 1), *at);
}

void ContainerLog::write(engine::Stream stream, std::string_view text, base::UnixMs at) {
  at_ = at;
  const auto source = stream == engine::Stream::err ? shim::kFromErr : shim::kFromOut;
  splitters_[stream == engine::Stream::err ? 1 : 0].feed(
      text, [&](std::string_view line) { writer_.line(source, line, at, shim::monotonic_ms()); });
}

void ContainerLog::flush() {
  writer_.flush();
  shim::Record note;
  note.add("container", container_);
  note.add("stamp", stamp_);
  note.add("seen", seen_);
  note.add("file_bytes", bounds_.file_bytes);
  note.add("files", bounds_.files);
  note.add("line_bytes", bounds_.line_bytes);
  note.add("bytes_per_s", bounds_.bytes_per_s);
  // A note that cannot be written brings lines twice after a restart, no more.
  static_cast<void>(shim::replace_file(folder_ + "/" + kNoteFile, note.bytes()));
}

void ContainerLog::finish() {
  for (const auto stream : {engine::Stream::out, engine::Stream::err}) {
    const auto source = stream == engine::Stream::err ? shim::kFromErr : shim::kFromOut;
    splitters_[stream == engine::Stream::err ? 1 : 0].finish(
        [&](std::string_view line) { writer_.line(source, line, at_, shim::monotonic_ms()); });
  }
  writer_.finish(at_ > 0 ? at_ : shim::unix_ms());
  flush();
}

}  // namespace troupe::runtime::docker
