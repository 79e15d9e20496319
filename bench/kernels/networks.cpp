#include "networks.h"

namespace weir::bench {
namespace {

using enum LayerKind;

constexpr Layer kResNet50[] = {
    {kConvolution, 3, 112, 7, 2, 64},    {kConvolution, 64, 56, 1, 1, 64},
    {kConvolution, 64, 56, 3, 1, 64},    {kConvolution, 64, 56, 1, 1, 256},
    {kConvolution, 256, 56, 1, 1, 64},   {kConvolution, 256, 28, 1, 2, 128},
    {kConvolution, 128, 28, 3, 1, 128},  {kConvolution, 128, 28, 1, 1, 512},
    {kConvolution, 256, 28, 1, 2, 512},  {kConvolution, 512, 28, 1, 1, 128},
    {kConvolution, 512, 14, 1, 2, 256},  {kConvolution, 256, 14, 3, 1, 256},
    {kConvolution, 256, 14, 1, 1, 1024}, {kConvolution, 512, 14, 1, 2, 1024},
    {kConvolution, 1024, 14, 1, 1, 256}, {kConvolution, 1024, 7, 1, 2, 512},
    {kConvolution, 512, 7, 3, 1, 512},   {kConvolution, 512, 7, 1, 1, 2048},
    {kConvolution, 1024, 7, 1, 2, 2048}, {kConvolution, 2048, 7, 1, 1, 512},
    {kConvolution, 2048, 1, 1, 1, 1000},
};

constexpr Layer kMobileNetV2[] = {
    {kConvolution, 3, 112, 3, 2, 32},    {kDepthwise, 32, 112, 3, 1, 32},
    {kConvolution, 32, 112, 1, 1, 16},   {kConvolution, 16, 112, 1, 1, 96},
    {kDepthwise, 96, 56, 3, 2, 96},      {kConvolution, 96, 56, 1, 1, 24},
    {kConvolution, 24, 56, 1, 1, 144},   {kDepthwise, 144, 56, 3, 1, 144},
    {kConvolution, 144, 56, 1, 1, 24},   {kDepthwise, 144, 28, 3, 2, 144},
    {kConvolution, 144, 28, 1, 1, 32},   {kConvolution, 32, 28, 1, 1, 192},
    {kDepthwise, 192, 28, 3, 1, 192},    {kConvolution, 192, 28, 1, 1, 32},
    {kDepthwise, 192, 14, 3, 2, 192},    {kConvolution, 192, 14, 1, 1, 64},
    {kConvolution, 64, 14, 1, 1, 384},   {kDepthwise, 384, 14, 3, 1, 384},
    {kConvolution, 384, 14, 1, 1, 64},   {kConvolution, 384, 14, 1, 1, 96},
    {kConvolution, 96, 14, 1, 1, 576},   {kDepthwise, 576, 14, 3, 1, 576},
    {kConvolution, 576, 14, 1, 1, 96},   {kDepthwise, 576, 7, 3, 2, 576},
    {kConvolution, 576, 7, 1, 1, 160},   {kConvolution, 160, 7, 1, 1, 960},
    {kDepthwise, 960, 7, 3, 1, 960},     {kConvolution, 960, 7, 1, 1, 160},
    {kConvolution, 960, 7, 1, 1, 320},   {kConvolution, 320, 7, 1, 1, 1280},
    {kConvolution, 1280, 1, 1, 1, 1000},
};

constexpr Layer kDecoder[] = {
    {kTranspose, 128, 64, 3, 2, 64},
    {kTranspose, 64, 128, 4, 2, 32},
};

constexpr Layer kUNet[] = {
    {kConvolution, 3, 128, 3, 1, 32},   {kConvolution, 32, 128, 3, 1, 32},
    {kConvolution, 32, 64, 3, 1, 64},   {kConvolution, 64, 64, 3, 1, 64},
    {kConvolution, 64, 32, 3, 1, 128},  {kConvolution, 128, 32, 3, 1, 128},
    {kConvolution, 128, 16, 3, 1, 256}, {kConvolution, 256, 16, 3, 1, 256},
    {kTranspose, 256, 32, 2, 2, 128},   {kTranspose, 128, 64, 2, 2, 64},
    {kTranspose, 64, 128, 2, 2, 32},
};

constexpr Layer kVGG16[] = {
    {kConvolution, 3, 224, 3, 1, 64},   {kConvolution, 64, 224, 3, 1, 64},
    {kConvolution, 64, 112, 3, 1, 128}, {kConvolution, 128, 112, 3, 1, 128},
    {kConvolution, 128, 56, 3, 1, 256}, {kConvolution, 256, 56, 3, 1, 256},
    {kConvolution, 256, 28, 3, 1, 512}, {kConvolution, 512, 28, 3, 1, 512},
    {kConvolution, 512, 14, 3, 1, 512},
};

constexpr Network kNetworks[] = {
    {"ResNet50", kResNet50}, {"MobileNetV2", kMobileNetV2}, {"VGG16", kVGG16},
    {"UNet", kUNet},         {"decoder", kDecoder},
};

}  // namespace

std::span<const Network> networks() { return kNetworks; }

}  // namespace weir::bench
