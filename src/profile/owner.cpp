#include "profile/owner.h"

namespace weir::profile {
namespace {

struct Names {
  std::string_view name;
  std::string_view kind;
};

constexpr std::array<Names, kOwnerCount> kNames{{{"model file", "weights"},
                                                 {"packed weights", "packed"},
                                                 {"arena", "arena"},
                                                 {"queues", "queue"},
                                                 {"outputs", "outputs"},
                                                 {"kept predictions", "retained"},
                                                 {"held by the source", "retained"},
                                                 {"held by sink and callbacks", "retained"},
                                                 {"program and libraries", "program"},
                                                 {"heap", "heap"},
                                                 {"freed, kept by the allocator", "allocator"},
                                                 {"thread stacks", "stack"},
                                                 {"recorder", "recorder"},
                                                 {"unnamed", "other"}}};

}  // namespace

std::string_view name_of(Owner owner) { return kNames[static_cast<std::size_t>(owner)].name; }
std::string_view kind_of(Owner owner) { return kNames[static_cast<std::size_t>(owner)].kind; }

}  // namespace weir::profile
