#include "doctor/tracer/frame_rule.h"

#include <array>
#include <cstring>
#include <limits>

namespace weir::tracer {
namespace {

// Registers by DWARF's numbers for x86-64.
constexpr std::uint64_t kRbp = 6;
constexpr std::uint64_t kRsp = 7;
constexpr std::uint64_t kReturnAddress = 16;

/// Reads forward through the sections that the loader has mapped; nothing is read past `end`.
class Cursor {
 public:
  Cursor(const std::byte* at, const std::byte* end) : at_(at), end_(end) {}

  const std::byte* at() const { return at_; }
  bool is_at_end() const { return at_ >= end_; }
  bool failed() const { return failed_; }

  template <typename Number>
  Number read() {
    Number number{};
    if (!has(sizeof number)) return number;
    std::memcpy(&number, at_, sizeof number);
    at_ += sizeof number;
    return number;
  }
  void skip(std::uint64_t bytes) {
    if (has(bytes)) at_ += bytes;
  }
  std::uint64_t read_uleb() {
    std::uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = read<std::uint8_t>();
      if (shift < 64) number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return number;
    }
  }
  std::int64_t read_sleb() {
    std::int64_t number = 0;
    for (unsigned shift = 0;;) {
      const auto byte = read<std::uint8_t>();
      if (shift < 64) number |= static_cast<std::int64_t>(byte & 0x7f) << shift;
      shift += 7;
      if ((byte & 0x80) != 0) continue;
      if (shift < 64 && (byte & 0x40) != 0) number |= -(std::int64_t{1} << shift);
      return number;
    }
  }
  /// A pointer in one of the encodings that linkers use (DW_EH_PE_*): a width, and relative to its
  /// own place or not.
  std::uintptr_t read_pointer(std::uint8_t encoding) {
    const auto place = reinterpret_cast<std::uintptr_t>(at_);
    std::uintptr_t value = 0;
    switch (encoding & 0x0f) {
      case 0x00:
      case 0x04:
      case 0x0c:
        value = read<std::uint64_t>();
        break;
      case 0x03:
        value = read<std::uint32_t>();
        break;
      case 0x0b:
        value = static_cast<std::uintptr_t>(read<std::int32_t>());
        break;
      default:
        failed_ = true;
    }
    return (encoding & 0x70) == 0x10 ? value + place : value;
  }

 private:
  bool has(std::uint64_t bytes) {
    if (bytes > static_cast<std::uint64_t>(end_ - at_)) {
      failed_ = true;
      at_ = end_;
    }
    return !failed_;
  }
  const std::byte* at_;
  const std::byte* end_;
  bool failed_ = false;
};

/// A CIE or FDE without its length; nothing of one in the form for more than 4 GiB.
Cursor open_entry(const std::byte* entry) {
  std::uint32_t length = 0;
  std::memcpy(&length, entry, sizeof length);
  const std::byte* begin = entry + sizeof length;
  return {begin, length == UINT32_MAX ? begin : begin + length};
}

/// What a function's entry (FDE) shares with others.
struct CommonEntry {
  std::uint64_t code_factor = 1;
  std::int64_t data_factor = 1;
  std::uint8_t pointer_encoding = 0;
  bool has_augmentation = false;
  Cursor program{nullptr, nullptr};
  bool is_valid = false;
};

CommonEntry read_common_entry(const std::byte* entry) {
  CommonEntry common;
  Cursor in = open_entry(entry);
  in.skip(sizeof(std::uint32_t));
  const auto version = in.read<std::uint8_t>();
  std::array<char, 8> letters{};
  std::size_t count = 0;
  for (char c = in.read<char>(); c != '\0' && count < letters.size(); c = in.read<char>()) {
    letters[count++] = c;
  }
  common.code_factor = in.read_uleb();
  common.data_factor = in.read_sleb();
  const std::uint64_t link = version == 1 ? in.read<std::uint8_t>() : in.read_uleb();
  common.has_augmentation = letters[0] == 'z';
  if (common.has_augmentation) in.read_uleb();
  for (std::size_t i = 1; i < count; ++i) {
    if (letters[i] == 'R') common.pointer_encoding = in.read<std::uint8_t>();
    if (letters[i] == 'L') in.read<std::uint8_t>();
    if (letters[i] == 'P') {
      const auto encoding = in.read<std::uint8_t>();
      in.read_pointer(encoding);
    }
  }
  common.program = in;
  common.is_valid = !in.failed() && link == kReturnAddress && (count == 0 || letters[0] == 'z');
  return common;
}

/// The state that a program of call frame instructions changes, row by row.
struct Row {
  FrameRule rule;
  bool is_outermost = false;  ///< The return address is declared undefined.
  bool is_known = true;
};

/// Runs instructions until the row of an address is complete.
class RowMachine {
 public:
  RowMachine(const CommonEntry& common, std::uintptr_t begin) : common_(common), location_(begin) {}

