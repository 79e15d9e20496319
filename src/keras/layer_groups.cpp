#include "keras/layer_groups.h"

#include <set>

#include "base/fail.h"
#include "keras/model_config.h"

namespace weir::keras {
namespace {

using hdf5::Links;
using hdf5::Object;

constexpr const char* kOldContainer = "_layer_checkpoint_dependencies";

std::string numbered_name(const std::string& base, std::size_t number) {
  return number == 0 ? base : fmt::format("{}_{}", base, number);
}

bool is_operation(const LayerRecord& layer) {
  return layer.module.starts_with("keras.src.ops") || layer.module.starts_with("keras.ops");
}

/// From the name of the class in Python, of which "GroupQueryAttention" is an export.
std::string group_base(const LayerRecord& layer) {
  if (layer.class_name == "GroupQueryAttention") return "grouped_query_attention";
  const std::string snake = to_snake_case(layer.class_name);
  return snake.starts_with('_') ? "private" + snake : snake;
}

/// Group names by layer name; layers without a group are absent.
using Assignment = std::map<std::string, std::string>;

Assignment by_class(const Links& links, const ModelRecord& model) {
  Assignment assignment;
  std::map<std::string, std::size_t> used;
  for (const LayerRecord& layer : model.layers) {
    if (is_operation(layer)) continue;
    const std::string base = group_base(layer);
    const std::string name = numbered_name(base, used[base]++);
    if (links.contains(name)) assignment.emplace(layer.name, name);
  }
  return assignment;
}

/// The i-th layer of a class has the i-th of the groups of that class that are there: every layer
/// has one in these files, with variables or not.
Assignment by_rank(const Links& links, const ModelRecord& model) {
  Assignment assignment;
  std::map<std::string, std::size_t> next;
  for (const LayerRecord& layer : model.layers) {
    const std::string base = group_base(layer);
    std::size_t& number = next[base];
    while (number <= 2 * model.layers.size() && !links.contains(numbered_name(base, number))) {
      ++number;
    }
    const std::string name = numbered_name(base, number++);
    if (links.contains(name)) assignment.emplace(layer.name, name);
  }
  return assignment;
}

Assignment by_name(const Links& links, const ModelRecord& model) {
  Assignment assignment;
  for (const LayerRecord& layer : model.layers) {
    if (links.contains(layer.name)) assignment.emplace(layer.name, layer.name);
  }
  return assignment;
}

bool holds_variables(const Object& group) {
  const auto vars = group.find("vars");
  return vars.has_value() && !vars->links().empty();
}

/// The first group with variables that no layer is given; "" when there is none.
std::string left_over(const Object& container, const Assignment& assignment) {
  std::set<std::string_view> taken;
  for (const auto& [layer, group] : assignment) taken.insert(group);
  for (const auto& [name, address] : container.links()) {
    if (!taken.contains(name) && holds_variables(container.at(name))) return name;
  }
  return {};
}

Assignment assign(const Object& container, const ModelRecord& model) {
  std::string unclaimed;
  for (const auto& rule : {by_class, by_name, by_rank}) {
    Assignment assignment = rule(container.links(), model);
    const std::string rest = left_over(container, assignment);
    if (rest.empty()) return assignment;
    if (unclaimed.empty()) unclaimed = rest;
  }
  fail(ErrorCode::kMalformed, "the weights in '{}' belong to no layer of model '{}'", unclaimed,
       model.name);
}

}  // namespace

std::map<std::string, LayerGroup> layer_groups(const Object& model_group,
                                               const ModelRecord& model) {
  std::string path = "layers";
  auto container = model_group.find(path);
  const auto old_container = model_group.find(kOldContainer);
  if (old_container && (!container || container->links().empty())) {
    path = kOldContainer;
    container = old_container;
  }
  std::map<std::string, LayerGroup> groups;
  if (!container) return groups;
  for (const auto& [layer, group] : assign(*container, model)) {
    groups.emplace(layer, LayerGroup{path + "/" + group, container->at(group)});
  }
  return groups;
}

}  // namespace weir::keras
