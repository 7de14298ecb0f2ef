// A time-stamping authority with a root of its own, by the library's own functions. Only tests include this.
#pragma once
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <memory>
#include <string>

namespace troupe::identity::anchors {

class StandInAuthority {
 public:
  /// Writes its root to `folder`/NAME.pem.
  explicit StandInAuthority(const std::filesystem::path& folder, const std::string& name = "root") {
    root_ = certificate(name, *root_key_, nullptr);
    signer_ = certificate(name + " signer", *signer_key_, root_.get());
    ca_file = (folder / (name + ".pem")).string();
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new_file(ca_file.c_str(), "w"), BIO_free);
    EXPECT_TRUE(out && PEM_write_bio_X509(out.get(), root_.get()) == 1);
  }

  /// What it answers to the DER of a request.
  std::string answer(const std::string& request) {
    const std::unique_ptr<TS_RESP_CTX, void (*)(TS_RESP_CTX*)> context(TS_RESP_CTX_new(), TS_RESP_CTX_free);
    const std::unique_ptr<ASN1_OBJECT, void (*)(ASN1_OBJECT*)> policy(OBJ_txt2obj("1.2.3.4.1", 1), ASN1_OBJECT_free);
    EXPECT_EQ(TS_RESP_CTX_set_signer_cert(context.get(), signer_.get()), 1);
    EXPECT_EQ(TS_RESP_CTX_set_signer_key(context.get(), signer_key_.get()), 1);
    EXPECT_EQ(TS_RESP_CTX_set_def_policy(context.get(), policy.get()), 1);
    EXPECT_EQ(TS_RESP_CTX_set_signer_digest(context.get(), EVP_sha256()), 1);
    EXPECT_EQ(TS_RESP_CTX_set_ess_cert_id_digest(context.get(), EVP_sha256()), 1);
    EXPECT_EQ(TS_RESP_CTX_add_md(context.get(), takes), 1);
    const std::unique_ptr<BIO, int (*)(BIO*)> in(BIO_new_mem_buf(request.data(), static_cast<int>(request.size())),
                                                 BIO_free);
    const std::unique_ptr<TS_RESP, void (*)(TS_RESP*)> made(TS_RESP_create_response(context.get(), in.get()),
                                                            TS_RESP_free);
    unsigned char* bytes = nullptr;
    const auto size = i2d_TS_RESP(made.get(), &bytes);
    std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return out;
  }

  std::string ca_file;
  const EVP_MD* takes = EVP_sha256();  ///< a request with another digest is rejected

 private:
  using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
  using Certificate = std::unique_ptr<X509, void (*)(X509*)>;

  static void extend(X509* certificate, X509* issuer, int what, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, what, value), X509_EXTENSION_free);
    EXPECT_TRUE(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
  }
  /// `issuer`: nullptr: it is a root. Good from yesterday to next year.
  Certificate certificate(const std::string& name, EVP_PKEY& key, X509* issuer) {
    constexpr long kDay = 86'400;
    Certificate made(X509_new(), X509_free);
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -kDay);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 365 * kDay);
    X509_set_pubkey(made.get(), &key);
    auto* subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                               -1, 0);
    X509_set_issuer_name(made.get(), issuer ? X509_get_subject_name(issuer) : subject);
    extend(made.get(), issuer ? issuer : made.get(), NID_basic_constraints,
           issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
    if (issuer) extend(made.get(), issuer, NID_ext_key_usage, "critical,timeStamping");
    EXPECT_GT(X509_sign(made.get(), root_key_.get(), EVP_sha256()), 0);
    return made;
  }

  Key root_key_{EVP_EC_gen("P-256"), EVP_PKEY_free}, signer_key_{EVP_EC_gen("P-256"), EVP_PKEY_free};
  Certificate root_{nullptr, X509_free}, signer_{nullptr, X509_free};
  long serial_ = 0;
};

}  // namespace troupe::identity::anchors
