#include "kernels/gather.h"

#include <algorithm>
#include <cstring>

namespace weir::kernels {
namespace {

/// Bytes moved below which another thread is not worth waking.
constexpr std::size_t kBytesPerTask = 65536;

bool is_identity(const GatherShape::Axis& axis) {
  if (axis.index.size() != axis.in_size) return false;
  for (std::size_t i = 0; i < axis.index.size(); ++i) {
    if (axis.index[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

/// Offsets of one axis whose positions are `bytes` apart in the input.
std::vector<std::ptrdiff_t> offsets(const GatherShape::Axis& axis, std::size_t bytes) {
  std::vector<std::ptrdiff_t> result;
  result.reserve(axis.index.size());
  for (const std::int64_t index : axis.index) {
    result.push_back(index == GatherShape::kFill
                         ? GatherShape::kFill
                         : static_cast<std::ptrdiff_t>(index) * static_cast<std::ptrdiff_t>(bytes));
  }
  return result;
}

}  // namespace

Gather::Gather(const GatherShape& shape)
    : element_bytes_(shape.element_bytes), fill_element_(shape.fill_element) {
  std::size_t block_bytes = element_bytes_;
  std::size_t axis = shape.axes.size();
  while (axis > 0 && is_identity(shape.axes[axis - 1])) {
    block_bytes *= shape.axes[--axis].in_size;
  }
  if (axis == 0) {
    runs_.push_back({0, block_bytes});
    row_bytes_ = block_bytes;
    return;
  }
  build_runs(shape.axes[--axis], block_bytes);
  block_bytes *= shape.axes[axis].in_size;
  while (axis > 0) {
    const GatherShape::Axis& outer = shape.axes[--axis];
    rows_.insert(rows_.begin(), offsets(outer, block_bytes));
    row_count_ *= outer.index.size();
    block_bytes *= outer.in_size;
  }
}

void Gather::build_runs(const GatherShape::Axis& axis, std::size_t block_bytes) {
  for (const std::ptrdiff_t from : offsets(axis, block_bytes)) {
    const bool is_fill = from < 0;
    if (!runs_.empty()) {
      Run& last = runs_.back();
      const bool continues =
          is_fill ? last.from < 0
                  : last.from >= 0 && last.from + static_cast<std::ptrdiff_t>(last.bytes) == from;
      if (continues) {
        last.bytes += block_bytes;
        continue;
      }
    }
    runs_.push_back({from, block_bytes});
  }
  row_bytes_ = axis.index.size() * block_bytes;
}

std::ptrdiff_t Gather::row_offset(std::size_t row) const {
  std::ptrdiff_t offset = 0;
  for (std::size_t axis = rows_.size(); axis-- > 0;) {
    const std::ptrdiff_t step = rows_[axis][row % rows_[axis].size()];
    if (step < 0) return GatherShape::kFill;
    offset += step;
    row /= rows_[axis].size();
  }
  return offset;
}

void Gather::fill(std::byte* out, std::size_t bytes) const {
  if (element_bytes_ == 1) {
    std::memset(out, std::to_integer<int>(fill_element_[0]), bytes);
    return;
  }
  std::uint32_t value = 0;
  std::memcpy(&value, fill_element_.data(), sizeof(value));
  if (value == 0) {
    std::memset(out, 0, bytes);
  } else {
    std::fill_n(reinterpret_cast<std::uint32_t*>(out), bytes / sizeof(value), value);
  }
}

void Gather::copy_row(const std::byte* in, std::byte* out) const {
  for (const Run& run : runs_) {
    if (run.from < 0) {
      fill(out, run.bytes);
    } else if (run.bytes == sizeof(std::uint32_t)) {
      std::memcpy(out, in + run.from, sizeof(std::uint32_t));  // inlined, unlike the general one
    } else {
      std::memcpy(out, in + run.from, run.bytes);
    }
    out += run.bytes;
  }
}

void Gather::run(const std::byte* in, std::byte* out, const ThreadPool& threads) const {
  if (row_count_ == 0 || row_bytes_ == 0) return;
  const std::size_t grain = kBytesPerTask / row_bytes_ + 1;
  threads.for_ranges(row_count_, grain, [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) {
      const std::ptrdiff_t offset = row_offset(row);
      std::byte* to = out + row * row_bytes_;
      if (offset < 0) {
        fill(to, row_bytes_);
      } else {
        copy_row(in + offset, to);
      }
    }
  });
}

}  // namespace weir::kernels
