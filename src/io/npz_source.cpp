#include "io/npz_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/fail.h"
#include "base/zip_reader.h"
#include "io/at_file.h"
#include "io/member_reader.h"
#include "io/npy_source.h"

namespace weir {
namespace {

constexpr std::string_view kEnding = ".npy";

struct Array {
  std::string name;
  const ZipEntry* entry;
};

// In the order in which they lie in the archive, which is the order of numpy.savez's arguments.
std::vector<Array> arrays_in(const ZipReader& archive) {
  std::vector<Array> arrays;
  for (const auto& [name, entry] : archive.entries()) {
    if (!name.ends_with(kEnding)) continue;
    arrays.push_back({name.substr(0, name.size() - kEnding.size()), &entry});
  }
  std::sort(arrays.begin(), arrays.end(), [](const Array& a, const Array& b) {
    return a.entry->header_offset < b.entry->header_offset;
  });
  require(!arrays.empty(), ErrorCode::kMalformed, "the archive holds no arrays (.npy)");
  return arrays;
}

std::string names_of(const std::vector<Array>& arrays) {
  constexpr std::size_t kShown = 20;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(arrays.size(), kShown); ++i) names.push_back(arrays[i].name);
  return fmt::format("{}{}", fmt::join(names, ", "), arrays.size() > kShown ? ", …" : "");
}

const Array* find_array(const std::vector<Array>& arrays, std::string_view name) {
  const auto found = std::find_if(arrays.begin(), arrays.end(),
                                  [&](const Array& array) { return array.name == name; });
  return found == arrays.end() ? nullptr : &*found;
}

std::vector<Array> choose_arrays(const std::vector<Array>& arrays,
                                 std::span<const TensorSpec> expected,
                                 const std::optional<std::string>& wanted) {
  if (wanted) {
    const Array* found = find_array(arrays, *wanted);
    require(found != nullptr, ErrorCode::kInvalidArgument, "has no array '{}'; it has: {}", *wanted,
            names_of(arrays));
    return {*found};
  }
  std::vector<Array> named;
  std::vector<std::string> inputs;
  for (const TensorSpec& input : expected) {
    inputs.push_back(input.name);
    if (const Array* found = find_array(arrays, input.name)) named.push_back(*found);
  }
  if (!expected.empty() && named.size() == expected.size()) return named;
  const bool is_in_order = named.empty() && arrays.size() == expected.size();
  require(
      expected.empty() || is_in_order, ErrorCode::kInvalidArgument,
      "the arrays ({}) are not the model's inputs ({}): give them the inputs' names, or save as "
      "many, in order, or choose one with FILE.npz:ARRAY",
      names_of(arrays), fmt::join(inputs, ", "));
  return arrays;
}

}  // namespace

std::vector<SourcePart> open_npz(const std::string& file, SharedBytes bytes,
                                 std::span<const TensorSpec> expected,
                                 const std::optional<std::string>& array) {
  std::vector<SourcePart> parts;
  const auto archive = at_file(file, [&] { return ZipReader(std::move(bytes)); });
  const auto arrays = at_file(file, [&] { return arrays_in(archive); });
  for (const Array& chosen :
       at_file(file, [&] { return choose_arrays(arrays, expected, array); })) {
    const std::string place = fmt::format("{}:{}", file, chosen.name);
    auto source = at_file(
        place, [&] { return open_npy(read_member(archive, *chosen.entry), chosen.entry->size); });
    parts.push_back({place, chosen.name, std::move(source)});
  }
  return parts;
}

}  // namespace weir
