#include "ops/decompositions.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "kernels/householder.h"
#include "kernels/linear_algebra.h"
#include "kernels/singular_values.h"
#include "kernels/symmetric_eigen.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;
using kernels::Block;
using kernels::StepArgs;

/// The size of each matrix.
struct MatrixSize {
  std::size_t rows;
  std::size_t columns;

  std::size_t elements() const { return rows * columns; }
  std::size_t smaller() const { return std::min(rows, columns); }
};

MatrixSize size_of_matrices(const Shape& shape) {
  return {static_cast<std::size_t>(shape[shape.rank() - 2]),
          static_cast<std::size_t>(shape.back())};
}

/// Double-precision memory that is handed out from its front.
class Workspace {
 public:
  explicit Workspace(std::byte* memory) : next_(reinterpret_cast<double*>(memory)) {}

  double* take(std::size_t count) { return std::exchange(next_, next_ + count); }
  Block take_block(std::size_t rows, std::size_t columns) {
    return {take(rows * columns), rows, columns, columns};
  }

 private:
  double* next_;
};

/// Matrix `index` of the input, in double precision.
Block take_input(const StepArgs& args, std::size_t index, const MatrixSize& size,
                 Workspace& workspace) {
  const Block matrix = workspace.take_block(size.rows, size.columns);
  std::copy_n(args.input(0) + index * size.elements(), size.elements(), matrix.first);
  return matrix;
}

/// The first rows of `block`, which are whole rows of a matrix, as matrix `index` of an output.
void write(const Block& block, std::size_t rows, float* output, std::size_t index) {
  const std::size_t count = rows * block.columns;
  std::copy_n(block.first, count, output + index * count);
}

/// An operation on matrices that takes each apart on its own.
class Decomposition : public graph::Operation {
 public:
  std::vector<ValueType> infer(std::span<const ValueType> inputs) const final {
    const Shape& shape = only_float_input(kind(), inputs).shape;
    require(shape.rank() >= 2, ErrorCode::kInvalidArgument, "{} of a shape {}", kind(),
            to_string(shape));
    return types_of(Shape(shape.dims().first(shape.rank() - 2)), shape[shape.rank() - 2],
                    shape.back());
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const final {
    const MatrixSize size = size_of_matrices(context.inputs[0].shape);
    const auto elements = static_cast<std::size_t>(context.inputs[0].shape.elements());
    const std::size_t count = size.elements() == 0 ? 0 : elements / size.elements();
    const auto self = std::static_pointer_cast<const Decomposition>(shared_from_this());
    return make_step(
        [count, size, self](const StepArgs& args) {
          for (std::size_t i = 0; i < count; ++i) self->decompose(size, i, args);
        },
        work_of(size) * sizeof(double));
  }

  bool keeps_samples_apart(std::span<const ValueType> inputs) const final {
    return inputs[0].shape.rank() > 2;
  }

 protected:
  /// Of the outputs, for matrices of this size with these axes before them.
  virtual std::vector<ValueType> types_of(const Shape& batch, std::int64_t rows,
                                          std::int64_t columns) const = 0;
  /// Numbers of scratch memory.
  virtual std::size_t work_of(const MatrixSize& size) const = 0;
  /// Matrix `index`.
  virtual void decompose(const MatrixSize& size, std::size_t index, const StepArgs& args) const = 0;
};

ValueType with_axes(const Shape& batch, std::initializer_list<std::int64_t> axes,
                    DType dtype = DType::kFloat32) {
  ValueType type{dtype, batch};
  for (const std::int64_t size : axes) type.shape.push_back(size);
  return type;
}

class Qr final : public Decomposition {
 public:
  explicit Qr(Vectors vectors) : is_complete_(vectors == Vectors::kComplete) {}

  std::string_view kind() const override { return "QR decomposition"; }

 protected:
  std::vector<ValueType> types_of(const Shape& batch, std::int64_t rows,
                                  std::int64_t columns) const override {
    const std::int64_t kept = is_complete_ ? rows : std::min(rows, columns);
    return {with_axes(batch, {rows, kept}), with_axes(batch, {kept, columns})};
  }

  std::size_t work_of(const MatrixSize& size) const override {
    return size.elements() + size.smaller() + size.rows * kept(size);
  }

  void decompose(const MatrixSize& size, std::size_t index, const StepArgs& args) const override {
    Workspace workspace(args.scratch);
    const Block matrix = take_input(args, index, size, workspace);
    double* taus = workspace.take(size.smaller());
    const Block q = workspace.take_block(size.rows, kept(size));
    kernels::factor_qr(matrix, taus);
    kernels::form_q(matrix, taus, q);
    for (std::size_t i = 1; i < size.rows; ++i) {
      std::fill_n(matrix.row(i), std::min(i, size.columns), 0.0);
    }
    write(q, size.rows, args.output(0), index);
    write(matrix, kept(size), args.output(1), index);
  }

