#include <algorithm>
#include <cctype>
#include <map>
#include <string>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/registry.h"
#include "layers/shaping.h"

/// keras.ops.rearrange, which names axes by words: "b (h p) c -> b h (p c)".
namespace weir::layers {
namespace {

/// The names of the axes that one axis is made of.
using Group = std::vector<std::string>;
using Sizes = std::map<std::string, std::int64_t>;

bool is_of_name(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

/// One side of a pattern.
std::vector<Group> parse_side(std::string_view text) {
  std::vector<Group> groups;
  bool is_inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_of_name(text[i])) {
      const std::size_t begin = i;
      while (i + 1 < text.size() && is_of_name(text[i + 1])) ++i;
      if (!is_inside) groups.emplace_back();
      groups.back().emplace_back(text.substr(begin, i + 1 - begin));
    } else if (text[i] == (is_inside ? ')' : '(')) {
      if (!is_inside) groups.emplace_back();
      is_inside = !is_inside;
    } else {
      require(text[i] == ' ', ErrorCode::kMalformed, "the pattern has a '{}'", text[i]);
    }
  }
  require(!is_inside, ErrorCode::kMalformed, "the pattern has an open bracket");
  return groups;
}

std::vector<std::string> flattened(const std::vector<Group>& groups) {
  std::vector<std::string> names;
  for (const Group& group : groups) names.insert(names.end(), group.begin(), group.end());
  return names;
}

/// The sizes of a group's axes, of which all but one are given.
void add_sizes(const Group& group, std::int64_t size, const Config& given, Sizes& sizes) {
  std::int64_t known = 1;
  const std::string* unknown = nullptr;
  for (const std::string& name : group) {
    const bool is_given = group.size() > 1 && given.has(name);
    require(is_given || unknown == nullptr, ErrorCode::kMalformed, "the axis '{}' has no size",
            name);
    if (is_given) {
      sizes[name] = given.sizes(name, 1, 1).front();
      known = checked_mul(known, sizes[name]);
    } else {
      unknown = &name;
    }
  }
  if (unknown != nullptr) sizes[*unknown] = size / known;
}

std::vector<ValueId> rearrange(LayerCall& call) {
  const ValueId x = call.input();
  const Json* given = find_argument(call, 1, {"pattern"});
  require(given != nullptr && given->is_string(), ErrorCode::kMalformed, "has no pattern");
  const std::string pattern = given->get<std::string>();
  const std::size_t arrow = pattern.find("->");
  require(arrow != pattern.npos, ErrorCode::kMalformed, "the pattern '{}' has no arrow", pattern);
  const std::vector<Group> from = parse_side(std::string_view(pattern).substr(0, arrow));
  const std::vector<Group> to = parse_side(std::string_view(pattern).substr(arrow + 2));
  const Shape shape = call.shape(x);
  require(from.size() == shape.rank(), ErrorCode::kInvalidArgument,
          "the pattern '{}' does not fit the shape {}", pattern, to_string(shape));
  Sizes sizes;
  const Json settings = settings_of(call);
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    add_sizes(from[axis], shape[axis], Config(settings), sizes);
  }
  const std::vector<std::string> before = flattened(from);
  const std::vector<std::string> after = flattened(to);
  require(std::ranges::is_permutation(before, after) && sizes.size() == before.size(),
          ErrorCode::kMalformed, "the pattern '{}' has not each axis once on both sides", pattern);
  Shape apart;
  for (const std::string& name : before) apart.push_back(sizes[name]);
  std::vector<std::size_t> permutation;
  for (const std::string& name : after) {
    permutation.push_back(
        static_cast<std::size_t>(std::ranges::find(before, name) - before.begin()));
  }
  Shape target;
  for (const Group& group : to) {
    std::int64_t size = 1;
    for (const std::string& name : group) size = checked_mul(size, sizes[name]);
    target.push_back(size);
  }
  const ValueId moved = add_transpose(call, add_reshape(call, x, apart), std::move(permutation));
  return {add_reshape(call, moved, target)};
}

}  // namespace

void register_operations_rearrange(Registry& registry) {
  registry.add_operation("Rearrange", rearrange);
}

}  // namespace weir::layers
