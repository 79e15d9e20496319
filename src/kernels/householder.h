#pragma once

#include "kernels/block.h"

/// QR decompositions of small row-major matrices in double precision, with LAPACK's choice of
/// signs, which TensorFlow makes too. Each works in place and allocates nothing.
namespace weir::kernels {

/// Makes of `column` (x) the reflection I - tau v v^T that turns x into (beta, 0, …): v without its
/// first element, which is 1, below beta in its place. Returns tau; 0 where x is that already.
double make_reflection(const Column& column);

/// Reflects the columns of `block`; the reflection's first element counts as 1.
void reflect(double tau, const Column& reflection, const Block& block);

/// Makes `matrix` its factor R, with the reflections that make Q below the diagonal, and `taus`
/// their factors, of which there are as many as the smaller of its sizes.
void factor_qr(const Block& matrix, double* taus);

/// The same with the column of the largest remainder first; `order`, which has as many columns,
/// gets the same exchanges.
void factor_qr_with_pivots(const Block& matrix, double* taus, const Block& order);

/// q := the first columns of Q, from what `factor_qr` made.
void form_q(const Block& factors, const double* taus, const Block& q);

}  // namespace weir::kernels
