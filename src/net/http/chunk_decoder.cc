#include "net/http/chunk_decoder.h"

#include <algorithm>

namespace troupe::net::http {
namespace {

constexpr int kMaxDigits = 15;  // 60 bits: no overflow, and far above any limit

Error malformed(const char* what) {
  return Error(Errc::invalid_param, std::string("The chunked body is malformed: ") + what);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_line_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

}  // namespace

Result<std::size_t> ChunkDecoder::feed(std::string_view bytes, std::string* data, std::uint64_t limit) {
  std::size_t at = 0;
  while (at < bytes.size() && state_ != State::done) {
    if (state_ != State::data) {
      TRY(step(bytes[at], limit));
      ++at;
      continue;
    }
    const auto piece = bytes.substr(at, static_cast<std::size_t>(std::min<std::uint64_t>(size_, bytes.size() - at)));
    if (data) data->append(piece);
    at += piece.size();
    seen_ += piece.size();
    size_ -= piece.size();
    if (size_ == 0) state_ = State::data_cr;
  }
  return at;
}

Result<Unit> ChunkDecoder::step(char c, std::uint64_t limit) {
  switch (state_) {
    case State::size:
      if (const int digit = hex_value(c); digit >= 0) {
        if (++digits_ > kMaxDigits) return malformed("a size has too many digits.");
        size_ = size_ * 16 + static_cast<std::uint64_t>(digit);
        return Unit{};
      }
      if (digits_ == 0) return malformed("a size is missing.");
      if (c == '\r') {
        state_ = State::size_lf;
      } else if (c == ';' || c == ' ' || c == '\t') {
        state_ = State::extension;
      } else {
        return malformed("a size is no hexadecimal number.");
      }
      return Unit{};
    case State::extension:
      if (++line_ > kMaxLine) return malformed("an extension is too long.");
      if (c == '\r') {
        state_ = State::size_lf;
      } else if (!is_line_text(c)) {
        return malformed("an extension holds a control character.");
      }
      return Unit{};
    case State::size_lf:
      if (c != '\n') return malformed("a size line does not end with CR LF.");
      if (size_ > limit || seen_ > limit - size_) return Error(Errc::too_large, "The body is too large.");
      state_ = size_ == 0 ? State::trailer : State::data;
      return Unit{};
    case State::data_cr:
      if (c != '\r') return malformed("a chunk is longer than its size.");
      state_ = State::data_lf;
      return Unit{};
    case State::data_lf:
      if (c != '\n') return malformed("a chunk does not end with CR LF.");
      state_ = State::size;
      digits_ = 0;
      line_ = 0;
      return Unit{};
    case State::trailer:
      if (c == '\r') {
        state_ = State::last_lf;
        return Unit{};
      }
      state_ = State::trailer_line;
      [[fallthrough]];
    case State::trailer_line:
      if (++trailers_ > kMaxTrailers) return malformed("the trailers are too long.");
      if (c == '\r') {
        state_ = State::trailer_lf;
      } else if (!is_line_text(c)) {
        return malformed("a trailer holds a control character.");
      }
      return Unit{};
    case State::trailer_lf:
      if (c != '\n') return malformed("a trailer does not end with CR LF.");
      state_ = State::trailer;
      return Unit{};
    case State::last_lf:
      if (c != '\n') return malformed("it does not end with CR LF.");
      state_ = State::done;
      return Unit{};
    case State::data:
    case State::done:
      break;
  }
  return Unit{};
}

}  // namespace troupe::net::http
