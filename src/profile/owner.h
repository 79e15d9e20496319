#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::profile {

/// Who owns memory. The order is the record format's: new ones are added before kUnnamed's value is
/// changed, with a new version of the format.
enum class Owner : std::uint8_t {
  kModelFile,      ///< Weights as the model's file has them, mapped.
  kPackedWeights,  ///< Weights as kernels read them.
  kArena,          ///< Activations and scratch of the sessions on a device.
  kQueue,          ///< Rows between source, session and sink.
  kOutputs,        ///< Predictions that wait for whoever asked for them.
  kRetained,       ///< Predictions that a callback or a consumer kept.
  kSource,         ///< Heap that the source took while it was asked for rows, and keeps.
  kSink,           ///< Heap that sink and callbacks took while they were given rows, and keep.
  kProgram,        ///< The program and its libraries: their files' pages, and their data.
  kHeap,           ///< The rest of the heap in use: the loaded model, the plan, the program's own.
  kAllocator,      ///< Freed, but kept by the allocator.
  kStacks,         ///< Of all threads.
  kRecorder,       ///< The window of the record.
  kUnnamed,        ///< What is left of the kernel's figure.
};

inline constexpr std::size_t kOwnerCount = 14;

/// Resident bytes of each owner.
using OwnerBytes = std::array<std::uint64_t, kOwnerCount>;

inline std::uint64_t& at(OwnerBytes& bytes, Owner owner) {
  return bytes[static_cast<std::size_t>(owner)];
}
inline std::uint64_t at(const OwnerBytes& bytes, Owner owner) {
  return bytes[static_cast<std::size_t>(owner)];
}

/// As people read it ("packed weights"), and as programs do ("packed").
std::string_view name_of(Owner owner);
std::string_view kind_of(Owner owner);

}  // namespace weir::profile
