// Opens a TCP port to listen on.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "base/task.h"

namespace troupe::net::server {

/// `host`: an address, or localhost; port 0: any free one. "::" takes IPv4 as well. Errors: conflict (in use),
/// invalid_param (no address, or not this machine's), both with a sentence for whoever configured it.
Result<std::shared_ptr<asio::ip::tcp::acceptor>> listen_tcp(asio::io_context& context, const std::string& host,
                                                            std::uint16_t port);
/// What did not work at `where`, as above.
Error cannot_listen(const std::string& where, const boost::system::error_code& why);

}  // namespace troupe::net::server
