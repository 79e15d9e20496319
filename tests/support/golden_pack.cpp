#include "support/golden_pack.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/fail.h"
#include "base/zip_reader.h"
#include "io/npy_header.h"
#include "io/npy_source.h"

namespace weir::testing {
namespace {

using Json = nlohmann::json;
constexpr std::uint64_t kLargestMember = std::uint64_t{64} << 20;

constexpr const char* kApplications = "applications";

std::filesystem::path folder() { return std::filesystem::path(WEIR_TESTS_DIR) / "golden"; }

Json read_cases(const ZipReader& pack) {
  const SharedBytes text = pack.read("cases.json", kLargestMember);
  const auto* begin = reinterpret_cast<const char*>(text.bytes.data());
  return Json::parse(begin, begin + text.bytes.size());
}

/// The elements, which their source holds.
SharedBytes read_strings(const SharedBytes& npy) {
  const std::shared_ptr<Source> source = open_npy(npy);
  const TensorView view = source->next(SIZE_MAX).front();
  return {{static_cast<const std::byte*>(view.data), view.bytes()}, source};
}

GoldenTensor read_tensor(const ZipReader& pack, const Json& entry) {
  const SharedBytes npy = pack.read(entry.at("file").get<std::string>(), kLargestMember);
  const NpyHeader header = parse_npy_header(npy.bytes);
  require(!header.is_fortran && !header.is_swapped, ErrorCode::kInternal,
          "a pack in Fortran order");
  if (header.dtype == DType::kString)
    return {entry.at("name"), DType::kString, header.shape, read_strings(npy)};
  return {entry.at("name"), header.dtype, header.shape,
          npy.subspan(header.data_offset, npy.bytes.size() - header.data_offset)};
}

ZipReader open_pack(const std::string& family) {
  return ZipReader(map_file(folder() / (family + ".zip")));
}

}  // namespace

void PrintTo(const GoldenName& name, std::ostream* out) { *out << name.family << "/" << name.name; }

std::string golden_test_name(const ::testing::TestParamInfo<GoldenName>& info) {
  std::string text = info.param.family + "_" + info.param.name;
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return text;
}

std::vector<GoldenName> golden_names() {
  std::vector<std::string> families;
  for (const auto& file : std::filesystem::directory_iterator(folder())) {
    if (file.path().extension() == ".zip" && file.path().stem() != kApplications) {
      families.push_back(file.path().stem());
    }
  }
  std::sort(families.begin(), families.end());
  std::vector<GoldenName> names;
  for (const std::string& family : families) {
    for (const Json& entry : read_cases(open_pack(family)))
      names.push_back({family, entry.at("name")});
  }
  return names;
}

GoldenCase read_golden(const GoldenName& name) {
  const ZipReader pack = open_pack(name.family);
  const Json cases = read_cases(pack);
  const auto found = std::find_if(cases.begin(), cases.end(),
                                  [&](const Json& entry) { return entry.at("name") == name.name; });
  require(found != cases.end(), ErrorCode::kInternal, "no golden case '{}'", name.name);
  GoldenCase golden{
      name.family, name.name, pack.read(found->at("model").get<std::string>(), kLargestMember),
      {},          {},        found->at("tolerance")};
  for (const Json& input : found->at("inputs")) golden.inputs.push_back(read_tensor(pack, input));
  for (const Json& output : found->at("outputs"))
    golden.outputs.push_back(read_tensor(pack, output));
  return golden;
}

std::vector<std::string> application_names() {
  std::vector<std::string> names;
  const ZipReader pack = open_pack(kApplications);
  for (const auto& [name, entry] : pack.entries()) {
    if (name != "applications.json") names.push_back(name);
  }
  return names;
}

SharedBytes read_application(const std::string& name) {
  return open_pack(kApplications).read(name, kLargestMember);
}

}  // namespace weir::testing
