#include "adapters/aws/client/xml.h"

#include <fmt/format.h>

#include <pugixml.hpp>

namespace almanac::adapters::aws {
namespace {

std::string_view without_prefix(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// False when it is deeper than allowed. Recursion is bounded by `depth_left`.
bool copy_element(const pugi::xml_node& from, XmlElement& to, int depth_left) {
  if (depth_left <= 0) return false;
  to.name = without_prefix(from.name());
  for (const auto& child : from.children()) {
    if (child.type() == pugi::node_element) {
      if (!copy_element(child, to.children.emplace_back(), depth_left - 1)) return false;
    } else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      to.text += child.value();
    }
  }
  if (!to.children.empty()) to.text.clear();
  return true;
}

// Before the parser builds a tree of it: how deep elements nest at most. An underestimate of malformed text does no
// harm, since the copy counts again.
bool too_deep(std::string_view bytes, int limit) {
  int depth = 0;
  for (std::size_t at = bytes.find('<'); at != std::string_view::npos && at + 1 < bytes.size();
       at = bytes.find('<', at + 1)) {
    const char next = bytes[at + 1];
    if (next == '/') {
      --depth;
    } else if (next != '!' && next != '?') {
      const std::size_t end = bytes.find('>', at);
      const bool empty = end != std::string_view::npos && bytes[end - 1] == '/';
      if (!empty && ++depth > limit) return true;
    }
  }
  return false;
}

}  // namespace

const XmlElement* XmlElement::find(std::string_view path) const {
  const XmlElement* at = this;
  while (at != nullptr && !path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const auto wanted = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    const XmlElement* next = nullptr;
    for (const auto& child : at->children) {
      if (child.name == wanted) {
        next = &child;
        break;
      }
    }
    at = next;
  }
  return at;
}

std::string_view XmlElement::text_at(std::string_view path) const {
  const XmlElement* found = find(path);
  return found == nullptr ? std::string_view{} : std::string_view(found->text);
}

std::vector<const XmlElement*> XmlElement::list(std::string_view path, std::string_view item) const {
  std::vector<const XmlElement*> items;
  if (const XmlElement* found = find(path)) {
    for (const auto& child : found->children) {
      if (child.name == item) items.push_back(&child);
    }
  }
  return items;
}

Result<XmlElement> parse_xml(std::string_view bytes, XmlLimits limits) {
  if (bytes.size() > limits.bytes)
    return fail(ErrorCode::corrupt,
                fmt::format("an XML answer of {} bytes; expected at most {}", bytes.size(), limits.bytes));
  const auto deep = fmt::format("an XML answer nested deeper than {} elements", limits.depth);
  if (too_deep(bytes, limits.depth)) return fail(ErrorCode::corrupt, deep);
  pugi::xml_document document;
  const auto parsed = document.load_buffer(bytes.data(), bytes.size(),
                                           pugi::parse_default | pugi::parse_ws_pcdata_single, pugi::encoding_utf8);
  if (!parsed)
    return fail(ErrorCode::corrupt,
                fmt::format("malformed XML at byte {} of {}: {}", parsed.offset, bytes.size(), parsed.description()));
  const auto root = document.document_element();
  if (!root || root.next_sibling())
    return fail(ErrorCode::corrupt, fmt::format("{} bytes that are not one XML element", bytes.size()));
  XmlElement element;
  if (!copy_element(root, element, limits.depth)) return fail(ErrorCode::corrupt, deep);
  return element;
}

}  // namespace almanac::adapters::aws
