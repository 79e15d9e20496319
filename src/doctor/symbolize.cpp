#include "doctor/symbolize.h"

#include <cxxabi.h>
#include <elfutils/libdwfl.h>

#include <cstdlib>
#include <memory>

namespace weir::doctor {
namespace {

struct EndSession {
  void operator()(Dwfl* session) const { dwfl_end(session); }
};

struct Free {
  void operator()(char* text) const { std::free(text); }  // NOLINT(cppcoreguidelines-owning-memory)
};

const Dwfl_Callbacks& callbacks() {
  static char* search_path = nullptr;
  static const Dwfl_Callbacks callbacks{dwfl_build_id_find_elf, dwfl_standard_find_debuginfo,
                                        dwfl_offline_section_address, &search_path};
  return callbacks;
}

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, Free> text(abi::__cxa_demangle(name, nullptr, nullptr, &status));
  return status == 0 && text != nullptr ? text.get() : name;
}

}  // namespace

/// One file, at an address of the library's choosing.
class Symbolizer::Module {
 public:
  explicit Module(const std::string& path) : session_(dwfl_begin(&callbacks())) {
    if (session_ == nullptr) return;
    dwfl_report_begin(session_.get());
    module_ = dwfl_report_elf(session_.get(), path.c_str(), path.c_str(), -1, 0, false);
    dwfl_report_end(session_.get(), nullptr, nullptr);
    if (module_ != nullptr) dwfl_module_getelf(module_, &bias_);
  }

  Symbol symbolize(std::uint64_t offset) const {
    Symbol symbol;
    // The call, not the instruction it returns to.
    if (module_ == nullptr || offset == 0) return symbol;
    const Dwarf_Addr address = bias_ + offset - 1;
    if (const char* name = dwfl_module_addrname(module_, address))
      symbol.function = demangled(name);
    Dwfl_Line* line = dwfl_module_getsrc(module_, address);
    if (line == nullptr) return symbol;
    if (const char* file = dwfl_lineinfo(line, nullptr, &symbol.line, nullptr, nullptr, nullptr)) {
      symbol.file = file;
    }
    return symbol;
  }

 private:
  std::unique_ptr<Dwfl, EndSession> session_;
  Dwfl_Module* module_ = nullptr;  ///< Of the session.
  Dwarf_Addr bias_ = 0;
};

Symbolizer::Symbolizer() = default;
Symbolizer::~Symbolizer() = default;

Symbol Symbolizer::symbolize(const NativeFrame& frame) {
  return frame.module.empty() ? Symbol{} : open(frame.module).symbolize(frame.offset);
}

Symbolizer::Module& Symbolizer::open(const std::string& path) {
  std::unique_ptr<Module>& module = modules_[path];
  if (module == nullptr) module = std::make_unique<Module>(path);
  return *module;
}

}  // namespace weir::doctor
