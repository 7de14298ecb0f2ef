// What /api/v1/packs shows and takes.
#pragma once
#include "api/shape.h"
#include "assistant/services/pack_services.h"
#include "assistant/services/pack_tester.h"

namespace troupe::assistant::routes {

/// A row of the list: what everybody of the tenant sees.
struct PackRow {
  std::string service;
  std::string title;
  bool added = false;
  bool enabled = false;
  bool usable = false;
  bool ready = false;
  std::int64_t operations = 0;
  std::int64_t intents = 0;
};
PackRow row_of(const services::Item& item);

struct PackOperation {
  std::string name;
  std::string summary;
  std::string method;
  std::string path;
  bool writes = false;
  bool approval = false;
};
struct PackIntent {
  std::string name;
  std::string description;
};
struct PackKey {
  std::string name;
  std::string from;
  std::string environment;
};
struct PackApproval {
  std::string by;
  std::vector<std::string> names;
  bool is_set = false;
};

/// Signing in at a service of OAuth 2.
struct PackSignInState {
  bool signed_in = false;
  bool is_found = false;  ///< where it is and as which client: when somebody signs in
  bool is_asked = false;  ///< the server has asked for it
  std::string address;    ///< the origin that people are sent to; empty: it is not known yet
  std::vector<std::string> scopes;
  std::string return_path;    ///< where they come back to, on this server
  std::string return_origin;  ///< console.public_url; empty: where the dashboard is open
};

/// What its administrators see besides. No secret's value is in it.
struct PackState {
  bool replaces_shipped = false;
  std::string base_url;
  std::string base_url_from;
  std::vector<PackKey> keys;
  bool keys_unused = false;
  std::optional<PackSignInState> sign_in;
  PackApproval approval;
  std::vector<std::string> egress;
  std::int64_t errors = 0;
  std::int64_t warnings = 0;
  std::vector<report::Finding> findings;
};

struct PackView {
  PackRow row;
  std::vector<std::string> synonyms;
  std::vector<PackIntent> intents;
  std::vector<PackOperation> operations;
  std::optional<PackState> settings;
};
/// `whole`: with what administrators see. `public_url`: console.public_url; empty: not set.
PackView view_of(const services::Item& item, bool whole, const std::string& public_url);

/// Bodies.
struct PackChange {
  std::optional<bool> enabled;
  std::optional<std::string> base_url;
  std::optional<boost::json::object> secrets;
  std::optional<PackApproval> approval;
};
/// Errors: invalid_param with `errors`.
Result<services::Change> change_of(PackChange body);

struct PackFiles {
  boost::json::object files;
};
/// Errors: invalid_param with `errors`.
Result<packs::Files> files_of(const PackFiles& body);

}  // namespace troupe::assistant::routes

namespace troupe::api {
Shape<assistant::routes::PackRow> make_shape(Of<assistant::routes::PackRow>);
Shape<assistant::routes::PackView> make_shape(Of<assistant::routes::PackView>);
Shape<assistant::routes::PackChange> make_shape(Of<assistant::routes::PackChange>);
Shape<assistant::routes::PackFiles> make_shape(Of<assistant::routes::PackFiles>);
Shape<assistant::services::AddedPack> make_shape(Of<assistant::services::AddedPack>);
Shape<assistant::services::Tested> make_shape(Of<assistant::services::Tested>);
}  // namespace troupe::api
