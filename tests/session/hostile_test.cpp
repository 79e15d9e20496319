#include <gtest/gtest.h>

#include "support/hostile_corpus.h"
#include "weir/model.h"

namespace weir::testing {
namespace {

class HostileModel : public ::testing::TestWithParam<HostileFile> {};

TEST_P(HostileModel, IsOnlyAnError) {
  expect_only_an_error(GetParam(), [](const std::filesystem::path& path) {
    const Model model = Model::load(path);
    Session session(model, {.threads = 2});
  });
}

INSTANTIATE_TEST_SUITE_P(Session, HostileModel, ::testing::ValuesIn(hostile_files()),
                         hostile_test_name);

}  // namespace
}  // namespace weir::testing
