// troupe route: which service each line of a file means, by the shipped packs; needs no data folder and no server.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <system_error>

#include "app/cli_line.h"
#include "assistant/router/lines.h"
#include "assistant/router/shipped.h"

namespace troupe::app {
namespace {

/// One line without its end; of a longer one only what shows that it is too long. False at the end of the file.
bool next_line(std::istream& in, std::string& line) {
  line.clear();
  for (int c = in.get(); c != EOF; c = in.get()) {
    if (c == '\n') return true;
    if (line.size() <= assistant::router::kMostLineBytes) line += static_cast<char>(c);
  }
  return !line.empty();
}

int route_lines(std::istream& in, bool debug) {
  const auto router = assistant::router::shipped_router();
  if (!router) {
    fmt::print(stderr, "troupe: {}\n", router.error().message());
    return kFailed;
  }
  int code = kDone;
  std::string line;
  for (std::size_t number = 1; next_line(in, line); ++number) {
    if (number == 1 && line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto routed = assistant::router::route_line(*router, line, debug);
    if (!routed) {
      fmt::print(stderr, "troupe: line {}: {}\n", number, routed.error().message());
      code = kFailed;
      continue;
    }
    fmt::print("{}\n", *routed);
    if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category(), "cannot write the answers");
  }
  if (in.bad()) {  // a folder, or a disk that fails
    fmt::print(stderr, "troupe: the file cannot be read to its end\n");
    return kFailed;
  }
  return code;
}

}  // namespace

int CommandLine::route_file() {
  if (args_.file == "-") return route_lines(std::cin, args_.debug);
  std::ifstream in(args_.file, std::ios::binary);
  if (!in) {
    fmt::print(stderr, "troupe: cannot read the file \"{}\"\n", args_.file);
    return kFailed;
  }
  return route_lines(in, args_.debug);
}

void CommandLine::add_route_command() {
  auto* route = add(&app_, "route", "Says for each line {\"id\",\"text\"} of a file which service it means",
                    [this] { return route_file(); });
  route->add_option("file", args_.file, "a file of JSON lines; - for standard input")->required();
  route->add_flag("--debug", args_.debug, "with the scores that led there");
}

}  // namespace troupe::app
