#include "runtime/kubernetes/access.h"

#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <memory>

#include "base/encoding.h"
#include "base/yaml_tree.h"
#include "net/http/url.h"

namespace troupe::runtime::kubernetes {
namespace {

using base::YamlNode;

constexpr std::size_t kMostFileBytes = 1024 * 1024;
constexpr std::chrono::minutes kTokenKept{1};

Error not_done(std::string what) {
  return Error(Errc::invalid_param, "the kubeconfig wants " + std::move(what) + ", which is not done here");
}

std::string text_of(const YamlNode* map, std::string_view name) {
  const auto* found = map ? map->find(name) : nullptr;
  return found && found->kind == YamlNode::Kind::text && !found->is_null() ? found->text : std::string();
}

/// The entry of that name in one of the lists, and in it what the entry is about.
Result<const YamlNode*> entry_of(const YamlNode& config, std::string_view list, std::string_view what,
                                 const std::string& name) {
  const auto* items = config.find(list);
  if (items) {
    for (const auto& item : items->items) {
      if (text_of(&item, "name") == name) return item.find(what);
    }
  }
  return Error(Errc::invalid_param, "the kubeconfig has no " + std::string(what) + " '" + name + "'");
}

Result<std::string> read_small_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text;
  text.resize(kMostFileBytes);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.eof() || in.bad()) return Error(Errc::unavailable, file.string() + " cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

std::string path_from(const std::filesystem::path& folder, const std::string& path) {
  return path.empty() ? path : (folder / path).string();
}

Result<std::string> decoded(const YamlNode* map, std::string_view name) {
  const auto text = text_of(map, name);
  auto bytes = base::base64_decode(text);
  if (!bytes) return Error(Errc::invalid_param, "the kubeconfig's " + std::string(name) + " is no base64");
  return *std::move(bytes);
}

Result<std::string> server_address(std::string address) {
  while (address.ends_with('/')) address.pop_back();
  TRY(const auto url, net::http::Url::parse(address));
  if (url.target != "/") return not_done("a server address with a path");
  return address;
}

Result<std::string> file_with(const std::filesystem::path& folder, const char* name, const std::string& text) {
  const auto file = folder / name;
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  std::filesystem::remove(file, failed);
  const auto mask = ::umask(0077);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  ::umask(mask);
  out << text;
  out.flush();
  if (!out) return Error(Errc::unavailable, file.string() + " cannot be written");
  return file.string();
}

}  // namespace

Result<Access> read_kubeconfig(std::string_view text, const std::filesystem::path& folder) {
  TRY(const auto config, base::read_yaml(text));
  TRY(const auto* context, entry_of(config, "contexts", "context", text_of(&config, "current-context")));
  TRY(const auto* cluster, entry_of(config, "clusters", "cluster", text_of(context, "cluster")));
  TRY(const auto* user, entry_of(config, "users", "user", text_of(context, "user")));
  if (!text_of(cluster, "insecure-skip-tls-verify").empty() &&
      text_of(cluster, "insecure-skip-tls-verify") != "false") {
    return not_done("insecure-skip-tls-verify");
  }
  for (const auto* name : {"tls-server-name", "proxy-url"}) {
    if (!text_of(cluster, name).empty()) return not_done(name);
  }
  for (const auto* name : {"exec", "auth-provider", "username", "password", "as"}) {
    if (user && user->find(name)) return not_done(name);
  }
  Access access;
  TRY(access.server, server_address(text_of(cluster, "server")));
  access.name_space = text_of(context, "namespace");
  TRY(access.ca_pem, decoded(cluster, "certificate-authority-data"));
  if (access.ca_pem.empty()) access.ca_file = path_from(folder, text_of(cluster, "certificate-authority"));
  access.token = text_of(user, "token");
  if (access.token.empty()) access.token_file = path_from(folder, text_of(user, "tokenFile"));
  TRY(access.certificate_pem, decoded(user, "client-certificate-data"));
  if (access.certificate_pem.empty()) access.certificate_file = path_from(folder, text_of(user, "client-certificate"));
  TRY(access.key_pem, decoded(user, "client-key-data"));
  if (access.key_pem.empty()) access.key_file = path_from(folder, text_of(user, "client-key"));
  return access;
}

Result<Access> read_service_account(const std::filesystem::path& folder, const std::string& host,
                                    const std::string& port) {
  if (host.empty() || port.empty()) {
    return Error(Errc::unavailable, "this is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set");
  }
  Access access;
  const bool is_v6 = host.find(':') != std::string::npos;
  access.server = "https://" + (is_v6 ? "[" + host + "]" : host) + ":" + port;
  access.token_file = (folder / "token").string();
  access.ca_file = (folder / "ca.crt").string();
  TRY([[maybe_unused]] const auto token, read_small_file(access.token_file));
  TRY(access.name_space, read_small_file(folder / "namespace"));
  return access;
}

Result<net::client::ClientOptions> client_options(const Access& access, const std::filesystem::path& folder) {
  net::client::ClientOptions options{
      .ca_file = access.ca_file,
      .certificate = {.certificate_chain_file = access.certificate_file, .private_key_file = access.key_file}};
  if (!access.ca_pem.empty()) {
    TRY(options.ca_file, file_with(folder, "ca.pem", access.ca_pem));
  }
  if (!access.certificate_pem.empty()) {
    TRY(options.certificate.certificate_chain_file, file_with(folder, "client.pem", access.certificate_pem));
  }
  if (!access.key_pem.empty()) {
    TRY(options.certificate.private_key_file, file_with(folder, "client.key", access.key_pem));
  }
  return options;
}

std::function<std::string()> token_source(const Access& access) {
  if (access.token_file.empty()) return [token = access.token] { return token; };
  struct Kept {
    std::string token;
    std::chrono::steady_clock::time_point until;
  };
  return [file = access.token_file, kept = std::make_shared<Kept>()] {
    const auto now = std::chrono::steady_clock::now();
    if (now >= kept->until) {
      if (auto read = read_small_file(file)) kept->token = *std::move(read);
      kept->until = now + kTokenKept;
    }
    return kept->token;
  };
}

}  // namespace troupe::runtime::kubernetes
