#include "adapters/http/curl_transport.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <list>
#include <set>
#include <string_view>

#include "adapters/http/content_coding.h"
#include "adapters/http/proxy.h"
#include "adapters/http/reasons.h"
#include "adapters/http/url.h"
#include "core/check.h"
#include "core/mutex.h"
#include "core/version.h"

namespace almanac::adapters::http {
namespace {

using ports::HttpRequest;
using ports::HttpResponse;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

template <typename Value>
void set(CURL* curl, CURLoption option, Value value) {
  // Fails only for an option this libcurl does not know, and then a promise of the header would be broken silently.
  ALMANAC_CHECK(curl_easy_setopt(curl, option, value) == CURLE_OK, "libcurl refused an option");
}

// One libcurl handle with the connections it keeps. A handle serves one request at a time.
struct Handle {
  Handle() : curl(curl_easy_init()) { ALMANAC_CHECK(curl != nullptr, "libcurl could not be initialised"); }
  ~Handle() { curl_easy_cleanup(curl); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  CURL* curl;
  std::set<std::string> origins;  // it has spoken to, so that it may still hold a connection
};

// Idle handles, the most recently used first: requests one after another run on one handle, whatever their host, and
// share its connections and its parsed certificate authorities.
class HandlePool {
 public:
  explicit HandlePool(std::size_t max_idle) : max_idle_(max_idle) {}

  std::unique_ptr<Handle> take(const std::string& origin) {
    const MutexLock lock(mutex_);
    if (idle_.empty()) return std::make_unique<Handle>();
    auto chosen = std::find_if(idle_.begin(), idle_.end(), [&](const auto& h) { return h->origins.contains(origin); });
    if (chosen == idle_.end()) chosen = idle_.begin();
    auto handle = std::move(*chosen);
    idle_.erase(chosen);
    return handle;
  }

  void give_back(std::unique_ptr<Handle> handle) {
    std::unique_ptr<Handle> surplus;  // closes its connections after the lock is released
    const MutexLock lock(mutex_);
    idle_.push_front(std::move(handle));
    if (idle_.size() > max_idle_) {
      surplus = std::move(idle_.back());
      idle_.pop_back();
    }
  }

