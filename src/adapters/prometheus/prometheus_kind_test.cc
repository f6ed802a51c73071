#include "adapters/prometheus/prometheus_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "adapters/http/loopback_server.h"
#include "adapters/prometheus/fake_prometheus.h"
#include "kinds/test_surroundings.h"
#include "settings/yaml.h"

namespace almanac::adapters::prometheus {
namespace {

using settings::Mistakes;
using settings::Values;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using Verdict = Finding::Verdict;

const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();
constexpr Duration kFive{300};

class SomeTarget final : public kinds::TargetKind {
 public:
  std::string name() const override { return "some"; }
  std::string doc() const override { return "Some target."; }
  settings::Keys keys() const override { return {}; }
  Result<std::shared_ptr<ports::ScalingGroup>> make(const Values&, const kinds::Surroundings&) const override {
    return fail(ErrorCode::unsupported, "only its name is asked for");
  }
};

// A block of almanac.yaml, read and checked as wiring does.
struct Block {
  explicit Block(const std::string& yaml)
      : values(settings::read_yaml(yaml, prometheus_kind().keys(), "/etc/almanac", mistakes)) {
    if (values.complete()) prometheus_kind().check(values, mistakes);
  }
  Mistakes mistakes{"almanac.yaml"};
  Values values;
};

std::string mistakes_of(const std::string& yaml) {
  return Block(yaml).mistakes.text();
}

struct KindTest : testing::Test {
  KindTest() {
    surroundings.around.transport = [this] { return prometheus.transport; };
    prometheus.pages["/api/v1/status/buildinfo"] = {200, R"({"status":"success","data":{"version":"2.42.0"}})"};
    prometheus.pages["/api/v1/status/runtimeinfo"] = {200, R"({"status":"success","data":{"storageRetention":"15d"}})"};
  }
  Result<kinds::Metrics> make(const std::string& yaml) {
    const Block block(yaml);
    EXPECT_TRUE(block.mistakes.none()) << block.mistakes.text();
    return prometheus_kind().make(block.values, surroundings.around);
  }
  Findings examine(const std::string& yaml) {
    const Block block(yaml);
    EXPECT_TRUE(block.mistakes.none()) << block.mistakes.text();
    return prometheus_kind().examine(block.values, surroundings.around, {.now = kNoon});
  }

