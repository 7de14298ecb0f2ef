#include "runtime/kubernetes/access.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace troupe::runtime::kubernetes {
namespace {

std::string config_with(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: here\ncontexts:\n- name: other\n  context: {cluster: x, user: "
         "y}\n"
         "- name: here\n  context:\n    cluster: c\n    user: u\n    namespace: bots\nclusters:\n- name: c\n  "
         "cluster:\n"
         "    server: https://10.0.0.1:6443/\n" +
         cluster + "users:\n- name: u\n  user:\n" + user;
}

class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "troupe-access-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~AccessTest() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  std::filesystem::path folder_;
};

TEST_F(AccessTest, AKubeconfigsCurrentContextCounts) {
  const auto access =
      read_kubeconfig(config_with("    certificate-authority: ca.crt\n", "    token: abc\n"), "/etc/kube");
  ASSERT_TRUE(access) << access.error().message();
  EXPECT_EQ(access->server, "https://10.0.0.1:6443");
  EXPECT_EQ(access->name_space, "bots");
  EXPECT_EQ(access->ca_file, "/etc/kube/ca.crt");
  EXPECT_EQ(token_source(*access)(), "abc");
}

TEST_F(AccessTest, WhatStandsInItBecomesPrivateFiles) {
  const auto access = read_kubeconfig(config_with("    certificate-authority-data: Q0E=\n",
                                                  "    client-certificate-data: Q0VSVA==\n    client-key-data: S0VZ\n"),
                                      "/etc/kube");
  ASSERT_TRUE(access) << access.error().message();
  const auto options = client_options(*access, folder_ / "kubernetes");
  ASSERT_TRUE(options) << options.error().message();
  std::string text;
  std::getline(std::ifstream(options->ca_file), text);
  EXPECT_EQ(text, "CA");
  std::getline(std::ifstream(options->certificate.private_key_file), text);
  EXPECT_EQ(text, "KEY");
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(options->certificate.private_key_file).permissions(),
            perms::owner_read | perms::owner_write);
}

TEST_F(AccessTest, WhatIsNotDoneIsRefusedByName) {
  for (const std::string cluster : {"insecure-skip-tls-verify: true", "tls-server-name: x", "proxy-url: http://p"}) {
    const auto access = read_kubeconfig(config_with("    " + cluster + "\n", "    token: abc\n"), "/");
    ASSERT_FALSE(access) << cluster;
    EXPECT_NE(access.error().message().find(cluster.substr(0, cluster.find(':'))), std::string::npos);
  }
  for (const std::string user : {"exec: {command: x}", "auth-provider: {name: x}", "username: x", "as: x"}) {
    const auto access = read_kubeconfig(config_with("", "    " + user + "\n"), "/");
    ASSERT_FALSE(access) << user;
    EXPECT_NE(access.error().message().find(user.substr(0, user.find(':'))), std::string::npos);
  }
  EXPECT_EQ(read_kubeconfig("current-context: x\n", "/").error().code(), Errc::invalid_param);
  EXPECT_EQ(read_kubeconfig("{[", "/").error().code(), Errc::invalid_param);
  EXPECT_EQ(read_kubeconfig(config_with("    certificate-authority-data: '*'\n", "    token: x\n"), "/").error().code(),
            Errc::invalid_param);
}

TEST_F(AccessTest, AServiceAccountIsReadFromItsFiles) {
  EXPECT_EQ(read_service_account(folder_, "10.0.0.1", "443").error().code(), Errc::unavailable);
  write("token", "abc\n");
  write("namespace", "bots");
  const auto access = read_service_account(folder_, "fd00::1", "443");
  ASSERT_TRUE(access) << access.error().message();
  EXPECT_EQ(access->server, "https://[fd00::1]:443");
  EXPECT_EQ(access->name_space, "bots");
  EXPECT_EQ(token_source(*access)(), "abc");
  EXPECT_EQ(read_service_account(folder_, "", "443").error().code(), Errc::unavailable);
}

}  // namespace
}  // namespace troupe::runtime::kubernetes
