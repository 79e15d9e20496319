#include "io/npy_header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/checked.h"
#include "base/fail.h"

namespace weir {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
// NumPy's own headers stay below 256 bytes for arrays of numbers; structured types may need more.
constexpr std::size_t kMaxHeader = std::size_t{1} << 20;
constexpr std::size_t kAlignedTo = 64;
constexpr char kNativeOrder = std::endian::native == std::endian::little ? '<' : '>';

struct TypeCode {
  std::string_view code;
  DType dtype;
};

constexpr std::array<TypeCode, 12> kTypeCodes{{{"f2", DType::kFloat16},
                                               {"f4", DType::kFloat32},
                                               {"f8", DType::kFloat64},
                                               {"i1", DType::kInt8},
                                               {"i2", DType::kInt16},
                                               {"i4", DType::kInt32},
                                               {"i8", DType::kInt64},
                                               {"u1", DType::kUInt8},
                                               {"u2", DType::kUInt16},
                                               {"u4", DType::kUInt32},
                                               {"u8", DType::kUInt64},
                                               {"b1", DType::kBool}}};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint32_t little_endian(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | std::to_integer<unsigned>(bytes[i]);
  return value;
}

[[noreturn]] void fail_with_type(std::string_view descr) {
  const char kind = descr.size() > 1 ? descr[1] : '?';
  if (kind == 'O') {
    fail(ErrorCode::kUnsupported,
         "an array of Python objects: object arrays are pickles, which run code, and are never "
         "loaded; save numbers or texts instead, for example numpy.save(file, "
         "array.astype('float32')) or array.astype('U')");
  }
  const char* what = kind == 'c'                  ? "complex numbers"
                     : kind == 'M' || kind == 'm' ? "dates or times"
                                                  : "elements of an unknown type";
  fail(ErrorCode::kUnsupported,
       "the array holds {} (type '{}'); convert it to numbers, for example "
       "with array.astype('float32')",
       what, descr);
}

// The dictionary literal that NumPy writes, read strictly: no expressions, no nesting.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  NpyHeader parse() {
    NpyHeader header;
    expect('{');
    while (!accept('}')) {
      parse_entry(header);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_blanks();
    require(at_ == text_.size(), ErrorCode::kMalformed, "the npy header goes on after its end");
    require(has_type_ && has_order_ && has_shape_, ErrorCode::kMalformed,
            "the npy header lacks 'descr', 'fortran_order' or 'shape'");
    return header;
  }

 private:
  void parse_entry(NpyHeader& header) {
    const std::string_view key = parse_string();
    expect(':');
    if (key == "descr") {
      once(has_type_);
      parse_type(header);
    } else if (key == "fortran_order") {
      once(has_order_);
      header.is_fortran = parse_bool();
    } else if (key == "shape") {
      once(has_shape_);
      header.shape = parse_shape();
    } else {
      fail_here("an unknown key");
    }
  }

  void once(bool& seen) {
    if (seen) fail_here("a key that was there before");
    seen = true;
  }

  void parse_type(NpyHeader& header) {
    skip_blanks();
    if (at_ < text_.size() && (text_[at_] == '[' || text_[at_] == '(')) {
      fail(ErrorCode::kUnsupported,
           "a structured array; save each of its fields as an array of its own");
    }
    const std::string_view descr = parse_string();
    require(descr.size() >= 2 && std::string_view("<>|=").find(descr[0]) != std::string_view::npos,
            ErrorCode::kMalformed, "the npy header has a type that is none: '{}'",
            descr.substr(0, 32));
    if (descr[1] == 'S' || descr[1] == 'U') {
      parse_text_type(descr, header);
    } else {
      const auto* found =
          std::find_if(kTypeCodes.begin(), kTypeCodes.end(),
                       [&](const TypeCode& t) { return t.code == descr.substr(1); });
      if (found == kTypeCodes.end()) fail_with_type(descr.substr(0, 32));
      header.dtype = found->dtype;
      header.item_bytes = size_of(header.dtype);
    }
    header.is_swapped = (descr[0] == '<' || descr[0] == '>') && descr[0] != kNativeOrder &&
                        header.swapped_bytes() > 1 &&
                        (header.dtype != DType::kString || header.is_unicode);
  }

  // "<U12", "|S20": room for so many characters, or bytes.
  void parse_text_type(std::string_view descr, NpyHeader& header) {
    constexpr std::size_t kLongest = std::size_t{1} << 26;
    std::size_t size = 0;
    const char* const last = descr.data() + descr.size();
    const auto [end, error] = std::from_chars(descr.data() + 2, last, size);
    if (error != std::errc{} || end != last || size > kLongest) {
      fail_here("strings of no proper size");
    }
    require(size > 0, ErrorCode::kInvalidArgument, "the array holds empty strings only");
    header.dtype = DType::kString;
    header.is_unicode = descr[1] == 'U';
    header.item_bytes = header.is_unicode ? size * sizeof(char32_t) : size;
  }

