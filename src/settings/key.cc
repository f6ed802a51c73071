#include "settings/key.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace almanac::settings {
namespace {

Key make(Form form, std::string name, std::string doc, std::string expected) {
  Key key;
  key.form = form;
  key.name = std::move(name);
  key.doc = std::move(doc);
  key.expected = std::move(expected);
  return key;
}

}  // namespace

Key Key::expecting(std::string words) && {
  expected = std::move(words);
  return std::move(*this);
}
Key Key::needed() && {
  required = true;
  return std::move(*this);
}
Key Key::hidden() && {
  secret = true;
  return std::move(*this);
}
Key Key::or_list() && {
  one_or_list = true;
  return std::move(*this);
}
Key Key::otherwise_is(std::string value) && {
  otherwise = std::move(value);
  return std::move(*this);
}
Key Key::usually_is(std::string words) && {
  usually = std::move(words);
  return std::move(*this);
}
Key Key::matching(std::string regular_expression) && {
  pattern = std::move(regular_expression);
  return std::move(*this);
}
Key Key::such_as(std::string example) && {
  examples.push_back(std::move(example));
  return std::move(*this);
}
Key Key::between(std::int64_t least_count, std::int64_t most_count) && {
  least = least_count;
  most = most_count;
  return std::move(*this);
}
Key Key::more_than_zero() && {
  above_zero = true;
  return std::move(*this);
}
Key Key::at_least(std::size_t entries) && {
  fewest = entries;
  return std::move(*this);
}
Key Key::with_only_one(std::string words) && {
  only_one = std::move(words);
  return std::move(*this);
}
Key Key::with_either(std::vector<std::vector<std::string>> sets) && {
  either = std::move(sets);
  return std::move(*this);
}
Key Key::accepting(std::function<Result<std::string>(const std::string&)> function) && {
  accept = std::move(function);
  return std::move(*this);
}
Key Key::called(std::string other) const {
  Key copy = *this;
  copy.name = std::move(other);
  return copy;
}

Key text(std::string name, std::string doc) {
  return make(Form::text, std::move(name), std::move(doc), "a text");
}
Key file(std::string name, std::string doc) {
  return make(Form::file, std::move(name), std::move(doc), "a file name");
}
Key count(std::string name, std::string doc) {
  return make(Form::count, std::move(name), std::move(doc), "a whole number");
}
Key number(std::string name, std::string doc) {
  return make(Form::number, std::move(name), std::move(doc), "a number above 0");
}
Key percentage(std::string name, std::string doc) {
  return make(Form::percentage, std::move(name), std::move(doc), "a percentage above 0% such as 80%");
}
Key duration(std::string name, std::string doc) {
  return make(Form::duration, std::move(name), std::move(doc), "a duration such as 5m");
}
Key flag(std::string name, std::string doc) {
  return make(Form::flag, std::move(name), std::move(doc), "true or false");
}
Key choice(std::string name, std::string doc, std::vector<std::string> choices) {
  Key key = make(Form::choice, std::move(name), std::move(doc), one_of(choices));
  key.choices = std::move(choices);
  return key;
}
Key texts(std::string name, std::string doc, std::vector<std::string> choices) {
  Key key = make(Form::texts, std::move(name), std::move(doc),
                 choices.empty() ? "a list of texts" : "a list of " + one_of(choices));
  key.choices = std::move(choices);
  return key;
}
Key named_texts(std::string name, std::string doc) {
  return make(Form::named_texts, std::move(name), std::move(doc), "a mapping of names to texts");
}
Key block(std::string name, std::string doc, Keys keys) {
  Key key = make(Form::block, std::move(name), std::move(doc), "a mapping");
  key.keys = std::move(keys);
  return key;
}
Key blocks(std::string name, std::string doc, Keys keys) {
  Key key = make(Form::blocks, std::move(name), std::move(doc), "a list");
  key.keys = std::move(keys);
  return key;
}
Key variant(std::string name, std::string doc, Keys kinds) {
  Key key = make(Form::variant, std::move(name), std::move(doc), "a mapping with kind, " + one_of(names_of(kinds)));
  key.keys = std::move(kinds);
  return key;
}

const Key& key_of(const Keys& keys, const std::string& name) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == name; });
  ALMANAC_CHECK(found != keys.end(), "there is no key " + name);
  return *found;
}

std::vector<std::string> names_of(const Keys& keys) {
  std::vector<std::string> names;
  for (const Key& key : keys) names.push_back(key.name);
  return names;
}

std::string one_of(const std::vector<std::string>& words) {
  std::string all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) all += i + 1 == words.size() ? " or " : ", ";
    all += words[i];
  }
  return all;
}

Keys keys_of_variant(const Key& variant, const Key& kind) {
  Keys keys{choice("kind", kind.doc, names_of(variant.keys)).needed()};
  keys.insert(keys.end(), kind.keys.begin(), kind.keys.end());
  return keys;
}

}  // namespace almanac::settings
