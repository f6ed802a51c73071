#pragma once

#include <openssl/types.h>

#include <string>

namespace almanac::adapters::http {

// For loopback_server.cc only: a TLS context with a new key and a certificate that the key signed itself, for `names`
// ("DNS:localhost,IP:127.0.0.1"), valid from yesterday until tomorrow or expired yesterday. Clients must
// show a certificate that one in `client_authority` (a PEM file; empty: no one is asked) vouches for. Certificate and
// key are written as PEM to a new temporary file, whose path is put into `file`. The caller frees the context and
// removes the file.
SSL_CTX* make_server_context(const std::string& names, bool expired, const std::string& client_authority,
                             std::string& file);

}  // namespace almanac::adapters::http
