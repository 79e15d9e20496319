#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Tables from tokens to their places, in packed weights: one piece of memory each, that may lie in
/// a file. What is in it is checked where it is used, so that damage gives a wrong place at worst.
namespace weir::kernels {

inline constexpr std::int32_t kNoPlace = -1;

/// Texts by their places.
class TextList {
 public:
  static std::size_t packed_bytes(std::span<const std::string> texts);
  static void pack(std::span<const std::string> texts, std::span<std::byte> room);

  /// `packed` must outlive it.
  TextList(std::size_t count, std::span<const std::byte> packed);

  std::size_t size() const { return ends_.size(); }
  /// The text at a place below the size.
  std::string_view operator[](std::size_t place) const;

 private:
  std::span<const std::uint32_t> ends_;  ///< Where each text ends in all of them.
  std::string_view all_;
};

/// Distinct texts, and their places.
class TextVocabulary {
 public:
  static std::size_t packed_bytes(std::span<const std::string> tokens);
  /// Throws kMalformed when a token is there twice.
  static void pack(std::span<const std::string> tokens, std::span<std::byte> room);

  /// `packed` must outlive it.
  TextVocabulary(std::size_t count, std::span<const std::byte> packed);

  /// kNoPlace for a text that is none of the tokens.
  std::int32_t find(std::string_view text) const;

 private:
  std::span<const std::uint32_t> slots_;  ///< A place and 1, or 0; a power of two of them.
  TextList tokens_;
};

/// Distinct integers, and their places.
class IntegerVocabulary {
 public:
  static std::size_t packed_bytes(std::span<const std::int64_t> tokens);
  /// Throws kMalformed when a token is there twice.
  static void pack(std::span<const std::int64_t> tokens, std::span<std::byte> room);

  /// `packed` must outlive it.
  IntegerVocabulary(std::size_t count, std::span<const std::byte> packed);

  /// kNoPlace for an integer that is none of the tokens.
  std::int32_t find(std::int64_t token) const;

 private:
  std::span<const std::int64_t> tokens_;
  std::span<const std::uint32_t> slots_;
};

}  // namespace weir::kernels