  std::string_view parse_string() {
    skip_blanks();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) {
      fail_here("no string where one belongs");
    }
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) fail_here("a string without an end");
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return inside;
  }

  bool parse_bool() {
    skip_blanks();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return value;
      }
    }
    fail_here("neither True nor False for 'fortran_order'");
  }

  Shape parse_shape() {
    Shape shape;
    expect('(');
    while (!accept(')')) {
      shape.push_back(parse_size());
      if (!accept(',')) {
        if (shape.rank() == 1) fail_here("a shape that is not a tuple");
        expect(')');
        break;
      }
    }
    return shape;
  }

  std::int64_t parse_size() {
    skip_blanks();
    std::int64_t size = -1;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), size);
    if (error != std::errc{} || size < 0) fail_here("a shape with an axis of no proper size");
    at_ += static_cast<std::size_t>(end - begin);
    return size;
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool accept(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(ErrorCode::kMalformed, "the npy header has no '{}' at byte {}", c, at_);
  }
  [[noreturn]] void fail_here(std::string_view what) const {
    fail(ErrorCode::kMalformed, "the npy header has {} (at byte {})", what, at_);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool has_type_ = false;
  bool has_order_ = false;
  bool has_shape_ = false;
};

std::string descr_of(DType dtype) {
  const auto* found = std::find_if(kTypeCodes.begin(), kTypeCodes.end(),
                                   [&](const TypeCode& t) { return t.dtype == dtype; });
  require(
      dtype != DType::kString, ErrorCode::kUnsupported,
      "npy files hold strings of one size, which is not known beforehand: write to .csv or .jsonl");
  require(found != kTypeCodes.end(), ErrorCode::kUnsupported, "npy files cannot hold {}",
          to_string(dtype));
  return fmt::format("{}{}", size_of(dtype) == 1 ? '|' : kNativeOrder, found->code);
}

std::string dictionary(DType dtype, const Shape& shape) {
  return fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
                     descr_of(dtype), fmt::join(shape.dims(), ", "), shape.rank() == 1 ? "," : "");
}

}  // namespace

std::size_t NpyHeader::row_bytes() const { return checked_mul(row_elements(), item_bytes); }

bool has_npy_magic(std::span<const std::byte> start) { return as_text(start).starts_with(kMagic); }

std::size_t npy_header_length(std::span<const std::byte> preamble) {
  require(has_npy_magic(preamble), ErrorCode::kMalformed,
          "is not an npy file: it does not begin with the npy magic string");
  require(preamble.size() >= kNpyPreamble, ErrorCode::kMalformed,
          "the npy file ends within its header");
  const unsigned major = std::to_integer<unsigned>(preamble[6]);
  const unsigned minor = std::to_integer<unsigned>(preamble[7]);
  require(major >= 1 && major <= 3 && minor == 0, ErrorCode::kMalformed,
          "npy version {}.{} does not exist", major, minor);
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t begin = 8 + length_bytes;
  const std::size_t length = begin + little_endian(preamble.subspan(8, length_bytes));
  require(length <= kMaxHeader, ErrorCode::kMalformed, "an npy header of {} bytes is absurd",
          length);
  return length;
}

NpyHeader parse_npy_header(std::span<const std::byte> bytes) {
  const std::size_t length = npy_header_length(bytes);
  require(length <= bytes.size(), ErrorCode::kMalformed, "the npy file ends within its header");
  const std::size_t begin = std::to_integer<unsigned>(bytes[6]) == 1 ? 10 : 12;
  require(begin <= length, ErrorCode::kMalformed, "the npy header is empty");
  NpyHeader header = HeaderParser(as_text(bytes.subspan(begin, length - begin))).parse();
  require(!header.shape.empty(), ErrorCode::kInvalidArgument,
          "the array is a single number, of shape (): rows are needed along its first axis");
  checked_mul(header.rows(), header.row_bytes());
  header.data_offset = length;
  return header;
}

std::string format_npy_header(DType dtype, const Shape& shape) {
  Shape longest = shape;
  longest[0] = std::numeric_limits<std::int64_t>::max();
  const std::size_t begin = kMagic.size() + 4;
  const std::size_t length =
      align_up(begin + dictionary(dtype, longest).size() + 1, kAlignedTo) - begin;
  const std::string text = dictionary(dtype, shape);
  return fmt::format("{}\x01{}{}{}{}{}\n", kMagic, '\0', static_cast<char>(length & 0xff),
                     static_cast<char>(length >> 8), text,
                     std::string(length - text.size() - 1, ' '));
}

}  // namespace weir