 private:
  std::size_t kept(const MatrixSize& size) const {
    return is_complete_ ? size.rows : size.smaller();
  }

  bool is_complete_;
};

void require_square(std::string_view kind, std::int64_t rows, std::int64_t columns) {
  require(rows == columns, ErrorCode::kInvalidArgument,
          "{} of matrices of {} rows and {} columns, which are not square", kind, rows, columns);
}

class Lu final : public Decomposition {
 public:
  std::string_view kind() const override { return "LU decomposition"; }

 protected:
  std::vector<ValueType> types_of(const Shape& batch, std::int64_t rows,
                                  std::int64_t columns) const override {
    require_square(kind(), rows, columns);
    return {with_axes(batch, {rows, rows}), with_axes(batch, {rows}, DType::kInt32)};
  }

  std::size_t work_of(const MatrixSize& size) const override { return size.elements() + size.rows; }

  void decompose(const MatrixSize& size, std::size_t index, const StepArgs& args) const override {
    Workspace workspace(args.scratch);
    const Block matrix = take_input(args, index, size, workspace);
    double* rows = workspace.take(size.rows);
    std::iota(rows, rows + size.rows, 0.0);
    kernels::factor_lu(matrix.first, size.rows, rows, 1);
    write(matrix, size.rows, args.output(0), index);
    std::int32_t* places = args.output<std::int32_t>(1) + index * size.rows;
    for (std::size_t i = 0; i < size.rows; ++i) {
      places[static_cast<std::size_t>(rows[i])] = static_cast<std::int32_t>(i);
    }
  }
};

class SymmetricEigen final : public Decomposition {
 public:
  std::string_view kind() const override { return "eigenvalues"; }

 protected:
  std::vector<ValueType> types_of(const Shape& batch, std::int64_t rows,
                                  std::int64_t columns) const override {
    require_square(kind(), rows, columns);
    return {with_axes(batch, {rows}), with_axes(batch, {rows, rows})};
  }

  std::size_t work_of(const MatrixSize& size) const override {
    return 2 * size.elements() + 3 * size.rows;
  }

  void decompose(const MatrixSize& size, std::size_t index, const StepArgs& args) const override {
    Workspace workspace(args.scratch);
    const Block matrix = take_input(args, index, size, workspace);
    const Block values = workspace.take_block(1, size.rows);
    const Block vectors = workspace.take_block(size.rows, size.rows);
    kernels::symmetric_eigen(matrix, values.first, vectors, workspace.take(2 * size.rows));
    write(values, 1, args.output(0), index);
    write(vectors, size.rows, args.output(1), index);
  }
};

class SingularValues final : public Decomposition {
 public:
  explicit SingularValues(Vectors vectors) : is_complete_(vectors == Vectors::kComplete) {}

  std::string_view kind() const override { return "singular values"; }

 protected:
  std::vector<ValueType> types_of(const Shape& batch, std::int64_t rows,
                                  std::int64_t columns) const override {
    const std::int64_t smaller = std::min(rows, columns);
    return {with_axes(batch, {rows, is_complete_ ? rows : smaller}), with_axes(batch, {smaller}),
            with_axes(batch, {columns, is_complete_ ? columns : smaller})};
  }

  std::size_t work_of(const MatrixSize& size) const override {
    return size.elements() + size.rows * kept(size, size.rows) +
           size.columns * kept(size, size.columns) + size.smaller() +
           kernels::singular_values_work(size.rows, size.columns);
  }

  void decompose(const MatrixSize& size, std::size_t index, const StepArgs& args) const override {
    Workspace workspace(args.scratch);
    const Block matrix = take_input(args, index, size, workspace);
    const Block u = workspace.take_block(size.rows, kept(size, size.rows));
    const Block values = workspace.take_block(1, size.smaller());
    const Block v = workspace.take_block(size.columns, kept(size, size.columns));
    double* work = workspace.take(kernels::singular_values_work(size.rows, size.columns));
    kernels::singular_values(matrix, values.first, u, v, work);
    write(u, size.rows, args.output(0), index);
    write(values, 1, args.output(1), index);
    write(v, size.columns, args.output(2), index);
  }

 private:
  std::size_t kept(const MatrixSize& size, std::size_t side) const {
    return is_complete_ ? side : size.smaller();
  }

  bool is_complete_;
};

}  // namespace

graph::OperationPtr make_qr(Vectors vectors) { return std::make_shared<Qr>(vectors); }

graph::OperationPtr make_lu() { return std::make_shared<Lu>(); }

graph::OperationPtr make_symmetric_eigen() { return std::make_shared<SymmetricEigen>(); }

graph::OperationPtr make_singular_values(Vectors vectors) {
  return std::make_shared<SingularValues>(vectors);
}

}  // namespace weir::ops
