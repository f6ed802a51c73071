#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace almanac::settings {

// How a value is written, and as what Values gives it.
enum class Form {
  text,         // std::string, not empty
  file,         // std::string: a path; a relative one is relative to the folder of the settings
  count,        // std::int64_t
  number,       // double
  percentage,   // double, 0..1: "0.1%"; the sign is required, because "0.1" might mean 0.1 % or 10 %
  duration,     // Duration: "90s", "5m", "1h30m"
  flag,         // bool
  choice,       // std::string, one of `choices`
  texts,        // std::vector<std::string>, each one of `choices` where there are any
  named_texts,  // std::map<std::string, std::string>: keys that nobody lists
  block,        // Values of `keys`
  blocks,       // std::vector<Values>: a list of blocks
  variant,      // Values of the one of `keys` (each a block) that its key `kind` names, `kind` among them
};

struct Key;
using Keys = std::vector<Key>;

// One key of a mapping, made by the functions below: `text("region", "Its region.").expecting("a region such as ...")`.
// Its words are for people who read messages (`expected`), the JSON Schema and the key table (`doc`).
struct Key {
  std::string name;
  std::string doc;  // whole sentences
  Form form = Form::text;
  std::string expected;  // what messages say was expected: "a file name"
  bool required = false;
  bool secret = false;       // messages do not repeat what was found
  bool one_or_list = false;  // texts, variant: one, or a list of them
  std::string otherwise;     // the value where none is given, as people would write it; empty: none
  std::string usually;       // what holds then, in words, where that depends on something else
  std::string pattern;       // regular expression (ECMAScript) that a text must match
  std::vector<std::string> examples;
  std::vector<std::string> choices;
  std::int64_t least = 0;  // of a count
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  double below = 1e12;      // of a number, which is above 0
  bool above_zero = false;  // of a duration
  std::size_t fewest = 0;   // of blocks
  // What the value is made into before it is read as its form. An error with words is what the message says; one
  // without: something else was expected.
  std::function<Result<std::string>(const std::string&)> accept;
  Keys keys;             // of a block, of each of blocks; the blocks of a variant
  std::string only_one;  // of the keys of a block, and of each of blocks, in words: "one of {sns: ARN} and ..."
  // For the schema: the sets of keys of which a block, and each of blocks, must have one. Whoever reads the values
  // checks it, with better words.
  std::vector<std::vector<std::string>> either;

  Key expecting(std::string words) &&;
  Key needed() &&;
  Key hidden() &&;  // a secret
  Key or_list() &&;
  Key otherwise_is(std::string value) &&;
  Key usually_is(std::string words) &&;
  Key matching(std::string regular_expression) &&;
  Key such_as(std::string example) &&;
  Key between(std::int64_t least_count, std::int64_t most_count) &&;
  Key more_than_zero() &&;
  Key at_least(std::size_t entries) &&;
  Key with_only_one(std::string words) &&;
  Key with_either(std::vector<std::vector<std::string>> sets) &&;
  Key accepting(std::function<Result<std::string>(const std::string&)> function) &&;
  // The same key under another name.
  Key called(std::string other) const;
};

Key text(std::string name, std::string doc);
Key file(std::string name, std::string doc);
Key count(std::string name, std::string doc);
Key number(std::string name, std::string doc);
Key percentage(std::string name, std::string doc);
Key duration(std::string name, std::string doc);
Key flag(std::string name, std::string doc);
Key choice(std::string name, std::string doc, std::vector<std::string> choices);
Key texts(std::string name, std::string doc, std::vector<std::string> choices = {});
Key named_texts(std::string name, std::string doc);
Key block(std::string name, std::string doc, Keys keys);
Key blocks(std::string name, std::string doc, Keys keys);
Key variant(std::string name, std::string doc, Keys kinds);

// The key of that name, which must be there.
const Key& key_of(const Keys& keys, const std::string& name);
std::vector<std::string> names_of(const Keys& keys);
// "a", "a or b", "a, b or c".
std::string one_of(const std::vector<std::string>& words);

// What a variant's block may hold: `kind`, then the keys of the kind.
Keys keys_of_variant(const Key& variant, const Key& kind);

}  // namespace almanac::settings
