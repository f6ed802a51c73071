#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/mutex.h"
#include "core/result.h"
#include "ports/http_transport.h"

namespace almanac::adapters::http {

// A calendar on the web: an .ics link or a business_calendar.json behind https, http to this machine, or webcal (which
// is https). At most 16 MB, unpacked where the server packs (gzip and the like); at most 5 redirects, to https only; 20
// s for everything. The bytes are kept with their ETag or Last-Modified, so that an unchanged calendar is not sent
// again while the process lives. Thread-safe.
class HttpCalendarFeed {
 public:
  // Error invalid_input for a URL of another kind; a fragment ('#...') is left out.
  static Result<std::shared_ptr<HttpCalendarFeed>> make(std::string_view url,
                                                        std::shared_ptr<ports::HttpTransport> transport);

  // How messages and stored copies call it: host, last part of the path and a fingerprint of the URL, which keeps two
  // feeds of one host apart: "calendar.example.com/basic.ics#1f6c02ab". Whoever has a private link can read the
  // calendar, so the rest of the path and the query are never shown, nor a last part that may be a token itself.
  const std::string& name() const { return name_; }

  // The calendar's bytes. Errors: unavailable, timed_out, throttled, permission_denied, not_found, corrupt (too long,
  // or answered by something that is no calendar server), invalid_input (redirected to where it must not follow).
  // Messages start with the name.
  Result<std::string> read();

  // What read() gave last is not used (cut off on its way, a login page): the next read() asks for all of it. Kept, its
  // ETag would have the server answer "unchanged" for as long as the process lives.
  void distrust();

 private:
  struct Copy {
    std::string bytes;
    std::optional<std::string> etag;
    std::optional<std::string> last_modified;
  };

  HttpCalendarFeed(std::string url, std::string name, std::shared_ptr<ports::HttpTransport> transport)
      : url_(std::move(url)), name_(std::move(name)), transport_(std::move(transport)) {}

  Result<ports::HttpResponse> fetch() const ALMANAC_REQUIRES(mutex_);
  Error refusal(int status) const;

  std::string url_;  // a secret
  std::string name_;
  std::shared_ptr<ports::HttpTransport> transport_;
  Mutex mutex_;  // one read at a time
  std::optional<Copy> copy_ ALMANAC_GUARDED_BY(mutex_);
};

}  // namespace almanac::adapters::http
