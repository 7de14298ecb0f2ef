// The SQL of what a tenant set of its services, and of the tokens that keep it signed in there.
#pragma once
#include <boost/json/array.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/database.h"

namespace troupe::assistant::services::service_store {

struct Row {
  std::int64_t tenant_id = 0;
  std::string service;
  std::optional<bool> enabled = {};
  std::string base_url = {};
  bool base_private = false;
  std::string sealed_secrets = {};  ///< empty: none
  std::string approver = {};
  boost::json::array approvers = {};
  base::UnixMs updated_ms = 0;
};

/// By service. As many as there are packs: some hundred at most.
std::vector<Row> of_tenant(store::Connection& c, std::int64_t tenant_id);
std::optional<Row> find(store::Connection& c, std::int64_t tenant_id, std::string_view service);
void put(store::Tx& tx, const Row& row);
void remove(store::Tx& tx, std::int64_t tenant_id, std::string_view service);

/// What an MCP server offered.
struct ToolListRow {
  std::int64_t tenant_id = 0;
  std::string service;
  std::string address;
  std::string tools;  ///< JSON: a list of objects; at most packs::kMaxToolListBytes
  base::UnixMs listed_ms = 0;
};
/// As many as there are packs of MCP servers.
std::optional<ToolListRow> tool_list(store::Connection& c, std::int64_t tenant_id, std::string_view service);
std::vector<ToolListRow> tool_lists(store::Connection& c, std::int64_t tenant_id);
void put_tool_list(store::Tx& tx, const ToolListRow& row);
void remove_tool_list(store::Tx& tx, std::int64_t tenant_id, std::string_view service);

/// Where people sign in to an MCP server, as it was found (packs::FoundSignIn).
struct FoundRow {
  std::int64_t tenant_id = 0;
  std::string service;
  std::string address;
  std::string found;  ///< JSON; empty: the server asks for a sign-in, and nobody has looked where
  base::UnixMs found_ms = 0;
};
/// As many as there are packs of MCP servers.
std::vector<FoundRow> found_sign_ins(store::Connection& c, std::int64_t tenant_id);
void put_found_sign_in(store::Tx& tx, const FoundRow& row);
void remove_found_sign_in(store::Tx& tx, std::int64_t tenant_id, std::string_view service);

/// All that is stored of a tenant's services.
struct Rows {
  std::vector<Row> services;
  std::vector<ToolListRow> tools;
  std::vector<FoundRow> found;
};

/// The sealed grant of an account; empty: there is none.
std::string grant(store::Connection& c, std::string_view account);
void put_grant(store::Tx& tx, std::string_view account, std::string_view sealed, base::UnixMs now);
void remove_grant(store::Tx& tx, std::string_view account);

/// Which process renews the grant of an account.
struct Turn {
  std::string holder;
  std::string word;  ///< another one each time
};
std::optional<Turn> turn(store::Connection& c, std::string_view account);
void put_turn(store::Tx& tx, std::string_view account, const Turn& turn);
/// If it is this holder's.
void remove_turn(store::Tx& tx, std::string_view account, std::string_view holder);

}  // namespace troupe::assistant::services::service_store
