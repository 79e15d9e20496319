/// weir_runner MODEL ROWS.npy BATCH THREADS: Weir from C++ as a contender of the race. Obeys
/// standard input as contender.py does: `answer FILE`, `run GROUPS CALLS`.

#include <chrono>
#include <cstddef>
#include <exception>
#include <iomanip>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "weir/io.h"
#include "weir/model.h"

namespace {

using weir::MutableTensorView;
using weir::Session;
using weir::Shape;
using weir::TensorView;

double now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

/// The first rows of a file in memory of its own, the answers to them, and the session between.
class Contender {
 public:
  Contender(const std::string& model, const std::string& rows, std::size_t batch,
            std::size_t threads)
      : session_(weir::Model::load(model), {.batch_size = batch, .threads = threads}) {
    const auto source = weir::open_source(rows, session_.model().inputs());
    const TensorView first = source->next(batch).front();
    const auto* bytes = static_cast<const std::byte*>(first.data);
    given_.assign(bytes, bytes + first.bytes());
    input_ = {given_.data(), first.dtype, first.shape};
    output_ = {nullptr, session_.model().outputs().front().dtype,
               session_.output_shapes({&input_.shape, 1}).front()};
    answers_.resize(output_.bytes());
    output_.data = answers_.data();
  }

  void predict() { session_.run({&input_, 1}, {&output_, 1}); }

  void write(const std::string& file) const {
    const auto sink = weir::open_sink(file);
    const TensorView written{output_.data, output_.dtype, output_.shape};
    weir::TensorSpec spec = session_.model().outputs().front();
    spec.shape = output_.shape;
    sink->open({&spec, 1});
    sink->write({&written, 1});
    sink->finish();
  }

 private:
  Session session_;
  std::vector<std::byte> given_;
  std::vector<std::byte> answers_;
  TensorView input_{};
  MutableTensorView output_{};
};

double seconds_per_call(Contender& contender, std::size_t calls) {
  const double begin = now();
  for (std::size_t i = 0; i < calls; ++i) contender.predict();
  return (now() - begin) / static_cast<double>(calls);
}

void run(Contender& contender, std::size_t groups, std::size_t calls) {
  std::cout << '[';
  for (std::size_t i = 0; i < groups; ++i)
    std::cout << (i == 0 ? "" : ", ") << seconds_per_call(contender, calls);
  std::cout << ']' << std::endl;
}

void answer(Contender& contender, const std::string& file) {
  contender.predict();
  contender.write(file);
  std::cout << "{}" << std::endl;
}

void obey(Contender& contender, const std::string& line) {
  std::istringstream words(line);
  std::string command;
  words >> command;
  if (command == "answer") {
    std::string file;
    words >> file;
    answer(contender, file);
  } else {
    std::size_t groups = 0;
    std::size_t calls = 0;
    words >> groups >> calls;
    run(contender, groups, calls);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::cerr << "usage: weir_runner MODEL ROWS.npy BATCH THREADS\n";
    return 2;
  }
  try {
    Contender contender(arguments[1], arguments[2], std::stoul(arguments[3]),
                        std::stoul(arguments[4]));
    std::cout << std::setprecision(std::numeric_limits<double>::digits10) << "{}" << std::endl;
    for (std::string line; std::getline(std::cin, line);) obey(contender, line);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "weir_runner: " << error.what() << '\n';
    return 1;
  }
}
