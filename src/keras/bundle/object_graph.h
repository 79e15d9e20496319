#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::bundle {

/// An object that was saved: a model, a layer, a list, a variable. The texts lie in the message
/// that the graph was read from.
struct SavedObject {
  struct Child {
    std::string_view name;  ///< The attribute: "kernel", "layer-0"; "0", "1", … in a list.
    std::uint32_t object = 0;
  };
  std::vector<Child> children;
  std::string_view variable_name;  ///< "dense/kernel"; of a variable only.
  std::string_view variable_key;   ///< Its tensor's name in the bundle.

  std::optional<std::uint32_t> child(std::string_view name) const;
};

/// TensorFlow's TrackableObjectGraph: which objects hold which. They may hold each other in loops.
/// The bytes are not trusted: throws kMalformed, also for a child that is none of the objects.
std::vector<SavedObject> read_object_graph(std::span<const std::byte> message);

}  // namespace weir::bundle
