// The packs of each tenant as they lie on the disk, read once for as long as they stay as they are.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "assistant/packs/added.h"

namespace troupe::assistant::services {

/// One set of files, read and checked: immutable, shared by all tenants that have the very same.
struct ReadPack {
  std::string digest;                       ///< SHA-256 of names and bytes
  std::shared_ptr<const packs::Pack> pack;  ///< nullptr: a finding is an error
  report::Findings findings;
  packs::Files files = {};  ///< of an MCP server's pack: it is read again with the server's tools
};

struct Shelved {
  std::string service;
  packs::Source source = packs::Source::shipped;
  bool replaces_shipped = false;
  std::shared_ptr<const ReadPack> read;
};

/// One thread at a time; each function blocks on the disk, and read() computes.
///
/// The default tenant's added packs lie in the data folder itself, where `troupe pack add` puts them; another tenant's
/// below `tenants/<id>`. Shipped packs are everybody's.
class Shelf {
 public:
  explicit Shelf(std::filesystem::path data_dir) : data_dir_(std::move(data_dir)) {}

  /// Where a tenant's packs are added and removed. Any thread.
  packs::AddedPacks added(std::int64_t tenant_id) const;
  /// All packs of a tenant, by service.
  std::vector<Shelved> read(std::int64_t tenant_id);
  /// The pack of an MCP server with the tools that it offers (JSON: a list); the same while both are the same.
  std::shared_ptr<const ReadPack> with_tools(const std::shared_ptr<const ReadPack>& read, const std::string& tools);
  /// Another one as soon as a pack of the tenant was added, removed, replaced or changed by hand. Any thread.
  std::string stamp(std::int64_t tenant_id) const;

 private:
  struct Kept {
    std::string stamp;
    std::shared_ptr<const ReadPack> read;
  };
  std::shared_ptr<const ReadPack> read_added(const packs::AddedPacks& added, const std::string& service);
  std::shared_ptr<const ReadPack> read_shipped(const std::string& service);
  std::shared_ptr<const ReadPack> shared(const packs::Files& files);

  std::filesystem::path data_dir_;
  std::map<std::filesystem::path, Kept> kept_;  ///< by folder
  std::map<std::string, std::shared_ptr<const ReadPack>> shipped_;
  std::map<std::string, std::weak_ptr<const ReadPack>> by_digest_;
};

}  // namespace troupe::assistant::services