  void run_initial() {
    run(common_.program, UINTPTR_MAX);
    initial_ = row_;
  }
  void run(Cursor program, std::uintptr_t address) {
    while (!program.is_at_end() && row_.is_known) {
      const auto code = program.read<std::uint8_t>();
      if (!step(code, program, address)) return;
    }
    if (program.failed()) row_.is_known = false;
  }
  FrameRule rule() const { return row_.is_known && !row_.is_outermost ? row_.rule : FrameRule{}; }

 private:
  /// False when the next row begins behind the address.
  bool step(std::uint8_t code, Cursor& in, std::uintptr_t address) {
    const std::uint64_t low = code & 0x3f;
    switch (code & 0xc0) {
      case 0x40:
        return advance(low, address);
      case 0x80:
        save(low, data(static_cast<std::int64_t>(in.read_uleb())));
        return true;
      case 0xc0:
        restore(low);
        return true;
      default:
        return step_extended(code, in, address);
    }
  }

  bool step_extended(std::uint8_t code, Cursor& in, std::uintptr_t address) {
    switch (code) {
      case 0x00:
        break;
      case 0x02:
        return advance(in.read<std::uint8_t>(), address);
      case 0x03:
        return advance(in.read<std::uint16_t>(), address);
      case 0x04:
        return advance(in.read<std::uint32_t>(), address);
      case 0x05: {
        const std::uint64_t number = in.read_uleb();
        save(number, data(static_cast<std::int64_t>(in.read_uleb())));
        break;
      }
      case 0x06:
        restore(in.read_uleb());
        break;
      case 0x07:
        undefine(in.read_uleb());
        break;
      case 0x08:
        restore_same(in.read_uleb());
        break;
      case 0x0a:
        remember();
        break;
      case 0x0b:
        recall();
        break;
      case 0x0c: {
        const std::uint64_t number = in.read_uleb();
        define(number, static_cast<std::int64_t>(in.read_uleb()));
        break;
      }
      case 0x0d:
        define(in.read_uleb(), row_.rule.offset);
        break;
      case 0x0e:
        define_offset(static_cast<std::int64_t>(in.read_uleb()));
        break;
      case 0x0f:
        define_by_expression(in);
        break;
      case 0x10:
        save_by_expression(in);
        break;
      case 0x11: {
        const std::uint64_t number = in.read_uleb();
        save(number, data(in.read_sleb()));
        break;
      }
      case 0x12: {
        const std::uint64_t number = in.read_uleb();
        define(number, data(in.read_sleb()));
        break;
      }
      case 0x13:
        define_offset(data(in.read_sleb()));
        break;
      case 0x2e:
        in.read_uleb();
        break;  // DW_CFA_GNU_args_size
      default:
        row_.is_known = false;
    }
    return true;
  }

  std::int64_t data(std::int64_t factored) const { return factored * common_.data_factor; }

