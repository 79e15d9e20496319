#include <array>
#include <charconv>
#include <span>
#include <string_view>

#include "doctor/tracer/tracer.h"
#include "doctor/tracer/weir_tracer.h"

#define WEIR_EXPORT extern "C" __attribute__((visibility("default")))

namespace weir::tracer {
namespace {

/// Runs `act(tracer)` inside of the tracer, if this process is traced.
template <typename Act>
void with_tracer(const Act& act) {
  Tracer* traced = current_tracer();
  if (traced == nullptr || thread_state.is_inside || !traced->is_own_process()) return;
  const Inside inside;
  act(*traced);
}

/// Appends as much as fits.
class Text {
 public:
  explicit Text(std::span<char> buffer) : buffer_(buffer) {}
  void append(std::string_view text) {
    used_ += text.copy(buffer_.data() + used_, buffer_.size() - used_);
  }
  std::size_t size() const { return used_; }

 private:
  std::span<char> buffer_;
  std::size_t used_ = 0;
};

void append_frame(Text& out, const Python& python, const PythonFrame& frame) {
  std::array<char, 512> buffer;
  out.append(python.text_of(frame.name, buffer));
  out.append(" (");
  out.append(python.text_of(frame.file, buffer));
  out.append(":");
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), python.line_of(frame)).ptr;
  out.append({buffer.data(), static_cast<std::size_t>(end - buffer.data())});
  out.append(")\n");
}

}  // namespace
}  // namespace weir::tracer

using weir::tracer::Tracer;

WEIR_EXPORT void weir_tracer_step(unsigned long long step) {
  weir::tracer::with_tracer([step](Tracer& tracer) {
    // An interpreter that was loaded after the program began is found here.
    tracer.python().attach();
    tracer.recorder().begin_step(step);
    tracer.recorder().write_if_due();
  });
}

WEIR_EXPORT void weir_tracer_snapshot(void) {
  weir::tracer::with_tracer([](Tracer& tracer) { tracer.recorder().snapshot(); });
}

WEIR_EXPORT void weir_tracer_site_dump(void) {
  weir::tracer::with_tracer([](Tracer& tracer) { tracer.recorder().dump_sites(); });
}

WEIR_EXPORT int weir_tracer_trim(void) {
  bool has_returned = false;
  weir::tracer::with_tracer([&](Tracer& tracer) { has_returned = tracer.recorder().trim(); });
  return has_returned ? 1 : 0;
}

WEIR_EXPORT int weir_tracer_python_stack(char* buffer, int bytes) {
  using namespace weir::tracer;
  Text out({buffer, static_cast<std::size_t>(bytes > 0 ? bytes : 0)});
  with_tracer([&](Tracer& tracer) {
    std::array<PythonFrame, kMostPythonFrames> frames;
    const std::size_t count = tracer.python().read_stack(frames);
    for (std::size_t i = 0; i < count; ++i) append_frame(out, tracer.python(), frames[i]);
  });
  return static_cast<int>(out.size());
}
