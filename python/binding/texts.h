#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string_view>
#include <vector>

#include "weir/tensor.h"

namespace weir::python {

/// Strings of arrays of Python objects on their way into a model, or out of one. To be used with
/// the interpreter's lock.
class Texts {
 public:
  /// Whether the array holds objects.
  static bool are_in(nanobind::handle array);

  /// The strings in an array of `str` (as UTF-8) or `bytes`, valid as long as this and the objects.
  /// Throws TypeError for an object that is neither.
  MutableTensorView read(nanobind::handle array);
  /// Room for as many as the array has.
  MutableTensorView room_for(nanobind::handle array);
  /// What came into the room, as `str` in the array; bytes that are not UTF-8 as `bytes`.
  void write_all() const;

 private:
  struct Room {
    nanobind::object array;
    std::shared_ptr<std::vector<std::string_view>> strings;
  };

  MutableTensorView add(nanobind::handle array);

  std::vector<Room> rooms_;
};

}  // namespace weir::python
