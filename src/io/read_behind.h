#pragma once

#include <cstddef>
#include <span>

#include "base/mapped_file.h"

namespace weir {

/// Gives back the pages of a mapped file that a sequential reader has passed, some hundred
/// kilobytes at a time: however long the file, little of it is resident.
class ReadBehind {
 public:
  ReadBehind() = default;
  /// Bytes that are not mapped are left alone.
  explicit ReadBehind(const SharedBytes& file) : file_(file.mapped ? file.bytes : Bytes{}) {}

  /// The reader will not look before `position` again.
  void passed(std::size_t position) {
    if (file_.empty() || position - dropped_ < kStep) return;
    drop_pages(file_.subspan(dropped_, position - dropped_));
    // The page that the position is in was not dropped: the next step begins before it.
    dropped_ = position - kLargestPage;
  }

 private:
  using Bytes = std::span<const std::byte>;
  static constexpr std::size_t kStep = std::size_t{256} << 10;
  static constexpr std::size_t kLargestPage = std::size_t{64} << 10;
  Bytes file_;
  std::size_t dropped_ = 0;
};

}  // namespace weir
