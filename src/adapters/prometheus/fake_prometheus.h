#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "ports/fake_http_transport.h"

namespace almanac::adapters::prometheus {

// Answers range queries as Prometheus does, with what a test states: the text of a value for each time, or none.
class FakePrometheus {
 public:
  using Value = std::function<std::optional<std::string>(Timestamp)>;

  // What one request asked for.
  struct Asked {
    std::string query;
    Timestamp start, end;
    Duration step{0};
  };

  FakePrometheus() {
    transport->handler = [this](const ports::HttpRequest& request) { return answer(request); };
  }

  static Value constant(const std::string& text) {
    return [text](Timestamp) { return std::optional(text); };
  }

  std::map<std::string, Value> series;                       // by query; one that is not here is an empty vector
  std::map<std::string, std::string> bodies;                 // by query: this answer instead
  std::map<std::string, std::pair<int, std::string>> pages;  // by path below the url: status and body
  std::vector<Asked> asked;
  std::shared_ptr<ports::FakeHttpTransport> transport = std::make_shared<ports::FakeHttpTransport>();

 private:
  static std::string field(const std::string& form, const std::string& name) {
    const std::string padded = "&" + form + "&";
    const auto at = padded.find("&" + name + "=");
    if (at == std::string::npos) return "";
    const auto begin = at + name.size() + 2;
    std::string plain;
    const std::string value = padded.substr(begin, padded.find('&', begin) - begin);
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] == '%') {
        plain += static_cast<char>(std::stoi(value.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        plain += value[i] == '+' ? ' ' : value[i];
      }
    }
    return plain;
  }

  Result<ports::HttpResponse> answer(const ports::HttpRequest& request) {
    const auto at = request.url.find("/api/v1/");
    const std::string path = at == std::string::npos ? "" : request.url.substr(at);
    if (const auto page = pages.find(path); page != pages.end())
      return ports::HttpResponse{page->second.first, {}, page->second.second};
    if (path != "/api/v1/query_range") return ports::HttpResponse{404, {}, "404 page not found\n"};
    const auto time = [&](const char* name) { return Timestamp(Duration(std::stoll(field(request.body, name)))); };
    const Asked one{field(request.body, "query"), time("start"), time("end"),
                    Duration(std::stoll(field(request.body, "step")))};
    asked.push_back(one);
    if (const auto body = bodies.find(one.query); body != bodies.end())
      return ports::HttpResponse{200, {}, body->second};
    std::string values;
    if (const auto found = series.find(one.query); found != series.end()) {
      for (Timestamp t = one.start; t <= one.end; t += one.step) {
        if (const auto text = found->second(t))
          values += fmt::format("{}[{},\"{}\"]", values.empty() ? "" : ",", t.time_since_epoch().count(), *text);
      }
    }
    const std::string result = values.empty() ? "" : fmt::format(R"({{"metric":{{}},"values":[{}]}})", values);
    return ports::HttpResponse{
        200, {}, fmt::format(R"({{"status":"success","data":{{"resultType":"matrix","result":[{}]}}}})", result)};
  }
};

}  // namespace almanac::adapters::prometheus
