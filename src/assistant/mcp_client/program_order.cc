#include "assistant/mcp_client/program_order.h"

namespace troupe::assistant::mcp_client {
namespace {

constexpr std::size_t kMaxPlaces = 1'000;  ///< of secrets in the environment's values

/// Each name in braces of a secret that there is, once and from left to right.
std::string filled(std::string_view format, const std::map<std::string, std::string>& secrets) {
  std::string out;
  for (std::size_t places = 0; places < kMaxPlaces; ++places) {
    const auto open = format.find('{');
    const auto close = open == std::string_view::npos ? open : format.find('}', open);
    if (close == std::string_view::npos) break;
    const auto found = secrets.find(std::string(format.substr(open + 1, close - open - 1)));
    out += format.substr(0, open);
    if (found != secrets.end()) {
      out += found->second;
    } else {
      out += format.substr(open, close + 1 - open);
    }
    format.remove_prefix(close + 1);
  }
  return out + std::string(format);
}

}  // namespace

runtime::sandbox::ProgramOrder program_order(const calls::Service& service, const std::filesystem::path& folders,
                                             const std::string& path) {
  const auto& mcp = *service.pack->config.mcp;
  const auto folder = std::filesystem::absolute(folders / service.pack->config.service);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  runtime::sandbox::ProgramOrder order;
  order.argv.push_back(mcp.command);
  order.argv.insert(order.argv.end(), mcp.arguments.begin(), mcp.arguments.end());
  order.folder = folder.string();
  order.sandbox = mcp.sandbox;
  if (!mcp.sandbox && !path.empty()) order.environment["PATH"] = path;
  for (const auto& [name, value] : mcp.environment) order.environment[name] = filled(value, service.secrets);
  return order;
}

}  // namespace troupe::assistant::mcp_client
