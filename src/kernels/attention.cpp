#include "kernels/attention.h"

#include <algorithm>
#include <limits>

#include "base/checked.h"
#include "base/memory.h"
#include "kernels/matmul.h"
#include "kernels/product.h"
#include "kernels/softmax.h"

namespace weir::kernels {
namespace {

/// Queries whose scores are there at a time, and the floats that these should take at most: what
/// stays in a second-level cache beside the keys.
constexpr std::size_t kTileRows = 48;
constexpr std::size_t kTileFloats = std::size_t{1} << 15;
/// Fewer would not use a product's tiles.
constexpr std::size_t kLeastTileRows = 8;

constexpr float kHugeNegative = -0.7F * std::numeric_limits<float>::max();
constexpr float kLowering = 1e9F;

std::size_t tile_rows(const AttentionShape& shape) {
  const std::size_t fitting = kTileFloats / std::max<std::size_t>(shape.keys, 1);
  return std::clamp<std::size_t>(shape.queries, 1, std::clamp(fitting, kLeastTileRows, kTileRows));
}

/// Where the parts of one thread's scratch begin.
struct ScratchLayout {
  explicit ScratchLayout(const AttentionShape& shape)
      : values(align_up(packed_matmul_bytes(shape.key_size, shape.keys), kAlignment)),
        tile(values + align_up(packed_matmul_bytes(shape.keys, shape.value_size), kAlignment)),
        kept(tile + align_up(tile_rows(shape) * shape.keys * sizeof(float), kAlignment)),
        bytes(kept + align_up(shape.keys, kAlignment)) {}

  std::size_t values;  ///< Packed; the packed keys are at 0.
  std::size_t tile;
  std::size_t kept;
  std::size_t bytes;
};

/// Some queries of one head of one sample.
struct Tile {
  std::size_t sample;
  std::size_t head;
  std::size_t first;
  std::size_t rows;
};

/// One thread's part of an attention.
class AttentionWorker {
 public:
  AttentionWorker(const AttentionShape& shape, const AttentionRule& rule,
                  std::span<const AttentionMask> masks, const AttentionArrays& arrays,
                  const ThreadPool& pool, std::byte* scratch)
      : shape_(shape),
        rule_(rule),
        masks_(masks),
        arrays_(arrays),
        alone_(pool.part(1)),
        packed_keys_(reinterpret_cast<float*>(scratch)),
        packed_values_(reinterpret_cast<float*>(scratch + ScratchLayout(shape).values)),
        tile_(reinterpret_cast<float*>(scratch + ScratchLayout(shape).tile)),
        kept_(reinterpret_cast<bool*>(scratch + ScratchLayout(shape).kept)) {}

  /// Lays the keys and values of a head out as the weights of products are.
  void pack(std::size_t sample, std::size_t key_head) const {
    const std::size_t row = sample * shape_.keys * shape_.key_heads + key_head;
    const std::size_t key_stride = shape_.key_heads * shape_.key_size;
    const std::size_t value_stride = shape_.key_heads * shape_.value_size;
    pack_product_rows({arrays_.keys + row * shape_.key_size, 1, key_stride}, nullptr, 0,
                      shape_.key_size, {1, 0, shape_.key_size, shape_.keys}, packed_keys_);
    pack_product_rows({arrays_.values + row * shape_.value_size, value_stride, 1}, nullptr, 0,
                      shape_.keys, {1, 0, shape_.keys, shape_.value_size}, packed_values_);
  }

  void run(const Tile& tile) const {
    float* const scores = scores_of(tile);
    add_scores(tile, scores);
    const bool masked = !masks_.empty() || rule_.causal || rule_.window > 0;
    if (masked) for_masked_rows(tile, scores, &AttentionWorker::lower);
    softmax({tile.rows, shape_.keys, 1}, false, scores, scores, alone_);
    if (masked && rule_.masked == MaskedScore::kDropped) {
      for_masked_rows(tile, scores, &AttentionWorker::drop);
    }
    const std::size_t stride = shape_.heads * shape_.value_size;
    matmul({tile.rows, shape_.keys, shape_.value_size}, scores, shape_.keys, packed_values_,
           arrays_.results + row_of(tile) * shape_.value_size, stride, {}, alone_);
  }

 private:
  using ChangeRow = void (AttentionWorker::*)(float* row) const;

  /// The tile's first query, in heads from the start.
  std::size_t row_of(const Tile& tile) const {
    return (tile.sample * shape_.queries + tile.first) * shape_.heads + tile.head;
  }

