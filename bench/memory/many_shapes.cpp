/// many_shapes MODEL THREADS: predicts one row of each shape that standard input names ("64,48,3" a
/// line) in one process, and prints after each the bytes that the process has resident.

#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "weir/model.h"

namespace {

using weir::MutableTensorView;
using weir::Shape;
using weir::TensorView;

Shape parse_row(std::string_view line) {
  Shape shape{1};
  const char* next = line.data();
  const char* const end = next + line.size();
  while (next < end) {
    std::int64_t size = 0;
    next = std::from_chars(next, end, size).ptr + 1;
    shape.push_back(size);
  }
  return shape;
}

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// The caller's own rows of a shape: ones, and room for the answers.
void predict(weir::Session& session, const Shape& shape) {
  const std::vector<float> ones(static_cast<std::size_t>(shape.elements()), 1.0F);
  const TensorView input{ones.data(), weir::DType::kFloat32, shape};
  MutableTensorView output{nullptr, session.model().outputs()[0].dtype,
                           session.output_shapes({&shape, 1}).at(0)};
  std::vector<std::byte> room(output.bytes());
  output.data = room.data();
  session.run({&input, 1}, {&output, 1});
}

}  // namespace

int main(int count, char** arguments) {
  try {
    weir::SessionOptions options;
    if (count > 2) options.threads = std::stoul(arguments[2]);
    weir::Session session(weir::Model::load(arguments[1]), options);
    for (std::string line; std::getline(std::cin, line);) {
      predict(session, parse_row(line));
      std::cout << resident_bytes() << '\n';
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "many_shapes: " << error.what() << '\n';
    return 1;
  }
}
