#include "io/npz_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/fail.h"
#include "base/zip_writer.h"
#include "io/npy_writer.h"

namespace weir {
namespace {

// Readers of archives refuse names that could lead to other folders or drives.
std::string member_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '\\' || c == ':'; }, '_');
  return name + ".npy";
}

// One output on its way to the archive.
struct Member {
  Member(const TensorSpec& spec, const std::filesystem::path& folder)
      : name(member_name(spec.name)), content(folder), writer(content, spec) {}
  std::string name;
  TemporaryFile content;
  NpyWriter writer;
};

class NpzSink final : public Sink {
 public:
  explicit NpzSink(std::unique_ptr<OutputFile> file) : file_(std::move(file)) {}

  void open(std::span<const TensorSpec> tensors) override {
    for (const TensorSpec& spec : tensors) {
      auto member = std::make_unique<Member>(spec, file_->folder());
      const bool is_taken = std::any_of(members_.begin(), members_.end(), [&](const auto& other) {
        return other->name == member->name;
      });
      if (is_taken) member->name = member_name(fmt::format("{}_{}", spec.name, members_.size()));
      members_.push_back(std::move(member));
    }
  }

  void write(std::span<const TensorView> batch) override {
    for (std::size_t i = 0; i < batch.size(); ++i) members_[i]->writer.write(batch[i]);
  }

  bool takes_parts() const override { return true; }

  void finish() override {
    ZipWriter archive(*file_);
    for (auto& member : members_) {
      member->writer.finish();
      archive.add(member->name, member->content);
      member.reset();  // Gives its room on the disk back.
    }
    archive.finish();
    file_->finish();
  }

 private:
  std::unique_ptr<OutputFile> file_;
  std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace

std::unique_ptr<Sink> make_npz_sink(std::unique_ptr<OutputFile> file) {
  return std::make_unique<NpzSink>(std::move(file));
}

}  // namespace weir