  float* scores_of(const Tile& tile) const {
    if (arrays_.scores == nullptr) return tile_;
    const std::size_t matrix = tile.sample * shape_.heads + tile.head;
    return arrays_.scores + (matrix * shape_.queries + tile.first) * shape_.keys;
  }

  void add_scores(const Tile& tile, float* scores) const {
    const float* queries = arrays_.queries + row_of(tile) * shape_.key_size;
    const std::size_t stride = shape_.heads * shape_.key_size;
    if (rule_.score == ScoreKind::kTanh) {
      tanh_scores(tile.rows, shape_.keys, shape_.key_size, queries, stride, packed_keys_,
                  arrays_.terms, scores);
      return;
    }
    Epilogue epilogue;
    epilogue.activation = affine(rule_.scale, 0.0F);
    matmul({tile.rows, shape_.key_size, shape_.keys}, queries, stride, packed_keys_, scores,
           shape_.keys, epilogue, alone_);
  }

  void for_masked_rows(const Tile& tile, float* scores, ChangeRow change) const {
    for (std::size_t r = 0; r < tile.rows; ++r) {
      note_kept(tile, tile.first + r);
      (this->*change)(scores + r * shape_.keys);
    }
  }

  /// Which keys the query takes.
  void note_kept(const Tile& tile, std::size_t query) const {
    const std::size_t end = rule_.causal ? std::min(query + 1, shape_.keys) : shape_.keys;
    const bool near = rule_.window > 0;
    const std::size_t first = near && query >= rule_.window ? query - rule_.window + 1 : 0;
    for (std::size_t key = 0; key < shape_.keys; ++key) {
      kept_[key] = key >= first && key < end && !(near && key >= query + rule_.window);
    }
    for (const AttentionMask& mask : masks_) {
      const bool* from = mask.data + tile.sample * mask.strides[0] + tile.head * mask.strides[1] +
                         query * mask.strides[2];
      for (std::size_t key = 0; key < shape_.keys; ++key) {
        kept_[key] = kept_[key] && from[key * mask.strides[3]];
      }
    }
  }

  void lower(float* row) const {
    const bool lowers = rule_.masked == MaskedScore::kLowered;
    for (std::size_t key = 0; key < shape_.keys; ++key) {
      if (!kept_[key]) row[key] = lowers ? row[key] - kLowering : kHugeNegative;
    }
  }

  void drop(float* row) const {
    for (std::size_t key = 0; key < shape_.keys; ++key) {
      if (!kept_[key]) row[key] = 0.0F;
    }
  }

  const AttentionShape& shape_;
  const AttentionRule& rule_;
  std::span<const AttentionMask> masks_;
  const AttentionArrays& arrays_;
  ThreadPool alone_;
  float* packed_keys_;
  float* packed_values_;
  float* tile_;
  bool* kept_;
};

}  // namespace

std::size_t attention_scratch_bytes(const AttentionShape& shape, std::size_t threads) {
  return ScratchLayout(shape).bytes * threads;
}

void attention(const AttentionShape& shape, const AttentionRule& rule,
               std::span<const AttentionMask> masks, const AttentionArrays& arrays,
               std::byte* scratch, const ThreadPool& pool) {
  const std::size_t rows = tile_rows(shape);
  const std::size_t head_tiles = (shape.queries + rows - 1) / rows;
  const std::size_t sharing = shape.heads / shape.key_heads;
  // The tiles that read the same keys follow each other, so a thread packs few heads twice.
  const std::size_t packed_tiles = sharing * head_tiles;
  const std::size_t tiles = shape.samples * shape.key_heads * packed_tiles;
  const std::size_t slot_bytes = ScratchLayout(shape).bytes;
  pool.for_ranges(tiles, 1, [&](std::size_t slot, std::size_t begin, std::size_t end) {
    const AttentionWorker worker(shape, rule, masks, arrays, pool, scratch + slot * slot_bytes);
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t pair = i / packed_tiles;
      const std::size_t sample = pair / shape.key_heads;
      const std::size_t key_head = pair % shape.key_heads;
      if (i == begin || i % packed_tiles == 0) worker.pack(sample, key_head);
      const std::size_t head = key_head * sharing + i % packed_tiles / head_tiles;
      const std::size_t first = i % head_tiles * rows;
      worker.run({sample, head, first, std::min(rows, shape.queries - first)});
    }
  });
}

}  // namespace weir::kernels
