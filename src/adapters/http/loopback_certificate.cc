#include "adapters/http/loopback_certificate.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "core/check.h"

namespace almanac::adapters::http {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  ALMANAC_CHECK(extension != nullptr, "not a certificate extension: " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate make_certificate(EVP_PKEY* key, const std::string& names, bool expired) {
  constexpr long kDay = 86400;
  Certificate certificate(X509_new(), &X509_free);
  X509* x = certificate.get();
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), expired ? -2 * kDay : -kDay);
  X509_gmtime_adj(X509_getm_notAfter(x), expired ? -kDay : kDay);
  X509_NAME* name = X509_get_subject_name(x);
  const auto* common = reinterpret_cast<const unsigned char*>("loopback test server");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
  X509_set_issuer_name(x, name);
  X509_set_pubkey(x, key);
  add_extension(x, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(x, NID_subject_alt_name, names);
  ALMANAC_CHECK(X509_sign(x, key, EVP_sha256()) > 0, "the certificate could not be signed");
  return certificate;
}

std::string write_temporary(X509* certificate, EVP_PKEY* key) {
  std::string path = (std::filesystem::temp_directory_path() / "loopback-certificate-XXXXXX").string();
  const int descriptor = ::mkstemp(path.data());
  ALMANAC_CHECK(descriptor >= 0, "no temporary file could be made");
  std::FILE* file = ::fdopen(descriptor, "w");
  const bool written = PEM_write_X509(file, certificate) == 1 &&
                       PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
  ALMANAC_CHECK(std::fclose(file) == 0 && written, "the certificate could not be written");
  return path;
}

}  // namespace

SSL_CTX* make_server_context(const std::string& names, bool expired, const std::string& client_authority,
                             std::string& file) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  ALMANAC_CHECK(key != nullptr, "no key could be made");
  const Certificate certificate = make_certificate(key.get(), names, expired);
  file = write_temporary(certificate.get(), key.get());
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  ALMANAC_CHECK(
      SSL_CTX_use_certificate(context, certificate.get()) == 1 && SSL_CTX_use_PrivateKey(context, key.get()) == 1,
      "OpenSSL refused its own certificate");
  if (!client_authority.empty()) {
    ALMANAC_CHECK(SSL_CTX_load_verify_file(context, client_authority.c_str()) == 1, "no authority of clients");
    constexpr unsigned char kContext[] = "loopback";
    SSL_CTX_set_session_id_context(context, kContext, sizeof kContext);  // else no client may come back
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

}  // namespace almanac::adapters::http
