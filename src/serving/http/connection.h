#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace almanac::serving {

// How long and how much a client may take.
struct Limits {
  std::chrono::milliseconds head{10'000};         // for the whole head of a request, from its first byte
  std::chrono::milliseconds body{20'000};         // for the whole body
  std::chrono::milliseconds keep_alive{5'000};    // until the first byte of the next request
  std::chrono::milliseconds write_stall{10'000};  // without a byte being taken
  std::chrono::milliseconds write{60'000};        // for a whole answer; not for a stream of events
  std::size_t head_bytes = 16U << 10U;
  std::size_t body_bytes = 1U << 20U;
  int requests_per_connection = 1000;
  int connections = 512;  // more are told 503 and closed
  int streams = 256;      // of the connections
  std::chrono::milliseconds heartbeat{15'000};
};

// One accepted socket with deadlines. Used by one thread, but for interrupt().
class Connection {
 public:
  // Owns `socket` from now on; it becomes non-blocking.
  Connection(int socket, const Limits& limits);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Waits for the first byte of a request. False: there will be none.
  bool wait_for_request();
  // The head of a request, its empty line included, or as far as a line that no head has: one that does not end with CR
  // LF. Nothing where the client has gone, or where the head is too long or too slow, which is answered here with 431
  // or 408: the connection is spent.
  std::optional<std::string> read_head();
  // `length` bytes follow the head.
  void begin_body(std::size_t length);
  // All of them; nothing where they do not come, or not in time (408).
  std::optional<std::string> read_body();
  void begin_answer(bool is_stream);
  // Whether all of it went out; where it did not the connection is spent.
  bool write(std::string_view bytes);
  // Answers 408, 431 or 503 out of turn: the connection is spent.
  void refuse(int status);
  // Nobody reads any more.
  bool is_gone() const;
  // Nothing more can be sent or read: an answer was given out of turn.
  bool is_spent() const { return spent_; }
  // How much of the body that was announced has not been read.
  std::size_t unread_body() const { return body_left_; }
  // Says goodbye so that an answer is not lost with what the client still sends: ends our side, then reads on a little.
  void linger();

  const std::string& client() const { return client_; }

  // From any thread: nothing more is read, what is being answered is finished.
  void interrupt();

 private:
  using Clock = std::chrono::steady_clock;

  bool wait(short events, Clock::time_point deadline) const;
  long fill(Clock::time_point deadline);
  bool refill();

  const int socket_;
  const Limits& limits_;
  std::string client_;
  bool spent_ = false;
  std::array<char, 4096> buffer_{};
  std::size_t begin_ = 0, end_ = 0;  // of what is in the buffer
  std::size_t body_left_ = 0;
  Clock::time_point read_deadline_, write_deadline_;
};

}  // namespace almanac::serving
