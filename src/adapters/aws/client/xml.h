#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace almanac::adapters::aws {

// An element of an answer. Attributes and namespaces are left out: no API used here says anything in them.
struct XmlElement {
  std::string name;  // without prefix
  std::string text;  // of an element without children: entities resolved, white space as it stands
  std::vector<XmlElement> children;

  // The first element below this one at a path of names: "GetMetricDataResult/NextToken". Null when there is none.
  const XmlElement* find(std::string_view path) const;
  // Text at the path; empty when it is missing: an API that leaves a field out means the same as one that sends it
  // empty.
  std::string_view text_at(std::string_view path) const;
  // The children called "member" of the element at the path, as Query APIs write lists; or those of another name.
  std::vector<const XmlElement*> list(std::string_view path, std::string_view item = "member") const;
};

struct XmlLimits {
  std::size_t bytes = 64U << 20U;
  int depth = 32;
};

// The root element. corrupt when it is no well-formed XML, deeper or longer than allowed; the message says at which
// byte and quotes nothing. Document types and processing instructions are skipped, so no entity is ever expanded.
Result<XmlElement> parse_xml(std::string_view bytes, XmlLimits limits = {});

}  // namespace almanac::adapters::aws
