#include "doctor/tracer/python_stack.h"

#include <dlfcn.h>
#include <link.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace weir::tracer {
namespace {

constexpr std::ptrdiff_t kDirect = -1;
constexpr int kFirstWithPointers = 11;  // 3.10 keeps an index where later ones keep a pointer.

constexpr std::array kLayouts{
    PythonLayout{10, 24, kDirect, 32, 24, 96, 0, 0, 104, 112, 48, 72},
    PythonLayout{11, 56, 8, 32, 48, 56, 0, 184, 112, 128, 48, 72},
    PythonLayout{12, 56, 0, 0, 8, 56, 70, 192, 112, 128, 40, 56},
    PythonLayout{13, 72, kDirect, 0, 8, 56, 70, 200, 112, 128, 40, 56},
};
constexpr std::uint8_t kOwnedByC = 3;

// The same in all of them.
constexpr std::size_t kType = 8;
constexpr std::size_t kTextLength = 16;
constexpr std::size_t kTextState = 32;
constexpr unsigned kKindShift = 2;
constexpr unsigned kKindMask = 7;
constexpr unsigned kCompact = 1U << 5;
constexpr unsigned kAscii = 1U << 6;

template <typename Function>
bool find(Function& function, const char* name) {
  function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
  return function != nullptr;
}

/// The bytes of a function, as the dynamic symbol table has them.
std::size_t size_of_function(const void* function) {
  Dl_info info;
  void* symbol = nullptr;
  if (dladdr1(function, &info, &symbol, RTLD_DL_SYMENT) == 0 || symbol == nullptr) return 0;
  return static_cast<const ElfW(Sym)*>(symbol)->st_size;
}

/// "3.11.7 (main, …": null for versions and builds whose layout is not known.
const PythonLayout* layout_of(const char* version) {
  if (std::strncmp(version, "3.", 2) != 0) return nullptr;
  if (std::strstr(version, "free-threading") != nullptr) return nullptr;
  const int minor = std::atoi(version + 2);
  for (const PythonLayout& layout : kLayouts) {
    if (layout.minor == minor) return &layout;
  }
  return nullptr;
}

std::uint32_t character_at(const std::byte* text, unsigned kind, std::size_t index) {
  std::uint32_t character = 0;
  std::memcpy(&character, text + index * kind, kind);  // Little-endian.
  return character;
}

std::size_t utf8_length(std::uint32_t character) {
  return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
}

void write_utf8(std::uint32_t character, std::size_t length, char* out) {
  constexpr std::array<unsigned, 5> kLead{0, 0, 0xc0, 0xe0, 0xf0};
  for (std::size_t i = length - 1; i > 0; --i) {
    out[i] = static_cast<char>(0x80 | (character & 0x3f));
    character >>= 6;
  }
  out[0] = static_cast<char>(kLead[length == 1 ? 0 : length] | character);
}

}  // namespace

void Python::attach() {
  const char* (*version)() = nullptr;
  if (is_attached() || !find(version, "Py_GetVersion")) return;
  const PythonLayout* layout = layout_of(version());
  if (layout == nullptr) return;
  if (find(this_thread_, "PyGILState_GetThisThreadState") && find(line_at_, "PyCode_Addr2Line") &&
      find(code_type_, "PyCode_Type") && find(text_type_, "PyUnicode_Type")) {
    layout_ = layout;
  }
  const void* loop = nullptr;
  if (is_attached() && find(loop, "_PyEval_EvalFrameDefault")) {
    loop_bytes_ = size_of_function(loop);
    loop_begin_ = reinterpret_cast<std::uintptr_t>(loop);
  }
}

template <typename Value>
Value Python::member(const void* object, std::size_t offset) const {
  Value value;
  std::memcpy(&value, static_cast<const std::byte*>(object) + offset, sizeof value);
  return value;
}

bool Python::has_type(const void* object, const void* type) const {
  return object != nullptr && member<const void*>(object, kType) == type;
}

const void* Python::current_frame() const {
  const void* thread = this_thread_();
  if (thread == nullptr) return nullptr;
  const auto* frame = member<const void*>(thread, layout_->frame);
  if (layout_->held_frame == kDirect || frame == nullptr) return frame;
  return member<const void*>(frame, static_cast<std::size_t>(layout_->held_frame));
}

bool Python::is_call_from_c(const void* frame) const {
  return layout_->owner != 0 && member<std::uint8_t>(frame, layout_->owner) == kOwnedByC;
}

int Python::instruction_of(const void* frame, const void* code) const {
  if (layout_->minor < kFirstWithPointers) return 2 * member<int>(frame, layout_->instruction);
  const auto* first = static_cast<const std::byte*>(code) + layout_->first_instruction;
  return static_cast<int>(member<const std::byte*>(frame, layout_->instruction) - first);
}

std::size_t Python::read_stack(std::span<PythonFrame> frames) const {
  if (!is_attached()) return 0;
  std::size_t count = 0;
  for (const void* frame = current_frame(); frame != nullptr && count < frames.size();
       frame = member<const void*>(frame, layout_->previous)) {
    const auto* code = member<const void*>(frame, layout_->code);
    // Between frames of Python lie those of calls from C, which have no code, or a stub.
    if (!has_type(code, code_type_) || is_call_from_c(frame)) continue;
    frames[count++] = {code, member<const void*>(code, layout_->file),
                       member<const void*>(code, layout_->name), instruction_of(frame, code)};
  }
  return count;
}

int Python::line_of(const PythonFrame& frame) const {
  return line_at_(const_cast<void*>(frame.code), frame.instruction);
}

std::string_view Python::text_of(const void* string, std::span<char> buffer) const {
  if (!has_type(string, text_type_)) return {};
  const auto state = member<unsigned>(string, kTextState);
  const unsigned kind = (state >> kKindShift) & kKindMask;
  if ((state & kCompact) == 0 || (kind != 1 && kind != 2 && kind != 4)) return {};
  const auto length = member<std::size_t>(string, kTextLength);
  const auto* text = static_cast<const std::byte*>(string) +
                     ((state & kAscii) != 0 ? layout_->ascii : layout_->text);
  std::size_t used = 0;
  for (std::size_t i = 0; i < length; ++i) {
    const std::uint32_t character = character_at(text, kind, i);
    const std::size_t bytes = utf8_length(character);
    if (used + bytes > buffer.size()) break;
    write_utf8(character, bytes, buffer.data() + used);
    used += bytes;
  }
  return {buffer.data(), used};
}

}  // namespace weir::tracer
