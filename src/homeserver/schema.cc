#include "homeserver/schema.h"

namespace troupe::homeserver {
namespace {

constexpr char kRooms[] = {
#embed "migrations/0001_rooms.sql"
};
constexpr char kAccounts[] = {
#embed "migrations/0002_accounts.sql"
};
constexpr char kReading[] = {
#embed "migrations/0003_reading.sql"
};
constexpr char kMedia[] = {
#embed "migrations/0004_media.sql"
};
constexpr char kCrypto[] = {
#embed "migrations/0005_crypto.sql"
};
constexpr char kBounds[] = {
#embed "migrations/0006_bounds.sql"
};
constexpr char kAliases[] = {
#embed "migrations/0007_aliases.sql"
};
constexpr char kShares[] = {
#embed "migrations/0008_shares.sql"
};

}  // namespace

std::vector<store::Migration> schema() {
  return {
      {.number = 1, .name = "rooms", .sql = {kRooms, sizeof kRooms}},
      {.number = 2, .name = "accounts", .sql = {kAccounts, sizeof kAccounts}},
      {.number = 3, .name = "reading", .sql = {kReading, sizeof kReading}},
      {.number = 4, .name = "media", .sql = {kMedia, sizeof kMedia}},
      {.number = 5, .name = "crypto", .sql = {kCrypto, sizeof kCrypto}},
      {.number = 6, .name = "bounds", .sql = {kBounds, sizeof kBounds}},
      {.number = 7, .name = "aliases", .sql = {kAliases, sizeof kAliases}},
      {.number = 8, .name = "shares", .sql = {kShares, sizeof kShares}},
  };
}

}  // namespace troupe::homeserver
