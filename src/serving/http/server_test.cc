#include "serving/http/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <thread>

namespace almanac::serving {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Clock = std::chrono::steady_clock;

// Knows every group, one of them slowly. The bad paths over raw sockets are in tests/serving.
Router small_routes() {
  Router router;
  router.get("/api/v1/groups/{group}", [](const Call& call) {
    if (call.part("group") == "slow") std::this_thread::sleep_for(300ms);
    return Answer("{\"name\": \"" + call.part("group") + "\"}");
  });
  router.get("/api/v1/groups/{group}/series", [](const Call&) { return Answer(std::string(8U << 20U, ' ')); });
  router.get("/api/v1/events", [](const Call&) { return stream_answer(); });
  return router;
}

// A connection to the server that says exactly what a test wants it to.
class Client {
 public:
  explicit Client(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const timeval wait{10, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
  }
  ~Client() { close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void say(const std::string& bytes) { send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  void ask(const std::string& target) { say("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n"); }
  // Until `end` has come, or the server has closed.
  std::string hear(const std::string& end = "\n\n\n\n") {
    char buffer[4096];
    while (heard_.find(end) == std::string::npos) {
      const ssize_t got = recv(socket_, buffer, sizeof(buffer), 0);
      if (got <= 0) break;
      heard_.append(buffer, static_cast<std::size_t>(got));
    }
    return std::exchange(heard_, "");
  }

 private:
  int socket_;
  std::string heard_;
};

class ServerTest : public testing::Test {
 protected:
  std::unique_ptr<Server> start(ServerOptions options = {}) {
    options.listen.port = 0;
    options.access = [this](const Access& access) {
      const std::lock_guard lock(mutex_);
      accesses_.push_back(access);
    };
    auto server = Server::start(small_routes(), feed, std::move(options));
    EXPECT_TRUE(server.has_value()) << server.error().message;
    return std::move(*server);
  }

  std::vector<Access> accesses() {
    const std::lock_guard lock(mutex_);
    return accesses_;
  }

  static double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  Feed feed;

 private:
  std::mutex mutex_;
  std::vector<Access> accesses_;
};

TEST_F(ServerTest, AnswersOneRequestAfterAnotherOnAConnection) {
  const auto server = start();
  Client client(server->port());
  for (const char* name : {"one", "two", "three"}) {
    client.ask(std::string("/api/v1/groups/") + name);
    const std::string answer = client.hear("}");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr(name));
    EXPECT_THAT(answer, HasSubstr("Content-Security-Policy: default-src 'none'"));
  }
}

TEST_F(ServerTest, RequestsThatCameTogetherAreAnsweredInTurn) {
  const auto server = start();
  Client client(server->port());
  client.say(
      "GET /api/v1/groups/one HTTP/1.1\r\nHost: localhost\r\n\r\nGET /api/v1/groups/two HTTP/1.1\r\nHost: "
      "localhost\r\n\r\n");
  const std::string answers = client.hear("two\"}");
  EXPECT_LT(answers.find("one\"}"), answers.find("two\"}"));
}

TEST_F(ServerTest, TheOldVersionGetsItsAnswerAndNoConnectionToKeep) {
  const auto server = start();
  Client client(server->port()), viewer(server->port());
  client.say("GET /api/v1/groups/one HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
  const std::string answer = client.hear();
  EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("\"one\"}"));
  // It knows no chunks: a stream is as long as the connection.
  viewer.say("GET /api/v1/events HTTP/1.0\r\nHost: localhost\r\n\r\n");
  const std::string events = viewer.hear("welcome");
  EXPECT_THAT(events, Not(HasSubstr("chunked")));
  EXPECT_THAT(events, HasSubstr("\r\n\r\nretry: 2000\n"));
}

TEST_F(ServerTest, ALineThatNoHeadHasIsNotWaitedFor) {
  const auto server = start();
  Client client(server->port());
  client.say("GET / HTTP/1.1\n");
  EXPECT_THAT(client.hear(), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(ServerTest, TellsWhatItAnsweredWithoutWhatMayBeSecret) {
  const auto server = start();
  Client client(server->port());
  client.say("GET /api/v1/groups/shop?secret=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  client.hear();
  while (accesses().empty()) std::this_thread::sleep_for(1ms);
  const Access access = accesses().at(0);
  EXPECT_EQ(access.method, "GET");
  EXPECT_EQ(access.path, "/api/v1/groups/shop");
  EXPECT_EQ(access.route, "/api/v1/groups/{group}");
  EXPECT_EQ(access.parts, (Parts{{"group", "shop"}}));
  EXPECT_EQ(access.client, "127.0.0.1");
  EXPECT_EQ(access.status, 200);
  EXPECT_GT(access.bytes, 0U);
}

TEST_F(ServerTest, FiftyViewersTakeNothingFromTheOthers) {
  const auto server = start();
  std::vector<std::unique_ptr<Client>> viewers;
  for (int i = 0; i < 50; ++i) {
    viewers.push_back(std::make_unique<Client>(server->port()));
    viewers.back()->ask("/api/v1/events");
  }
  for (const auto& viewer : viewers) EXPECT_THAT(viewer->hear("welcome"), HasSubstr("text/event-stream"));
  EXPECT_EQ(server->viewers(), 50U);
  const auto before = Clock::now();
  for (int i = 0; i < 50; ++i) {
    Client client(server->port());
    client.ask("/api/v1/groups/shop");
    EXPECT_THAT(client.hear("}"), HasSubstr("200 OK"));
  }
  EXPECT_LT(seconds_since(before), 5);
  feed.publish("tick", "{\"group\": \"shop\"}");
  for (const auto& viewer : viewers) EXPECT_THAT(viewer->hear("\"shop\"}"), HasSubstr("event: tick"));
}

TEST_F(ServerTest, StoppingEndsStreamsAtOnceAndLetsAnswersOut) {
  auto server = start();
  Client viewer(server->port()), idle(server->port()), slow(server->port());
  viewer.ask("/api/v1/events");
  viewer.hear("welcome");
  idle.ask("/api/v1/groups/one");
  idle.hear("}");
  slow.ask("/api/v1/groups/slow");
  std::this_thread::sleep_for(100ms);
  const auto before = Clock::now();
  server->stop();
  EXPECT_LT(seconds_since(before), 3);
  EXPECT_THAT(slow.hear(), HasSubstr("\"slow\""));
  EXPECT_THAT(viewer.hear(), HasSubstr("0\r\n\r\n"));
  server->stop();
}

TEST_F(ServerTest, AStreamThatNobodyReadsIsLetGoAndItsPlaceIsFree) {
  ServerOptions options;
  options.limits.streams = 1;
  const auto server = start(options);
  {
    Client viewer(server->port()), second(server->port());
    viewer.ask("/api/v1/events");
    viewer.hear("welcome");
    second.ask("/api/v1/events");
    EXPECT_THAT(second.hear("}"), HasSubstr("503"));
  }
  const auto before = Clock::now();
  while (server->viewers() > 0 && seconds_since(before) < 10) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(server->viewers(), 0U);
}

TEST_F(ServerTest, AClientThatReadsNothingIsCutOff) {
  ServerOptions options;
  options.limits.write_stall = 200ms;
  const auto server = start(options);
  Client client(server->port());
  client.ask("/api/v1/groups/shop/series");  // 8 MiB, more than the system keeps for us
  const auto before = Clock::now();
  while (accesses().empty() && seconds_since(before) < 10) std::this_thread::sleep_for(10ms);
  EXPECT_LT(seconds_since(before), 5);
}

TEST_F(ServerTest, OneThatIsBoundKeepsItsAddressAndAnswersOnceItHasBegun) {
  ServerOptions options;
  options.listen = {"127.0.0.1", 0};
  auto server = Server::bind(small_routes(), feed, options);
  ASSERT_TRUE(server) << server.error().message;
  options.listen.port = (*server)->port();
  EXPECT_EQ(Server::bind(small_routes(), feed, options).error().code, ErrorCode::unavailable);
  Client client((*server)->port());
  client.ask("/api/v1/groups/one");
  (*server)->begin();
  EXPECT_THAT(client.hear("}"), StartsWith("HTTP/1.1 200 OK\r\n"));
  // One that never begins gives the address back.
  server->reset();
  ASSERT_TRUE(Server::bind(small_routes(), feed, options));
  EXPECT_TRUE(Server::bind(small_routes(), feed, options));
}

TEST_F(ServerTest, APortThatIsTakenIsAnErrorWithItsNumber) {
  const auto server = start();
  ServerOptions options;
  options.listen.port = server->port();
  const auto second = Server::start(small_routes(), feed, std::move(options));
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(server->port())));
}

TEST_F(ServerTest, WithoutATokenItListensToThisMachineOnly) {
  ServerOptions options;
  options.listen = {"0.0.0.0", 0};
  const auto refused = Server::start(small_routes(), feed, std::move(options));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
}

TEST_F(ServerTest, AFeedThatClosesEndsTheStreams) {
  const auto server = start();
  Client viewer(server->port());
  viewer.ask("/api/v1/events");
  viewer.hear("welcome");
  feed.close();
  EXPECT_THAT(viewer.hear(), HasSubstr("0\r\n\r\n"));
}

}  // namespace
}  // namespace almanac::serving
