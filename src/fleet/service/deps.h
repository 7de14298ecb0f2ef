// What the fleet is given when it is made, by where it comes from. Only those who make the fleet's parts see it
// (BotService, Fleet): each part is handed what it uses.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/metrics.h"
#include "bus/bus.h"
#include "fleet/brains/bot_kind.h"
#include "fleet/term/limits.h"
#include "fleet/term/steps.h"
#include "fleet/types/transcriber.h"
#include "identity/principals.h"
#include "matrix/accounts.h"
#include "matrix/event_streams.h"
#include "matrix/feed.h"
#include "matrix/key_exchange.h"
#include "matrix/media_repository.h"
#include "matrix/room_actions.h"
#include "net/client/client.h"
#include "store/database.h"

namespace troupe::runtime {
class Drivers;
class InProcessDriver;
}  // namespace troupe::runtime
namespace troupe::host {
class Lease;
}

namespace troupe::fleet::service {

/// The homeserver, by role.
struct ServerDeps {
  matrix::Accounts& accounts;
  matrix::RoomActions& rooms;
  matrix::Feed& feed;
  matrix::MediaRepository& media;
  matrix::EventStreams* streams = nullptr;  ///< nullptr: answers grow by edits alone
  matrix::KeyExchange* keys = nullptr;      ///< nullptr: bots take no part in encrypted rooms
};

/// What is kept, and who may open it.
struct DataDeps {
  store::Database& db;
  bus::Bus& bus;
  identity::Principals& principals;
  const base::SealingKey& sealing_key;
};

/// What every program has.
struct ProcessDeps {
  asio::any_io_executor home;  ///< of one thread: everything in memory belongs to it
  const base::Clock& clock;
  const base::Clock& ages;  ///< host::age_clock: by which things are old
  base::MetricRegistry& metrics;
  net::client::HttpClient& http;
  const TranscriberRegistry* transcribers = nullptr;  ///< nullptr, or without one: voice messages stay files
};

/// What bots are, and what they run on.
struct TaskDeps {
  const brains::BotKinds& kinds;
  const runtime::Drivers& drivers;
  runtime::InProcessDriver& in_process;  ///< of those: each term hands it the task of a brain
  std::filesystem::path state_dir = {};  ///< where programs of bots keep their files; made when needed
  std::string matrix_address = {};       ///< of this server's client API, for programs
};

struct Deps {
  ServerDeps server;
  DataDeps data;
  ProcessDeps process;
  TaskDeps tasks;
  term::Steps& steps;
  term::Limits limits = {};
  host::Lease* lease = nullptr;  ///< of the fleet; nullptr: there is no other process
};

}  // namespace troupe::fleet::service
