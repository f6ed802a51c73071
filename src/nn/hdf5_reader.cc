#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "nn/hdf5_io.h"
#include "nn/hdf5_span.h"

namespace almanac::nn {
namespace {

using namespace hdf5;

constexpr std::size_t kMostTexts = 10'000;         // of an attribute, and entries of a group or attributes of an object
constexpr std::size_t kLongestTexts = 16'000'000;  // all texts of one attribute together
constexpr int kMostSteps = 1'000'000;              // header messages of an object, heap objects passed for an attribute

// The messages of an object header (specification IV.A) that matter here.
struct Object {
  std::optional<Span> space, type, layout, filters;
  std::optional<std::uint64_t> tree, heap;  // of a group
  std::vector<Span> attributes;

  bool is_group() const { return tree.has_value(); }
};

enum MessageType : std::uint64_t {
  kDataspace = 0x1,
  kDatatype = 0x3,
  kLayout = 0x8,
  kFilters = 0xB,
  kAttribute = 0xC,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kAttributeInfo = 0x15,
};

Result<Object> read_object(Span file, std::uint64_t address) {
  Span header = file.from(address);
  if (header.starts_with("OHDR")) return unsupported("written in HDF5's latest format; save with the default one");
  if (header.number(0, 1) != 1 || header.failed()) return corrupt("an object's header is damaged");
  Object object;
  std::vector<Span> blocks = {header.part(16, header.number(8, 4))};
  int messages = 0;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    Span block = blocks[b];
    for (std::uint64_t at = 0; at + 8 <= block.size();) {
      const std::uint64_t kind = block.number(at, 2);
      const std::uint64_t size = block.number(at + 2, 2);
      const bool shared = (block.number(at + 4, 1) & 2) != 0;
      Span data = block.part(at + 8, size);
      at += 8 + size;
      if (block.failed()) break;
      const bool wanted =
          kind == kDataspace || kind == kDatatype || kind == kLayout || kind == kFilters || kind == kAttribute;
      if (wanted && shared) return unsupported("an object with shared header messages");
      if (kind == kDataspace) object.space = data;
      if (kind == kDatatype) object.type = data;
      if (kind == kLayout) object.layout = data;
      if (kind == kFilters) object.filters = data;
      if (kind == kAttribute) object.attributes.push_back(data);
      if (kind == kAttributeInfo) return unsupported("attributes in HDF5's latest format; save with the default one");
      if (kind == kContinuation) blocks.push_back(file.part(data.number(0, 8), data.number(8, 8)));
      if (kind == kSymbolTable) {
        object.tree = data.number(0, 8);
        object.heap = data.number(8, 8);
      }
      if (data.failed()) return corrupt("a header message is cut off");
      if (++messages > kMostSteps || object.attributes.size() > kMostTexts || blocks.size() > kMostBlocks) {
        return corrupt("an object's header is too long");
      }
    }
    if (block.failed()) return corrupt("an object's header is damaged");
  }
  if (file.failed() || header.failed()) return corrupt("an object's header leads out of the file");
  return object;
}

struct Child {
  std::string name;
  std::uint64_t address;
};

// The entries of a group: a B-tree (specification III.A.1) of symbol table nodes (III.B), names in a local heap
// (III.D).
Result<std::vector<Child>> list_group(Span file, const Object& group) {
  Span heap = file.from(*group.heap);
  if (!heap.starts_with("HEAP")) return corrupt("a group's names are damaged");
  Span names = file.part(heap.number(24, 8), heap.number(8, 8));
  std::vector<Child> children;
  std::vector<std::uint64_t> nodes = {*group.tree};
  for (int visited = 0; !nodes.empty(); ++visited) {
    Span node = file.from(nodes.back());
    nodes.pop_back();
    if (visited > kMostBlocks || file.failed() || heap.failed()) return corrupt("a group's tree is damaged");
    if (node.bytes(0, 4) == "TREE") {
      if (node.number(4, 1) != 0) return corrupt("a group's tree is of another kind");
      const std::uint64_t entries = node.number(6, 2);
      // Last child first, so that the first is taken from the stack next.
      for (std::uint64_t i = entries; i-- > 0;) nodes.push_back(node.number(32 + 16 * i, 8));
    } else if (node.bytes(0, 4) == "SNOD") {
      const std::uint64_t entries = node.number(6, 2);
      for (std::uint64_t i = 0; i < entries && !node.failed(); ++i) {
        const std::uint64_t at = 8 + 40 * i;
        auto name = names.terminated(node.number(at, 8));
        if (!name) return corrupt("a name is cut off");
        const bool soft_link = node.number(at + 16, 4) == 2;
        if (!soft_link) children.push_back({std::move(*name), node.number(at + 8, 8)});
      }
    } else {
      return corrupt("a group's tree is damaged");
    }
    if (node.failed() || children.size() > kMostTexts || nodes.size() > kMostTexts) {
      return corrupt("a group's tree is damaged");
    }
  }
  return children;
}

Result<Object> find_object(Span file, std::uint64_t root, const std::string& path) {
  auto object = read_object(file, root);
  std::size_t from = 0;
  while (object && from < path.size()) {
    const std::size_t to = std::min(path.find('/', from), path.size());
    const std::string_view name = std::string_view(path).substr(from, to - from);
    from = to + 1;
    if (name.empty()) continue;
    if (!object->is_group()) return fail(ErrorCode::not_found, fmt::format("no \"{}\"", path));
    const auto children = list_group(file, *object);
    if (!children) return tl::unexpected(children.error());
    const auto child = std::find_if(children->begin(), children->end(), [&](const Child& c) { return c.name == name; });
    if (child == children->end()) return fail(ErrorCode::not_found, fmt::format("no array or group \"{}\"", path));
    object = read_object(file, child->address);
  }
  return object;
}

// Dataspace message (IV.A.2.b): no dimensions for a scalar, one of 0 for nothing.
Result<std::vector<std::size_t>> read_shape(Span space) {
  const std::uint64_t version = space.number(0, 1);
  const std::uint64_t rank = space.number(1, 1);
  if (space.failed() || (version != 1 && version != 2) || rank > 8) return corrupt("an unknown shape");
  std::vector<std::size_t> shape;
  if (version == 2 && space.number(3, 1) == 2) return std::vector<std::size_t>{0};
  std::size_t total = 1;
  for (std::uint64_t i = 0; i < rank; ++i) {
    const std::uint64_t extent = space.number((version == 1 ? 8 : 4) + 8 * i, 8);
    if (space.failed()) return corrupt("a shape is cut off");
    if (extent > kMostValues || (total *= static_cast<std::size_t>(extent)) > kMostValues) {
      return corrupt(fmt::format("more than {} values", kMostValues));
    }
    shape.push_back(static_cast<std::size_t>(extent));
  }
  return shape;
}

std::size_t count(const std::vector<std::size_t>& shape) {
  std::size_t total = 1;
  for (std::size_t extent : shape) total *= extent;
  return total;
}

// Datatype message (IV.A.2.d): the width of an IEEE little-endian float, 0 for any other type.
std::uint64_t float_width(Span type) {
  const std::uint64_t kind = type.number(0, 1) & 0xf;
  const std::uint64_t width = type.number(4, 4);
  // Bit offset, precision; exponent's place and size, mantissa's place and size; exponent bias.
  const bool is_float =
      type.number(8, 4) == 0x0020'0000 && type.number(12, 4) == 0x1700'0817 && type.number(16, 4) == 127;
  const bool is_double =
      type.number(8, 4) == 0x0040'0000 && type.number(12, 4) == 0x3400'0b34 && type.number(16, 4) == 1023;
  const bool little_endian = (type.number(1, 1) & 0x41) == 0;
  if (type.failed() || kind != 1 || !little_endian) return 0;
  return (is_float && width == 4) || (is_double && width == 8) ? width : 0;
}

// Data layout message (IV.A.2.i): where an array's bytes lie.
Result<Span> find_data(Span file, Span layout, std::uint64_t size) {
  const std::uint64_t version = layout.number(0, 1);
  const std::uint64_t kind = layout.number(1, 1);
  if (version < 3 || version > 4 || kind > 1) return unsupported("stored in an old or unusual layout");
  if (size == 0) return Span();
  Span data;
  if (kind == 0) {
    data = layout.part(4, layout.number(2, 2));
  } else {
    const std::uint64_t address = layout.number(2, 8);
    if (address == kUndefined) return corrupt("has no values");
    data = file.part(address, layout.number(10, 8));
  }
  if (layout.failed() || file.failed() || data.size() < size) return corrupt("its values are cut off");
  return data;
}

template <typename T, typename Stored>
void convert(std::string_view raw, std::vector<T>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored value;
    std::memcpy(&value, raw.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = static_cast<T>(value);
  }
}

template <typename T>
Result<Hdf5Reader::Array<T>> read_array(Span file, const Object& object) {
  if (!object.space || !object.type || !object.layout) return corrupt("not an array");
  const std::uint64_t width = float_width(*object.type);
  if (width == 0) return unsupported("holds no little-endian floats of 32 or 64 bits");
  auto shape = read_shape(*object.space);
  if (!shape) return tl::unexpected(shape.error());
  Hdf5Reader::Array<T> array;
  const std::size_t values = count(*shape);
  Span layout = *object.layout;
  std::string joined;
  std::string_view raw;
  if (layout.number(0, 1) == 3 && layout.number(1, 1) == 2) {
    auto chunks = read_chunks(file, layout, object.filters, *shape, width);
    if (!chunks) return tl::unexpected(chunks.error());
    joined = std::move(*chunks);
    raw = joined;
  } else {
    auto data = find_data(file, layout, values * width);
    if (!data) return tl::unexpected(data.error());
    raw = data->bytes(0, values * width);
  }
  array.shape = std::move(*shape);
  array.values.resize(values);
  width == 4 ? convert<T, float>(raw, array.values) : convert<T, double>(raw, array.values);
  return array;
}

// The bytes of a text in a global heap collection (III.E); stored as length, address, index.
std::optional<std::string> heap_text(Span file, Span reference, int& steps) {
  const std::uint64_t length = reference.number(0, 4);
  const std::uint64_t address = reference.number(4, 8);
  const std::uint64_t wanted = reference.number(12, 4);
  if (reference.failed()) return std::nullopt;
  if (length == 0 || address == 0) return std::string();
  Span collection = file.from(address);
  if (!collection.starts_with("GCOL")) return std::nullopt;
  collection = collection.part(0, collection.number(8, 8));
  for (std::uint64_t at = 16; at + 16 <= collection.size();) {
    const std::uint64_t index = collection.number(at, 2);
    const std::uint64_t size = collection.number(at + 8, 8);
    if (index == 0 || size > collection.size() || ++steps > kMostSteps) return std::nullopt;
    if (index == wanted) {
      if (length > size) return std::nullopt;
      const std::string_view text = collection.bytes(at + 16, length);
      if (collection.failed()) return std::nullopt;
      return std::string(text.substr(0, text.find('\0')));
    }
    at += 16 + (size + 7) / 8 * 8;
  }
  return std::nullopt;
}

struct Attribute {
  std::string name;
  Span type, space, data;
};

// Attribute message (IV.A.2.m).
Result<Attribute> read_attribute(Span message) {
  const std::uint64_t version = message.number(0, 1);
  if (message.failed() || version < 1 || version > 3) return corrupt("an attribute is damaged");
  if (version > 1 && message.number(1, 1) != 0) return unsupported("an attribute of a shared type");
  const auto padded = [version](std::uint64_t size) { return version == 1 ? (size + 7) / 8 * 8 : size; };
  const std::uint64_t name_size = message.number(2, 2);
  const std::uint64_t type_size = message.number(4, 2);
  const std::uint64_t space_size = message.number(6, 2);
  std::uint64_t at = version == 3 ? 9 : 8;
  Attribute attribute;
  const std::string_view name = message.bytes(at, name_size);
  attribute.name = name.substr(0, name.find('\0'));
  at += padded(name_size);
  attribute.type = message.part(at, type_size);
  at += padded(type_size);
  attribute.space = message.part(at, space_size);
  at += padded(space_size);
  attribute.data = message.from(at);
  if (message.failed()) return corrupt("an attribute is cut off");
  return attribute;
}

// Texts of fixed or variable length. A list of no values is an empty list whatever its type: h5py makes those of
// floats.
Result<std::vector<std::string>> read_texts(Span file, Attribute& attribute) {
  const auto shape = read_shape(attribute.space);
  if (!shape) return tl::unexpected(shape.error());
  const std::size_t values = count(*shape);
  std::vector<std::string> texts;
  if (values == 0) return texts;
  const std::uint64_t kind = attribute.type.number(0, 1) & 0xf;
  const bool variable = kind == 9 && (attribute.type.number(1, 1) & 0xf) == 1;
  const std::uint64_t width = attribute.type.number(4, 4);
  if (attribute.type.failed() || (kind != 3 && !variable)) return corrupt("not a text");
  if (values > kMostTexts || width == 0 || width > kLongestTexts || (variable && width != 16)) {
    return corrupt("texts that are too many or too long");
  }
  std::size_t total = 0;
  int steps = 0;
  for (std::size_t i = 0; i < values; ++i) {
    Span stored = attribute.data.part(i * width, width);
    if (attribute.data.failed()) return corrupt("texts are cut off");
    const std::string_view fixed = stored.bytes(0, width);
    auto text = variable ? heap_text(file, stored, steps) : std::string(fixed.substr(0, fixed.find('\0')));
    if (!text) return corrupt("a text is damaged");
    if ((total += text->size()) > kLongestTexts) return corrupt("texts that are too long");
    texts.push_back(std::move(*text));
  }
  return texts;
}

}  // namespace

