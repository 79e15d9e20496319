#include "ops/linear_algebra.h"

#include <algorithm>
#include <cmath>

#include "kernels/linear_algebra.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;
using kernels::StepArgs;

/// How many matrices, and their size.
struct Matrices {
  std::size_t count;
  std::size_t n;

  std::size_t elements() const { return n * n; }
};

const Shape& require_square(std::string_view kind, const ValueType& type) {
  const Shape& shape = type.shape;
  require(type.dtype == DType::kFloat32, ErrorCode::kUnsupported, "{} of {} elements", kind,
          to_string(type.dtype));
  require(shape.rank() >= 2 && shape.back() == shape[shape.rank() - 2], ErrorCode::kInvalidArgument,
          "{} of matrices {}, which are not square", kind, to_string(shape));
  return shape;
}

Matrices matrices_of(const Shape& shape) {
  const auto n = static_cast<std::size_t>(shape.back());
  const auto elements = static_cast<std::size_t>(shape.elements());
  return {n == 0 ? 0 : elements / (n * n), n};
}

/// An operation on square matrices; the samples are those of the axes before them.
class MatrixOperation : public graph::Operation {
 public:
  explicit MatrixOperation(std::string_view kind) : kind_(kind) {}

  std::string_view kind() const final { return kind_; }
  bool keeps_samples_apart(std::span<const ValueType> inputs) const final {
    return inputs[0].shape.rank() > 2;
  }

 private:
  std::string_view kind_;
};

/// Makes `outputs` numbers of each matrix's factors and of the sign of their exchanges.
using FromFactors = void (*)(const double* factors, std::size_t n, double sign, std::size_t index,
                             const StepArgs& args);

void write_determinant(const double* factors, std::size_t n, double sign, std::size_t index,
                       const StepArgs& args) {
  double product = sign;
  for (std::size_t i = 0; i < n; ++i) product *= factors[i * n + i];
  args.output()[index] = static_cast<float>(product);
}

void write_sign_and_log(const double* factors, std::size_t n, double sign, std::size_t index,
                        const StepArgs& args) {
  double logarithm = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    const double diagonal = factors[i * n + i];
    logarithm += std::log(std::abs(diagonal));
    sign *= diagonal < 0 ? -1.0 : diagonal == 0 ? 0.0 : 1.0;
  }
  args.output(0)[index] = static_cast<float>(sign);
  args.output(1)[index] = static_cast<float>(logarithm);
}

class Determinant final : public MatrixOperation {
 public:
  Determinant(std::size_t outputs, FromFactors write)
      : MatrixOperation("determinant"), outputs_(outputs), write_(write) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 1);
    const Shape& shape = require_square(kind(), inputs[0]);
    return {outputs_, {DType::kFloat32, Shape(shape.dims().first(shape.rank() - 2))}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Matrices matrices = matrices_of(context.inputs[0].shape);
    const auto run = [matrices, write = write_](const StepArgs& args) {
      auto* factors = reinterpret_cast<double*>(args.scratch);
      for (std::size_t i = 0; i < matrices.count; ++i) {
        std::copy_n(args.input(0) + i * matrices.elements(), matrices.elements(), factors);
        const double sign = kernels::factor_lu(factors, matrices.n, nullptr, 0);
        write(factors, matrices.n, sign, i, args);
      }
    };
    return make_step(run, matrices.elements() * sizeof(double));
  }

 private:
  std::size_t outputs_;
  FromFactors write_;
};

class Cholesky final : public MatrixOperation {
 public:
  Cholesky() : MatrixOperation("cholesky") {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 1);
    return {{DType::kFloat32, require_square(kind(), inputs[0])}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Matrices matrices = matrices_of(context.inputs[0].shape);
    const auto run = [matrices](const StepArgs& args) {
      auto* factor = reinterpret_cast<double*>(args.scratch);
      for (std::size_t i = 0; i < matrices.count; ++i) {
        std::copy_n(args.input(0) + i * matrices.elements(), matrices.elements(), factor);
        kernels::factor_cholesky(factor, matrices.n);
        std::copy_n(factor, matrices.elements(), args.output() + i * matrices.elements());
      }
    };
    return make_step(run, matrices.elements() * sizeof(double));
  }
};

void solve(EquationsPart part, double* matrix, std::size_t n, double* right, std::size_t columns) {
  if (part != EquationsPart::kAll) {
    return kernels::solve_triangle(matrix, part == EquationsPart::kLower, n, right, columns);
  }
  kernels::factor_lu(matrix, n, right, columns);
  kernels::solve_lu(matrix, n, right, columns);
}

/// With one input, the right sides are those of an identity.
class Solve final : public MatrixOperation {
 public:
  Solve(EquationsPart part, std::size_t inputs)
      : MatrixOperation(inputs == 1 ? "inverse" : "solve"), part_(part), inputs_(inputs) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, inputs_);
    const Shape& matrices = require_square(kind(), inputs[0]);
    const Shape& right = inputs.back().shape;
    require(inputs.back().dtype == DType::kFloat32 && right.rank() == matrices.rank() &&
                std::equal(matrices.begin(), matrices.end() - 1, right.begin()),
            ErrorCode::kInvalidArgument, "equations {} do not fit right sides {}",
            to_string(matrices), to_string(right));
    return {{DType::kFloat32, right}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Matrices matrices = matrices_of(context.inputs[0].shape);
    const auto columns = static_cast<std::size_t>(context.outputs[0].shape.back());
    const std::size_t sides = matrices.n * columns;
    const auto run = [=, part = part_, inverts = inputs_ == 1](const StepArgs& args) {
      auto* matrix = reinterpret_cast<double*>(args.scratch);
      double* right = matrix + matrices.elements();
      for (std::size_t i = 0; i < matrices.count; ++i) {
        std::copy_n(args.input(0) + i * matrices.elements(), matrices.elements(), matrix);
        if (inverts) {
          std::fill_n(right, sides, 0.0);
          for (std::size_t row = 0; row < matrices.n; ++row) right[row * columns + row] = 1.0;
        } else {
          std::copy_n(args.input(1) + i * sides, sides, right);
        }
        solve(part, matrix, matrices.n, right, columns);
        std::copy_n(right, sides, args.output() + i * sides);
      }
    };
    return make_step(run, (matrices.elements() + sides) * sizeof(double));
  }

 private:
  EquationsPart part_;
  std::size_t inputs_;
};

}  // namespace

graph::OperationPtr make_determinant() {
  return std::make_shared<Determinant>(1, write_determinant);
}

graph::OperationPtr make_sign_and_log_determinant() {
  return std::make_shared<Determinant>(2, write_sign_and_log);
}

graph::OperationPtr make_inverse() { return std::make_shared<Solve>(EquationsPart::kAll, 1); }

graph::OperationPtr make_cholesky() { return std::make_shared<Cholesky>(); }

graph::OperationPtr make_solve(EquationsPart part) { return std::make_shared<Solve>(part, 2); }

}  // namespace weir::ops