 private:
  Mutex mutex_;
  std::list<std::unique_ptr<Handle>> idle_ ALMANAC_GUARDED_BY(mutex_);
  const std::size_t max_idle_;
};

// What one exchange reads and writes while libcurl runs it.
struct Exchange {
  std::string_view unsent;
  HttpResponse response;
  std::size_t header_bytes = 0;
  std::size_t max_header_bytes = 0;
  std::size_t max_body_bytes = 0;
  bool headers_too_long = false;
  bool body_too_long = false;
};

std::size_t read_body(char* to, std::size_t size, std::size_t count, void* user) {
  auto& unsent = static_cast<Exchange*>(user)->unsent;
  const std::size_t n = std::min(unsent.size(), size * count);
  std::copy_n(unsent.data(), n, to);
  unsent.remove_prefix(n);
  return n;
}

std::size_t write_body(char* from, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::size_t n = size * count;
  if (n > exchange.max_body_bytes - exchange.response.body.size()) {
    exchange.body_too_long = true;
    return 0;  // ends the transfer
  }
  exchange.response.body.append(from, n);
  return n;
}

std::size_t write_header(char* from, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(from, size * count);
  exchange.header_bytes += line.size();
  if (exchange.header_bytes > exchange.max_header_bytes) {
    exchange.headers_too_long = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) {  // a 1xx answer may come before the real one
    exchange.response.headers.clear();
    return line.size();
  }
  const auto colon = line.find(':');
  if (colon != std::string_view::npos)
    exchange.response.headers.emplace_back(lower(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  return line.size();
}

bool is_token(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_header_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(),
                      [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

// A header list for libcurl, which adds some of its own unless they are named here.
class HeaderList {
 public:
  HeaderList() = default;
  ~HeaderList() { curl_slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  Result<void> fill(const HttpRequest& request) {
    bool type = false, accept = false;
    for (const auto& [name, value] : request.headers) {
      if (!is_token(name)) return fail(ErrorCode::invalid_input, "a header's name holds a character it must not");
      if (!is_header_value(value))
        return fail(ErrorCode::invalid_input,
                    fmt::format("header {}: its value holds a line break or another control character", name));
      const std::string key = lower(name);
      if (key == "transfer-encoding" || key == "expect")
        return fail(ErrorCode::invalid_input, fmt::format("header {}: bodies are sent whole, leave it out", name));
      if (key == "content-length") {
        if (value != std::to_string(request.body.size()))
          return fail(ErrorCode::invalid_input,
                      fmt::format("header {}: the body has {} bytes, leave it out", name, request.body.size()));
        continue;  // libcurl writes it
      }
      type = type || key == "content-type";
      accept = accept || key == "accept";
      add(trimmed(value).empty() ? name + ";" : fmt::format("{}: {}", name, value));
    }
    add("Expect:");  // libcurl takes a name without a value as "do not send it"
    if (!type) add("Content-Type:");
    if (!accept) add("Accept:");
    return {};
  }

  curl_slist* get() const { return list_; }

 private:
  void add(const std::string& line) {
    curl_slist* longer = curl_slist_append(list_, line.c_str());
    ALMANAC_CHECK(longer != nullptr, "out of memory");
    list_ = longer;
  }

  curl_slist* list_ = nullptr;
};

// What a handle keeps of a file of authorities, which may be replaced while the process lives.
constexpr long kAuthoritiesKept = 3600;  // seconds

struct Network {
  std::string ca_bundle;  // empty: the system's
  std::string client_certificate;
  std::string client_key;
  ProxySettings proxies;
  std::string user_agent;
};

Network read_network(const CurlOptions& options) {
  Network network{options.ca_bundle, options.client_certificate, options.client_key, read_proxies(options.environment),
                  options.user_agent};
  for (const char* name : {"AWS_CA_BUNDLE", "SSL_CERT_FILE"}) {
    if (network.ca_bundle.empty()) network.ca_bundle = options.environment(name).value_or("");
  }
  if (network.user_agent.empty()) network.user_agent = "almanac/" + program_version();
  return network;
}

Result<void> check(const HttpRequest& request) {
  const bool bodiless = request.method == "GET" || request.method == "HEAD" || request.method == "DELETE";
  if (!bodiless && request.method != "PUT" && request.method != "POST")
    return fail(ErrorCode::invalid_input, "unknown method; expected GET, HEAD, PUT, POST or DELETE");
  if (bodiless && !request.body.empty()) return fail(ErrorCode::invalid_input, "a body goes with PUT and POST only");
  if (request.timeout.count() < 0 || request.connect_timeout.count() < 0)
    return fail(ErrorCode::invalid_input, "a time-out is negative; 0 means none");
  return {};
}

void set_method(CURL* curl, const HttpRequest& request, Exchange& exchange) {
  if (request.method == "HEAD") set(curl, CURLOPT_NOBODY, 1L);
  if (request.method == "DELETE") set(curl, CURLOPT_CUSTOMREQUEST, "DELETE");
  const bool post = request.method == "POST";
  if (!post && request.method != "PUT") return;
  const auto size = static_cast<curl_off_t>(request.body.size());
  set(curl, post ? CURLOPT_POST : CURLOPT_UPLOAD, 1L);
  set(curl, post ? CURLOPT_POSTFIELDSIZE_LARGE : CURLOPT_INFILESIZE_LARGE, size);
  // libcurl repeats a request whose kept connection broke before an answer came, although the server may have acted on
  // it. A body that cannot be read twice prevents that; without a body, a fresh connection does.
  set(curl, CURLOPT_READFUNCTION, &read_body);
  set(curl, CURLOPT_READDATA, static_cast<void*>(&exchange));
  if (request.body.empty()) set(curl, CURLOPT_FRESH_CONNECT, 1L);
}

void set_network(CURL* curl, const Network& network, const Url& url) {
  set(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  set(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  set(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  // libcurl keeps the parsed authorities with the handle only when they come from a file and not from a folder too.
  set(curl, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  set(curl, CURLOPT_PROXY_CAPATH, static_cast<const char*>(nullptr));
  if (!network.ca_bundle.empty()) {
    set(curl, CURLOPT_CAINFO, network.ca_bundle.c_str());
    set(curl, CURLOPT_PROXY_CAINFO, network.ca_bundle.c_str());
  }
  set(curl, CURLOPT_CA_CACHE_TIMEOUT, kAuthoritiesKept);
  if (!network.client_certificate.empty()) set(curl, CURLOPT_SSLCERT, network.client_certificate.c_str());
  if (!network.client_key.empty()) set(curl, CURLOPT_SSLKEY, network.client_key.c_str());
  // Empty strings, not null pointers: those would make libcurl ask the environment itself.
  set(curl, CURLOPT_PROXY, proxy_for(network.proxies, url).c_str());
  set(curl, CURLOPT_NOPROXY, network.proxies.no_proxy.c_str());
  set(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

long milliseconds(std::chrono::milliseconds time) {
  return static_cast<long>(std::min<std::int64_t>(time.count(), std::numeric_limits<std::int32_t>::max()));
}

void set_limits(CURL* curl, const HttpRequest& request) {
  const auto connect = request.connect_timeout;  // 0 would mean libcurl's own 300 s
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(connect.count() == 0 ? std::chrono::milliseconds::max() : connect));
  set(curl, CURLOPT_TIMEOUT_MS, milliseconds(request.timeout));
  set(curl, CURLOPT_MAXCONNECTS, 16L);
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_TCP_KEEPALIVE, 1L);  // a long poll notices a peer that vanished
  set(curl, CURLOPT_FOLLOWLOCATION, 0L);
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(curl, CURLOPT_PATH_AS_IS, 1L);
}

class CurlTransport final : public ports::HttpTransport {
 public:
  explicit CurlTransport(const CurlOptions& options)
      : network_(read_network(options)), max_header_bytes_(options.max_header_bytes), pool_(options.max_idle_handles) {}

  Result<HttpResponse> send(const HttpRequest& request) override {
    if (const auto fine = check(request); !fine) return tl::unexpected(fine.error());
    const auto url = parse_url(request.url);
    if (!url) return tl::unexpected(with_context(url.error(), request.method));
    const std::string place = fmt::format("{} {}{}", request.method, url->origin(), url->path.substr(0, 300));
    HeaderList headers;
    if (const auto fine = headers.fill(request); !fine) return tl::unexpected(with_context(fine.error(), place));

    auto handle = pool_.take(url->origin());
    auto response = perform(*handle, request, *url, headers);
    handle->origins.insert(url->origin());
    pool_.give_back(std::move(handle));
    if (!response) return tl::unexpected(with_context(response.error(), place));
    return response;
  }

 private:
  Result<HttpResponse> perform(Handle& handle, const HttpRequest& request, const Url& url, const HeaderList& headers);
  Error explain(CURL* curl, CURLcode code, const Exchange& exchange, const HttpRequest& request,
                std::string_view detail) const;

  Network network_;
  std::size_t max_header_bytes_;
  HandlePool pool_;
};

Result<HttpResponse> unpacked(HttpResponse response, std::size_t max_bytes) {
  const std::string coding(response.header("content-encoding").value_or(""));
  auto body = decoded(std::move(response.body), coding, max_bytes);
  if (!body) return tl::unexpected(body.error());
  response.body = std::move(*body);
  return response;
}

Result<HttpResponse> CurlTransport::perform(Handle& handle, const HttpRequest& request, const Url& url,
                                            const HeaderList& headers) {
  CURL* curl = handle.curl;
  curl_easy_reset(curl);  // keeps connections, sessions and names
  Exchange exchange;
  exchange.unsent = request.body;
  exchange.max_header_bytes = max_header_bytes_;
  exchange.max_body_bytes = request.max_response_bytes;
  char detail[CURL_ERROR_SIZE] = "";

  set(curl, CURLOPT_ERRORBUFFER, static_cast<char*>(detail));
  set(curl, CURLOPT_URL, request.url.c_str());
  set(curl, CURLOPT_USERAGENT, network_.user_agent.c_str());
  set(curl, CURLOPT_HTTPHEADER, headers.get());
  // libcurl takes no gzip of several members, and has one code for a damaged answer, a cut one and one that cannot be
  // unpacked: it asks, and content_coding.h unpacks.
  if (request.accept_packed) {
    set(curl, CURLOPT_ACCEPT_ENCODING, kCodingsAskedFor);
    set(curl, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  }
  set(curl, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // the proxy does not see them
  set(curl, CURLOPT_WRITEFUNCTION, &write_body);
  set(curl, CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
  set(curl, CURLOPT_HEADERFUNCTION, &write_header);
  set(curl, CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
  set_limits(curl, request);
  set_network(curl, network_, url);
  set_method(curl, request, exchange);

  const CURLcode code = curl_easy_perform(curl);
  Result<HttpResponse> result;
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    exchange.response.status = static_cast<int>(status);
    result = request.accept_packed ? unpacked(std::move(exchange.response), request.max_response_bytes)
                                   : Result<HttpResponse>(std::move(exchange.response));
  } else {
    result = tl::unexpected(explain(curl, code, exchange, request, detail));
  }
  curl_easy_reset(curl);  // no pointer to this frame, and no header with a secret, outlives it
  return result;
}

std::string seconds(std::chrono::milliseconds time) {
  return fmt::format("{} s", static_cast<double>(time.count()) / 1000);
}

// libcurl's own words name hosts, ports and certificates, not paths or headers, for these codes.
std::string reason(CURLcode code, std::string_view detail) {
  std::string text(detail.empty() ? std::string_view(curl_easy_strerror(code)) : trimmed(detail));
  for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return text;
}

// By the alerts of RFC 8446, section 6.2, as OpenSSL words them.
bool refuses_certificate(std::string_view detail) {
  return detail.find(" alert ") != std::string_view::npos &&
         (detail.find("certificate") != std::string_view::npos || detail.find("unknown ca") != std::string_view::npos);
}

Error CurlTransport::explain(CURL* curl, CURLcode code, const Exchange& exchange, const HttpRequest& request,
                             std::string_view detail) const {
  if (exchange.body_too_long)
    return {ErrorCode::corrupt,
            fmt::format("the answer is longer than the {} bytes allowed", request.max_response_bytes)};
  if (exchange.headers_too_long || code == CURLE_OUT_OF_MEMORY)
    return {ErrorCode::corrupt,
            fmt::format("the answer's headers are longer than the {} bytes allowed", max_header_bytes_)};
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return {ErrorCode::permission_denied,
              fmt::format("the server's certificate cannot be trusted ({}); a private authority belongs in the file "
                          "named by AWS_CA_BUNDLE or SSL_CERT_FILE",
                          reason(code, detail))};
    case CURLE_SSL_CACERT_BADFILE:
      return {ErrorCode::invalid_input,
              fmt::format("the certificate authorities cannot be read ({}); install ca-certificates or name a PEM file "
                          "in AWS_CA_BUNDLE or SSL_CERT_FILE",
                          reason(code, detail))};
    case CURLE_SSL_CERTPROBLEM:
      return {ErrorCode::invalid_input,
              fmt::format("the client's certificate or its key cannot be used ({})", reason(code, detail))};
    case CURLE_UNSUPPORTED_PROTOCOL:  // also an answer without a status line
    case CURLE_WEIRD_SERVER_REPLY:
      return {ErrorCode::corrupt, kNotHttp};
    case CURLE_URL_MALFORMAT:
      return {ErrorCode::invalid_input, "the URL cannot be used"};
    default:
      break;
  }
  // With TLS 1.3 a server looks at the certificate after the handshake, when the request may be on its way.
  if (refuses_certificate(detail))
    return {ErrorCode::permission_denied,
            fmt::format("the server refuses the client's certificate, or there is none ({})", reason(code, detail))};
  long bytes_sent = 0;
  curl_off_t request_began = 0;  // microseconds; bytes sent before it went to a proxy
  curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &bytes_sent);
  curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &request_began);
  if (bytes_sent > 0 && request_began > 0) {
    if (code == CURLE_OPERATION_TIMEDOUT)
      return {ErrorCode::timed_out, fmt::format("no whole answer within {}", seconds(request.timeout))};
    // A part of the body came: it is not late, it ended.
    if (code == CURLE_PARTIAL_FILE || !exchange.response.body.empty()) return {ErrorCode::timed_out, kCutOff};
    return {ErrorCode::timed_out, "the connection broke before the whole answer had come"};
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    const auto total = request.timeout.count() == 0 ? request.connect_timeout : request.timeout;
    const auto limit = request.connect_timeout.count() == 0 ? total : std::min(request.connect_timeout, total);
    return {ErrorCode::unavailable, fmt::format("no connection within {}", seconds(limit))};
  }
  return {ErrorCode::unavailable, fmt::format("no connection: {}", reason(code, detail))};
}

}  // namespace

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::shared_ptr<ports::HttpTransport> make_curl_transport(CurlOptions options) {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  ALMANAC_CHECK(ready, "libcurl could not be initialised");
  return std::make_shared<CurlTransport>(options);
}

}  // namespace almanac::adapters::http
