#include "keras/bundle/object_graph.h"

#include <algorithm>

#include "base/checked.h"
#include "keras/bundle/wire.h"

namespace weir::bundle {
namespace {

using Bytes = std::span<const std::byte>;

std::string_view view_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

SavedObject::Child read_child(Bytes message) {
  SavedObject::Child child;
  for (MessageReader reader(message); reader.next();) {
    if (reader.field() == 1) child.object = checked_cast<std::uint32_t>(reader.number());
    if (reader.field() == 2) child.name = view_of(reader.bytes());
  }
  return child;
}

/// An attribute; that of a variable is its value.
void read_attribute(Bytes message, SavedObject& object) {
  std::string_view name;
  std::string_view full_name;
  std::string_view key;
  for (MessageReader reader(message); reader.next();) {
    if (reader.field() == 1) name = view_of(reader.bytes());
    if (reader.field() == 2) full_name = view_of(reader.bytes());
    if (reader.field() == 3) key = view_of(reader.bytes());
  }
  if (name != "VARIABLE_VALUE") return;
  object.variable_name = full_name;
  object.variable_key = key;
}

SavedObject read_object(Bytes message) {
  SavedObject object;
  for (MessageReader reader(message); reader.next();) {
    if (reader.field() == 1) object.children.push_back(read_child(reader.bytes()));
    if (reader.field() == 2) read_attribute(reader.bytes(), object);
  }
  return object;
}

}  // namespace

std::optional<std::uint32_t> SavedObject::child(std::string_view name) const {
  const auto found = std::ranges::find(children, name, &Child::name);
  if (found == children.end()) return std::nullopt;
  return found->object;
}

std::vector<SavedObject> read_object_graph(Bytes message) {
  std::vector<SavedObject> objects;
  for (MessageReader reader(message); reader.next();) {
    if (reader.field() == 1) objects.push_back(read_object(reader.bytes()));
  }
  for (const SavedObject& object : objects) {
    for (const SavedObject::Child& child : object.children) {
      require(child.object < objects.size(), ErrorCode::kMalformed,
              "'{}' is object {}, of which there are {}", child.name, child.object, objects.size());
    }
  }
  return objects;
}

}  // namespace weir::bundle
