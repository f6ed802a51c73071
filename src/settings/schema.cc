#include "settings/schema.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace almanac::settings {
namespace {

using Json = nlohmann::ordered_json;

Json text_of(const Key& key) {
  Json json{{"type", "string"}, {"minLength", 1}};
  if (!key.pattern.empty()) json["pattern"] = key.pattern;
  return json;
}

Json count_of(const Key& key) {
  Json json{{"type", "integer"}, {"minimum", key.least}};
  if (key.most != std::numeric_limits<std::int64_t>::max()) json["maximum"] = key.most;
  return json;
}

Json list_of(Json entry, std::size_t fewest) {
  Json json{{"type", "array"}};
  if (fewest > 0) json["minItems"] = fewest;
  json["items"] = std::move(entry);
  return json;
}

Json texts_of(const Key& key) {
  const Json one = key.choices.empty() ? Json{{"type", "string"}, {"minLength", 1}} : Json{{"enum", key.choices}};
  return key.one_or_list ? Json{{"anyOf", {one, list_of(one, 0)}}} : list_of(one, 0);
}

// A default as JSON has it: numbers and flags are not texts.
Json default_of(const Key& key) {
  if (key.form == Form::count || key.form == Form::number || key.form == Form::flag) return Json::parse(key.otherwise);
  return key.otherwise;
}

Json reference(const std::string& name) {
  return Json{{"$ref", "#/$defs/" + name}};
}

class SchemaWriter {
 public:
  SchemaWriter() {
    definitions_["duration"] = Json{{"description", "A duration as people write it: 90s, 5m, 1h30m, 2d, 8w."},
                                    {"type", "string"},
                                    {"pattern", "^([0-9]+[smhdw])+$"}};
    definitions_["percentage"] =
        Json{{"description", "A percentage with its sign, above 0% and at most 100%: 0.1%, 80%."},
             {"type", "string"},
             {"pattern", "^[0-9]+(\\.[0-9]+)? ?%$"}};
  }

  Json object_of(const Keys& keys) {
    Json json{{"type", "object"}, {"additionalProperties", false}};
    for (const Key& key : keys) {
      if (key.required) json["required"].push_back(key.name);
    }
    json["properties"] = Json::object();
    for (const Key& key : keys) json["properties"][key.name] = property_of(key);
    return json;
  }

  // What is referred to, after all else was written.
  const Json& definitions() const { return definitions_; }

 private:
  // The mapping of a block, or of each of blocks.
  Json block_of(const Key& key) {
    Json json = object_of(key.keys);
    if (!key.only_one.empty()) json["minProperties"] = json["maxProperties"] = 1;
    for (const auto& set : key.either) json["oneOf"].push_back(Json{{"required", set}});
    return json;
  }

  // One of the kinds, told apart by `kind`.
  Json variant_of(const Key& key) {
    Json kinds = Json::array();
    for (const Key& kind : key.keys) {
      Json one{{"description", kind.doc}};
      one.update(object_of(keys_of_variant(key, kind)));
      one["properties"]["kind"] = Json{{"const", kind.name}};
      kinds.push_back(std::move(one));
    }
    if (!key.one_or_list) return Json{{"oneOf", std::move(kinds)}};
    const std::string name = "one-of-" + key.name;
    definitions_[name] = Json{{"oneOf", std::move(kinds)}};
    return Json{{"anyOf", {reference(name), list_of(reference(name), 1)}}};
  }

  Json form_of(const Key& key) {
    switch (key.form) {
      case Form::text:
      case Form::file:
        return text_of(key);
      case Form::count:
        return count_of(key);
      case Form::number:
        return Json{{"type", "number"}, {"exclusiveMinimum", 0}};
      case Form::percentage:
        return reference("percentage");
      case Form::duration:
        return reference("duration");
      case Form::flag:
        return Json{{"type", "boolean"}};
      case Form::choice:
        return Json{{"enum", key.choices}};
      case Form::texts:
        return texts_of(key);
      case Form::named_texts:
        return Json{{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
      case Form::block:
        return block_of(key);
      case Form::blocks:
        return list_of(block_of(key), key.fewest);
      case Form::variant:
        return variant_of(key);
    }
    return {};
  }

  Json property_of(const Key& key) {
    Json json{{"description", key.usually.empty() ? key.doc : fmt::format("{} Default: {}.", key.doc, key.usually)}};
    json.update(form_of(key));
    // A block that needs nothing may be left empty.
    const bool needs_nothing = !json.contains("required") && key.only_one.empty();
    if (key.form == Form::block && needs_nothing) json["type"] = {"object", "null"};
    if (!key.otherwise.empty()) json["default"] = default_of(key);
    if (!key.examples.empty()) json["examples"] = key.examples;
    return json;
  }

  Json definitions_;
};

std::string written(const Key& key) {
  switch (key.form) {
    case Form::text:
      return "text";
    case Form::file:
      return "file";
    case Form::count:
      return "whole number";
    case Form::number:
      return "number";
    case Form::percentage:
      return "percentage";
    case Form::duration:
      return "duration";
    case Form::flag:
      return "true or false";
    case Form::choice:
      return one_of(key.choices);
    case Form::texts:
      return key.one_or_list ? "text or list" : "list";
    case Form::named_texts:
      return "names and texts";
    case Form::block:
      return "mapping";
    case Form::blocks:
      return "list";
    case Form::variant:
      return key.one_or_list ? "a kind or a list of them" : "a kind";
  }
  return "";
}

std::string in_cell(const std::string& text) {
  std::string cell;
  for (const char c : text) cell += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell;
}

void add_rows(const Keys& keys, const std::string& prefix, std::string& table) {
  for (const Key& key : keys) {
    std::string otherwise = !key.otherwise.empty() ? fmt::format("`{}`", key.otherwise) : key.usually;
    if (key.required) otherwise = "required";
    table +=
        fmt::format("| {} | {} | {} | {} |\n", prefix + key.name, written(key), in_cell(otherwise), in_cell(key.doc));
    if (key.form == Form::block) add_rows(key.keys, prefix + key.name + ".", table);
    if (key.form == Form::blocks) add_rows(key.keys, prefix + key.name + "[].", table);
  }
}

}  // namespace

std::string json_schema(const Keys& keys, const std::string& title, const std::string& description) {
  Json json{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}, {"description", description}};
  SchemaWriter writer;
  json.update(writer.object_of(keys));
  json["$defs"] = writer.definitions();
  return json.dump(2) + "\n";
}

std::string key_table(const Keys& keys) {
  std::string table = "| key | written as | default | |\n|---|---|---|---|\n";
  add_rows(keys, "", table);
  return table;
}

}  // namespace almanac::settings