Result<Hdf5Reader> Hdf5Reader::open(std::string_view bytes) {
  constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
  // At the start, or behind a user block of 512, 1024, 2048 ... bytes (II).
  for (std::size_t at = 0; at < bytes.size(); at = at == 0 ? 512 : 2 * at) {
    Span file(bytes.substr(at));
    if (!file.starts_with(kSignature)) continue;
    const std::uint64_t version = file.number(8, 1);
    if (version > 1) return unsupported("written in HDF5's latest format; save with the default one");
    if (file.number(13, 1) != 8 || file.number(14, 1) != 8) return unsupported("addresses of other than 64 bits");
    const std::uint64_t root = file.number(version == 0 ? 64 : 68, 8);
    if (file.failed()) return corrupt("cut off");
    return Hdf5Reader(bytes.substr(at), root);
  }
  return corrupt("not an HDF5 file");
}

bool Hdf5Reader::has_group(const std::string& path) const {
  const auto object = find_object(Span(bytes_), root_, path);
  return object && object->is_group();
}

Result<std::vector<std::string>> Hdf5Reader::texts(const std::string& path, const std::string& attribute) const {
  auto object = find_object(Span(bytes_), root_, path);
  if (!object) return tl::unexpected(object.error());
  for (const Span& message : object->attributes) {
    auto found = read_attribute(message);
    if (!found) return tl::unexpected(found.error());
    if (found->name != attribute) continue;
    auto list = read_texts(Span(bytes_), *found);
    if (!list) return tl::unexpected(with_context(list.error(), fmt::format("attribute \"{}\"", attribute)));
    return list;
  }
  return fail(ErrorCode::not_found, fmt::format("\"{}\" has no attribute \"{}\"", path, attribute));
}

