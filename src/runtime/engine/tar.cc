#include "runtime/engine/tar.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

namespace troupe::runtime::engine {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kSumAt = 148;
constexpr std::size_t kSumWidth = 8;

void put(std::array<char, kBlock>& block, std::size_t at, std::string_view text) {
  std::memcpy(block.data() + at, text.data(), text.size());
}

std::string octal(std::uint64_t value, int digits) {
  char text[24];
  std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

void TarWriter::head(std::string_view name, char type, int mode, std::size_t size) {
  std::array<char, kBlock> block{};
  put(block, 0, name.substr(0, 99));
  put(block, 100, octal(static_cast<std::uint64_t>(mode), 7));
  put(block, 108, octal(static_cast<std::uint64_t>(uid_), 7));
  put(block, 116, octal(0, 7));  // the modes give a group nothing
  put(block, 124, octal(size, 11));
  put(block, 136, octal(0, 11));
  put(block, kSumAt, std::string(kSumWidth, ' '));
  block[156] = type;
  put(block, 257,
      std::string_view("ustar\0"
                       "00",
                       8));
  unsigned sum = 0;
  for (const char byte : block) sum += static_cast<unsigned char>(byte);
  put(block, kSumAt, octal(sum, 6));
  block[kSumAt + 6] = '\0';
  bytes_.append(block.data(), block.size());
}

void TarWriter::folder(std::string_view name) { head(std::string(name) + "/", '5', 0700, 0); }

void TarWriter::file(std::string_view name, std::string_view bytes) {
  head(name, '0', 0600, bytes.size());
  bytes_ += bytes;
  bytes_.append((kBlock - bytes.size() % kBlock) % kBlock, '\0');
}

std::string TarWriter::finish() {
  bytes_.append(2 * kBlock, '\0');
  return std::exchange(bytes_, {});
}

}  // namespace troupe::runtime::engine
