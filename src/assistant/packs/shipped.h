// The packs that come with the program: the files of packs/ in the source tree, put into it by the build.
#pragma once
#include <span>
#include <string_view>

namespace troupe::assistant::packs {

/// A file of a shipped pack. Both views live as long as the program.
struct ShippedFile {
  std::string_view path;  ///< below packs/: "slack/config.json"
  std::string_view bytes;
};

/// All of them, by path. Any thread.
std::span<const ShippedFile> shipped_files();

}  // namespace troupe::assistant::packs
