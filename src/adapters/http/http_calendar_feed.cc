#include "adapters/http/http_calendar_feed.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "adapters/http/secret_url.h"
#include "adapters/http/url.h"

namespace almanac::adapters::http {
namespace {

using ports::HttpResponse;

constexpr std::size_t kMaxBytes = 16U << 20U;
constexpr int kMaxRedirects = 5;
constexpr std::chrono::milliseconds kBudget{20'000};

// 32 bits of SHA-256: enough to tell links apart, too few to find one again.
std::string fingerprint(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return fmt::format("{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_small(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

// "team", "Team", "TEAM" of at most 12 letters, or a number of at most 4 digits such as a year.
bool is_plain_word(std::string_view word) {
  const bool number = std::all_of(word.begin(), word.end(), is_digit);
  if (number) return word.size() <= 4;
  const bool small = std::all_of(word.begin() + 1, word.end(), is_small);
  const bool capitals = std::all_of(word.begin(), word.end(), is_capital);
  return word.size() <= 12 && (capitals || (small && (is_small(word[0]) || is_capital(word[0]))));
}

// A file name made of at most four plain words: nothing that anyone would have drawn at random.
bool may_be_shown(std::string_view file) {
  if (!file.ends_with(".ics") && !file.ends_with(".json")) return false;
  std::string_view rest = file.substr(0, file.find_last_of('.'));
  for (int words = 1; words <= 4; ++words) {
    const auto end = rest.find_first_of("-_.");
    const std::string_view word = rest.substr(0, end);
    if (word.empty() || !is_plain_word(word)) return false;
    if (end == std::string_view::npos) return true;
    rest.remove_prefix(end + 1);
  }
  return false;
}

std::string name_of(const Url& url, std::string_view text) {
  const std::string_view file = std::string_view(url.path).substr(url.path.find_last_of('/') + 1);
  const std::string_view shown = may_be_shown(file) ? file : std::string_view("calendar");
  return fmt::format("{}/{}#{}", url.host, shown, fingerprint(text));
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::optional<std::string> copied(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

}  // namespace

Result<std::shared_ptr<HttpCalendarFeed>> HttpCalendarFeed::make(std::string_view text,
                                                                 std::shared_ptr<ports::HttpTransport> transport) {
  std::string url(text.substr(0, text.find('#')));
  constexpr std::string_view kWebcal = "webcal://";
  if (url.starts_with(kWebcal)) url.replace(0, kWebcal.size(), "https://");
  const auto host = host_of_secret_url(url);
  if (!host) return tl::unexpected(with_context(host.error(), "calendar"));
  std::string name = name_of(*parse_url(url), url);
  return std::shared_ptr<HttpCalendarFeed>(new HttpCalendarFeed(std::move(url), std::move(name), std::move(transport)));
}

Result<std::string> HttpCalendarFeed::read() {
  const MutexLock lock(mutex_);
  auto response = fetch();
  if (!response) return tl::unexpected(with_context(response.error(), name_));
  if (response->status == 304 && copy_) return copy_->bytes;
  if (response->status != 200) return tl::unexpected(with_context(refusal(response->status), name_));
  copy_ = Copy{std::move(response->body), copied(response->header("etag")), copied(response->header("last-modified"))};
  return copy_->bytes;
}

void HttpCalendarFeed::distrust() {
  const MutexLock lock(mutex_);
  copy_.reset();
}

Result<HttpResponse> HttpCalendarFeed::fetch() const {
  ports::HttpRequest request;
  request.url = url_;
  request.max_response_bytes = kMaxBytes;
  request.accept_packed = true;
  request.headers = {{"Accept", "text/calendar, application/json;q=0.9, */*;q=0.5"}};
  if (copy_ && copy_->etag) request.headers.emplace_back("If-None-Match", *copy_->etag);
  if (copy_ && copy_->last_modified) request.headers.emplace_back("If-Modified-Since", *copy_->last_modified);
  const auto began = std::chrono::steady_clock::now();
  for (int redirects = 0;; ++redirects) {
    const auto host = host_of_secret_url(request.url);
    if (!host) return tl::unexpected(with_context(host.error(), "redirected"));
    const auto spent = std::chrono::steady_clock::now() - began;
    request.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(kBudget - spent);
    if (request.timeout.count() <= 0) return fail(ErrorCode::timed_out, "no whole answer came in time");
    auto response = transport_->send(request);
    if (!response) return tl::unexpected(without_path(response.error(), *host));
    if (!is_redirect(response->status)) return response;
    const auto location = response->header("location");
    if (!location) return fail(ErrorCode::corrupt, fmt::format("{} redirects to nowhere", *host));
    if (redirects == kMaxRedirects)
      return fail(ErrorCode::corrupt,
                  fmt::format("more than {} redirects; use the address they end at", kMaxRedirects));
    auto target = resolve_url(request.url, *location);
    if (!target) return tl::unexpected(with_context(target.error(), *host + " redirects"));
    // A page elsewhere must not lead us to services of this machine.
    const auto next = parse_url(*target);
    if (next && is_loopback(next->host) && !is_loopback(*host))
      return fail(ErrorCode::invalid_input, fmt::format("{} redirects to this machine; not followed", *host));
    request.url = std::move(*target);
  }
}

Error HttpCalendarFeed::refusal(int status) const {
  const std::string what = fmt::format("the server answers {}", status);
  if (status == 401 || status == 403)
    return {ErrorCode::permission_denied,
            what + ": the link is not public, or was withdrawn; put a new private link into the configuration"};
  if (status == 404 || status == 410)
    return {ErrorCode::not_found,
            what + ": the calendar is not there (any more); put its new link into the configuration"};
  if (status == 429) return {ErrorCode::throttled, what + ": asked too often"};
  if (status >= 500) return {ErrorCode::unavailable, what};
  return {ErrorCode::corrupt, what + "; expected 200 with a calendar"};
}

}  // namespace almanac::adapters::http
