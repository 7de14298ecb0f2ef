// How the Kubernetes API is reached: from inside a cluster by the pod's service account, from outside by a kubeconfig.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "base/result.h"
#include "net/client/client.h"

namespace troupe::runtime::kubernetes {

/// Where the API server is, and what to show to it. Of a thing and its file only one is given.
struct Access {
  std::string server{};      ///< https://host:port, without a slash at its end
  std::string name_space{};  ///< of the context or the service account; empty: none was named
  std::string ca_file{}, ca_pem{};
  std::string token{}, token_file{};
  std::string certificate_file{}, certificate_pem{};
  std::string key_file{}, key_pem{};
};

/// The current context of a kubeconfig. Paths in it count from `folder`. Errors: invalid_param: not a kubeconfig, or
/// what this program does not do: exec and auth-provider plug-ins, user name and password, insecure-skip-tls-verify,
/// tls-server-name, proxy-url.
Result<Access> read_kubeconfig(std::string_view text, const std::filesystem::path& folder);

/// `folder` holds the files token, ca.crt and namespace of a service account. Errors: unavailable.
Result<Access> read_service_account(const std::filesystem::path& folder, const std::string& host,
                                    const std::string& port);

/// Writes what is given as PEM text into files of `folder` (0600), where the HTTP client wants it. Error: unavailable.
Result<net::client::ClientOptions> client_options(const Access& access, const std::filesystem::path& folder);

/// The bearer token; one in a file is read again once a minute, as Kubernetes renews it. Empty: none, or not readable.
std::function<std::string()> token_source(const Access& access);

}  // namespace troupe::runtime::kubernetes