  bool advance(std::uint64_t delta, std::uintptr_t address) {
    location_ += delta * common_.code_factor;
    return location_ <= address;
  }
  void define(std::uint64_t number, std::int64_t offset) {
    row_.rule.base = number == kRsp   ? FrameRule::Base::kStackPointer
                     : number == kRbp ? FrameRule::Base::kFramePointer
                                      : FrameRule::Base::kNone;
    define_offset(offset);
  }
  void define_offset(std::int64_t offset) {
    row_.rule.offset = static_cast<std::int32_t>(offset);
    if (row_.rule.offset != offset) row_.is_known = false;
  }
  /// Of all expressions the one that GCC makes for a realigned stack: *(rbp + n).
  void define_by_expression(Cursor& in) {
    const std::uint64_t length = in.read_uleb();
    Cursor expression = in;
    in.skip(length);
    row_.rule.base = FrameRule::Base::kNone;
    if (expression.read<std::uint8_t>() != 0x70 + kRbp) return;
    define_offset(expression.read_sleb());
    if (expression.read<std::uint8_t>() != 0x06) return;
    if (expression.at() == in.at()) row_.rule.base = FrameRule::Base::kAtFramePointer;
  }
  /// Beside it: rbp is saved at rbp + n.
  void save_by_expression(Cursor& in) {
    const std::uint64_t number = in.read_uleb();
    const std::uint64_t length = in.read_uleb();
    Cursor expression = in;
    in.skip(length);
    if (number != kRbp) return;
    if (expression.read<std::uint8_t>() != 0x70 + kRbp) row_.is_known = false;
    set_saved(FrameRule::Saved::kAtFramePointer, expression.read_sleb());
    if (expression.at() != in.at()) row_.is_known = false;
  }
  void save(std::uint64_t number, std::int64_t offset) {
    if (number == kRbp) set_saved(FrameRule::Saved::kAtCfa, offset);
    if (number == kReturnAddress) {
      row_.is_outermost = false;
      if (offset != -8) row_.is_known = false;
    }
  }
  void set_saved(FrameRule::Saved saved, std::int64_t offset) {
    row_.rule.saved = saved;
    row_.rule.saved_offset = static_cast<std::int16_t>(offset);
    if (row_.rule.saved_offset != offset) row_.is_known = false;
  }
  void restore(std::uint64_t number) {
    if (number == kRbp) {
      row_.rule.saved = initial_.rule.saved;
      row_.rule.saved_offset = initial_.rule.saved_offset;
    }
    if (number == kReturnAddress) row_.is_outermost = initial_.is_outermost;
  }
  void restore_same(std::uint64_t number) {
    if (number == kRbp) row_.rule.saved = FrameRule::Saved::kSame;
  }
  void undefine(std::uint64_t number) {
    if (number == kReturnAddress) row_.is_outermost = true;
  }
  void remember() {
    if (depth_ == remembered_.size()) {
      row_.is_known = false;
      return;
    }
    remembered_[depth_++] = row_;
  }
  void recall() {
    if (depth_ == 0) {
      row_.is_known = false;
      return;
    }
    row_ = remembered_[--depth_];
  }

  const CommonEntry& common_;
  std::uintptr_t location_;
  Row row_;
  Row initial_;
  std::array<Row, 8> remembered_;
  std::size_t depth_ = 0;
};

/// The table that .eh_frame_hdr ends with: pairs of where a function begins and where its FDE is,
/// both relative to the header, in order of the first.
struct TableRow {
  std::int32_t function;
  std::int32_t entry;
};

TableRow row_at(const std::byte* table, std::size_t index) {
  TableRow row;
  std::memcpy(&row, table + index * sizeof row, sizeof row);
  return row;
}

const std::byte* find_entry(const std::byte* header, std::uintptr_t address) {
  constexpr std::uint8_t kSortedTable = 0x3b;  // DW_EH_PE_datarel | DW_EH_PE_sdata4
  Cursor in(header, header + 32);
  const auto version = in.read<std::uint8_t>();
  const auto frame_encoding = in.read<std::uint8_t>();
  const auto count_encoding = in.read<std::uint8_t>();
  const auto table_encoding = in.read<std::uint8_t>();
  if (version != 1 || table_encoding != kSortedTable) return nullptr;
  in.read_pointer(frame_encoding);
  const std::size_t count = in.read_pointer(count_encoding);
  const auto distance =
      static_cast<std::int64_t>(address - reinterpret_cast<std::uintptr_t>(header));
  if (in.failed() || count == 0 || distance < row_at(in.at(), 0).function) return nullptr;
  std::size_t low = 0;
  for (std::size_t high = count; high - low > 1;) {
    const std::size_t middle = low + (high - low) / 2;
    (row_at(in.at(), middle).function <= distance ? low : high) = middle;
  }
  return header + row_at(in.at(), low).entry;
}

FrameRule read_entry(const std::byte* entry, std::uintptr_t address) {
  Cursor in = open_entry(entry);
  const std::byte* common_place = in.at();
  common_place -= in.read<std::uint32_t>();
  const CommonEntry common = read_common_entry(common_place);
  if (!common.is_valid) return {};
  const std::uintptr_t begin = in.read_pointer(common.pointer_encoding);
  const std::uintptr_t length = in.read_pointer(common.pointer_encoding & 0x0f);
  if (common.has_augmentation) in.skip(in.read_uleb());
  if (in.failed() || address < begin || address - begin >= length) return {};
  RowMachine machine(common, begin);
  machine.run_initial();
  machine.run(in, address);
  return machine.rule();
}

}  // namespace

FoundRule read_frame_rule(const std::byte* eh_frame_header, std::uintptr_t address) {
  const std::byte* entry = find_entry(eh_frame_header, address);
  if (entry == nullptr) return {};
  return {read_entry(entry, address), entry};
}

}  // namespace weir::tracer
