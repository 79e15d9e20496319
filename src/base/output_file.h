#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/file_descriptor.h"
#include "base/mapped_file.h"

namespace weir {

/// Where a sink's bytes go. Used by one thread at a time.
class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  virtual ~OutputFile() = default;

  /// Appends. Throws kIo when they are not taken (full disk, closed pipe).
  virtual void write(std::span<const std::byte> bytes) = 0;
  /// Whether `write_at` may be called.
  virtual bool is_rewritable() const = 0;
  /// Changes bytes that were written before. Throws kIo.
  virtual void write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  /// Takes the room for a file of that size now, where the system can, so that a disk that is too
  /// full is an error (kIo) before the work and not after it.
  virtual void reserve(std::uint64_t /*total_bytes*/) {}
  /// The folder on whose disk it lies; empty where it lies on none.
  virtual std::filesystem::path folder() const { return {}; }
  /// Makes what was written durable and visible under its name. Throws kIo.
  virtual void finish() = 0;
};

/// A file that appears whole or not at all. The bytes go to a temporary name in the same folder;
/// `finish` gives it the wanted name, replacing what has it, after everything is on disk.
/// Destroying it before removes the temporary file and leaves what was there untouched.
class AtomicFile final : public OutputFile {
 public:
  /// Throws kIo or kNotFound when the folder does not exist or may not be written to.
  explicit AtomicFile(const std::filesystem::path& path, StopFlag stop = nullptr);
  ~AtomicFile() override;

  void write(std::span<const std::byte> bytes) override { write_all(file_, bytes, stop_); }
  bool is_rewritable() const override { return true; }
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    write_all_at(file_, bytes, offset);
  }
  void reserve(std::uint64_t total_bytes) override;
  std::filesystem::path folder() const override { return target_.parent_path(); }
  void finish() override;

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;  // Empty once it has its final name.
  FileDescriptor file_;
  StopFlag stop_;
};

/// A pipe, a device, a terminal: bytes are gone once written.
class DirectFile final : public OutputFile {
 public:
  explicit DirectFile(FileDescriptor file, StopFlag stop = nullptr)
      : file_(std::move(file)), stop_(stop) {}

  void write(std::span<const std::byte> bytes) override { write_all(file_, bytes, stop_); }
  bool is_rewritable() const override { return false; }
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) override;
  void finish() override { file_.close(); }

 private:
  FileDescriptor file_;
  StopFlag stop_;
};

/// A file without a name, for bytes that must wait. On disk, not in memory: in $TMPDIR or /var/tmp.
class TemporaryFile final : public OutputFile {
 public:
  /// In `folder`, or in the usual place where it is empty. Throws kIo.
  explicit TemporaryFile(const std::filesystem::path& folder = {});

  void write(std::span<const std::byte> bytes) override;
  bool is_rewritable() const override { return true; }
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    write_all_at(file_, bytes, offset);
  }
  void finish() override {}

  std::uint64_t size() const { return size_; }
  /// Fills `into` from `offset` on, but for fewer bytes at the end; returns how many. Throws kIo.
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const;
  void copy_to(OutputFile& other) const;
  /// Its bytes, which stay valid without this. Throws kIo.
  SharedBytes map() const;
  /// Appends `bytes` bytes (not 0), beginning with a page, that `fill` writes through a mapping;
  /// the mapping stays valid without this. Throws kIo, also for a full disk, and what `fill`
  /// throws.
  SharedBytes append_mapped(std::size_t bytes,
                            const std::function<void(std::span<std::byte>)>& fill);

 private:
  FileDescriptor file_;
  std::uint64_t size_ = 0;
};

/// The right one for a path: "-" is standard output; what exists and is not a regular file is
/// written to as it is; all else is atomic. Throws kIo for a directory, or for a file that may not
/// be written to.
std::unique_ptr<OutputFile> open_output_file(const std::string& path, StopFlag stop = nullptr);

}  // namespace weir
