#pragma once

#include <array>
#include <chrono>
#include <cstddef>
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
  // From now on head(): what is read is counted and must come in time. A head that is too long or too slow is answered
  // here with 431 or 408 and the connection is spent.
  void begin_head();
  void begin_body(std::size_t length);
  void begin_answer(bool is_stream);

  // Bytes read, 0 at the end, -1 on an error or a limit.
  long read(char* to, std::size_t size);
  // All of it, or -1.
  long write(const char* from, std::size_t size);
  // Nobody reads any more.
  bool is_gone() const;
  // Nothing more can be sent or read: an answer was given out of turn.
  bool is_spent() const { return spent_; }
  // Whether the body that was announced has been read.
  std::size_t unread_body() const { return body_left_; }
  // Says goodbye so that an answer is not lost with what the client still sends: ends our side, then reads on a little.
  void linger();

  const std::string& client() const { return client_; }

  // From any thread: nothing more is read, what is being answered is finished.
  void interrupt();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Phase { head, body, answer };

  bool wait(short events, Clock::time_point deadline) const;
  long fill(Clock::time_point deadline);
  void refuse(int status);

  const int socket_;
  const Limits& limits_;
  std::string client_;
  Phase phase_ = Phase::head;
  bool spent_ = false;
  std::array<char, 4096> buffer_{};
  std::size_t begin_ = 0, end_ = 0;  // of what is in the buffer
  std::size_t head_left_ = 0, body_left_ = 0;
  Clock::time_point read_deadline_, write_deadline_;
};

// An answer with a JSON error as bytes, ending the connection: for what is refused before HTTP is spoken.
std::string raw_refusal(int status);

}  // namespace almanac::serving
