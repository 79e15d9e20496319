# Writes the file PAGE as bytes into the C++ file SOURCE.
file(READ ${PAGE} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
# One more byte than there are, since an array may not be empty.
file(WRITE ${SOURCE} "#include \"report_page.h\"

namespace weir {
namespace {

constexpr unsigned char kPage[] = {${bytes}0x00};

}  // namespace

std::string_view report_page() {
  return {reinterpret_cast<const char*>(kPage), sizeof(kPage) - 1};
}

}  // namespace weir
")
