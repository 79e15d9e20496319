#include <cstddef>
#include <cstdlib>

/// Kept by the caller, who unloads this library.
extern "C" void* allocate_in_plugin(std::size_t size) {
  void* memory = std::malloc(size);
  // Not as the last thing, or the compiler would jump to malloc and leave no frame.
  asm volatile("" : : "r"(memory) : "memory");
  return memory;
}
