// Commands of RESP2, the protocol that clients of Redis speak, out of bytes. Pure.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace troupe::net::resp {

/// Its words, the name first; never empty.
using Command = std::vector<std::string>;

struct RespLimits {
  std::size_t line_bytes = 4'096;        ///< of a command written as a plain line
  std::size_t words = 256;               ///< of a command
  std::size_t command_bytes = 1 << 20U;  ///< of all its words together
};

/// Takes bytes as they come. What is announced is not reserved: memory grows by what has arrived.
class RespParser {
 public:
  explicit RespParser(RespLimits limits) : limits_(limits) {}
  /// For the commands from here on.
  void set_limits(RespLimits limits) { limits_ = limits; }
  void feed(std::string_view bytes) { buffer_ += bytes; }
  /// The next whole command; nothing: more bytes are needed. Lines without words are passed over. A plain line is split
  /// at blanks, without quotes. Error: bad_json, with Redis's sentence ("Protocol error: …"); what follows cannot be
  /// understood any more.
  Result<std::optional<Command>> next();
  /// Bytes that are kept: at most a command's and what was fed last.
  std::size_t buffered() const { return buffer_.size() - at_; }

 private:
  /// Up to the end of the line; nothing: it has not come yet.
  std::optional<std::string_view> line();
  /// Whether the next word is there, and in words_.
  Result<bool> take_word();
  std::optional<Command> inline_command(std::string_view text) const;
  void forget_read();

  RespLimits limits_;
  std::string buffer_;
  std::size_t at_ = 0;          ///< read up to here
  std::size_t words_left_ = 0;  ///< of the command that is being read
  std::optional<std::size_t> word_size_;
  std::size_t taken_bytes_ = 0;
  Command words_;
};

}  // namespace troupe::net::resp