  FakePrometheus prometheus;
  SomeTarget target;
  kinds::TestSurroundings surroundings{target, {}, kNoon};
};

// --- What may stand in almanac.yaml.

TEST(PrometheusKeys, WhatCannotBeIsRefusedWithWhatWasExpected) {
  const std::string url = "url: http://p:9090\n";
  EXPECT_EQ(mistakes_of(url + "demand: up"), "");
  EXPECT_THAT(mistakes_of("demand: up"),
              HasSubstr("url: expected a url such as http://prometheus:9090, found nothing"));
  EXPECT_THAT(mistakes_of(url), HasSubstr("expected at least one query: demand, cpu, network or instances"));
  EXPECT_THAT(mistakes_of(url + "demand: up\nuser: a"), HasSubstr("user: expected user and password_file together"));
  EXPECT_THAT(mistakes_of(url + "demand: up\npassword_file: a"), HasSubstr("expected user and password_file together"));
  EXPECT_THAT(mistakes_of(url + "demand: up\nuser: a\npassword_file: b\nbearer_token_file: c"),
              HasSubstr("bearer_token_file: expected either a password or a bearer token, found both"));
  EXPECT_THAT(mistakes_of(url + "demand: up\nkey_file: a"), HasSubstr("key_file: expected cert_file beside it"));
  EXPECT_THAT(mistakes_of(url + "demand: up\nheaders: {Host: a}"), HasSubstr("headers: Host: expected a header other"));
  EXPECT_THAT(mistakes_of(url + "demand: up\nbearer_token_file: a\nheaders: {authorization: b}"),
              HasSubstr("headers: expected one Authorization"));
  EXPECT_THAT(mistakes_of(url + "demand: up\ndemand_unit: per_hour"), HasSubstr("per_second, per_minute or level"));
  EXPECT_THAT(mistakes_of(url + "demand: up\nmax_samples: 5"), HasSubstr("max_samples: expected"));
}

TEST(PrometheusKeys, TheUrlIsWhatStandsBeforeTheApiAndHoldsNoPassword) {
  const auto url_of = [](const std::string& url) {
    const Block block("url: " + url + "\ndemand: up");
    return block.mistakes.none() ? block.values.get<std::string>("url") : block.mistakes.text();
  };
  EXPECT_EQ(url_of("https://mimir.example.com/prometheus/"), "https://mimir.example.com/prometheus");
  EXPECT_THAT(url_of("http://p:9090/api/v1/query"), HasSubstr("expected what stands before /api/v1"));
  EXPECT_THAT(url_of("http://p:9090/?tenant=a"), HasSubstr("expected a url without a query"));
  EXPECT_THAT(url_of("p:9090"), HasSubstr("expected a url such as http://prometheus:9090"));
  EXPECT_THAT(url_of("http://me:s3cret@p:9090"), AllOf(HasSubstr("expected a url such as"), Not(HasSubstr("s3cret"))));
}

TEST(PrometheusKeys, ColumnsAreThoseThatAQueryFeeds) {
  const auto columns_of = [](const std::string& queries) {
    const Block block("url: http://p:9090\n" + queries);
    return prometheus_kind().columns(block.values);
  };
  EXPECT_THAT(columns_of("demand: up"), ElementsAre("request_count", "request_peak"));
  EXPECT_THAT(columns_of("demand: up\nresolution: 5m"), ElementsAre("request_count"));
  EXPECT_THAT(columns_of("cpu: up\ninstances: up"), ElementsAre("cpu_utilization", "in_service_instances"));
  EXPECT_THAT(columns_of("network: up"), ElementsAre("network_in"));
}

// --- The source that is made.

TEST_F(KindTest, UnitsAreThoseOfTheKeys) {
  prometheus.series = {{"D", FakePrometheus::constant("60")}, {"C", FakePrometheus::constant("0.5")}};
  const auto row_of = [&](const std::string& units) {
    const auto made = make("url: http://p:9090\ndemand: D\ncpu: C\n" + units);
    return made->source->read({kNoon - kFive, kNoon}, kFive)->at(0);
  };
  EXPECT_EQ(row_of("").request_count, 60 * 300) << "a rate per second";
  EXPECT_EQ(row_of("demand_unit: level").request_count, 60 * 300) << "60 at a time, all the time";
  EXPECT_EQ(row_of("demand_unit: per_minute").request_count, 300);
  EXPECT_EQ(row_of("").cpu_utilization, 0.5);
  EXPECT_EQ(row_of("cpu_unit: ratio").cpu_utilization, 50);
}

TEST_F(KindTest, HistoryIsWhatSomebodyKnowsOfIt) {
  EXPECT_EQ(make("url: http://p:9090\ndemand: D")->history, std::nullopt);
  EXPECT_EQ(make("url: http://p:9090\ndemand: D\nhistory: 90d")->history, 90 * kDay);
}

TEST_F(KindTest, AResolutionThatDoesNotFitIsRefusedWhenItIsMade) {
  const auto made = make("url: http://p:9090\ndemand: D\nresolution: 2m");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, StartsWith("prometheus: a resolution of 2m does not fit into the interval of 5m"));
}

TEST_F(KindTest, HeadersGoWithEveryRequest) {
  const auto made = make("url: http://p:9090\ndemand: D\nheaders: {X-Scope-OrgID: shop}");
  ASSERT_TRUE(made->source->read({kNoon - kFive, kNoon}, kFive));
  const auto& headers = prometheus.transport->requests.at(0).headers;
  EXPECT_NE(std::find(headers.begin(), headers.end(), std::pair<std::string, std::string>("X-Scope-OrgID", "shop")),
            headers.end());
}

TEST_F(KindTest, AnOwnAuthorityAndCertificateAreUsed) {
  http::LoopbackServer client(std::vector<http::LoopbackReply>(1), {.tls = true});  // only its certificate is used
  http::LoopbackReply nothing;
  nothing.body = R"({"status":"success","data":{"resultType":"matrix","result":[]}})";
  http::LoopbackServer server({nothing}, {.tls = true, .client_authority = client.certificate_file()});
  const std::string block = "url: " + server.url() + "\ndemand: D\nca_file: " + server.certificate_file() + "\n";
  const auto known = make(block + "cert_file: " + client.certificate_file())->source;
  const auto rows = known->read({kNoon - kFive, kNoon}, kFive);
  EXPECT_TRUE(rows) << rows.error().message;
  EXPECT_THAT(server.requests(), SizeIs(1));
  const auto unknown = make(block)->source->read({kNoon - kFive, kNoon}, kFive);
  EXPECT_EQ(unknown.error().code, ErrorCode::permission_denied) << unknown.error().message;
}

// --- What doctor says.

TEST_F(KindTest, AHealthySourceIsTheServerAndANewestValueOfEachQuery) {
  prometheus.series["D"] = [](Timestamp t) { return std::optional(std::to_string(t.time_since_epoch().count() % 7)); };
  prometheus.series["C"] = FakePrometheus::constant("42");
  const auto found = examine("url: http://p:9090\ndemand: D\ncpu: C\ndelay: 30s");
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_EQ(found[0], (Finding{"prometheus", Verdict::good, "http://p:9090 answers (version 2.42.0, keeps 15d)", ""}));
  EXPECT_EQ(found[1].verdict, Verdict::good);
  EXPECT_EQ(found[2].text, "cpu: 42 % at 2026-11-27T11:59:00Z, 1m ago; 60 of 60 values of the last hour");
}

TEST_F(KindTest, WhatIsMissingStaleOrLooksLikeAnotherUnitIsNamedWithWhatToDo) {
  prometheus.series["C"] = FakePrometheus::constant("0.42");
  prometheus.series["counter"] = [](Timestamp t) {
    return std::optional(std::to_string(t.time_since_epoch().count()));
  };
  prometheus.series["stale"] = [](Timestamp t) {
    return t <= kNoon - 20 * kMinute ? std::optional<std::string>("1") : std::nullopt;
  };
  const auto last = [&](const std::string& queries) { return examine("url: http://p:9090\n" + queries).back(); };
  const Finding empty = last("demand: nothing");
  EXPECT_EQ(empty.verdict, Verdict::mend);
  EXPECT_EQ(empty.text, "demand: no value in the last hour");
  EXPECT_THAT(empty.advice, HasSubstr("two samples in its window"));
  const Finding stale = last("demand: stale");
  EXPECT_EQ(stale.verdict, Verdict::note);
  EXPECT_THAT(stale.text, HasSubstr("at 2026-11-27T11:40:00Z, 20m ago; 40 of 60 values"));
  EXPECT_THAT(last("cpu: C").advice, HasSubstr("cpu_unit: ratio"));
  EXPECT_THAT(last("demand: counter").advice, HasSubstr("its rate is meant"));
  prometheus.bodies["wrong"] = R"({"status":"error","errorType":"bad_data","error":"1:6: parse error: x"})";
  EXPECT_EQ(last("network: wrong").verdict, Verdict::mend);
  EXPECT_THAT(last("network: wrong").text, HasSubstr("network: http://p:9090: cannot use the query: 1:6: parse error"));
}

TEST_F(KindTest, AServerThatDoesNotAnswerIsSaidOnce) {
  prometheus.pages["/api/v1/status/buildinfo"] = {401, "no org id"};
  const auto found = examine("url: http://p:9090\ndemand: D\ncpu: C");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].verdict, Verdict::mend);
  EXPECT_THAT(found[0].text, StartsWith("http://p:9090: answers 401: no org id; expected"));
  const auto without_token = examine("url: http://p:9090\ndemand: D\nbearer_token_file: /nonexistent/token");
  EXPECT_EQ(without_token[0].verdict, Verdict::mend);
  EXPECT_THAT(without_token[0].text, StartsWith("http://p:9090: bearer_token_file: /nonexistent/token: "));
}

TEST_F(KindTest, ASecretOnAnOpenWireIsNoted) {
  const std::string path = testing::TempDir() + "prometheus-kind-token";
  std::ofstream(path) << "t0ken";
  const auto notes = [&](const std::string& url) {
    auto found = examine("url: " + url + "\ndemand: D\nbearer_token_file: " + path);
    std::erase_if(found, [](const Finding& finding) { return finding.text.find("unencrypted") == std::string::npos; });
    return found.size();
  };
  EXPECT_EQ(notes("http://p:9090"), 1U);
  EXPECT_EQ(notes("https://p:9090"), 0U);
  EXPECT_EQ(notes("http://127.0.0.1:9090"), 0U);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace almanac::adapters::prometheus
