#include "homeserver/schema.h"

namespace troupe::homeserver {
namespace {

constexpr char kRooms[] = {
#embed "migrations/0001_rooms.sql"
};
constexpr char kAccounts[] = {
#embed "migrations/0002_accounts.sql"
};

}  // namespace

std::vector<store::Migration> schema() {
  return {
      {.number = 1, .name = "rooms", .sql = {kRooms, sizeof kRooms}},
      {.number = 2, .name = "accounts", .sql = {kAccounts, sizeof kAccounts}},
  };
}

}  // namespace troupe::homeserver
