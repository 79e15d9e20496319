#pragma once

#include "kernels/convolution.h"
#include "kernels/convolution_transpose.h"
#include "kernels/depthwise.h"
#include "kernels/matmul.h"

/// The naive twins of the products and the convolutions: straight loops in double precision over
/// weights as Keras keeps them. `scale` has a factor for each output channel, or is null.
namespace weir::kernels::reference {

void matmul(const MatmulShape& shape, const float* a, std::size_t lda, const float* w,
            const float* scale, float* c, std::size_t ldc, const Epilogue& epilogue);

void convolution(const ConvolutionShape& shape, const float* in, std::size_t in_stride,
                 const float* weights, const float* scale, float* out, std::size_t out_stride,
                 const Epilogue& epilogue);

void depthwise(const DepthwiseShape& shape, const float* in, std::size_t in_stride,
               const float* weights, const float* scale, float* out, std::size_t out_stride,
               const Epilogue& epilogue);

void convolution_transpose(const ConvolutionTransposeShape& shape, const float* in,
                           std::size_t in_stride, const float* weights, const float* scale,
                           float* out, std::size_t out_stride, const Epilogue& epilogue);

}  // namespace weir::kernels::reference
