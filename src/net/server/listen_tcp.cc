#include "net/server/listen_tcp.h"

#include <boost/asio/ip/v6_only.hpp>

namespace troupe::net::server {

Error cannot_listen(const std::string& where, const boost::system::error_code& why) {
  if (why == asio::error::address_in_use) {
    return Error(Errc::conflict, where + " is in use: another server runs there. Stop it or choose another address.");
  }
  return Error(Errc::invalid_param, "Cannot listen on " + where + ": " + why.message());
}

Result<std::shared_ptr<asio::ip::tcp::acceptor>> listen_tcp(asio::io_context& context, const std::string& host,
                                                            std::uint16_t port) {
  const std::string where = host + ":" + std::to_string(port);
  boost::system::error_code failed;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, failed);
  if (failed) return Error(Errc::invalid_param, "'" + host + "' is not an IP address to listen on.");
  const asio::ip::tcp::endpoint endpoint(address, port);
  auto acceptor = std::make_shared<asio::ip::tcp::acceptor>(context);
  acceptor->open(endpoint.protocol(), failed);
  // Restarting must not wait for the old connections' TIME_WAIT; two listeners on one port stay impossible on Linux.
  if (!failed) acceptor->set_option(asio::socket_base::reuse_address(true), failed);
  if (!failed && address.is_v6()) acceptor->set_option(asio::ip::v6_only(false), failed);
  if (!failed) acceptor->bind(endpoint, failed);
  if (!failed) acceptor->listen(asio::socket_base::max_listen_connections, failed);
  if (failed) return cannot_listen(where, failed);
  return acceptor;
}

}  // namespace troupe::net::server
