// sofie_runner WEIGHTS ROWS.npy BATCH: a model that SOFIE translated to C++, as a contender of the
// race. Compiled once for each model, whose code comes with -include (bench/common/sofie.py).
#include <cstddef>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "obey.h"

namespace {

/// The pointer to rows that a model wants, be it of floats or of tokens.
struct Rows {
  const char* data;
  template <typename T>
  operator const T*() const {  // NOLINT: implicit, because only the callee knows the type.
    return reinterpret_cast<const T*>(data);
  }
};

class Contender {
 public:
  Contender(const std::string& weights, const std::string& rows, std::size_t batch)
      : session_(weights), batch_(batch) {
    std::ifstream file(rows, std::ios::binary);
    file_.assign(std::istreambuf_iterator<char>(file), {});
    const auto low = static_cast<std::uint8_t>(file_.at(8));
    const auto high = static_cast<std::uint8_t>(file_.at(9));
    rows_ = {file_.data() + 10 + low + 256 * high};  // Behind the header, whose size is at 8.
  }

  void predict() { answers_ = session_.infer(rows_); }

  void write(const std::string& name) const {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" +
                         std::to_string(batch_) + ", " + std::to_string(answers_.size() / batch_) +
                         "), }";
    header.resize(117, ' ');
    std::ofstream file(name, std::ios::binary);
    file.write("\x93NUMPY\x01\x00\x76\x00", 10);
    file << header << '\n';
    file.write(reinterpret_cast<const char*>(answers_.data()),
               static_cast<std::streamsize>(answers_.size() * sizeof(float)));
  }

 private:
  SOFIE_model::Session session_;
  std::size_t batch_;
  std::vector<char> file_;
  Rows rows_{};
  std::vector<float> answers_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::cerr << "usage: sofie_runner WEIGHTS ROWS.npy BATCH\n";
    return 2;
  }
  try {
    Contender contender(arguments[1], arguments[2], std::stoul(arguments[3]));
    race::obey(contender);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "sofie_runner: " << error.what() << '\n';
    return 1;
  }
}
