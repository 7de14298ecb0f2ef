// A stream that does something of its own with what is read and written, over another one that does the rest.
#pragma once
#include <memory>
#include <string>

#include "net/tls/stream.h"

namespace troupe::net::tls {

class StreamOver : public Stream {
 public:
  explicit StreamOver(std::unique_ptr<Stream> lower) : lower_(std::move(lower)) {}
  void read_until(TimePoint deadline) override { lower_->read_until(deadline); }
  void write_until(TimePoint deadline) override { lower_->write_until(deadline); }
  void cancel() override { lower_->cancel(); }
  void close() override { lower_->close(); }
  bool peer_has_left() override { return lower_->peer_has_left(); }
  const std::string& remote_address() const override { return lower_->remote_address(); }
  bool tls() const override { return lower_->tls(); }
  asio::any_io_executor get_executor() override { return lower_->get_executor(); }

 protected:
  const std::unique_ptr<Stream> lower_;
};

}  // namespace troupe::net::tls