Result<std::string> Hdf5Reader::text(const std::string& path, const std::string& attribute) const {
  auto list = texts(path, attribute);
  if (!list) return tl::unexpected(list.error());
  if (list->size() != 1) return corrupt(fmt::format("attribute \"{}\" is not one text", attribute));
  return std::move(list->front());
}

Result<std::vector<std::string>> Hdf5Reader::attribute_names(const std::string& path) const {
  const auto object = find_object(Span(bytes_), root_, path);
  if (!object) return tl::unexpected(object.error());
  std::vector<std::string> names;
  for (const Span& message : object->attributes) {
    auto attribute = read_attribute(message);
    if (!attribute) return tl::unexpected(attribute.error());
    names.push_back(std::move(attribute->name));
  }
  return names;
}

Result<std::vector<std::string>> Hdf5Reader::children(const std::string& path) const {
  const auto object = find_object(Span(bytes_), root_, path);
  if (!object) return tl::unexpected(object.error());
  if (!object->is_group()) return corrupt(fmt::format("\"{}\" is not a group", path));
  auto list = list_group(Span(bytes_), *object);
  if (!list) return tl::unexpected(list.error());
  std::vector<std::string> names;
  for (Child& child : *list) names.push_back(std::move(child.name));
  return names;
}

Result<Hdf5Reader::Array<float>> Hdf5Reader::floats(const std::string& path) const {
  const auto object = find_object(Span(bytes_), root_, path);
  if (!object) return tl::unexpected(object.error());
  auto array = read_array<float>(Span(bytes_), *object);
  if (!array) return tl::unexpected(with_context(array.error(), path));
  return array;
}

Result<Hdf5Reader::Array<double>> Hdf5Reader::doubles(const std::string& path) const {
  const auto object = find_object(Span(bytes_), root_, path);
  if (!object) return tl::unexpected(object.error());
  auto array = read_array<double>(Span(bytes_), *object);
  if (!array) return tl::unexpected(with_context(array.error(), path));
  return array;
}

}  // namespace almanac::nn
