// A program of a few modules in this process: its own data folder, threads and, when wanted, a Matrix listener. Only
// tests include this.
#pragma once
#include <gtest/gtest.h>

#include "kit/program.h"

namespace troupe::contract {

class SmallProgram : public kit::Program {
 public:
  SmallProgram(host::Settings wanted, const host::Module& module) {
    settings = std::move(wanted);
    settings.data_dir = dir.path();
    settings.rate_limits = false;
    begin(base::system_clock(), web.get());
    set_up(module);
    db->on_head([this](StreamPos head) { bus->ring(bus::Topic::events, head); });
    router.freeze();
  }
  ~SmallProgram() override {
    stop();
    if (server) server->drain(std::chrono::seconds(2));
    server.reset();
    end();
  }

  /// Opens the Matrix listener on a port (0: any free one); yields its address.
  std::string listen(std::uint16_t port = 0) {
    net::server::ListenOptions options;
    options.port = port;
    options.listener = host::kMatrixListener;
    auto opened = net::server::HttpServer::listen(io, router, std::move(options), metrics);
    if (!opened) throw std::runtime_error(opened.error().message());
    server = *std::move(opened);
    return "http://127.0.0.1:" + std::to_string(server->port());
  }

  std::unique_ptr<net::client::HttpClient> web = net::client::HttpClient::make({});
  std::unique_ptr<net::server::HttpServer> server;
};

}  // namespace troupe::contract
