#include "io/open_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/fail.h"
#include "base/mapped_file.h"
#include "io/at_file.h"
#include "io/csv_source.h"
#include "io/joined_source.h"
#include "io/jsonl_source.h"
#include "io/npy_source.h"
#include "io/npz_source.h"

namespace weir {
namespace {

using Expected = std::span<const TensorSpec>;

constexpr std::string_view kStandardInput = "-";
constexpr std::size_t kMagicBytes = 8;

// One `--input` argument, taken apart.
struct InputArgument {
  std::string name;                  // Of the input of the model; empty: by position.
  std::string path;                  // "-": standard input.
  std::optional<std::string> array;  // Of an .npz archive.

  std::string shown_path() const { return path == kStandardInput ? "standard input" : path; }
};

bool exists(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0;
}

bool is_regular(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
}

// A file that exists under the whole text is what is meant, whatever signs its name has.
InputArgument parse_argument(const std::string& text) {
  InputArgument argument{{}, text, std::nullopt};
  if (exists(text)) return argument;
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0) {
    argument.name = text.substr(0, equals);
    argument.path = text.substr(equals + 1);
  }
  const std::size_t colon = argument.path.rfind(':');
  if (!exists(argument.path) && colon != std::string::npos &&
      exists(argument.path.substr(0, colon))) {
    argument.array = argument.path.substr(colon + 1);
    argument.path.resize(colon);
  }
  require(!argument.path.empty(), ErrorCode::kInvalidArgument, "'{}' names no file", text);
  return argument;
}

std::vector<std::string> names_of(Expected expected) {
  std::vector<std::string> names;
  for (const TensorSpec& spec : expected) names.push_back(spec.name);
  return names;
}

// Arguments with names, in the order of the model's inputs.
std::vector<InputArgument> order_by_name(const std::vector<InputArgument>& arguments,
                                         Expected expected) {
  std::vector<InputArgument> ordered;
  for (const TensorSpec& input : expected) {
    const auto is_for_input = [&](const InputArgument& a) { return a.name == input.name; };
    const auto count = std::count_if(arguments.begin(), arguments.end(), is_for_input);
    require(count == 1, ErrorCode::kInvalidArgument,
            "the model's input '{}' is given {} times: every input is given once, as NAME=FILE",
            input.name, count);
    ordered.push_back(*std::find_if(arguments.begin(), arguments.end(), is_for_input));
  }
  return ordered;
}

void check_names(const std::vector<InputArgument>& arguments, Expected expected) {
  const auto names = names_of(expected);
  for (const InputArgument& argument : arguments) {
    require(!argument.name.empty(), ErrorCode::kInvalidArgument,
            "'{}' has no name where other inputs have: give all as NAME=FILE", argument.path);
    require(expected.empty() || std::find(names.begin(), names.end(), argument.name) != names.end(),
            ErrorCode::kInvalidArgument, "the model has no input '{}'; it has: {}", argument.name,
            fmt::join(names, ", "));
  }
}

std::vector<InputArgument> parse_arguments(const std::vector<std::string>& texts,
                                           Expected expected) {
  require(!texts.empty(), ErrorCode::kInvalidArgument, "no input is given");
  std::vector<InputArgument> arguments;
  arguments.reserve(texts.size());
  for (const std::string& text : texts) arguments.push_back(parse_argument(text));
  const auto from_standard_input =
      std::count_if(arguments.begin(), arguments.end(),
                    [](const InputArgument& argument) { return argument.path == kStandardInput; });
  require(from_standard_input <= 1, ErrorCode::kInvalidArgument,
          "standard input can feed one input only");
  const bool has_names = std::any_of(arguments.begin(), arguments.end(),
                                     [](const InputArgument& a) { return !a.name.empty(); });
  if (has_names) {
    check_names(arguments, expected);
    if (!expected.empty()) return order_by_name(arguments, expected);
  }
  require(expected.empty() || arguments.size() == 1 || arguments.size() == expected.size(),
          ErrorCode::kInvalidArgument,
          "{} files are given and the model has {} inputs ({}): give one file for all, or one each",
          arguments.size(), expected.size(), fmt::join(names_of(expected), ", "));
  return arguments;
}

// Opens one argument, which feeds all of `expected`.
class Opener {
 public:
  Opener(const InputOptions& options, const InputArgument& argument, Expected expected)
      : options_(options), argument_(argument), expected_(expected) {}

  std::vector<SourcePart> open() const {
    const std::string& path = argument_.path;
    if (path == kStandardInput) return open_pipe(FileDescriptor::borrowed(STDIN_FILENO));
    if (!is_regular(path)) return open_pipe(open_for_reading(path));
    const FileFormat format = format_of_file();
    if (format == FileFormat::kNpy) return part(open_npy_file(path));
    if (format == FileFormat::kNpz) return npz(map_file(path));
    return text(format, std::make_unique<FileReader>(open_for_reading(path), options_.stop));
  }

 private:
  std::vector<SourcePart> open_pipe(FileDescriptor file) const {
    auto bytes = std::make_unique<PeekedReader>(
        std::make_unique<FileReader>(std::move(file), options_.stop), kMagicBytes);
    const FileFormat format = options_.format.value_or(format_of_content(bytes->start()));
    if (format == FileFormat::kNpy) return part(open_npy(std::move(bytes)));
    require(format != FileFormat::kNpz, ErrorCode::kUnsupported,
            "an .npz archive has its directory at its end and cannot come through a pipe: give it "
            "as a file");
    return text(format, std::move(bytes));
  }

  FileFormat format_of_file() const {
    if (options_.format) return *options_.format;
    const auto by_name = format_of_name(argument_.path);
    if (by_name && *by_name != FileFormat::kCsv) return *by_name;
    PeekedReader bytes(std::make_unique<FileReader>(open_for_reading(argument_.path)), kMagicBytes);
    return format_of_content(bytes.start());
  }

  std::vector<SourcePart> npz(SharedBytes archive) const {
    return open_npz(argument_.path, std::move(archive), expected_, argument_.array);
  }

  std::vector<SourcePart> text(FileFormat format, std::unique_ptr<ByteReader> bytes) const {
    if (format == FileFormat::kJsonl) return part(open_jsonl(std::move(bytes), expected_));
    CsvOptions csv = options_.csv;
    if (csv.delimiter == '\0') csv.delimiter = format == FileFormat::kTsv ? '\t' : ',';
    return part(open_csv(std::move(bytes), csv, expected_));
  }

  std::vector<SourcePart> part(std::unique_ptr<Source> source) const {
    require(!argument_.array, ErrorCode::kInvalidArgument,
            "only an .npz archive has arrays to choose from");
    std::vector<SourcePart> parts;
    parts.push_back({argument_.shown_path(), argument_.name, std::move(source)});
    return parts;
  }

  const InputOptions& options_;
  const InputArgument& argument_;
  Expected expected_;
};

}  // namespace

std::unique_ptr<Source> open_source(const InputOptions& options) {
  const auto arguments = parse_arguments(options.inputs, options.expected);
  std::vector<SourcePart> parts;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool feeds_one = arguments.size() > 1 && !options.expected.empty();
    const Expected expected = feeds_one ? options.expected.subspan(i, 1) : options.expected;
    auto opened = at_file(arguments[i].shown_path(),
                          [&] { return Opener(options, arguments[i], expected).open(); });
    std::move(opened.begin(), opened.end(), std::back_inserter(parts));
  }
  return join_sources(std::move(parts), options.expected);
}

}  // namespace weir
