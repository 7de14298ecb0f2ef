// What a page says of itself: OpenGraph, Twitter cards, title and description.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::homeserver::previews {

/// Texts of a page, in no markup: whoever shows them as HTML escapes them.
struct PageFacts {
  /// By OpenGraph name ("og:title"), each once: what the page says under that name, else under Twitter's, else its
  /// <title> and description. Names of pictures ("og:image…") are not among them.
  std::vector<std::pair<std::string, std::string>> open_graph;
  std::string picture;  ///< its address as the page writes it; empty: none
};

inline constexpr std::size_t kMaxParsedBytes = 1024 * 1024;  ///< of a page; the rest is not looked at
inline constexpr std::size_t kMaxFacts = 50;
inline constexpr std::size_t kMaxFactBytes = 4096;
inline constexpr std::size_t kMaxFactsBytes = 16 * 1024;  ///< of all together

/// Reads a page in UTF-8. No page is an error: what cannot be read is left out. Nothing is fetched, no tree is made;
/// depth, elements and bytes are limited. Takes some 10 ms of CPU: not on an I/O thread.
PageFacts read_page_facts(std::string_view page);

}  // namespace troupe::homeserver::previews
