#include "net/http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

namespace troupe::net::http {
namespace {
constexpr int kGzip = 16 + MAX_WBITS;  // zlib: a gzip header and trailer, nothing else

Bytef* bytef(const char* bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes)); }
uInt clamp_size(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}
}  // namespace

struct GzipEncoder::State {
  State(std::size_t size, int level) {
    if (deflateInit2(&z, std::clamp(level, 1, 9), Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
    out.resize(deflateBound(&z, size));
  }
  ~State() { deflateEnd(&z); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Until the piece is taken in or, at the end, everything is out. The bound suffices: `out` grows only for who adds
  /// more than was announced.
  void run(std::string_view piece, bool last) {
    for (int state = Z_OK; state == Z_OK && (last || !piece.empty());) {
      if (written == out.size()) out.resize(out.size() + 4096);
      z.next_in = bytef(piece.data());
      z.avail_in = clamp_size(piece.size());
      z.next_out = bytef(out.data() + written);
      z.avail_out = clamp_size(out.size() - written);
      const uInt given = z.avail_in;
      const uInt room = z.avail_out;
      state = deflate(&z, last && given == piece.size() ? Z_FINISH : Z_NO_FLUSH);
      written += room - z.avail_out;
      piece.remove_prefix(given - z.avail_in);
    }
  }

  z_stream z{};
  std::string out;
  std::size_t written = 0;
};

GzipEncoder::GzipEncoder(std::size_t size, int level) : state_(std::make_unique<State>(size, level)) {}
GzipEncoder::~GzipEncoder() = default;

void GzipEncoder::add(std::string_view piece) { state_->run(piece, false); }

std::string GzipEncoder::finish() {
  state_->run({}, true);
  state_->out.resize(state_->written);
  return std::move(state_->out);
}

std::string gzip_compress(std::string_view bytes, int level) {
  GzipEncoder encoder(bytes.size(), level);
  encoder.add(bytes);
  return encoder.finish();
}

struct GzipDecoder::State {
  explicit State(std::size_t max_bytes) : left(max_bytes) {
    if (inflateInit2(&z, kGzip) != Z_OK) throw std::bad_alloc();
  }
  ~State() { inflateEnd(&z); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  z_stream z{};
  std::size_t left;
  bool between_members = true;
};

GzipDecoder::GzipDecoder(std::size_t max_bytes) : state_(std::make_unique<State>(max_bytes)) {}
GzipDecoder::~GzipDecoder() = default;
GzipDecoder::GzipDecoder(GzipDecoder&&) noexcept = default;
GzipDecoder& GzipDecoder::operator=(GzipDecoder&&) noexcept = default;

bool GzipDecoder::at_end() const { return state_->between_members; }

Result<std::string> GzipDecoder::feed(std::string_view bytes) {
  std::string out;
  std::array<char, 16 * 1024> piece;
  auto& z = state_->z;
  bool more = !bytes.empty();
  while (more) {
    z.next_in = bytef(bytes.data());
    z.avail_in = clamp_size(bytes.size());
    const uInt given = z.avail_in;
    z.next_out = bytef(piece.data());
    z.avail_out = piece.size();
    const int result = inflate(&z, Z_NO_FLUSH);
    const std::size_t produced = piece.size() - z.avail_out;
    bytes.remove_prefix(given - z.avail_in);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      return Error(Errc::invalid_param, "the body is not valid gzip", z.msg ? z.msg : "");
    }
    if (produced > state_->left) return Error(Errc::too_large, "the body is too large after decompression");
    state_->left -= produced;
    out.append(piece.data(), produced);
    state_->between_members = result == Z_STREAM_END;
    if (result == Z_STREAM_END) inflateReset(&z);
    // A full piece may hide more output although all input is taken.
    more = result == Z_STREAM_END ? !bytes.empty() : !bytes.empty() || produced == piece.size();
    if (result == Z_BUF_ERROR && produced == 0) more = false;
  }
  return out;
}

Result<std::string> gzip_decompress(std::string_view bytes, std::size_t max_bytes) {
  GzipDecoder decoder(max_bytes);
  TRY(auto out, decoder.feed(bytes));
  if (bytes.empty() || !decoder.at_end()) return Error(Errc::invalid_param, "the gzip body is cut off");
  return out;
}

}  // namespace troupe::net::http
