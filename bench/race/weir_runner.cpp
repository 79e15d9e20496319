/// weir_runner MODEL ROWS.npy BATCH THREADS: Weir from C++ as a contender of the race.

#include <cstddef>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "obey.h"
#include "weir/io.h"
#include "weir/model.h"

namespace {

using weir::MutableTensorView;
using weir::Session;
using weir::Shape;
using weir::TensorView;

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

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::cerr << "usage: weir_runner MODEL ROWS.npy BATCH THREADS\n";
    return 2;
  }
  try {
    Contender contender(arguments[1], arguments[2], std::stoul(arguments[3]),
                        std::stoul(arguments[4]));
    race::obey(contender);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "weir_runner: " << error.what() << '\n';
    return 1;
  }
}
