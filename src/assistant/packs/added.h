// Packs that somebody added: folders under the data folder, put there and taken away whole.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "assistant/packs/files.h"
#include "assistant/packs/pack.h"

namespace troupe::assistant::packs {

inline constexpr std::size_t kMaxAddedPacks = 500;

/// The folder `packs` in a data folder. Nothing here is kept open; each call reads what is there. Several processes may
/// read while one writes: a pack is there as it was, or as it is, never half.
class AddedPacks {
 public:
  explicit AddedPacks(const std::filesystem::path& data_dir) : folder_(data_dir / "packs") {}

  /// Writes the files under a name of the moment, syncs them, and gives them the service's name; a pack that had it
  /// goes. `true`: one was replaced. Errors: internal (the disk); too_large (more than 500 packs).
  Result<bool> add(const std::string& service, const Files& files) const;
  /// Errors: not_found; internal.
  Result<Unit> remove(const std::string& service) const;
  /// The services whose folders are there, in order.
  std::vector<std::string> services() const;
  std::filesystem::path folder_of(const std::string& service) const { return folder_ / service; }

 private:
  std::filesystem::path folder_;
};

/// Where a pack comes from.
enum class Source : std::uint8_t { shipped, added };

struct Known {
  std::string service;
  Source source = Source::shipped;
  bool replaces_shipped = false;  ///< an added one takes the place of a shipped one of the same name
  Checked checked;
};

/// All packs, read and checked: the shipped ones, and those added in their stead or besides.
std::vector<Known> known_packs(const std::filesystem::path& data_dir);
/// One of them; nothing when there is none of this name.
std::optional<Known> known_pack(const std::filesystem::path& data_dir, const std::string& service);

}  // namespace troupe::assistant::packs
