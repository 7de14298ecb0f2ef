// Bodies that come and go in pieces.
#pragma once
#include <string>
#include <vector>

#include "net/http/http.h"

namespace troupe::kit {

/// A body as it comes from a client, in these pieces.
class Pieces final : public net::http::BodyReader {
 public:
  explicit Pieces(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  Task<std::string> next() override {
    if (at_ == pieces_.size()) co_return std::string();
    co_return pieces_[at_++];
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t at_ = 0;
};

/// Keeps what an answer writes.
class Collector final : public net::http::BodyWriter {
 public:
  Task<Unit> write(std::string piece) override {
    bytes += piece;
    co_return Unit{};
  }
  std::string bytes;
};

}  // namespace troupe::kit
